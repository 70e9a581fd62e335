"""Recognises the networks of style transfer by the names and shapes of their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from stylestudio.checkpoints.building import compare, to_tensor
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.networks.predictors import EmbeddedTransformer, WhatsyourfacePredictor
from stylestudio.networks.separable import MagentaTransformer, WhatsyourfaceTransformer
from stylestudio.networks.style_layers import RESIDUAL_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stylestudio.checkpoints.torch_tensors import Array
    from stylestudio.networks.adain import AdaINDecoder, AdaINEncoder
    from stylestudio.networks.cin import CINNetwork
    from stylestudio.networks.johnson import TransformerNet

Family = Literal["magenta", "whatsyourface", "adain"]  # what belongs together as a pair
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class StyleBank:
    """One network with the tables of many styles."""

    network: CINNetwork
    names: tuple[str, ...]


@dataclass(frozen=True)
class EmbeddedStyles:
    """A transformer that takes embeddings, and the named ones that lie beside it."""

    network: EmbeddedTransformer
    family: Family
    embeddings: Mapping[str, Tensor]  # each [E]


@dataclass(frozen=True)
class Predictor:
    """The other half of a pair: from a painting to an embedding."""

    network: WhatsyourfacePredictor | AdaINEncoder
    family: Family


@dataclass(frozen=True)
class Decoder:
    """Paints from what the encoder of its family sees, so it needs it."""

    network: AdaINDecoder
    family: Family


@dataclass(frozen=True)
class FixedStyle:
    """A network that knows one painting."""

    network: TransformerNet
    name: str


StylePart = StyleBank | EmbeddedStyles | Predictor | Decoder | FixedStyle


def put(network: Network, arrays: Mapping[str, Array], kind: str) -> Network:
    """The network, built on the meta device, with these weights; for use, not for training.

    Raises Unreadable where names, shapes or values are not those of this network.
    """
    compare(network.state_dict(), arrays, kind)
    state = {name: to_tensor(name, array) for name, array in arrays.items()}
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def recognise_tfjs(arrays: Mapping[str, Array]) -> EmbeddedStyles | Predictor:
    """The network with these weights of a TensorFlow.js graph, still without embeddings.

    Raises Unreadable for a network that is not known.
    """
    weights = _Weights(arrays)
    if "transformer/residual/residual1/dilate_conv1/depthwise_weights" in arrays:
        return EmbeddedStyles(_magenta_transformer(weights), "magenta", {})
    if "model_transfer/separable_conv2d_1/separable_conv2d/ReadVariableOp" in arrays:
        return EmbeddedStyles(_whatsyourface_transformer(weights), "whatsyourface", {})
    if "model_style/Conv1/Conv2D_weights" in arrays:
        return Predictor(_whatsyourface_predictor(weights), "whatsyourface")
    listed = ", ".join(shown(name, 40) for name in list(arrays)[:3]) or "no weights"
    raise Unreadable(
        f"holds no style transfer network that StyleStudio knows (it contains {listed})"
    )


class _Weights:
    """Weights of a graph in torch's order of axes. Raises Unreadable for what is missing."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays

    def vector(self, name: str) -> Array:
        return self._taken(name, 1)

    def conv(self, name: str) -> Array:
        """[k, k, I, O] -> [O, I, k, k]."""
        return self._taken(name, 4).transpose(3, 2, 0, 1)

    def depthwise(self, name: str) -> Array:
        """[k, k, C, 1] -> [C, 1, k, k]."""
        return self._taken(name, 4).transpose(2, 3, 0, 1)

    def dense(self, name: str) -> Array:
        """[I, O], or a 1x1 convolution [1, 1, I, O], -> [O, I]."""
        array = self._arrays.get(name)
        if array is not None and array.ndim == 4 and array.shape[:2] == (1, 1):
            return array.reshape(array.shape[2:]).T
        return self._taken(name, 2).T

    def stacked(self, names: Iterable[str]) -> Array:
        """The matrices of several heads on top of each other, for one embedding."""
        heads = [self.dense(name) for name in names]
        widths = {head.shape[1] for head in heads}
        if len(widths) > 1:
            raise Unreadable(f"is inconsistent: it takes embeddings of {sorted(widths)}")
        return np.concatenate(heads)

    def joined(self, names: Iterable[str]) -> Array:
        return np.concatenate([self.vector(name) for name in names])

    def _taken(self, name: str, axes: int) -> Array:
        if name not in self._arrays:
            raise Unreadable(f"is an incomplete style transfer network: {name} is missing")
        array = self._arrays[name]
        if array.ndim != axes:
            raise Unreadable(f"is inconsistent: {name} has the shape {array.shape}")
        return array


def _magenta_transformer(weights: _Weights) -> EmbeddedTransformer:
    state = {}
    for index in range(3):
        place = f"transformer/contract/conv{index + 1}"
        state[f"contract.{index}.weight"] = weights.conv(f"{place}/weights")
        for name, stored in (
            ("mean", "moving_mean"),
            ("variance", "moving_variance"),
            ("beta", "beta"),
        ):
            array = weights.vector(f"{place}/BatchNorm/{stored}")
            state[f"contract_norms.{index}.{name}"] = array
    blocks = [f"residual/residual{block + 1}" for block in range(RESIDUAL_BLOCKS)]
    convs = [(block, index + 1) for block in blocks for index in range(2)]
    places = [f"{block}/dilate_conv{index}" for block, index in convs]
    places += [f"expand/conv{index}/dilate_conv" for index in (1, 2, 3)]
    targets = [*(f"residual.{i}" for i in range(len(convs))), "expand.0", "expand.1", "last"]
    for target, place in zip(targets, places, strict=True):
        depthwise = weights.depthwise(f"transformer/{place}/depthwise_weights")
        state[f"body.{target}.depthwise"] = depthwise
        state[f"body.{target}.pointwise"] = weights.conv(f"transformer/{place}/pointwise_weights")
    layers = [f"{block}/conv{index}" for block, index in convs]
    layers += [f"expand/conv{index}/conv" for index in (1, 2, 3)]
    norms = [f"style_params/transformer/{layer}/StyleNorm" for layer in layers]
    heads = [f"{norm}/Conv_1" for norm in norms] + [f"{norm}/Conv" for norm in norms]
    channels = tuple(len(state[f"contract.{index}.weight"]) for index in range(3))
    return _embedded(
        MagentaTransformer,
        channels,
        state,
        weights.stacked(f"{head}/weights" for head in heads),
        weights.joined(f"{head}/biases" for head in heads),
    )


def _whatsyourface_transformer(weights: _Weights) -> EmbeddedTransformer:
    layers = 3 + 2 * RESIDUAL_BLOCKS + 2
    state = {}
    for index in range(layers):
        place = f"model_transfer/separable_conv2d_{index + 1}/separable_conv2d/ReadVariableOp"
        state[f"convs.{index}.depthwise"] = weights.depthwise(place)
        state[f"convs.{index}.pointwise"] = weights.conv(f"{place}_1")
    state["last.weight"] = weights.conv("model_transfer/conv2d_1/Conv2D/ReadVariableOp")
    state["last.bias"] = weights.vector("model_transfer/conv2d_1/BiasAdd/ReadVariableOp")
    # Odd layers give gammas, even ones betas.
    numbers = [*range(1, 2 * layers + 1, 2), *range(2, 2 * layers + 1, 2)]
    heads = [f"model_transfer/dense_{number}" for number in numbers]
    channels = tuple(len(state[f"convs.{index}.pointwise"]) for index in range(3))
    return _embedded(
        WhatsyourfaceTransformer,
        channels,
        state,
        weights.stacked(f"{head}/MatMul/ReadVariableOp" for head in heads),
        weights.joined(f"{head}/BiasAdd/ReadVariableOp" for head in heads),
    )


def _embedded(
    kind: type[MagentaTransformer | WhatsyourfaceTransformer],
    channels: tuple[int, ...],
    state: Mapping[str, Array],
    head_weights: Array,
    head_biases: Array,
) -> EmbeddedTransformer:
    arrays = {f"transformer.{name}": array for name, array in state.items()}
    arrays |= {"heads.weight": head_weights, "heads.bias": head_biases}
    with torch.device("meta"):
        transformer = kind(channels)  # type: ignore[arg-type]
        network = EmbeddedTransformer(transformer, head_weights.shape[1])
    return put(network, arrays, "style transfer network")


def _whatsyourface_predictor(weights: _Weights) -> WhatsyourfacePredictor:
    head = weights.dense("model_style/Style/MatMul/ReadVariableOp")
    with torch.device("meta"):
        network = WhatsyourfacePredictor(len(head))
    state = {
        "head": head,
        "head_bias": weights.vector("model_style/Style/BiasAdd/ReadVariableOp"),
        "stem.weight": weights.conv("model_style/Conv1/Conv2D_weights"),
        "stem.bias": weights.vector("model_style/Conv1/Conv2D_bn_offset"),
    }
    for index in range(len(network.blocks)):
        place = f"model_style/block_{index}" if index else "model_style/expanded_conv"
        target = f"blocks.{index}"
        for part in ("expand", "project") if index else ("project",):
            state[f"{target}.{part}.weight"] = weights.conv(f"{place}_{part}/Conv2D_weights")
            state[f"{target}.{part}.bias"] = weights.vector(f"{place}_{part}/Conv2D_bn_offset")
        depthwise = f"{place}_depthwise/depthwise"
        state[f"{target}.depthwise.weight"] = weights.depthwise(f"{depthwise}_weights")
        state[f"{target}.depthwise.bias"] = weights.vector(f"{depthwise}_bn_offset")
    return put(network, state, "style predictor")
