"""Attributes and noise maps for the tests of painted scenes."""

import torch
from torch.nn import functional as F


def noises(resolution, seed=0, batch=1):
    """A map for every convolution of a generator of this resolution."""
    generator = torch.Generator().manual_seed(seed)
    maps = {}
    for side in (4, 8, 16, 32, 64, 128, 256, 512):
        if side <= resolution:
            for layer in ("conv0", "conv1"):
                shape = (batch, 1, side, side)
                maps[f"b{side}.{layer}"] = torch.randn(shape, generator=generator)
    return maps


def attributes(scene, batch=1, **values):
    """The average attributes [batch, K], but for the named ones."""
    tensor = torch.zeros(batch, len(scene.space.names))
    for name, value in values.items():
        tensor[:, scene.space.names.index(name)] = value
    return tensor


def check_noise(calm, one, other, smoother):
    """Noise draws detail, another in each picture, and leaves what lies where."""

    def roughness(picture):
        return (picture[..., 1:] - picture[..., :-1]).abs().mean()

    assert roughness(calm) < smoother * roughness(one)
    assert not torch.equal(one, other)
    layouts = [F.avg_pool2d(picture, 16) for picture in (one, other)]
    assert (layouts[0] - layouts[1]).abs().mean() < 0.03
