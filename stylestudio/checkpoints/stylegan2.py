"""Builds a StyleGAN2 generator from named arrays; sizes come from the arrays alone."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from stylestudio.checkpoints.building import fill
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.settings import (
    checked_activation,
    checked_clamp,
    checked_number,
    mapping_sizes,
)
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array
    from stylestudio.networks.stylegan2.config import Architecture


MAX_TAPS = 64  # of a resampling filter; the published networks have 4


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the shapes of the weights cannot tell."""

    activation: Any = "lrelu"
    mapping_activation: Any = "lrelu"
    mapping_lr_multiplier: Any = 0.01
    conv_clamp: Any = None
    resample_filter: Any = (1.0, 3.0, 3.0, 1.0)
    z_dim: Any = None  # what the file says of these two, None where it says nothing
    c_dim: Any = None


def hints_of(tree: ModuleTree) -> Hints:
    """The settings that a pickled network's layers carry. Raises Unreadable where they differ."""
    convolutions = _layers(tree, r"synthesis\.b\d+\.conv\d")
    colours = _layers(tree, r"synthesis\.b\d+\.torgb")
    dense = _layers(tree, r"mapping\.fc\d+")
    affine = [name for name in tree.class_names if name.endswith(".affine")]
    for modules, setting, expected in (
        (affine, "activation", "linear"),
        (affine, "bias_gain", 1),
        (["mapping.embed"], "activation", "linear"),
        (["mapping.embed"], "bias_gain", 1),
    ):
        found = tree.agreed(modules, setting, expected)
        if found != expected:
            raise Unreadable(
                f"is a modified StyleGAN2: {setting} is {shown(found)} in {modules[0]}"
            )
    return Hints(
        activation=tree.agreed(convolutions, "activation", "lrelu"),
        mapping_activation=tree.agreed(dense, "activation", "lrelu"),
        mapping_lr_multiplier=tree.agreed(dense, "bias_gain", 0.01),
        conv_clamp=tree.agreed(convolutions + colours, "conv_clamp"),
        z_dim=tree.setting("", "z_dim"),
        c_dim=tree.setting("", "c_dim"),
    )


def _layers(tree: ModuleTree, pattern: str) -> list[str]:
    return [name for name in tree.class_names if re.fullmatch(pattern, name)]


def filter_taps(kernels: Sequence[Array]) -> tuple[float, ...]:
    """1-D taps of the one low-pass [k, k] or [k], with sum 1, that all layers share.

    Raises Unreadable where they do not share one.
    """
    first = np.asarray(kernels[0], np.float64)
    if any(kernel.shape != first.shape or not np.allclose(kernel, first) for kernel in kernels):
        raise Unreadable("is a modified StyleGAN2: its layers resample with different filters")
    taps = first if first.ndim == 1 else first.sum(axis=-1)
    if first.ndim > 2 or not 0 < len(taps) <= MAX_TAPS or not abs(taps.sum() - 1) < 1e-3:
        raise Unreadable("is a modified StyleGAN2: it resamples with an unknown kind of filter")
    if first.ndim == 2 and not np.allclose(first, np.outer(taps, taps), atol=1e-6):
        raise Unreadable("is a modified StyleGAN2: its resampling filter is not separable")
    whole = taps / np.abs(taps).min() if np.all(taps) else taps
    if np.allclose(whole, np.round(whole), atol=1e-4):
        taps = np.round(whole)  # the scale is free: 1, 3, 3, 1 rather than 0.125, 0.375, ...
    return tuple(taps.tolist())


def build(arrays: dict[str, Array], hints: Hints) -> tuple[Generator, list[str]]:
    """A generator with these weights, and remarks for the user. Empties `arrays`.

    Raises Unreadable where the arrays are not those of a StyleGAN2 generator.
    """
    filters = [name for name in arrays if name.endswith(".resample_filter")]
    if filters:
        taps = filter_taps([arrays.pop(name) for name in filters])
        hints = dataclasses.replace(hints, resample_filter=taps)
    config = infer_config({name: array.shape for name, array in arrays.items()}, hints)
    with torch.device("meta"):
        network = Generator(config)
    notes = fill(network, arrays, "StyleGAN2")
    return network, notes


def infer_config(shapes: Mapping[str, tuple[int, ...]], hints: Hints) -> StyleGAN2Config:
    """The architecture that has weights of these shapes."""
    found = {int(m[1]) for name in shapes if (m := re.match(r"synthesis\.b(\d{1,5})\.", name))}
    resolutions = sorted(found)
    if len(resolutions) < 2 or resolutions != [2**i for i in range(2, len(resolutions) + 2)]:
        listed = ", ".join(map(str, resolutions[:12])) or "none"
        raise Unreadable(f"is not a StyleGAN2 generator: its blocks are {listed}")

    def shape(name: str, axes: int) -> tuple[int, ...]:
        if len(shapes.get(name, ())) != axes:
            raise Unreadable(
                f"is an incomplete StyleGAN2 generator: {name} is missing or has "
                "an unexpected shape"
            )
        return shapes[name]

    const = shape("synthesis.b4.const", 3)
    if const[1:] != (4, 4):
        raise Unreadable(
            f"makes pictures that are not square (it begins with {const[1]} x {const[2]} pixels "
            "instead of 4 x 4), which StyleStudio cannot run"
        )
    last = f"synthesis.b{resolutions[-1]}"
    first_conv = shape("synthesis.b4.conv1.weight", 4)
    if first_conv[2:] != (3, 3):
        raise Unreadable(f"has convolutions of {first_conv[2]} x {first_conv[3]}, not 3 x 3")
    kwargs = {
        "img_resolution": resolutions[-1],
        "channels": tuple(shape(f"synthesis.b{r}.conv1.weight", 4)[0] for r in resolutions),
        "img_channels": shape(f"{last}.torgb.weight", 4)[0],
        "w_dim": shape("synthesis.b4.conv1.affine.weight", 2)[1],
        "architecture": _architecture(shapes, last),
        "use_noise": "synthesis.b4.conv1.noise_const" in shapes,
        **mapping_sizes(shapes, hints.z_dim, hints.c_dim),
        **_checked(hints),
    }
    try:
        return StyleGAN2Config(**kwargs)
    except ValueError as error:
        raise Unreadable(f"cannot be run by StyleStudio: {error}") from error


def _architecture(shapes: Mapping[str, tuple[int, ...]], last: str) -> Architecture:
    if "synthesis.b4.torgb.weight" in shapes:
        return "skip"
    return "resnet" if f"{last}.skip.weight" in shapes else "orig"


def _checked(hints: Hints) -> dict[str, Any]:
    """The hints as config fields. Raises Unreadable for what the network cannot do."""
    return {
        "activation": checked_activation(hints.activation),
        "mapping_activation": checked_activation(hints.mapping_activation),
        "mapping_lr_multiplier": checked_number(
            "mapping_lr_multiplier", hints.mapping_lr_multiplier
        ),
        "conv_clamp": checked_clamp(hints.conv_clamp),
        "resample_filter": _checked_taps(hints.resample_filter),
    }


def _checked_taps(taps: Any) -> tuple[float, ...]:
    """Taps of a low-pass. Raises Unreadable for what are none."""
    if not isinstance(taps, (list, tuple)) or not 0 < len(taps) <= MAX_TAPS:
        raise Unreadable("is damaged: its resampling filter is not valid")
    return tuple(float(tap) for tap in taps)
