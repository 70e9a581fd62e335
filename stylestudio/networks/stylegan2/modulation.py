"""What rows of ws say to the layers of a prepared network, of many layers at once.

The affine layers of all steps lie in one matrix, in the order of the steps. Steps that follow each
other with equal rows, which in most pictures is all of them, take one product with it; scaling and
demodulation (StyleGAN2 paper, section 2.2) then go through all their channels at once.

Where synthesis restarts must not move a bit, so a row times a part of the matrix has to give the
bytes that it gives times the whole. With MKL it does where parts begin and end at whole vectors.
How a card rounds depends on the size of a product, and it would have to be asked which rows are
equal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.networks.stylegan2.layers import EPSILON, MovedRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stylestudio.networks.stylegan2.layers import FullyConnected, Row


VECTOR = 16  # numbers in the longest one


class Styles(NamedTuple):
    """What a row of ws says to one layer."""

    inputs: Tensor  # factors of the channels that come in [1, I]
    outputs: Tensor | None  # factors of those that go out [1, O]; None for RGB layers


class Affine:
    """A linear `FullyConnected` with its gains multiplied in, and one more."""

    def __init__(self, layer: FullyConnected, gain: float = 1.0) -> None:
        self.weight = layer.weight.detach().float() * (layer.weight_gain * gain)
        self.bias = layer.bias.detach().float() * (layer.bias_gain * gain)
        self.gain = gain

    def __call__(self, row: Row) -> Tensor:
        """[N, in_features] -> [N, out_features]."""
        if isinstance(row, MovedRow):
            return self(row.w) + row.offset * self.gain
        return F.linear(row, self.weight, self.bias)


class RawStyles:
    """What the affine layers of two networks say to a row, the last one: rows seldom change while
    weights do.
    """

    def __init__(self, ours: Affine, theirs: Affine) -> None:
        self.ends = ours, theirs
        self._last: tuple[Tensor, tuple[Tensor, Tensor]] | None = None

    def of(self, row: Tensor) -> tuple[Tensor, Tensor]:
        """Of a row [1, w_dim], [1, I] each."""
        if self._last is None or not torch.equal(self._last[0], row):
            ours, theirs = self.ends
            self._last = row.clone(), (ours(row), theirs(row))
        return self._last[1]


class AffineBetween:
    """An affine layer at a share of the way from one to another: so are its results."""

    def __init__(self, raw: RawStyles, share: float) -> None:
        self._raw = raw
        self._share = share

    def __call__(self, row: Row) -> Tensor:
        """[1, in_features] -> [1, out_features]."""
        if isinstance(row, MovedRow):
            return self(row.w) + row.offset * self._raw.ends[0].gain
        return torch.lerp(*self._raw.of(row), self._share)


class SquaresBetween:
    """Sums of squares of filters at a share of the way from one set to another.

    |a + t (b - a)|^2 is a polynomial of t, so three sums [I, 3, O] say it for every t: of a a, a b
    and b b.
    """

    def __init__(self, sums: Tensor, share: float) -> None:
        self._sums = sums
        self._factors = _factors(share)

    def times(self, squared: Tensor) -> Tensor:
        """[1, I] times the sums [I, O]."""
        products = (squared @ self._sums.flatten(1)).view(3, -1)
        return (self._factors @ products).clamp_min_(0)[None]  # which roundings may miss


@lru_cache(maxsize=8)  # as all layers of a frame mostly have the same share
def _factors(share: float) -> Tensor:
    rest = 1 - share
    return torch.tensor([rest * rest, 2 * rest * share, share * share])


class ModulatedLayer(Protocol):
    """A prepared layer, convolution or RGB."""

    @property
    def affine(self) -> Affine | AffineBetween:
        """What makes its factors of a row of ws."""

    @property
    def style_dtype(self) -> torch.dtype:
        """The type in which it takes its factors."""

    @property
    def squares(self) -> Tensor | SquaresBetween | None:
        """Sums of squares of the filters [I, O]; None where nothing is demodulated."""

    @property
    def output_gain(self) -> float:
        """What the factors of the channels that go out are multiplied by."""


class Modulation:
    """The affine layers of a chain as one; it takes their weights over, as parts of its own."""

    def __init__(self, layers: Sequence[ModulatedLayer], rows: Sequence[int]) -> None:
        """The layers in the order of their steps, and the row of ws that drives each."""
        self.layers = layers
        self.rows = rows
        affines = _affines(layers)
        self.inputs = [len(affine.bias) for affine in affines]  # channels
        squares = [layer.squares for layer in layers]
        self.outputs = [each.shape[1] if isinstance(each, Tensor) else 0 for each in squares]
        self.weight = torch.cat([affine.weight for affine in affines])  # [all inputs, w_dim]
        self.bias = torch.cat([affine.bias for affine in affines])
        weights = torch.split(self.weight, self.inputs)
        biases = torch.split(self.bias, self.inputs)
        for affine, weight, bias in zip(affines, weights, biases, strict=True):
            affine.weight, affine.bias = weight, bias
        self.layer_of = torch.arange(len(layers)).repeat_interleave(torch.tensor(self.inputs))
        gains = torch.tensor([layer.output_gain for layer in layers])
        self.output_gains = gains.repeat_interleave(torch.tensor(self.outputs))

    def styles(self, w: Tensor, first: int, stop: int) -> Iterator[Styles]:
        """Those of the layers from `first` up to `stop`, all of which w [1, w_dim] drives."""
        layers = self.layers[first:stop]
        widths, widths_out = self.inputs[first:stop], self.outputs[first:stop]
        begun, begun_out = sum(self.inputs[:first]), sum(self.outputs[:first])
        ours = slice(begun, begun + sum(widths))
        ours_out = slice(begun_out, begun_out + sum(widths_out))
        raw = F.linear(w, self.weight[ours], self.bias[ours])  # [1, inputs]
        layer_of = self.layer_of[ours] - first
        largest = raw.new_zeros(stop - first).scatter_reduce_(0, layer_of, raw[0].abs(), "amax")
        inputs = raw / largest.clamp_min_(EPSILON)[layer_of]
        outputs = raw.new_empty(1, sum(widths_out))
        squares = inputs.square().split_with_sizes(widths, 1)
        sums = outputs.split_with_sizes(widths_out, 1)
        for layer, ours_squared, out in zip(layers, squares, sums, strict=True):
            if isinstance(layer.squares, Tensor):
                torch.mm(ours_squared, layer.squares, out=out)
        outputs.add_(EPSILON).rsqrt_().mul_(self.output_gains[ours_out])
        factors = {
            dtype: (
                inputs.to(dtype).split_with_sizes(widths, 1),
                outputs.to(dtype).split_with_sizes(widths_out, 1),
            )
            for dtype in {layer.style_dtype for layer in layers}
        }
        for index, plain in enumerate(raw.split_with_sizes(widths, 1)):
            layer = layers[index]
            if layer.squares is None:
                yield Styles(plain, None)
            else:
                scaled, scales = factors[layer.style_dtype]
                yield Styles(scaled[index], scales[index])


class FrameStyles:
    """The styles of all steps for one ws, made when they are asked for; belongs to one thread."""

    def __init__(self, modulation: Modulation, ws: Tensor) -> None:
        """`ws` is [num_ws, w_dim] and must stay as it is."""
        self._modulation = modulation
        self._ws = ws
        self._repeats = [False, *(ws[1:] == ws[:-1]).all(dim=1).tolist()]  # the row before
        self._made: dict[int, Styles] = {}

    def of(self, index: int) -> StepStyles:
        """What drives the step at this place in the chain."""
        return StepStyles(self, index)

    def row(self, index: int) -> Tensor:
        """The row of ws [1, w_dim] of the step at this place in the chain."""
        return self._ws[None, self._modulation.rows[index]]

    def styles(self, index: int, layer: ModulatedLayer) -> Styles:
        """Those of a step for its layer, which by now may be another one, with other weights."""
        rows, layers = self._modulation.rows, self._modulation.layers
        if layers[index] is not layer:
            return single_styles(layer, self.row(index))
        if index not in self._made:
            stop = index + 1
            while stop < len(rows) and all(self._repeats[rows[index] + 1 : rows[stop] + 1]):
                stop += 1
            made = self._modulation.styles(self.row(index), index, stop)
            self._made.update(enumerate(made, index))
        return self._made[index]


class StepStyles(NamedTuple):
    """What drives a step in place of its row of ws; made once a layer asks for it."""

    frame: FrameStyles
    step: int  # its place in the chain

    @property
    def row(self) -> Tensor:
        """The row of ws [1, w_dim] itself."""
        return self.frame.row(self.step)

    def for_layer(self, layer: ModulatedLayer) -> Styles:
        """The styles for the layer that runs the step."""
        return self.frame.styles(self.step, layer)


def _affines(layers: Sequence[ModulatedLayer]) -> list[Affine]:
    """Those of layers of a network, which are on no way to another."""
    affines = [layer.affine for layer in layers]
    return [affine for affine in affines if isinstance(affine, Affine)]


def parts_keep_bytes(layers: Sequence[ModulatedLayer]) -> bool:
    """Whether a product with the affine layers may be taken of any run of them, the same bytes."""
    biases = [affine.bias for affine in _affines(layers)]
    return torch.backends.mkl.is_available() and all(  # type: ignore[no-untyped-call]
        bias.device.type == "cpu" and len(bias) % VECTOR == 0 for bias in biases
    )


def single_styles(layer: ModulatedLayer, w: Row) -> Styles:
    """The styles of one layer by itself, the same bytes; w [1, w_dim]."""
    styles = layer.affine(w)
    if layer.squares is None:
        return Styles(styles, None)
    styles = styles / styles.abs().amax().clamp_min(EPSILON)
    squared, squares = styles.square(), layer.squares
    lengths = squared @ squares if isinstance(squares, Tensor) else squares.times(squared)
    scales = torch.rsqrt(lengths + EPSILON) * layer.output_gain
    return Styles(styles.to(layer.style_dtype), scales.to(layer.style_dtype))
