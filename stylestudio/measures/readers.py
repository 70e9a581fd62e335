"""Networks that turn pictures into features: the built-in one, and those of files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints import read_reader
from stylestudio.networks.inception import WIDTH, Inception
from stylestudio.render.device import one_at_a_time
from stylestudio.resources import resource_path
from stylestudio.training.losses import perceptual_distance

if TYPE_CHECKING:
    import os

    import numpy as np

    from stylestudio.networks.feature_nets import ClassifierFeatures

    Array = np.ndarray[Any, Any]

BUILT_IN = "default"
QUARTERS = 2  # along either side
SIDE = 256  # pixels at which classifiers look at pictures
RELATIVE = "relative: compare only with figures of the same reader"
PUBLISHED = "the network that papers use for FID and KID"


class FeatureReader:
    """A network whose features tell pictures apart, on a device.

    An Inception gives what lies under its classifier. Of other classifiers it is the last map that
    shows the style, averaged over each quarter of the picture, so that it tells where things are.
    """

    def __init__(
        self, network: Inception | ClassifierFeatures, name: str, sha256: str, device: torch.device
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
            if isinstance(network, Inception):
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
            a, b = (network(x.to(self.device) / 2 + 0.5).style for x in (one, other))
            return perceptual_distance(a, b).cpu()


def open_reader(
    features: str | os.PathLike[str] = BUILT_IN, device: torch.device | str = "cpu"
) -> FeatureReader:
    """Open "default", the built-in reader, or a file.

    That is the Inception of the papers, as NVIDIA's or pytorch-fid's file, or a classifier that
    can serve as a loss network: VGG or Tiny Darknet. Raises CheckpointError.
    """
    built_in = features == BUILT_IN
    path = resource_path("features", "reader.safetensors") if built_in else Path(features)
    digest = hashlib.sha256()
    network = read_reader(path, digest)
    name = "the built-in reader" if built_in else path.name
    return FeatureReader(network, name, digest.hexdigest(), torch.device(device))


def _fitted(pictures: Tensor) -> Tensor:
    """Pictures at the side at which classifiers look at them."""
    size = [SIDE, SIDE]
    if list(pictures.shape[2:]) == size:
        return pictures
    return F.interpolate(pictures, size, mode="bilinear", antialias=True).clamp(0, 1)
