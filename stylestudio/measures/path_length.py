"""Perceptual path length: how evenly pictures change along paths through z and w."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.measures.distances import MeasureError
from stylestudio.networks.chain import run_chain
from stylestudio.render.colours import as_rgb
from stylestudio.render.device import one_at_a_time
from stylestudio.training.path_length import EPSILON, TRIM, slerp

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.measures.readers import FeatureReader
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.progress import Cancel
    from stylestudio.render import Model

    Array = np.ndarray[Any, Any]

Path = Literal["zfull", "wfull", "zend", "wend"]
PATHS = get_args(Path)
SIDE = 256  # pixels that pictures are averaged down to
_PLACES = 8  # of a side, by which the crop of faces is cut


@dataclass(frozen=True)
class PathLengths:
    """Lengths of paths of one kind through a model, one after another.

    Karras et al. 2019, "A Style-Based Generator Architecture", section 4.1: paths in z follow the
    sphere, those in w are straight; the two pictures of a pair lie EPSILON apart at a random place
    ("full") or at the start ("end"), share their noise, which each pair draws anew, and are not
    truncated. `cropped` looks at the middle, where the faces of FFHQ are: of eighths of the side,
    rows 3 to 7 and columns 2 to 6.
    """

    model: Model
    reader: FeatureReader
    path: Path
    cropped: bool = False

    def __post_init__(self) -> None:
        """Raise MeasureError where the model has no such paths."""
        if self.path.startswith("w") and not self.model.capabilities.has_w:
            raise MeasureError(f"{self.model.name} has no w; measure ppl-zfull or ppl-zend.")

    @property
    def identity(self) -> str:
        """What the lengths follow from."""
        of_model = self.model.sha256, self.model.device.type
        over = ("over white",) if self.model.img_channels == 4 else ()
        return repr(("ppl", *of_model, self.reader.sha256, self.path, self.cropped, *over))

    @torch.no_grad()
    def read(self, numbers: range, cancel: Cancel) -> Array:
        """Lengths [n, 1] of some paths. Raises Cancelled between two."""
        lengths = []
        for number in numbers:
            cancel.check()
            with one_at_a_time(self.model.device):
                pair = self._pair(number)
                lengths.append(float(self.reader.distance(pair[:1], pair[1:])) / EPSILON**2)
        return np.array(lengths, np.float32)[:, None]

    def _pair(self, number: int) -> Tensor:
        """Two pictures [2, 3, r, r] in -1..1, float32."""
        model, chance = self.model, np.random.RandomState(number)
        z = torch.from_numpy(chance.randn(2, model.z_dim))
        t = chance.rand() if self.path.endswith("full") else 0.0
        at = torch.tensor([[t], [t + EPSILON]], dtype=torch.float64)
        c = np.eye(model.c_dim)[[number % model.c_dim] * 2] if model.c_dim else None
        if self.path.startswith("z"):
            ws = model.map(slerp(z[:1], z[1:], at), c)
        else:
            ws = model.map(z, c)
            ws = ws[:1].lerp(ws[1:], at.to(ws)[:, :, None])
        synthesis = model.network.synthesis  # in float32 whatever the model renders in

        def noise(step: Step) -> Tensor | None:
            if not step.has_noise:
                return None
            shape = synthesis.noise_const(step).shape
            drawn = chance.standard_normal(tuple(shape))
            return torch.from_numpy(drawn).float().to(model.device)

        pictures = as_rgb(run_chain(synthesis, ws, noise))
        return _averaged(_cropped(pictures) if self.cropped else pictures)


def trimmed_mean(lengths: Array) -> float:
    """The mean of lengths [N, 1] without the shortest and the longest hundredth."""
    low, high = np.quantile(lengths, (TRIM, 1 - TRIM))
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def _cropped(pictures: Tensor) -> Tensor:
    c = pictures.shape[2] // _PLACES
    return pictures[:, :, 3 * c : 7 * c, 2 * c : 6 * c]


def _averaged(pictures: Tensor) -> Tensor:
    factor = pictures.shape[2] // SIDE
    return F.avg_pool2d(pictures, factor) if factor > 1 else pictures
