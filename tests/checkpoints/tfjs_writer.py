"""Writes TensorFlow.js model folders, so that the tests need no download."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = (4, 6, 8)
EMBEDDING = 5
LEVELS = {"uint8": 255, "uint16": 65535}


def write_tfjs(
    folder: Path,
    weights: dict[str, np.ndarray],
    *,
    packing: str | None = None,
    cuts: tuple[int, ...] = (),
    embeddings: dict[str, list[float]] | None = None,
) -> Path:
    """Write a model whose float weights are packed as uint8, uint16 or float16, or not at all.

    The bytes are cut into shards at `cuts`.
    """
    folder.mkdir(exist_ok=True)
    entries, body = [], b""
    for name, array in weights.items():
        entry = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
        stored = array
        if packing == "float16" and array.dtype == np.float32:
            stored, entry["quantization"] = array.astype(np.float16), {"dtype": packing}
        elif packing and array.dtype == np.float32:
            least = float(array.min())
            scale = float(array.max() - least) / LEVELS[packing] or 1.0
            stored = np.round((array - least) / scale).astype(packing)
            entry["quantization"] = {"dtype": packing, "scale": scale, "min": least}
        entries.append(entry)
        body += stored.tobytes()
    edges = [0, *cuts, len(body)]
    paths = [f"group1-shard{i + 1}of{len(edges) - 1}.bin" for i in range(len(edges) - 1)]
    for path, start, end in zip(paths, edges, edges[1:], strict=False):
        (folder / path).write_bytes(body[start:end])
    manifest = {
        "format": "graph-model",
        "modelTopology": {"node": []},
        "weightsManifest": [{"paths": paths, "weights": entries}],
    }
    (folder / "model.json").write_text(json.dumps(manifest))
    if embeddings is not None:
        (folder / "embeddings.json").write_text(json.dumps(embeddings))
    return folder


class _Random:
    """Weights of a size that keeps the signal alive."""

    def __init__(self, seed: int):
        self.random = np.random.RandomState(seed)

    def __call__(self, *shape: int, centre: float = 0.0) -> np.ndarray:
        inputs = max(1, int(np.prod(shape[:-1])))
        if len(shape) == 4 and shape[3] == 1:  # depthwise
            inputs = shape[0] * shape[1]
        return (centre + self.random.randn(*shape) / np.sqrt(inputs)).astype(np.float32)


def magenta_transformer(seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights under the names of Magenta's separable transformer, and steering constants."""
    random, (a, b, c) = _Random(seed), CHANNELS
    weights = {"transformer/expand/conv2/mul/x": np.array(2, np.int32)}
    for i, (kernel, before, after) in enumerate([(9, 3, a), (3, a, b), (3, b, c)], 1):
        place = f"transformer/contract/conv{i}"
        weights[f"{place}/weights"] = random(kernel, kernel, before, after)
        weights[f"{place}/BatchNorm/Const"] = np.ones(after, np.float32)
        weights[f"{place}/BatchNorm/beta"] = random(after)
        weights[f"{place}/BatchNorm/moving_mean"] = random(after)
        weights[f"{place}/BatchNorm/moving_variance"] = random(after) ** 2 + 0.5
    layers = [
        (f"residual/residual{block}/dilate_conv{i}", f"residual/residual{block}/conv{i}", 3, c, c)
        for block in range(1, 6)
        for i in (1, 2)
    ]
    for i, (kernel, before, after) in enumerate([(3, c, b), (3, b, a), (9, a, 3)], 1):
        place = f"expand/conv{i}"
        layers.append((f"{place}/dilate_conv", f"{place}/conv", kernel, before, after))
    for conv, norm, kernel, before, after in layers:
        weights[f"transformer/{conv}/depthwise_weights"] = random(kernel, kernel, before, 1)
        weights[f"transformer/{conv}/pointwise_weights"] = random(1, 1, before, after)
        for head in ("Conv", "Conv_1"):
            place = f"style_params/transformer/{norm}/StyleNorm/{head}"
            weights[f"{place}/weights"] = random(1, 1, EMBEDDING, after)
            weights[f"{place}/biases"] = random(after, centre=0.5)
    return weights


def whatsyourface_transformer(seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights under the names of the whatsyourface transformer."""
    random, (a, b, c) = _Random(seed), CHANNELS
    pairs = [(3, a), (a, b), (b, c), *[(c, c)] * 10, (c, b), (b, a)]
    weights = {"model_transfer/up_sampling2d_1/Const": np.array([2, 2], np.int32)}
    for i, (before, after) in enumerate(pairs, 1):
        place = f"model_transfer/separable_conv2d_{i}/separable_conv2d/ReadVariableOp"
        kernel = 9 if i == 1 else 3
        weights[place] = random(kernel, kernel, before, 1)
        weights[f"{place}_1"] = random(1, 1, before, after)
        for number in (2 * i - 1, 2 * i):
            place = f"model_transfer/dense_{number}"
            weights[f"{place}/MatMul/ReadVariableOp"] = random(EMBEDDING, after)
            weights[f"{place}/BiasAdd/ReadVariableOp"] = random(after, centre=0.5)
    weights["model_transfer/conv2d_1/Conv2D/ReadVariableOp"] = random(9, 9, a, 3)
    weights["model_transfer/conv2d_1/BiasAdd/ReadVariableOp"] = random(3)
    return weights


def whatsyourface_predictor(seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights under the names of the whatsyourface style predictor."""
    random = _Random(seed)
    weights = {
        "model_style/img_preprocess_1/Const": np.float32([104, 117, 124]),
        "model_style/Style/MatMul/ReadVariableOp": random(160, EMBEDDING) * 4,
        "model_style/Style/BiasAdd/ReadVariableOp": random(EMBEDDING),
        "model_style/Conv1/Conv2D_weights": random(3, 3, 3, 32) / 60,
        "model_style/Conv1/Conv2D_bn_offset": random(32),
    }
    widths = [32, 16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160]
    for i, (before, after) in enumerate(itertools.pairwise(widths)):
        place = f"model_style/block_{i}" if i else "model_style/expanded_conv"
        wide = before * 6 if i else before
        if i:
            weights[f"{place}_expand/Conv2D_weights"] = random(1, 1, before, wide)
            weights[f"{place}_expand/Conv2D_bn_offset"] = random(wide)
        weights[f"{place}_depthwise/depthwise_weights"] = random(3, 3, wide, 1)
        weights[f"{place}_depthwise/depthwise_bn_offset"] = random(wide)
        weights[f"{place}_project/Conv2D_weights"] = random(1, 1, wide, after)
        weights[f"{place}_project/Conv2D_bn_offset"] = random(after)
    return weights
