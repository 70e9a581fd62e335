"""Networks that change a finished picture: translators, enlargers, painters of strokes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints import read_stage
from stylestudio.errors import StyleStudioError
from stylestudio.render.painting_strokes import paint_strokes
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stylestudio.checkpoints import StageFile
    from stylestudio.render.strokes import Brush, Strokes

CELEBA = ("black hair", "blond hair", "brown hair", "male", "young")  # StarGAN's own five
TILE, OVERLAP = 256, 16  # pixels of the small picture; enlarging needs much memory for each


class StageError(StyleStudioError, ValueError):
    """A picture or a setting that a stage can't take; `str()` is one sentence."""


class PictureStage:
    """Changes finished pictures, whatever they show. Its weights are float32 and never change."""

    def __init__(self, file: StageFile) -> None:
        self.name = file.name
        self.sha256 = file.sha256
        self.network = file.network
        self.kind: Literal["translate", "upscale", "strokes"] = self.network.kind  # type: ignore[assignment]
        self.scale: int = getattr(self.network, "scale", 1)
        labels = getattr(self.network.config, "labels", 0)
        named = CELEBA if labels == len(CELEBA) else range(1, labels + 1)
        self.attributes = tuple(str(name) for name in named)

    def __repr__(self) -> str:
        what = f", attributes {', '.join(self.attributes)}" if self.attributes else ""
        return f"<PictureStage {self.name}: {self.kind}, x{self.scale}{what}>"

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def to(self, device: torch.device | str) -> PictureStage:
        """Move the network to a device, and return self."""
        self.network.to(device)
        return self

    def apply(
        self,
        x: Any,
        attributes: Mapping[str, float] | Sequence[float] | Tensor | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        """Pictures float32 [N, 3, H, W] in 0..1 -> the same form, `scale` times as large.

        `attributes` are amounts 0..1 by name, or a number for each of `self.attributes`, or [N, c];
        those not named are 0. `strength` 0 gives the picture as it was, enlarged by bicubic
        interpolation. Raises StageError for other forms, and where the network gives NaN.
        """
        x = torch.as_tensor(x)
        if x.ndim != 4 or x.shape[1] != 3 or 0 in x.shape or not x.is_floating_point():
            form = f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"
            raise StageError(f"{self.name} takes pictures as float [N, 3, H, W], not {form}.")
        if not 0 <= strength <= 1:
            raise StageError(f"strength is {strength}; it goes from 0 to 1.")
        labels = self._labels(attributes, len(x))
        x = x.to(self.device, torch.float32)
        if strength == 0:
            return self._plain(x)
        with torch.no_grad():
            if self.kind == "translate":
                y = self._translated(x, labels)
            elif self.kind == "upscale":
                y = self._enlarged(x)
            else:
                y = self._painted(x)
        if not bool(y.isfinite().all()):
            raise StageError(f"{self.name} gives no picture: its values are not finite numbers.")
        y = y.clamp_(0, 1)
        return y if strength == 1 else torch.lerp(self._plain(x), y, strength)

    def strokes(
        self,
        picture: Any,
        levels: int | None = None,
        count: int | None = None,
        brush: Brush = "round",
    ) -> Iterator[Strokes]:
        """Paint a picture float32 [3, H, W] in 0..1; yields all strokes so far, coarse to fine.

        `levels`, from 1 on, leave the finest strokes out; `count` strokes are painted at most, in
        the form of `brush` ("round", "flat" or "oval"). Raises StageError for other stages.
        """
        if self.kind != "strokes":
            raise StageError(f"{self.name} paints no strokes; open a file of Paint Transformer.")
        x = torch.as_tensor(picture)
        if x.ndim != 3 or x.shape[0] != 3 or 0 in x.shape or not x.is_floating_point():
            raise StageError(
                f"{self.name} paints a picture as float [3, H, W], not {list(x.shape)}."
            )
        network: Any = self.network
        return paint_strokes(network, x.float(), levels, count, brush)

    def _labels(self, given: Any, count: int) -> Tensor | None:
        if not self.attributes:
            if given is not None and len(given):
                raise StageError(f"{self.name} has no attributes.")
            return None
        if given is None:
            given = {}
        if isinstance(given, dict):
            unknown = given.keys() - set(self.attributes)
            if unknown:
                known = ", ".join(self.attributes)
                raise StageError(f"{self.name} has no attribute {min(unknown)}; it has: {known}.")
            given = [float(given.get(name, 0.0)) for name in self.attributes]
        labels = torch.as_tensor(given, dtype=torch.float32)
        if labels.ndim == 1:
            labels = labels.expand(count, -1)
        if labels.shape != (count, len(self.attributes)) or not bool(labels.isfinite().all()):
            raise StageError(
                f"{self.name} takes {len(self.attributes)} finite amounts for each picture, "
                f"not {list(labels.shape)}."
            )
        return labels.to(self.device)

    def _plain(self, x: Tensor) -> Tensor:
        if self.scale == 1:
            return x.clone()
        return F.interpolate(x, scale_factor=self.scale, mode="bicubic").clamp_(0, 1)

    def _painted(self, x: Tensor) -> Tensor:
        """Each picture in strokes."""
        pictures = []
        for picture in x.cpu():
            *_, painting = self.strokes(picture)
            pictures.append(torch.from_numpy(painting.picture()).permute(2, 0, 1))
        return torch.stack(pictures).to(x.device)

    def _translated(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """At the next size that the network can halve again and again, then cut back."""
        height, width = x.shape[2:]
        x = _filled_up(x * 2 - 1, self.network.multiple)  # type: ignore[arg-type]
        y = self.network(x) if labels is None else self.network(x, labels)
        return (y[:, :, :height, :width] + 1) / 2  # type: ignore[no-any-return]

    def _enlarged(self, x: Tensor) -> Tensor:
        """Tile by tile, each with some of its surroundings, so that memory stays flat."""
        height, width = x.shape[2:]
        scale = self.scale
        y = x.new_empty(len(x), 3, height * scale, width * scale)
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                bottom, right = min(top + TILE, height), min(left + TILE, width)
                first, side = max(top - OVERLAP, 0), max(left - OVERLAP, 0)
                part = x[:, :, first : bottom + OVERLAP, side : right + OVERLAP]
                large = self.network(_filled_up(part, self.network.multiple))  # type: ignore[arg-type]
                rows = slice((top - first) * scale, (bottom - first) * scale)
                columns = slice((left - side) * scale, (right - side) * scale)
                place = y[:, :, top * scale : bottom * scale, left * scale : right * scale]
                place.copy_(large[:, :, rows, columns])
        return y


def open_stage(path_or_name: str | os.PathLike[str]) -> PictureStage:
    """Open a translator, an enlarger, or a painter of strokes; a file, or a built-in name.

    Known are CycleGAN, pix2pix and StarGAN, ESRGAN and Real-ESRGAN, and Paint Transformer. Built
    in is "strokes", a painter of StyleStudio's own.

    Nothing in the file is run. Raises CheckpointError, one sentence, for anything else.

    >>> import stylestudio as ss
    >>> try:
    ...     large = ss.open_stage("RealESRGAN_x4plus.pth").apply(pixels)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    RealESRGAN_x4plus.pth does not exist
    """
    builtin = {path.stem: path for path in resource_path("stages").glob("*.safetensors")}
    return PictureStage(read_stage(builtin.get(os.fspath(path_or_name), Path(path_or_name))))


def _filled_up(x: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sides are multiples."""
    height, width = x.shape[2:]
    below, right = -height % multiple, -width % multiple
    return F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x
