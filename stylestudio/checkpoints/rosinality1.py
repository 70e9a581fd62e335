"""The layout of rosinality's style-based-gan-pytorch, a StyleGAN (1): `g_running` in its files."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.layouts import Converted, Layout, without_first_axis
from stylestudio.checkpoints.rosinality import add_missing_noise
from stylestudio.checkpoints.stylegan1 import without_gain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.torch_tensors import Array

_EPSILON = 1e-5  # beside the variance of maps
_BLOCK = re.compile(r"generator\.progression\.(\d)\.(.+)")
_RGB = re.compile(r"generator\.to_rgb\.(\d)\.conv\.(weight_orig|bias)")
_MAPPING = re.compile(r"style\.(\d{1,2})\.linear\.(weight_orig|bias)")
_BLUR = re.compile(r"conv1\.[12]\.(weight|weight_flip)")
_ROOT = np.float32(math.sqrt(2))  # the gain that all of its layers have


def convert(
    arrays: dict[str, Array],
    beside: Mapping[str, Array],  # noqa: ARG001 - the layout's interface
) -> Converted:
    """The weights under the names of our StyleGAN.

    Every file has blocks up to 1024 px; those that were never trained are left out. Raises
    Unreadable for what this layout does not have.
    """
    last = _last_trained(arrays)
    found: dict[str, Array] = {}
    for name in list(arrays):
        array = arrays.pop(name)
        block, rgb, mapping = _BLOCK.fullmatch(name), _RGB.fullmatch(name), _MAPPING.fullmatch(name)
        if mapping is not None:
            layer = f"mapping.fc{(int(mapping[1]) - 1) // 2}"
            if mapping[2] == "bias":
                found[f"{layer}.bias"] = without_gain(array)
            else:
                found[f"{layer}.weight"] = array
        elif rgb is not None:
            if int(rgb[1]) == last:
                kind = rgb[2].removesuffix("_orig")
                found[f"synthesis.b{4 << last}.torgb.{kind}"] = (
                    array * _ROOT if kind == "weight" else array
                )
        elif block is None:
            raise Unreadable(f"is a modified network of rosinality's: it has {shown(name)}")
        elif int(block[1]) <= last and not _BLUR.fullmatch(block[2]):
            found |= _converted(f"synthesis.b{4 << int(block[1])}", block[2], array)
    const = found.get("synthesis.b4.const")
    if const is not None:
        found["synthesis.b4.conv0.bias"] = np.zeros(len(const), np.float32)
    notes = add_missing_noise(found)
    if last < 8:
        notes.append(f"Its blocks above {4 << last} px were never trained, and were left out.")
    told = {"mapping_lr_multiplier": 1.0, "epsilon": _EPSILON, "bias_before_blur": True}
    return Converted(found, told, notes)


def _last_trained(arrays: Mapping[str, Array]) -> int:
    """The number of the last block whose noise has left the zero at which it starts."""
    trained = [
        int(match[1])
        for name, array in arrays.items()
        if (match := _BLOCK.fullmatch(name))
        and match[2] in ("noise1.weight_orig", "noise2.weight_orig")
        and array.any()
    ]
    blocks = [int(match[1]) for match in map(_BLOCK.fullmatch, arrays) if match]
    return max(trained or blocks)


def _converted(block: str, name: str, array: Array) -> dict[str, Array]:
    """One weight of a block, by our name and in our layout."""
    if name == "conv1.input":
        return {f"{block}.const": without_first_axis(array, 4, name)}
    if name in ("conv1.0.weight", "conv1.1.conv.weight_orig", "conv2.conv.weight_orig"):
        layer = "conv0" if name.startswith("conv1") else "conv1"
        if name == "conv1.0.weight":
            # Of a transposed convolution [I, O, 3, 3], which turns it round, and whose four
            # shifted copies are averaged where others add them.
            array = array.swapaxes(0, 1)[..., ::-1, ::-1] / np.float32(4)
        return {f"{block}.{layer}.weight": array}
    if name in ("conv1.0.bias", "conv1.1.conv.bias", "conv2.conv.bias"):
        return {f"{block}.{'conv0' if name.startswith('conv1') else 'conv1'}.bias": array}
    if found := re.fullmatch(r"noise([12])\.weight_orig", name):
        gain = np.float32(math.sqrt(2 / array.size))
        return {f"{block}.conv{int(found[1]) - 1}.noise_strength": array.reshape(-1) * gain}
    if found := re.fullmatch(r"adain([12])\.style\.linear\.(weight_orig|bias)", name):
        layer = f"{block}.conv{int(found[1]) - 1}.affine"
        if found[2] == "weight_orig":
            return {f"{layer}.weight": array * _ROOT}
        bias = array.copy()
        bias[: len(bias) // 2] -= 1  # ours is added to 1
        return {f"{layer}.bias": bias}
    raise Unreadable(f"is a modified network of rosinality's: it has {shown(name)}")


LAYOUT = Layout(
    name="rosinality's style-based layout",
    finder="generator.progression.0.conv1.input",
    companion="style.1.linear.weight_orig",
    convert=convert,
)
