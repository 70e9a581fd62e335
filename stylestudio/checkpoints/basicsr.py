"""The layout of BasicSR's StyleGAN2: rosinality's under other names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stylestudio.checkpoints import rosinality
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.layouts import Converted, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.torch_tensors import Array

_LAYER = re.compile(r"(style_conv1|style_convs\.\d+|to_rgb1|to_rgbs\.\d+)\.(.+)")
_INNER = {
    "modulated_conv.weight": "conv.weight",
    "modulated_conv.modulation.weight": "conv.modulation.weight",
    "modulated_conv.modulation.bias": "conv.modulation.bias",
    "weight": "noise.weight",
    "activate.bias": "activate.bias",
}


def convert(arrays: dict[str, Array], beside: Mapping[str, Array]) -> Converted:
    """The weights under NVIDIA's names. Raises Unreadable for what this layout does not have."""
    return rosinality.convert({_renamed(name): arrays.pop(name) for name in list(arrays)}, beside)


def _renamed(name: str) -> str:
    """Rosinality's name for one of BasicSR's weights. Raises Unreadable if unknown."""
    if name == "constant_input.weight":
        return "input.input"
    if found := re.fullmatch(r"style_mlp\.(\d+)\.(weight|bias)", name):
        return f"style.{found[1]}.{found[2]}"
    if found := re.fullmatch(r"noises\.noise(\d+)", name):
        return f"noises.noise_{found[1]}"
    if name.endswith(".kernel"):
        return name
    found = _LAYER.fullmatch(name)
    if found is not None:
        layer = found[1].removeprefix("style_")
        if found[2] == "bias" and layer.startswith("to_rgb"):
            return f"{layer}.bias"
        if found[2] in _INNER:
            return f"{layer}.{_INNER[found[2]]}"
    raise Unreadable(f"is a modified BasicSR network: it has {shown(name)}")


LAYOUT = Layout(
    name="BasicSR layout",
    finder="style_convs.0.modulated_conv.weight",
    companion="constant_input.weight",
    convert=convert,
)
