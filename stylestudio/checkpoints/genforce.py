"""The layout of genforce's StyleGAN2: `generator_smooth` in its `.pth` files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.layouts import (
    Converted,
    Layout,
    shared_low_pass,
    without_first_axis,
)
from stylestudio.checkpoints.rosinality import convolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.torch_tensors import Array

_LAYER = re.compile(r"synthesis\.(layer|output)(\d{1,2})\.(.+)")
_INNER = {
    "weight": "weight",
    "bias": "bias",
    "style.weight": "affine.weight",
    "style.bias": "affine.bias",
    "noise_strength": "noise_strength",
    "noise": "noise_const",
}


def convert(arrays: dict[str, Array], beside: Mapping[str, Array]) -> Converted:  # noqa: ARG001
    """The weights under NVIDIA's names. Raises Unreadable for what this layout does not have."""
    kernels = {name: arrays.pop(name) for name in list(arrays) if name.endswith(".kernel")}
    official = dict(_official(name, arrays.pop(name)) for name in list(arrays))
    return Converted(official, shared_low_pass(kernels))


def _official(name: str, array: Array) -> tuple[str, Array]:
    if name == "truncation.w_avg":
        return "mapping.w_avg", array
    if name == "synthesis.early_layer.const":
        return "synthesis.b4.const", without_first_axis(array, 4, name)
    if found := re.fullmatch(r"mapping\.dense(\d{1,2})\.(weight|bias)", name):
        return f"mapping.fc{int(found[1])}.{found[2]}", array
    found = _LAYER.fullmatch(name)
    if found is None or found[3] not in _INNER:
        raise Unreadable(f"is a modified genforce network: it has {shown(name)}")
    kind, index, inner = found[1], int(found[2]), _INNER[found[3]]
    if inner == "noise_const":
        array = without_first_axis(without_first_axis(array, 4, name), 3, name)
    elif inner == "affine.bias":
        array = array + array.dtype.type(1)  # which genforce adds when it runs
    if kind == "layer":
        layer = convolution(index)
        if inner == "weight" and layer.endswith("conv0"):
            array = array[..., ::-1, ::-1]  # what doubles the size lies the other way round there
        return f"{layer}.{inner}", array
    if index >= 20:
        raise Unreadable("is a modified genforce network: it has more layers than any")
    return f"synthesis.b{4 << index}.torgb.{inner}", array


LAYOUT = Layout(
    name="genforce layout",
    finder="synthesis.early_layer.const",
    companion="synthesis.layer0.style.weight",
    convert=convert,
)
