"""The layout of rosinality's stylegan2-pytorch: its `.pt` files, pSp and e4e decoders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.checkpoints import stylegan2
from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.families import family_of
from stylestudio.checkpoints.layouts import (
    Converted,
    Layout,
    shared_low_pass,
    without_first_axis,
)
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.networks.stylegan2.layers import low_pass

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array

CLAMP = "conv_clamp"  # beside the weights of files that StyleStudio wrote


def convert(arrays: dict[str, Array], beside: Mapping[str, Array]) -> Converted:
    """The weights under NVIDIA's names. Raises Unreadable for what this layout does not have."""
    kernels = {name: arrays.pop(name) for name in list(arrays) if name.endswith(".kernel")}
    converted = dict(official(name, arrays.pop(name)) for name in list(arrays))
    known = shared_low_pass(kernels)
    if CLAMP in beside:
        known["conv_clamp"] = float(beside[CLAMP])
    width = converted.get("synthesis.b4.conv1.affine.weight")
    if width is not None and width.ndim == 2:
        known["z_dim"] = width.shape[1]  # one size for both z and w
    return Converted(converted, known, add_missing_noise(converted))


def add_missing_noise(arrays: dict[str, Array]) -> list[str]:
    """The first versions stored no noise; give such a file a fixed one, and say so."""
    layers = [name.removesuffix("_strength") for name in arrays if name.endswith("noise_strength")]
    if any(f"{layer}_const" in arrays for layer in layers):
        return []
    random = np.random.RandomState(0)
    for layer in layers:
        found = re.match(r"synthesis\.b(\d{1,4})\.", layer)
        side = int(found[1]) if found else 4
        arrays[f"{layer}_const"] = random.randn(side, side).astype(np.float32)
    return [
        "The file stores no noise, so fixed noise was generated; the finest details may differ."
    ]


def official(name: str, array: Array) -> tuple[str, Array]:
    """NVIDIA's name and shape for one of rosinality's weights. Raises Unreadable if unknown."""
    parts = name.split(".")
    if parts[0] == "style" and len(parts) == 3 and parts[1].isdigit():
        return f"mapping.fc{int(parts[1]) - 1}.{parts[2]}", array
    if name == "input.input":
        return "synthesis.b4.const", without_first_axis(array, 4, name)
    if parts[0] == "noises":
        index = int(parts[1].removeprefix("noise_"))
        plane = without_first_axis(without_first_axis(array, 4, name), 3, name)
        return f"{convolution(index)}.noise_const", plane
    layer, rest = _layer(parts)
    if rest == "conv.weight":
        return f"{layer}.weight", without_first_axis(array, 5, name)
    if rest in ("conv.modulation.weight", "conv.modulation.bias"):
        return f"{layer}.affine.{parts[-1]}", array
    if rest in ("noise.weight", "activate.bias", "bias"):
        shape = () if rest == "noise.weight" else (array.size,)
        return f"{layer}.{'noise_strength' if rest == 'noise.weight' else 'bias'}", array.reshape(
            shape
        )
    raise Unreadable(f"is a modified rosinality network: it has {shown(name)}")


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
    raise Unreadable(f"is a modified rosinality network: it has {shown('.'.join(parts))}")


def write_rosinality(path: str | os.PathLike[str], network: Generator) -> None:
    """Write a StyleGAN2 generator in rosinality's layout as a torch file, all or nothing.

    A clamp of the feature maps, which that layout lacks, travels under a key of its own.
    Raises CheckpointError for a network that the layout has no place for.
    """
    path = Path(path)
    obstacle = _obstacle(network)
    if obstacle:
        raise CheckpointError(
            f"{path.name} was not written: rosinality's layout can't store {obstacle}."
        )
    config = network.config
    assert isinstance(config, StyleGAN2Config)
    weights = {}
    for name, tensor in network.state_dict().items():
        if name != "mapping.w_avg":
            new_name, shape = _rosinality(name, tuple(tensor.shape))
            weights[new_name] = tensor.detach().to("cpu", torch.float32).reshape(shape).clone()
    kernel = low_pass(config.resample_filter) * 4
    for index in range(len(config.block_resolutions) - 1):
        weights[f"convs.{2 * index}.conv.blur.kernel"] = kernel.clone()
        weights[f"to_rgbs.{index}.upsample.kernel"] = kernel.clone()
    content: dict[str, object] = {
        "g_ema": weights,
        "latent_avg": network.mapping.w_avg.detach().cpu().clone(),
    }
    if config.conv_clamp is not None:
        content[CLAMP] = torch.tensor(float(config.conv_clamp), dtype=torch.float64)
    # Through an open file, since torch would write the temporary name into the archive.
    with writing(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)


def _obstacle(network: Generator) -> str | None:
    """What about a network this layout cannot hold."""
    if network.family != "stylegan2":
        return f"a {family_of(network).title}"
    config = network.config
    assert isinstance(config, StyleGAN2Config)
    published = stylegan2.Hints(conv_clamp=config.conv_clamp)
    for found, only, meaning in (
        (config.architecture, "skip", f"the architecture {config.architecture}"),
        (config.c_dim, 0, "classes"),
        (config.img_channels, 3, f"pictures of {config.img_channels} channels"),
        (config.use_noise, True, "a network without noise"),
        (config.z_dim, config.w_dim, "z and w of different sizes"),
        (config.mapping_features, None, "a mapping network of other widths"),
        (config.activation, published.activation, f"the activation {config.activation}"),
        (config.mapping_activation, published.mapping_activation, "its mapping activation"),
        (config.mapping_lr_multiplier, published.mapping_lr_multiplier, "its mapping speed"),
        (config.resample_filter, published.resample_filter, "its resampling filter"),
    ):
        if found != only:
            return meaning
    return None


_INNER = {
    "affine.weight": "conv.modulation.weight",
    "affine.bias": "conv.modulation.bias",
    "noise_strength": "noise.weight",
}


def _rosinality(name: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Rosinality's name and shape for one of NVIDIA's weights; undoes `official`."""
    if found := re.fullmatch(r"mapping\.fc(\d+)\.(\w+)", name):
        return f"style.{int(found[1]) + 1}.{found[2]}", shape
    _, block, layer, *rest = f"{name}.".split(".", 3)
    inner = rest[0].rstrip(".") if rest else ""
    if layer == "const":
        return "input.input", (1, *shape)
    octave = int(block.removeprefix("b")).bit_length() - 3  # 4 -> 0, 8 -> 1, ...
    index = 2 * octave - (layer == "conv0")  # the row of ws that drives a convolution
    if inner == "noise_const":
        return f"noises.noise_{index}", (1, 1, *shape)
    if layer == "torgb":
        place = f"to_rgbs.{octave - 1}" if octave else "to_rgb1"
    else:
        place = f"convs.{index - 1}" if index else "conv1"
    if inner == "weight":
        return f"{place}.conv.weight", (1, *shape)
    if inner == "bias":
        is_rgb = layer == "torgb"
        return f"{place}.{'bias' if is_rgb else 'activate.bias'}", (
            (1, *shape, 1, 1) if is_rgb else shape
        )
    return f"{place}.{_INNER[inner]}", shape or (1,)


def convolution(index: int) -> str:
    """The convolution that draws on row `index` of ws: b4.conv1, b8.conv0, b8.conv1, b16.conv0."""
    if not 0 <= index < 40:
        raise Unreadable("is a modified rosinality network: it has more layers than any")
    return f"synthesis.b{4 << (index + 1) // 2}.conv{(index + 1) % 2}"


LAYOUT = Layout(
    name="rosinality layout",
    finder="convs.0.conv.weight",
    companion="input.input",
    convert=convert,
)
