"""Reads the Inception network that FID is published in, from either of its two files.

Known are `inception-2015-12-05.pt` of StyleGAN2-ADA and StyleGAN3, a TorchScript archive, and
`pt_inception-2015-12-05-6726825d.pth` of pytorch-fid, a dictionary of weights. Nothing in them is
run. Both hold the weights of one TensorFlow graph.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.checkpoints import efficientnet_files
from stylestudio.checkpoints.building import to_tensor
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.feature_files import classifier, contents
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.networks.inception import Inception, channels, convolutions

if TYPE_CHECKING:
    import hashlib
    import os
    from collections.abc import Iterator, Mapping

    from stylestudio.checkpoints.torch_tensors import Array
    from stylestudio.networks.efficientnet import EfficientNetLite0
    from stylestudio.networks.feature_nets import ClassifierFeatures

_EPS = 1e-3  # of the normalisations
_NORMS = {  # parts of a layer, after its name: weights, offset, mean, variance
    "graph": ("weight", "beta", "mean", "var"),
    "torchvision": ("conv.weight", "bn.bias", "bn.running_mean", "bn.running_var"),
}
_SCALE = "bn.weight"  # which the published graph has none of, so that pytorch-fid's are 1
_STEM = {
    "graph": ("conv", "conv_1", "conv_2", "conv_3", "conv_4"),
    "torchvision": (
        *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"),
    ),
}
# Layers of a block in the order of `convolutions`, as both files call them.
_A = (
    *("conv=branch1x1", "tower.conv=branch5x5_1", "tower.conv_1=branch5x5_2"),
    *("tower_1.conv=branch3x3dbl_1", "tower_1.conv_1=branch3x3dbl_2"),
    *("tower_1.conv_2=branch3x3dbl_3", "tower_2.conv=branch_pool"),
)
_B = (
    *("conv=branch3x3", "tower.conv=branch3x3dbl_1"),
    *("tower.conv_1=branch3x3dbl_2", "tower.conv_2=branch3x3dbl_3"),
)
_C = (
    *("conv=branch1x1", "tower.conv=branch7x7_1", "tower.conv_1=branch7x7_2"),
    *("tower.conv_2=branch7x7_3", "tower_1.conv=branch7x7dbl_1", "tower_1.conv_1=branch7x7dbl_2"),
    *("tower_1.conv_2=branch7x7dbl_3", "tower_1.conv_3=branch7x7dbl_4"),
    *("tower_1.conv_4=branch7x7dbl_5", "tower_2.conv=branch_pool"),
)
_D = (
    *("tower.conv=branch3x3_1", "tower.conv_1=branch3x3_2", "tower_1.conv=branch7x7x3_1"),
    *("tower_1.conv_1=branch7x7x3_2", "tower_1.conv_2=branch7x7x3_3"),
    "tower_1.conv_3=branch7x7x3_4",
)
_E = (
    *("conv=branch1x1", "tower_conv=branch3x3_1", "tower_mixed_conv=branch3x3_2a"),
    *("tower_mixed_conv_1=branch3x3_2b", "tower_1_conv=branch3x3dbl_1"),
    *("tower_1_conv_1=branch3x3dbl_2", "tower_1_mixed_conv=branch3x3dbl_3a"),
    *("tower_1_mixed_conv_1=branch3x3dbl_3b", "tower_2_conv=branch_pool"),
)
_BLOCKS = (
    *(("mixed=Mixed_5b", _A), ("mixed_1=Mixed_5c", _A), ("mixed_2=Mixed_5d", _A)),
    *(("mixed_3=Mixed_6a", _B), ("mixed_4=Mixed_6b", _C), ("mixed_5=Mixed_6c", _C)),
    *(("mixed_6=Mixed_6d", _C), ("mixed_7=Mixed_6e", _C), ("mixed_8=Mixed_7a", _D)),
    *(("mixed_9=Mixed_7b", _E), ("mixed_10=Mixed_7c", _E)),
)


def read_reader(
    path: str | os.PathLike[str], digest: hashlib._Hash | None = None
) -> Inception | EfficientNetLite0 | ClassifierFeatures:
    """Open a network whose features tell pictures apart.

    That is an Inception, an EfficientNet-Lite0, or what `read_features` can open.

    `digest` takes in the bytes of the file. Raises CheckpointError, one sentence for the user, for
    anything else.
    """
    path = Path(path)
    with one_sentence(path):
        metadata, arrays = contents(read_bytes(path, digest=digest))
        if efficientnet_files.FIRST in arrays:
            return efficientnet_files.efficientnet(arrays)
        for kind in _NORMS:
            if any(name.startswith(_first(kind)) for name in arrays):
                return _inception(arrays, kind)
        return classifier(metadata, arrays)


def _first(kind: str) -> str:
    """How the names of the first layer's weights begin."""
    return next(_layers(kind)) + "."


def _layers(kind: str) -> Iterator[str]:
    """The names of all layers in one of the files, in the order of `convolutions`."""
    place = 0 if kind == "graph" else 1
    prefix = "layers." if kind == "graph" else ""
    for name in _STEM[kind]:
        yield prefix + name
    for block, layers in _BLOCKS:
        for layer in layers:
            yield f"{prefix}{block.split('=')[place]}.{layer.split('=')[place]}"


def _inception(arrays: Mapping[str, Array], kind: str) -> Inception:
    names = [*_layers(kind)]
    parts = [_folded(arrays, name, kind) for name in names]
    _check([weight for weight, _ in parts], names)
    with torch.device("meta"):
        network = Inception([weight.shape for weight, _ in parts])
    state = {}
    for index, (name, part) in enumerate(zip(names, parts, strict=True)):
        for key, array in zip(("weight", "bias"), part, strict=True):
            state[f"convs.{index}.{key}"] = to_tensor(name, array)
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


def _folded(arrays: Mapping[str, Array], layer: str, kind: str) -> tuple[Array, Array]:
    """Weights and biases of a layer with its normalisation worked into them."""
    names = [f"{layer}.{part}" for part in _NORMS[kind]]
    missing = [name for name in names if name not in arrays]
    if missing:
        raise Unreadable(f"is not a whole Inception network: {missing[0]} is missing")
    weight, offset, mean, variance = (arrays[name] for name in names)
    scale = arrays.get(f"{layer}.{_SCALE}", np.ones_like(offset)) / np.sqrt(variance + _EPS)
    if weight.ndim != 4 or {offset.shape, mean.shape, scale.shape} != {weight.shape[:1]}:
        raise Unreadable(f"does not fit together at {shown(layer)}")
    return weight * scale[:, None, None, None], offset - mean * scale


def _check(weights: list[Array], names: list[str]) -> None:
    """Raise Unreadable where kernels are others, or layers do not fit on those before."""
    for weight, conv, name in zip(weights, convolutions(), names, strict=True):
        if weight.shape[2:] != conv.kernel:
            raise Unreadable(f"is another Inception network: {shown(name)} is {weight.shape}")
    inputs, _ = channels([len(weight) for weight in weights])
    for weight, expected, name in zip(weights, inputs, names, strict=True):
        if weight.shape[1] != expected:
            raise Unreadable(f"does not fit together at {shown(name)}")
