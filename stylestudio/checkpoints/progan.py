"""Builds a ProGAN generator from named arrays, and brings files of it to these names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints.building import fill
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.layouts import Converted, Layout
from stylestudio.checkpoints.stylegan1 import (
    block_sides,
    block_widths,
    place_torgb,
    plain_kernel,
)
from stylestudio.networks.progan import Generator, ProGANConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array


@dataclass(frozen=True, kw_only=True)
class Hints:
    """The shapes of the weights tell all."""


def hints_of(tree: ModuleTree) -> Hints:
    """No program pickles this network as modules that StyleStudio knows. Raises Unreadable."""
    kind = shown(tree.class_names[""])
    raise Unreadable(f"holds a network of kind {kind}, which StyleStudio does not know")


def check(tree: ModuleTree, network: Generator) -> None:
    """Nothing is left to check; see `hints_of`."""


def build(arrays: dict[str, Array], hints: Hints) -> tuple[Generator, list[str]]:  # noqa: ARG001
    """A generator with these weights, and remarks for the user. Empties `arrays`.

    Raises Unreadable where the arrays are not those of a ProGAN generator.
    """
    shapes = {name: array.shape for name, array in arrays.items()}
    sides = block_sides(shapes, "ProGAN")
    first = shapes.get("synthesis.b4.conv0.weight", ())
    if len(first) != 4:
        raise Unreadable(
            "is an incomplete ProGAN generator: its first layer is missing or has "
            "an unexpected shape"
        )
    config = ProGANConfig(
        img_resolution=sides[-1],
        channels=block_widths(shapes, sides, "ProGAN"),
        img_channels=shapes.get(f"synthesis.b{sides[-1]}.torgb.weight", (0,))[0],
        z_dim=first[1],
    )
    with torch.device("meta"):
        network = Generator(config)
    return network, fill(network, arrays, "ProGAN")


def from_tensorflow(variables: dict[str, Array], label_size: Any) -> dict[str, Array]:
    """The weights of a TensorFlow pickle under our names; empties `variables`.

    Raises Unreadable for variables that this network does not have.
    """
    if label_size not in (0, None):
        raise Unreadable("is a ProGAN with classes, which StyleStudio cannot run")
    arrays = {}
    for name in list(variables):
        array = variables.pop(name)
        if name == "lod":
            continue
        if found := re.fullmatch(r"ToRGB_lod(\d{1,2})/(weight|bias)", name):
            if found[1] == "0":
                kernel = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
                arrays[f"torgb.{found[2]}"] = kernel
            continue
        found = re.fullmatch(r"(\d{1,5})x\1/(Dense|Conv|Conv0|Conv0_up|Conv1)/(weight|bias)", name)
        if found is None:
            raise Unreadable(
                f"is a modified ProGAN that StyleStudio cannot run: it has {shown(name)}"
            )
        layer = "conv0" if found[2] in ("Dense", "Conv0", "Conv0_up") else "conv1"
        if found[3] == "weight":
            array = _kernel(found[2], array)
        arrays[f"synthesis.b{found[1]}.{layer}.{found[3]}"] = array
    place_torgb(arrays)
    return arrays


def _kernel(layer: str, array: Array) -> Array:
    """TensorFlow's weights of one layer as [O, I, k, k]."""
    if layer == "Dense":  # [z, O * 16]
        if array.ndim != 2 or array.shape[1] % 16:
            raise Unreadable(
                "is an incomplete ProGAN generator: its first layer is missing or "
                "has an unexpected shape"
            )
        return array.T.reshape(-1, 4, 4, array.shape[0]).transpose(0, 3, 1, 2)
    if layer == "Conv0_up":  # of a transposed convolution [k, k, O, I], which turns it round
        return array[::-1, ::-1].transpose(2, 3, 0, 1)
    return array.transpose(3, 2, 0, 1)


def _from_genforce(
    arrays: dict[str, Array],
    beside: Mapping[str, Array],  # noqa: ARG001 - the layout's interface
) -> Converted:
    outputs = [int(m[1]) for name in arrays if (m := re.match(r"output(\d{1,2})\.", name))]
    converted = {}
    for name in list(arrays):
        array = arrays.pop(name)
        if name == "lod":
            continue
        found = re.fullmatch(r"(layer|output)(\d{1,2})\.(weight|bias)", name)
        if found is None or int(found[2]) > 20:
            raise Unreadable(f"is a modified genforce network: it has {shown(name)}")
        number, part = int(found[2]), found[3]
        if found[1] == "output":
            if number == max(outputs):
                converted[f"synthesis.b{4 << number}.torgb.{part}"] = array
            continue
        if part == "weight":
            if array.ndim != 4:
                raise Unreadable(f"is an incomplete ProGAN generator: {name} is {array.shape}")
            # The first is a convolution over a padded pixel, which meets its kernel turned round.
            array = array[..., ::-1, ::-1] if number == 0 else plain_kernel(array)
        converted[f"synthesis.b{4 << number // 2}.conv{number % 2}.{part}"] = array
    return Converted(converted)


LAYOUT = Layout(
    name="genforce layout", finder="layer0.weight", companion="lod", convert=_from_genforce
)
