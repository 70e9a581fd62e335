"""The names that files of translators and enlargers give their weights, brought to ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

from stylestudio.checkpoints.errors import Unreadable
from stylestudio.networks.enlargers import CompactConfig, CompactNet, RRDBConfig, RRDBNet
from stylestudio.networks.stroke_painter import SEEN, StrokePainter, StrokePainterConfig
from stylestudio.networks.translators import (
    Norm,
    ResnetConfig,
    ResnetTranslator,
    UnetConfig,
    UnetTranslator,
)
from stylestudio.networks.vqgan import VQGan, VQGanConfig

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array

Weights = dict[str, Any]  # arrays by name
Layout = Callable[[Weights], tuple[Callable[[], nn.Module], Weights] | None]
"""From the weights of a file: what builds its network and the weights by our names, or None."""

_STATISTICS = (".running_mean", ".running_var", ".num_batches_tracked")
_PARTS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
MAX_BLOCKS = 64


def _moved(arrays: Weights, old: str, new: str, found: Weights, parts: tuple[str, ...]) -> None:
    for part in parts:
        if f"{old}.{part}" in arrays:
            found[f"{new}.{part}"] = arrays[f"{old}.{part}"]


def _norm_of(arrays: Weights, name: str) -> Norm:
    """What normalises after a convolution, by the weights it has."""
    if f"{name}.weight" not in arrays:
        return "instance"  # of which old files keep statistics that nothing uses
    numbers = f"{name}.num_batches_tracked"
    return "batch" if f"{name}.running_mean" in arrays and numbers in arrays else "affine"


def _shape(arrays: Weights, name: str, axes: int = 4) -> tuple[int, ...]:
    array: Array | None = arrays.get(name)
    if array is None or array.ndim != axes:
        raise Unreadable(f"is an incomplete network: {name} is missing")
    return tuple(array.shape)


def _resnet(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    """CycleGAN's, also with dropout, with norms that have weights, and pix2pix's ResNet."""
    if "model.1.weight" not in arrays or "model.10.weight" in arrays:
        return None
    inner = "conv_block" if any(".conv_block." in name for name in arrays) else "block"
    blocks = 0
    while f"model.{10 + blocks}.{inner}.1.weight" in arrays and blocks < MAX_BLOCKS:
        blocks += 1
    if not blocks:
        return None
    second = (
        6
        if f"model.10.{inner}.6.weight" in arrays and _is_conv(arrays, f"model.10.{inner}.6.weight")
        else 5
    )
    found: Weights = {}
    norm = _norm_of(arrays, "model.2")
    kept = _PARTS if norm == "batch" else ("weight", "bias")
    for ours, (conv, after) in resnet_places(blocks, inner, second).items():
        _moved(arrays, conv, f"{ours}.0", found, ("weight", "bias"))
        _moved(arrays, after, f"{ours}.1", found, kept)
    _moved(arrays, f"model.{17 + blocks}", "end", found, ("weight", "bias"))
    config = ResnetConfig(
        widths=tuple(_shape(arrays, f"model.{n}.weight")[0] for n in (1, 4, 7)),  # type: ignore[arg-type]
        blocks=blocks,
        norm=norm,
        bias="model.1.bias" in arrays,
    )
    return (lambda: ResnetTranslator(config)), found


def resnet_places(
    blocks: int, inner: str = "conv_block", second: int = 5
) -> dict[str, tuple[str, str]]:
    """Where CycleGAN's files have a convolution and the norm after it, by our name of both."""
    numbers = {"start": 1, "down.0": 4, "down.1": 7, "up.0": 10 + blocks, "up.1": 13 + blocks}
    places = {ours: (f"model.{conv}", f"model.{conv + 1}") for ours, conv in numbers.items()}
    for index in range(blocks):
        at = f"model.{10 + index}.{inner}"
        places[f"blocks.{index}.first"] = f"{at}.1", f"{at}.2"
        places[f"blocks.{index}.second"] = f"{at}.{second}", f"{at}.{second + 1}"
    return places


def _is_conv(arrays: Weights, name: str) -> bool:
    return bool(arrays[name].ndim == 4)


def _stargan(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    if "main.0.weight" not in arrays or "main.9.main.0.weight" not in arrays:
        return None
    blocks = 0
    while f"main.{9 + blocks}.main.0.weight" in arrays and blocks < MAX_BLOCKS:
        blocks += 1
    up = 9 + blocks
    found: Weights = {}
    places = {"start": 0, "down.0": 3, "down.1": 6, "up.0": up, "up.1": up + 3}
    for ours, conv in places.items():
        _moved(arrays, f"main.{conv}", f"{ours}.0", found, ("weight",))
        _moved(arrays, f"main.{conv + 1}", f"{ours}.1", found, ("weight", "bias"))
    for index in range(blocks):
        for ours, conv in (("first", 0), ("second", 3)):
            old, new = f"main.{9 + index}.main", f"blocks.{index}.{ours}"
            _moved(arrays, f"{old}.{conv}", f"{new}.0", found, ("weight",))
            _moved(arrays, f"{old}.{conv + 1}", f"{new}.1", found, ("weight", "bias"))
    _moved(arrays, f"main.{up + 6}", "end", found, ("weight",))
    first = _shape(arrays, "main.0.weight")
    if first[1] <= 3:
        raise Unreadable("is a StarGAN without attributes, which StyleStudio can't run")
    config = ResnetConfig(
        widths=tuple(_shape(arrays, f"main.{n}.weight")[0] for n in (0, 3, 6)),  # type: ignore[arg-type]
        blocks=blocks,
        norm="affine",
        bias=False,
        labels=first[1] - 3,
        padding="zeros",
        kernel=4,
        last_bias=False,
    )
    return (lambda: ResnetTranslator(config)), found


def _unet(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    """pix2pix's U-Net, whose layers lie within each other."""
    if "model.model.0.weight" not in arrays and "model.0.weight" not in arrays:
        return None
    at = "model.model" if "model.model.0.weight" in arrays else "model"
    if f"{at}.1.model.1.weight" not in arrays:
        return None
    found: Weights = {}
    _moved(arrays, f"{at}.0", "down.0", found, ("weight", "bias"))
    _moved(arrays, f"{at}.3", "up.0", found, ("weight", "bias"))
    widths = [_shape(arrays, f"{at}.0.weight")[0]]
    norm = _norm_of(arrays, f"{at}.1.model.2")
    kept = _PARTS if norm == "batch" else ("weight", "bias")
    inside, depth = f"{at}.1.model", 1
    while True:
        widths.append(_shape(arrays, f"{inside}.1.weight")[0])
        _moved(arrays, f"{inside}.1", f"down.{depth}", found, ("weight", "bias"))
        innermost = f"{inside}.3.model.1.weight" not in arrays
        up = 3 if innermost else 5
        _moved(arrays, f"{inside}.{up}", f"up.{depth}", found, ("weight", "bias"))
        _moved(arrays, f"{inside}.{up + 1}", f"up_norms.{depth - 1}", found, kept)
        if innermost:
            break
        _moved(arrays, f"{inside}.2", f"down_norms.{depth - 1}", found, kept)
        inside, depth = f"{inside}.3.model", depth + 1
        if depth > MAX_BLOCKS:
            raise Unreadable("is damaged: its layers are nested endlessly")
    config = UnetConfig(tuple(widths), norm, bias=f"{at}.0.bias" in arrays)
    return (lambda: UnetTranslator(config)), found


_OLD_NAMES = (  # of RRDBNet: ESRGAN's, then Real-ESRGAN's
    (r"RRDB_trunk\.(\d+)\.RDB([123])\.conv([1-5])\.", ("trunk_conv", "HRconv", "conv_last")),
    (r"body\.(\d+)\.rdb([123])\.conv([1-5])\.", ("conv_body", "conv_hr", "conv_last")),
)


def _rrdb(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    if "conv_first.weight" not in arrays:
        return _oldest_rrdb(arrays)
    found: Weights = {}
    for pattern, (trunk, large, last) in _OLD_NAMES:
        dense = {name: re.match(pattern, name) for name in arrays}
        if not any(dense.values()):
            continue
        for name, match in dense.items():
            if match is not None:
                block, part, conv = match.groups()
                new = f"trunk.{block}.{int(part) - 1}.convs.{int(conv) - 1}."
                found[new + name[match.end() :]] = arrays[name]
        places = {"conv_first": "first", trunk: "trunk_end", large: "large", last: "last"}
        for index in (1, 2):
            places[f"upconv{index}"] = places[f"conv_up{index}"] = f"up.{index - 1}"
        for old, new in places.items():
            _moved(arrays, old, new, found, ("weight", "bias"))
        return _with_sizes(found)
    return None


def _oldest_rrdb(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    """RRDBNet as a plain sequence of numbered layers."""
    pattern = re.compile(r"model\.1\.sub\.(\d+)\.RDB([123])\.conv([1-5])\.0\.(weight|bias)")
    found: Weights = {}
    for name, array in arrays.items():
        match = pattern.fullmatch(name)
        if match is not None:
            block, part, conv, kind = match.groups()
            found[f"trunk.{block}.{int(part) - 1}.convs.{int(conv) - 1}.{kind}"] = array
    if not found:
        return None
    blocks = 1 + max(int(name.split(".")[1]) for name in found)
    layers = sorted(
        int(match[1])
        for match in (re.fullmatch(r"model\.(\d+)\.weight", n) for n in arrays)
        if match is not None
    )[1:]
    if len(layers) < 2:
        raise Unreadable("is an incomplete network: its last layers are missing")
    places = {"model.0": "first", f"model.1.sub.{blocks}": "trunk_end"}
    places |= {f"model.{number}": f"up.{i}" for i, number in enumerate(layers[:-2])}
    places |= {f"model.{layers[-2]}": "large", f"model.{layers[-1]}": "last"}
    for old, new in places.items():
        _moved(arrays, old, new, found, ("weight", "bias"))
    return _with_sizes(found)


def _with_sizes(found: Weights) -> tuple[Callable[[], nn.Module], Weights]:
    width, channels = _shape(found, "first.weight")[:2]
    unshuffle = {3: 1, 12: 2, 48: 4}.get(channels)
    if unshuffle is None:
        raise Unreadable(f"enlarges pictures of {channels} channels; StyleStudio's have 3")
    blocks = 1 + max((int(n.split(".")[1]) for n in found if n.startswith("trunk.")), default=-1)
    config = RRDBConfig(
        width=width,
        growth=_shape(found, "trunk.0.0.convs.0.weight")[0],
        blocks=min(blocks, MAX_BLOCKS),
        doublings=sum(f"up.{index}.weight" in found for index in range(2)),
        unshuffle=unshuffle,
    )
    return (lambda: RRDBNet(config)), found


def _compact(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    convs = [
        int(match[1])
        for match in (re.fullmatch(r"body\.(\d+)\.weight", name) for name in arrays)
        if match is not None and arrays[match[0]].ndim == 4
    ]
    if len(convs) < 2 or "body.0.weight" not in arrays or "body.1.weight" not in arrays:
        return None
    last = max(convs)
    outputs = _shape(arrays, f"body.{last}.weight")[0]
    scale = round((outputs / 3) ** 0.5)
    if 3 * scale**2 != outputs:
        raise Unreadable(
            "enlarges by a factor that isn't a whole number, which StyleStudio can't run"
        )
    config = CompactConfig(_shape(arrays, "body.0.weight")[0], len(convs) - 2, scale)
    return (lambda: CompactNet(config)), dict(arrays)


def _strokes(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    """Paint Transformer's, under the names of our own."""
    if "linear_decider.weight" not in arrays or "query_pos" not in arrays:
        return None

    def layers(part: str) -> int:
        name = "transformer.{}.layers.{}.linear1.weight"
        return next(n for n in range(MAX_BLOCKS + 1) if name.format(part, n) not in arrays)

    strokes, width = _shape(arrays, "query_pos", 2)
    config = StrokePainterConfig(
        width=width,
        strokes=strokes,
        encoder_layers=layers("encoder"),
        decoder_layers=layers("decoder"),
        hidden=_shape(arrays, "transformer.encoder.layers.0.linear1.weight", 2)[0],
        compares=_shape(arrays, "conv.weight")[1] == 3 * SEEN,
    )
    if width % config.heads:
        raise Unreadable(f"is inconsistent: {width} numbers can't be shared by 8 heads")
    return (lambda: StrokePainter(config)), dict(arrays)


_VQGAN = ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "quantize.embedding.")


def _vqgan(arrays: Weights) -> tuple[Callable[[], nn.Module], Weights] | None:
    """VQ-GAN's, without the networks of its loss that its files hold, too."""
    if "encoder.conv_in.weight" not in arrays or "post_quant_conv.weight" not in arrays:
        return None
    if "quantize.embed.weight" in arrays:
        raise Unreadable(
            "is a VQ-GAN with Gumbel codes, which StyleStudio doesn't read; use one with a "
            "codebook, such as f16"
        )
    codes, dim = _shape(arrays, "quantize.embedding.weight", 2)

    def count(name: str) -> int:
        return next(n for n in range(MAX_BLOCKS + 1) if name.format(n) not in arrays)

    levels = count("encoder.down.{}.block.0.conv1.weight")
    if not levels:
        raise Unreadable("is an incomplete network: encoder.down.0 is missing")
    config = VQGanConfig(
        widths=tuple(
            _shape(arrays, f"encoder.down.{level}.block.0.conv1.weight")[0]
            for level in range(levels)
        ),
        blocks=count("encoder.down.0.block.{}.conv1.weight"),
        attention=tuple(f"encoder.down.{n}.attn.0.q.weight" in arrays for n in range(levels)),
        channels=_shape(arrays, "encoder.conv_out.weight")[0],
        codes=codes,
        dim=dim,
    )
    if any(width % config.groups for width in config.widths):
        raise Unreadable(
            f"is inconsistent: layers of {min(config.widths)} channels can't be normalised in "
            f"{config.groups} groups"
        )
    kept = {name: array for name, array in arrays.items() if name.startswith(_VQGAN)}
    return (lambda: VQGan(config)), kept


LAYOUTS: tuple[Layout, ...] = (_stargan, _unet, _resnet, _rrdb, _compact, _strokes, _vqgan)
