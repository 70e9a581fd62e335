"""The layout of rosinality's stylegan2-pytorch: its `.pt` files, pSp and e4e decoders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.checkpoints import stylegan2
from stylestudio.checkpoints.checkpoint import Contents
from stylestudio.checkpoints.errors import Unreadable, shown

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array

_IGNORED = re.compile(r".*\.kernel|truncation_latent|latent_avg")  # blurs, always the same ones


def read(arrays: dict[str, Array], average: Array | None, prefix: str = "") -> Contents:
    """The generator with these weights. Raises Unreadable where they are not of this layout."""
    converted = {}
    for name in list(arrays):
        array = arrays.pop(name)
        if not _IGNORED.fullmatch(name):
            new_name, array = official(name, array)
            converted[new_name] = array
    if average is not None:
        converted["mapping.w_avg"] = average
    remarks = _add_missing_noise(converted)
    network, notes = stylegan2.build(converted, stylegan2.Hints())
    wrapped = " inside an encoder's file" if prefix == "decoder." else ""
    return Contents(network, f"StyleGAN2, rosinality layout{wrapped}", notes=(*remarks, *notes))


def _add_missing_noise(arrays: dict[str, Array]) -> list[str]:
    """The first versions stored no noise; give such a file a fixed one, and say so."""
    layers = [name.removesuffix("_strength") for name in arrays if name.endswith("noise_strength")]
    if any(f"{layer}_const" in arrays for layer in layers):
        return []
    random = np.random.RandomState(0)
    for layer in layers:
        found = re.match(r"synthesis\.b(\d{1,4})\.", layer)
        side = int(found[1]) if found else 4
        arrays[f"{layer}_const"] = random.randn(side, side).astype(np.float32)
    return ["The file stores no noise, so a fixed one was made; its finest details may differ."]


def official(name: str, array: Array) -> tuple[str, Array]:
    """NVIDIA's name and shape for one of rosinality's weights. Raises Unreadable if unknown."""
    parts = name.split(".")
    if parts[0] == "style" and len(parts) == 3 and parts[1].isdigit():
        return f"mapping.fc{int(parts[1]) - 1}.{parts[2]}", array
    if name == "input.input":
        return "synthesis.b4.const", _dropped(array, 4, name)
    if parts[0] == "noises":
        index = int(parts[1].removeprefix("noise_"))
        return f"{convolution(index)}.noise_const", _dropped(_dropped(array, 4, name), 3, name)
    layer, rest = _layer(parts)
    if rest == "conv.weight":
        return f"{layer}.weight", _dropped(array, 5, name)
    if rest in ("conv.modulation.weight", "conv.modulation.bias"):
        return f"{layer}.affine.{parts[-1]}", array
    if rest in ("noise.weight", "activate.bias", "bias"):
        shape = () if rest == "noise.weight" else (array.size,)
        return f"{layer}.{'noise_strength' if rest == 'noise.weight' else 'bias'}", array.reshape(
            shape
        )
    raise Unreadable(f"is a changed rosinality network: it has {shown(name)}")


def _layer(parts: list[str]) -> tuple[str, str]:
    """NVIDIA's layer for rosinality's, and the rest of the name."""
    if parts[0] == "conv1":
        return convolution(0), ".".join(parts[1:])
    if parts[0] == "to_rgb1":
        return "synthesis.b4.torgb", ".".join(parts[1:])
    index = int(parts[1]) if len(parts) > 1 and re.fullmatch(r"\d{1,2}", parts[1]) else 99
    if parts[0] == "convs" and index < 40:
        return convolution(index + 1), ".".join(parts[2:])
    if parts[0] == "to_rgbs" and index < 20:
        return f"synthesis.b{8 << index}.torgb", ".".join(parts[2:])
    raise Unreadable(f"is a changed rosinality network: it has {shown('.'.join(parts))}")


def convolution(index: int) -> str:
    """The convolution that draws on row `index` of ws: b4.conv1, b8.conv0, b8.conv1, b16.conv0."""
    if not 0 <= index < 40:
        raise Unreadable("is a changed rosinality network: it has more layers than any")
    return f"synthesis.b{4 << (index + 1) // 2}.conv{(index + 1) % 2}"


def _dropped(array: Array, axes: int, name: str) -> Array:
    """Without the first of that many axes, which has length 1."""
    if array.ndim != axes or array.shape[0] != 1:
        raise Unreadable(f"is a changed rosinality network: {shown(name)} is {array.shape}")
    first: Array = array[0]
    return first
