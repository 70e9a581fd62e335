"""Reads the classifiers whose features can serve as the losses of style transfer."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.torch

from stylestudio.checkpoints import tensor_file
from stylestudio.checkpoints.building import compare, to_tensor
from stylestudio.checkpoints.errors import Unreadable
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.checkpoints.torch_files import torch_root
from stylestudio.checkpoints.torch_script import is_script, script_tensors
from stylestudio.checkpoints.torch_tensors import Budget
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.feature_nets import ClassifierFeatures, Layout

if TYPE_CHECKING:
    import hashlib
    import os
    from collections.abc import Mapping

    from stylestudio.checkpoints.torch_tensors import Array

_VGG = re.compile(r"features\.(\d+)\.weight")
_VGG_BLOCKS = 4  # the maps at the end of each show the style (Johnson et al. 2016)
_VGG_CONTENT = 2  # the block, from 0, whose last map tells what is where
_DARKNET_CONVS = 8
_DARKNET_POOLED = frozenset((0, 1, 5))
_DARKNET_STYLE = frozenset((0, 1, 3, 5, 7))
_DARKNET_CONTENT = 5
_DARKNET_EPS = 1e-3


def read_features(
    path: str | os.PathLike[str], digest: hashlib._Hash | None = None
) -> ClassifierFeatures:
    """Open a classifier without running anything that is in its file.

    That is a VGG as torchvision names its weights (vgg16, vgg19; .pth or .safetensors), a
    Tiny Darknet with weights conv1, bn1, conv2, ... (.safetensors), or what `write_features` wrote.
    `digest` takes in the bytes of the file. Raises CheckpointError, one sentence for the user, for
    anything else.
    """
    path = Path(path)
    with one_sentence(path):
        return classifier(*contents(read_bytes(path, digest=digest)))


def contents(data: memoryview) -> tuple[Mapping[str, str], dict[str, Array]]:
    """What the file of a network says of it, and its weights by name. Raises Unreadable."""
    if tensor_file.is_safetensors(data):
        return tensor_file.read_tensors(data)
    root, budget = torch_root(data), Budget(len(data))
    if is_script(root):
        return {}, script_tensors(root, budget)
    entries = as_mapping(root) or {}
    return {}, budget.tensors(entries.get("state_dict", root))


def classifier(metadata: Mapping[str, str], arrays: dict[str, Array]) -> ClassifierFeatures:
    """The classifier of such contents. Raises Unreadable where there is none."""
    if tensor_file.CONFIG in metadata:
        return _own(json.loads(metadata[tensor_file.CONFIG]), arrays)
    if "conv1.weight" in arrays and "bn1.running_var" in arrays:
        return _put(_darknet_layout(arrays), _folded(arrays))
    return _vgg(arrays)


def write_features(path: Path, network: ClassifierFeatures, metadata: dict[str, str]) -> None:
    """Write a loss network in StyleStudio's own form, in half precision; all or nothing.

    Raises CheckpointError where the file cannot be written.
    """
    layout = network.layout
    config = {
        "family": tensor_file.FEATURES_FAMILY,
        "pooled": sorted(layout.pooled),
        "style": sorted(layout.style),
        "content": layout.content,
        "slope": layout.slope,
        "pooling": layout.pooling,
        "mean": layout.mean,
        "std": layout.std,
    }
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    with writing(path) as temporary:
        described = metadata | {tensor_file.CONFIG: json.dumps(config)}
        safetensors.torch.save_file(state, temporary, described)


def _own(config: Any, arrays: dict[str, Array]) -> ClassifierFeatures:
    """One of our files: sizes are those of the weights, the rest is said beside them."""
    if not isinstance(config, dict) or config.get("family") != tensor_file.FEATURES_FAMILY:
        raise Unreadable("holds no loss network, but another network of StyleStudio's")
    weights: list[Array] = []
    while (name := f"convs.{len(weights)}.weight") in arrays:
        weights.append(arrays[name])
    pooled, style, content = (config[key] for key in ("pooled", "style", "content"))
    convs = range(len(weights))
    if not {*pooled, *style, content} <= {*convs} or any(w.ndim != 4 for w in weights):
        raise Unreadable("is damaged: its layers do not fit together")
    layout = Layout(
        channels=tuple(len(weight) for weight in weights),
        kernels=tuple(weight.shape[-1] for weight in weights),
        pooled=frozenset(pooled),
        style=frozenset(style),
        content=content,
        slope=float(config["slope"]),
        pooling="max" if config["pooling"] == "max" else "average",
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
    )
    return _put(layout, arrays)


def _vgg(arrays: dict[str, Array]) -> ClassifierFeatures:
    """The first blocks of a VGG; where its pools lie shows in the gaps between the numbers."""
    numbers = sorted(int(m[1]) for m in map(_VGG.fullmatch, arrays) if m)
    if not numbers or any(arrays[f"features.{n}.weight"].ndim != 4 for n in numbers):
        raise Unreadable(
            "holds no classifier whose features StyleStudio can use; "
            "give it torchvision's vgg16 or vgg19"
        )
    ends = [i for i, (n, after) in enumerate(pairwise(numbers)) if after > n + 2]
    if len(ends) < _VGG_BLOCKS:
        raise Unreadable(f"is an incomplete VGG: it has {len(ends) + 1} blocks of convolutions")
    ends = ends[:_VGG_BLOCKS]
    numbers = numbers[: ends[-1] + 1]
    weights = [arrays[f"features.{n}.weight"] for n in numbers]
    layout = Layout(
        channels=tuple(len(weight) for weight in weights),
        kernels=tuple(weight.shape[-1] for weight in weights),
        pooled=frozenset(ends),
        style=frozenset(ends),
        content=ends[_VGG_CONTENT],
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    state = {}
    for index, number in enumerate(numbers):
        for part in ("weight", "bias"):
            name = f"features.{number}.{part}"
            if name not in arrays:
                raise Unreadable(f"is an incomplete VGG: {name} is missing")
            state[f"convs.{index}.{part}"] = arrays[name]
    return _put(layout, state)


def _darknet_layout(arrays: dict[str, Array]) -> Layout:
    names = [f"conv{number + 1}.weight" for number in range(_DARKNET_CONVS)]
    missing = [name for name in names if name not in arrays or arrays[name].ndim != 4]
    if missing:
        raise Unreadable(f"is an incomplete Tiny Darknet: {missing[0]} is missing")
    return Layout(
        channels=tuple(len(arrays[name]) for name in names),
        kernels=tuple(arrays[name].shape[-1] for name in names),
        pooled=_DARKNET_POOLED,
        style=_DARKNET_STYLE,
        content=_DARKNET_CONTENT,
        slope=0.1,
        pooling="max",
    )


def _folded(arrays: dict[str, Array]) -> dict[str, Array]:
    """Tiny Darknet's convolutions with their batch normalisations worked into them."""
    state = {}
    for index in range(_DARKNET_CONVS):
        norm = f"bn{index + 1}."
        for part in ("weight", "bias", "running_mean", "running_var"):
            if norm + part not in arrays:
                raise Unreadable(f"is an incomplete Tiny Darknet: {norm + part} is missing")
        scale = arrays[norm + "weight"] / np.sqrt(arrays[norm + "running_var"] + _DARKNET_EPS)
        weight = arrays[f"conv{index + 1}.weight"]
        state[f"convs.{index}.weight"] = weight * scale[:, None, None, None]
        state[f"convs.{index}.bias"] = arrays[norm + "bias"] - arrays[norm + "running_mean"] * scale
    return state


def _put(layout: Layout, state: dict[str, Array]) -> ClassifierFeatures:
    network = ClassifierFeatures(layout)
    compare(network.state_dict(), state, "classifier")
    network.load_state_dict({name: to_tensor(name, array) for name, array in state.items()})
    return network.eval().requires_grad_(False)
