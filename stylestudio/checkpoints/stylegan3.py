"""Builds a StyleGAN3 generator from named arrays; sizes come from the arrays and their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints.building import fill
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.settings import (
    checked_activation,
    checked_clamp,
    checked_number,
    mapping_sizes,
)
from stylestudio.networks.stylegan3 import Generator, LayerConfig, StyleGAN3Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array

TAPS_PER_SAMPLE = 6  # length of a published network's filters, by the factor they resample
MAX_SIZE = 16384
_LAYER = re.compile(r"synthesis\.(L(\d{1,2})_(\d{1,5})_(\d{1,4}))\.weight")


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the shapes of the weights cannot tell."""

    mapping_activation: Any = "lrelu"
    mapping_lr_multiplier: Any = 0.01
    conv_clamp: Any = 256.0
    output_scale: Any = 0.25
    input_rate: Any = 16.0
    input_bandwidth: Any = 2.0
    z_dim: Any = None  # what the file says of these two, None where it says nothing
    c_dim: Any = None


def hints_of(tree: ModuleTree) -> Hints:
    """The settings that a pickled network's layers carry. Raises Unreadable where they differ."""
    layers = [name for name in tree.class_names if re.fullmatch(r"synthesis\.L\d+_\d+_\d+", name)]
    dense = [name for name in tree.class_names if re.fullmatch(r"mapping\.fc\d+", name)]
    return Hints(
        mapping_activation=tree.agreed(dense, "activation", "lrelu"),
        mapping_lr_multiplier=tree.agreed(dense, "bias_gain", 0.01),
        conv_clamp=tree.agreed(layers, "conv_clamp"),
        output_scale=tree.setting("synthesis", "output_scale", 0.25),
        input_rate=tree.setting("synthesis.input", "sampling_rate", 16.0),
        input_bandwidth=tree.setting("synthesis.input", "bandwidth", 2.0),
        z_dim=tree.setting("", "z_dim"),
        c_dim=tree.setting("", "c_dim"),
    )


def check_layers(tree: ModuleTree, network: Generator) -> None:
    """Raise Unreadable where a pickled layer's own numbers are not those inferred for it."""
    for index, layer in enumerate(network.config.layers):
        name = f"synthesis.L{index}_{layer.out_size}_{layer.out_channels}"
        lo, hi = layer.padding
        for setting, expected in (
            ("in_size", (layer.in_size, layer.in_size)),
            ("out_size", (layer.out_size, layer.out_size)),
            ("up_factor", layer.up),
            ("down_factor", layer.down),
            ("padding", (lo, hi, lo, hi) if not layer.to_rgb else (0, 0, 0, 0)),
        ):
            found = tree.setting(name, setting, expected)
            if found != expected:
                raise Unreadable(
                    f"is a modified StyleGAN3: {setting} of {name} is {shown(found)} "
                    f"instead of {expected}"
                )


def build(arrays: dict[str, Array], hints: Hints) -> tuple[Generator, list[str]]:
    """A generator with these weights, and remarks for the user. Empties `arrays`.

    Raises Unreadable where the arrays are not those of a StyleGAN3 generator.
    """
    config = infer_config({name: array.shape for name, array in arrays.items()}, hints)
    with torch.device("meta"):
        network = Generator(config)
    return network, fill(network, arrays, "StyleGAN3")


def infer_config(shapes: Mapping[str, tuple[int, ...]], hints: Hints) -> StyleGAN3Config:
    """The architecture that has weights of these names and shapes."""
    found = {}
    for name in shapes:
        if match := _LAYER.fullmatch(name):
            found[int(match[2])] = (match[1], int(match[3]), int(match[4]))
    if not found or sorted(found) != list(range(len(found))):
        raise Unreadable("is an incomplete StyleGAN3 generator: some of its layers are missing")
    layers = []
    in_size = found[0][1]
    for index in range(len(found)):
        name, out_size, out_channels = found[index]
        layer = _layer(shapes, f"synthesis.{name}", in_size, out_size)
        if layer.out_channels != out_channels or out_size > MAX_SIZE:
            raise Unreadable(f"is inconsistent: {name} has {layer.out_channels} channels")
        layers.append(layer)
        in_size = out_size
    affine = shapes.get("synthesis.input.affine.weight", ())
    if len(affine) != 2:
        raise Unreadable("is an incomplete StyleGAN3 generator: its input is missing")
    try:
        return StyleGAN3Config(
            layers=tuple(layers),
            w_dim=affine[1],
            **mapping_sizes(shapes, hints.z_dim, hints.c_dim),
            **_checked(hints),
        )
    except ValueError as error:
        raise Unreadable(f"cannot be run by StyleStudio: {error}") from error


def _layer(
    shapes: Mapping[str, tuple[int, ...]], name: str, in_size: int, out_size: int
) -> LayerConfig:
    weight = shapes[f"{name}.weight"]
    up = shapes.get(f"{name}.up_filter", (1,))
    down = shapes.get(f"{name}.down_filter", (1,))
    sound = len(weight) == 4 and weight[2] == weight[3] and len(up) == 1 and len(down) in (1, 2)
    factors = [taps // TAPS_PER_SAMPLE if taps > 1 else 1 for taps in (up[0], down[-1])]
    whole = all(taps == 1 or taps % TAPS_PER_SAMPLE == 0 for taps in (up[0], *down))
    if not sound or not whole or not all(1 <= factor <= 8 for factor in factors):
        raise Unreadable(f"is a modified StyleGAN3: {name} has weights of unknown shapes")
    return LayerConfig(
        in_channels=weight[1],
        out_channels=weight[0],
        in_size=in_size,
        out_size=out_size,
        kernel=weight[2],
        up=factors[0],
        down=factors[1],
        up_taps=up[0],
        down_taps=down[-1],
        radial=len(down) == 2,
    )


def _checked(hints: Hints) -> dict[str, Any]:
    """The hints as config fields. Raises Unreadable for what is not valid."""
    numbers = ("mapping_lr_multiplier", "output_scale", "input_rate", "input_bandwidth")
    return {
        "mapping_activation": checked_activation(hints.mapping_activation),
        "conv_clamp": checked_clamp(hints.conv_clamp),
        **{name: checked_number(name, getattr(hints, name)) for name in numbers},
    }
