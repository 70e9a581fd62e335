"""The networks of TensorFlow.js folders compute what their graphs say.

The graphs are spelt out here on the weights as stored, layer by layer, in TensorFlow's order of
axes; zero padding is what the graphs have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from tfjs_writer import (
    EMBEDDING,
    magenta_transformer,
    whatsyourface_predictor,
    whatsyourface_transformer,
    write_tfjs,
)
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.checkpoints import read_style_part

if TYPE_CHECKING:
    import numpy as np


class Graph:
    """Layers over stored weights; pictures are [1, C, H, W]."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = {name: torch.from_numpy(array) for name, array in weights.items()}

    def conv(self, x, name, pad=(0, 0), stride=1):
        """Convolve with [k, k, I, O] after padding (before, after) with zeros."""
        kernel = self.weights[name].permute(3, 2, 0, 1)
        return F.conv2d(F.pad(x, (*pad, *pad)), kernel, stride=stride)

    def depthwise(self, x, name, pad, stride=1):
        """Convolve each channel with its own of [k, k, C, 1]."""
        kernel = self.weights[name].permute(2, 3, 0, 1)
        x = F.pad(x, (*pad, *pad))
        return F.conv2d(x, kernel, stride=stride, groups=len(kernel))

    def plus(self, x, name):
        return x + self.weights[name].view(1, -1, 1, 1)


def magenta(graph: Graph, x, embedding):
    def head(norm, kind):
        place = f"style_params/transformer/{norm}/StyleNorm/{kind}"
        matrix, bias = graph.weights[f"{place}/weights"][0, 0], graph.weights[f"{place}/biases"]
        return (embedding @ matrix + bias).view(1, -1, 1, 1)

    def layer(x, conv, norm, pad=1):
        place = f"transformer/{conv}"
        x = graph.depthwise(x, f"{place}/depthwise_weights", (pad, pad))
        x = graph.conv(x, f"{place}/pointwise_weights")
        variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
        x = (x - mean) / (variance + 1e-5).sqrt()
        return head(norm, "Conv_1") * x + head(norm, "Conv")

    for i, pad in ((1, 4), (2, 1), (3, 1)):
        place = f"transformer/contract/conv{i}"
        x = graph.conv(x, f"{place}/weights", (pad, pad), stride=1 if i == 1 else 2)
        mean, variance, beta = (
            graph.weights[f"{place}/BatchNorm/{name}"].view(1, -1, 1, 1)
            for name in ("moving_mean", "moving_variance", "beta")
        )
        x = ((x - mean) / (variance + 1e-3).sqrt() + beta).relu()
    for i in range(1, 6):
        place = f"residual/residual{i}"
        y = layer(x, f"{place}/dilate_conv1", f"{place}/conv1").relu()
        x = x + layer(y, f"{place}/dilate_conv2", f"{place}/conv2")
    for i in (1, 2):
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        x = layer(x, f"expand/conv{i}/dilate_conv", f"expand/conv{i}/conv").relu()
    return layer(x, "expand/conv3/dilate_conv", "expand/conv3/conv", pad=4).sigmoid()


def whatsyourface(graph: Graph, x, embedding):
    numbers = iter(range(1, 16))

    def dense(number):
        place = f"model_transfer/dense_{number}"
        matrix = graph.weights[f"{place}/MatMul/ReadVariableOp"]
        bias = graph.weights[f"{place}/BiasAdd/ReadVariableOp"]
        return (embedding @ matrix + bias).view(1, -1, 1, 1)

    def layer(x, stride=1):
        number = next(numbers)
        place = f"model_transfer/separable_conv2d_{number}/separable_conv2d/ReadVariableOp"
        pad = (4, 4) if number == 1 else (0, 1) if stride == 2 else (1, 1)
        x = graph.depthwise(x, place, pad, stride)
        x = graph.conv(x, f"{place}_1")
        variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
        x = (x - mean) / (variance.sqrt() + 1e-3)
        return dense(2 * number - 1) * x + dense(2 * number)

    x = x * 255
    for stride in (1, 2, 2):
        x = layer(x, stride).relu()
    for _ in range(5):
        x = (x + layer(layer(x).relu())).relu()
    for _ in range(2):
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = layer(x).relu()
    x = graph.conv(x, "model_transfer/conv2d_1/Conv2D/ReadVariableOp", (4, 4))
    return graph.plus(x, "model_transfer/conv2d_1/BiasAdd/ReadVariableOp").sigmoid()


def predictor(graph: Graph, x):
    def conv(x, place, **options):
        x = graph.conv(x, f"model_style/{place}/Conv2D_weights", **options)
        return graph.plus(x, f"model_style/{place}/Conv2D_bn_offset")

    blue_green_red = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    x = (x * 255)[:, [2, 1, 0]] - blue_green_red
    x = F.relu6(conv(x, "Conv1", pad=(0, 1), stride=2))
    for i in range(15):
        place = f"block_{i}" if i else "expanded_conv"
        halves = i in (1, 3, 6, 13)
        y = F.relu6(conv(x, f"{place}_expand")) if i else x
        name = f"model_style/{place}_depthwise/depthwise"
        pad, stride = ((0, 1), 2) if halves else ((1, 1), 1)
        y = graph.depthwise(y, f"{name}_weights", pad, stride)
        y = F.relu6(graph.plus(y, f"{name}_bn_offset"))
        y = conv(y, f"{place}_project")
        x = x + y if i in (2, 4, 5, 7, 8, 9, 11, 12, 14) else y
    matrix = graph.weights["model_style/Style/MatMul/ReadVariableOp"]
    bias = graph.weights["model_style/Style/BiasAdd/ReadVariableOp"]
    return (x.mean((2, 3)) @ matrix + bias).sigmoid()


@pytest.mark.parametrize(
    ("weights", "graph"),
    [(magenta_transformer(1), magenta), (whatsyourface_transformer(2), whatsyourface)],
    ids=["magenta", "whatsyourface"],
)
def test_a_transformer_computes_its_graph(weights, graph, tmp_path, pictures):
    model = ss.open_styles(write_tfjs(tmp_path / "m", weights))
    embedding = torch.randn(1, EMBEDDING, generator=torch.Generator().manual_seed(0))
    expected = graph(Graph(weights), pictures(1), embedding)
    assert expected.std() > 0.02
    found = model.stylize(pictures(1), embedding=embedding, padding="zeros")
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(64, 48), (45, 51)])
def test_the_predictor_computes_its_graph(size, tmp_path, pictures):
    weights = whatsyourface_predictor(3)
    network = read_style_part(write_tfjs(tmp_path / "m", weights)).network
    paintings = pictures(2, *size) * torch.tensor([1.0, 0.3]).view(2, 1, 1, 1)
    expected = predictor(Graph(weights), paintings)
    assert (expected[0] - expected[1]).abs().max() > 1e-3
    torch.testing.assert_close(network(paintings), expected, rtol=0, atol=1e-4)
