"""Reads EfficientNet-Lite0 as its PyTorch package has it, normalisation worked into the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.checkpoints.building import to_tensor
from stylestudio.checkpoints.errors import Unreadable
from stylestudio.networks.efficientnet import EfficientNetLite0

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stylestudio.checkpoints.torch_tensors import Array

FIRST = "_conv_stem.weight"
_EPS = 1e-3  # of the normalisation


def efficientnet(arrays: Mapping[str, Array]) -> EfficientNetLite0:
    """The network of such weights. Raises Unreadable where one is missing or of another shape."""
    with torch.device("meta"):
        network = EfficientNetLite0()
    shapes = {name: tuple(each.shape) for name, each in network.state_dict().items()}
    state = {}
    for ours, conv, norm in _layers(network):
        for part, array in zip(("weight", "bias"), _folded(arrays, conv, norm), strict=True):
            name = f"{ours}.{part}"
            if array.shape != shapes[name]:
                raise Unreadable(
                    f"is no EfficientNet-Lite0: {conv} is {_shape(array.shape)}, "
                    f"not {_shape(shapes[name])}"
                )
            state[name] = to_tensor(conv, array)
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


def _layers(network: EfficientNetLite0) -> Iterator[tuple[str, str, str]]:
    """Our name of each convolution, its name in the file, and that of what normalises it."""
    yield "stem", "_conv_stem", "_bn0"
    for index in range(len(network.plan)):
        block = f"_blocks.{index}"
        if str(index) in network.expand:
            yield f"expand.{index}", f"{block}._expand_conv", f"{block}._bn0"
        yield f"depthwise.{index}", f"{block}._depthwise_conv", f"{block}._bn1"
        yield f"project.{index}", f"{block}._project_conv", f"{block}._bn2"
    yield "head", "_conv_head", "_bn1"


def _folded(arrays: Mapping[str, Array], conv: str, norm: str) -> tuple[Array, Array]:
    names = [f"{conv}.weight"]
    names += [f"{norm}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
    missing = [name for name in names if name not in arrays]
    if missing:
        raise Unreadable(f"is not a whole EfficientNet-Lite0: {missing[0]} is missing")
    weight, scale, offset, mean, variance = (arrays[name] for name in names)
    if weight.ndim != 4 or any(
        len(weight) != each.size for each in (scale, offset, mean, variance)
    ):
        raise Unreadable(f"is no EfficientNet-Lite0: {conv} and {norm} don't fit together")
    factor = scale / np.sqrt(variance + np.float32(_EPS))
    return weight * factor[:, None, None, None], offset - mean * factor


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
