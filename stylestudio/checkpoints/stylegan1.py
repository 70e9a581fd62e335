"""Builds a StyleGAN (1) generator from named arrays, and brings files of it to these names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints.building import fill
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.layouts import Converted, Layout, without_first_axis
from stylestudio.checkpoints.settings import checked_number, mapping_sizes
from stylestudio.networks.stylegan1 import Generator, StyleGAN1Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array

FUSED_FROM = 128  # pixels; from there on the published network doubles by transposed convolutions


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the shapes of the weights cannot tell."""

    mapping_lr_multiplier: Any = 0.01
    epsilon: Any = 1e-8
    bias_before_blur: Any = False
    z_dim: Any = None  # what the file says of it, None where it says nothing


def hints_of(tree: ModuleTree) -> Hints:
    """No program pickles this network as modules that StyleStudio knows. Raises Unreadable."""
    kind = shown(tree.class_names[""])
    raise Unreadable(f"holds a network of kind {kind}, which StyleStudio does not know")


def check(tree: ModuleTree, network: Generator) -> None:
    """Nothing is left to check; see `hints_of`."""


def build(arrays: dict[str, Array], hints: Hints) -> tuple[Generator, list[str]]:
    """A generator with these weights, and remarks for the user. Empties `arrays`.

    Raises Unreadable where the arrays are not those of a StyleGAN generator.
    """
    config = infer_config({name: array.shape for name, array in arrays.items()}, hints)
    with torch.device("meta"):
        network = Generator(config)
    return network, fill(network, arrays, "StyleGAN")


def infer_config(shapes: Mapping[str, tuple[int, ...]], hints: Hints) -> StyleGAN1Config:
    """The architecture that has weights of these shapes."""
    sides = block_sides(shapes, "StyleGAN")
    sizes = mapping_sizes(shapes, hints.z_dim)
    return StyleGAN1Config(
        img_resolution=sides[-1],
        channels=block_widths(shapes, sides, "StyleGAN"),
        img_channels=shapes.get(f"synthesis.b{sides[-1]}.torgb.weight", (0,))[0],
        w_dim=shapes.get("synthesis.b4.conv0.affine.weight", (0, 0))[-1],
        z_dim=sizes["z_dim"],
        mapping_layers=sizes["mapping_layers"],
        mapping_features=sizes["mapping_features"],
        mapping_lr_multiplier=checked_number("mapping_lr_multiplier", hints.mapping_lr_multiplier),
        epsilon=checked_number("epsilon", hints.epsilon),
        bias_before_blur=bool(hints.bias_before_blur),
    )


def block_sides(shapes: Mapping[str, tuple[int, ...]], kind: str) -> list[int]:
    """4, 8, ... of the blocks. Raises Unreadable where one is missing."""
    found = {int(m[1]) for name in shapes if (m := re.match(r"synthesis\.b(\d{1,5})\.", name))}
    sides = sorted(found)
    if len(sides) < 2 or sides != [2**i for i in range(2, len(sides) + 2)]:
        listed = ", ".join(map(str, sides[:12])) or "none"
        raise Unreadable(f"is not a {kind} generator: its blocks are {listed}")
    return sides


def block_widths(
    shapes: Mapping[str, tuple[int, ...]], sides: list[int], kind: str
) -> tuple[int, ...]:
    """The feature maps of every block. Raises Unreadable where a convolution is odd."""
    widths = []
    for side in sides:
        shape = shapes.get(f"synthesis.b{side}.conv1.weight", ())
        if len(shape) != 4 or shape[2:] != (3, 3):
            raise Unreadable(
                f"is an incomplete {kind} generator: the convolutions at {side} "
                "have unexpected shapes"
            )
        widths.append(shape[0])
    return tuple(widths)


# -- TensorFlow --------------------------------------------------------------------------

_TF_LAYERS = {"Const": "conv0", "Conv0_up": "conv0", "Conv": "conv1", "Conv1": "conv1"}
_TF_PARTS = {
    "weight": "weight",
    "bias": "bias",
    "Noise/weight": "noise_strength",
    "StyleMod/weight": "affine.weight",
    "StyleMod/bias": "affine.bias",
}


def from_tensorflow(variables: dict[str, Array], fused: Any) -> dict[str, Array]:
    """The weights under our names; empties `variables`.

    `fused` is the setting fused_scale: True, False or "auto". Raises Unreadable for variables that
    this network does not have.
    """
    arrays = {}
    for name in list(variables):
        array = variables.pop(name)
        converted = _from_tensorflow(name, array, fused)
        if converted is not None:
            arrays[converted[0]] = converted[1]
    place_torgb(arrays)
    return arrays


def place_torgb(arrays: dict[str, Array]) -> None:
    """Move the RGB layer to the last block, which is known once all names are, in place."""
    sides = [int(name.split(".")[1][1:]) for name in arrays if name.startswith("synthesis.b")]
    for part in ("weight", "bias"):
        if f"torgb.{part}" in arrays and sides:
            arrays[f"synthesis.b{max(sides)}.torgb.{part}"] = arrays.pop(f"torgb.{part}")


def _from_tensorflow(name: str, array: Array, fused: Any) -> tuple[str, Array] | None:
    if name == "dlatent_avg":
        return "mapping.w_avg", array
    if name == "synthesis/4x4/Const/const":
        return "synthesis.b4.const", without_first_axis(array, 4, name)
    if found := re.fullmatch(r"mapping/Dense(\d{1,2})/(weight|bias)", name):
        layer = f"mapping.fc{int(found[1])}.{found[2]}"
        return layer, array.T if found[2] == "weight" else without_gain(array)
    if found := re.fullmatch(r"synthesis/noise(\d{1,2})", name):
        number = int(found[1])
        return f"synthesis.b{4 << number // 2}.conv{number % 2}.noise_const", array[0, 0]
    if found := re.fullmatch(r"synthesis/ToRGB_lod(\d{1,2})/(weight|bias)", name):
        if int(found[1]):
            return None  # of smaller pictures, while the network grew
        return f"torgb.{found[2]}", array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
    if re.fullmatch(r"(mapping/|synthesis/)?lod", name):
        return None
    found = re.fullmatch(r"synthesis/(\d{1,5})x\1/(\w+?)/(.+)", name)
    if found is None or found[2] not in _TF_LAYERS or found[3] not in _TF_PARTS:
        raise Unreadable(
            f"is a modified StyleGAN that StyleStudio cannot run: it has {shown(name)}"
        )
    side, layer, part = int(found[1]), _TF_LAYERS[found[2]], _TF_PARTS[found[3]]
    if part == "affine.weight":
        array = array.T
    elif part == "weight":
        if found[2] == "Conv0_up" and (fused is True or (fused == "auto" and side >= FUSED_FROM)):
            array = array[::-1, ::-1]  # a transposed convolution turns its kernel round
        array = array.transpose(3, 2, 0, 1)
    return f"synthesis.b{side}.{layer}.{part}", array


def without_gain(bias: Array) -> Array:
    """A bias of the mapping network for an activation that multiplies by the root of 2."""
    return bias / bias.dtype.type(math.sqrt(2))  # type: ignore[no-any-return]


# -- genforce ----------------------------------------------------------------------------

_GENFORCE = {
    "weight": "weight",
    "bias": "bias",
    "apply_noise.weight": "noise_strength",
    "apply_noise.noise": "noise_const",
    "style.weight": "affine.weight",
    "style.bias": "affine.bias",
}


def _from_genforce(
    arrays: dict[str, Array],
    beside: Mapping[str, Array],  # noqa: ARG001 - the layout's interface
) -> Converted:
    output = re.compile(r"synthesis\.output(\d{1,2})\.(weight|bias)")
    last = max((int(m[1]) for m in map(output.fullmatch, arrays) if m), default=0)
    converted = {}
    for name in list(arrays):
        array = arrays.pop(name)
        if name.endswith(("blur.kernel", ".lod")) or name == "lod":
            continue
        if name == "truncation.w_avg":
            converted["mapping.w_avg"] = array
        elif found := re.fullmatch(r"mapping\.dense(\d{1,2})\.(weight|bias)", name):
            value = array if found[2] == "weight" else without_gain(array)
            converted[f"mapping.fc{int(found[1])}.{found[2]}"] = value
        elif name == "synthesis.layer0.const":
            converted["synthesis.b4.const"] = without_first_axis(array, 4, name)
        elif found := output.fullmatch(name):
            if int(found[1]) == last:
                converted[f"synthesis.b{4 << int(found[1])}.torgb.{found[2]}"] = array
        else:
            new, array = _genforce_layer(name, array)
            converted[new] = array
    return Converted(converted)


def _genforce_layer(name: str, array: Array) -> tuple[str, Array]:
    found = re.fullmatch(r"synthesis\.layer(\d{1,2})\.(.+)", name)
    if found is None or found[2] not in _GENFORCE or int(found[1]) > 20:
        raise Unreadable(f"is a modified genforce network: it has {shown(name)}")
    number, part = int(found[1]), _GENFORCE[found[2]]
    if part == "noise_const":
        array = array[0, 0]
    elif part == "weight":
        array = plain_kernel(array)
    return f"synthesis.b{4 << number // 2}.conv{number % 2}.{part}", array


def plain_kernel(weight: Array) -> Array:
    """A kernel [O, I, k, k], also from what doubles by a transposed convolution [k, k, I, O]."""
    if weight.ndim == 4 and weight.shape[2:] != (3, 3) and weight.shape[:2] == (3, 3):
        return weight[::-1, ::-1].transpose(3, 2, 0, 1)
    return weight


LAYOUT = Layout(
    name="genforce layout",
    finder="synthesis.layer0.const",
    companion="synthesis.layer0.apply_noise.weight",
    convert=_from_genforce,
)
