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

import itertools
import math
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


class StyleWay:
    """What rows of ws say to a layer at any share of the way from one set of weights to another.

    Its raw styles lie between those of both ends. So do its filters, thus squares of either are
    polynomials of the share, |a + t (b - a)|^2, and lengths, which are sums of products of both,
    are of degree 4. What does not depend on the share is found once for a row, as `Ends`.
    """

    def __init__(self, ours: ModulatedLayer, theirs: ModulatedLayer, sums: Tensor | None) -> None:
        """`sums` [I, 3, O] are those of the filters a and b of both: of a a, a b and b b."""
        self.style_dtype = ours.style_dtype
        self.squares = None if sums is None else sums.flatten(1) / ours.output_gain**2
        self.inputs = len(ours.affine.bias)  # channels
        self.outputs = 0 if sums is None else sums.shape[2]
        self._affines = ours.affine, theirs.affine

    def ends(self, row: Row) -> Ends:
        """What a row [1, w_dim] says at both ends."""
        styles = torch.cat([affine(row) for affine in self._affines])  # [2, I]
        if self.squares is None:
            return Ends(styles, styles.new_empty(5, 0))
        styles = styles / styles.abs().amax().clamp_min(EPSILON)
        squared = (styles * styles[:, None]).flatten(0, 1)  # [4, I]
        products = (squared @ self.squares).view(12, -1)
        return Ends(styles, _of_degree_4() @ products)

    def styles(self, row: Row, share: float) -> Styles:
        """The styles of a row [1, w_dim] at a share."""
        return next(_styles_at([self], [self.ends(row)], share))


class Ends(NamedTuple):
    """What a row of ws says to a layer with either of two sets of weights."""

    styles: Tensor  # factors of the channels that come in [2, I], the largest of them 1
    lengths: Tensor  # for those that go out, the polynomial's coefficients (Bernstein's) [5, O]


@lru_cache(maxsize=1)
def _of_degree_4() -> Tensor:
    """[5, 12]: the coefficients of a length, from products of four of styles and three of filters.

    Those are of a a, a b, b a and b b, these of a a, a b and b b.
    """
    weights = torch.zeros(5, 4, 3)
    for (i, degree), j in itertools.product(enumerate((0, 1, 1, 2)), range(3)):
        weights[degree + j, i, j] = math.comb(2, j) / math.comb(4, degree + j)
    return weights.flatten(1)


@lru_cache(maxsize=8)  # as all layers of a frame mostly have the same share
def _at(share: float) -> Tensor:
    """What Bernstein's polynomials of degree 4 are at a share [5, 1]."""
    rest = 1 - share
    return torch.tensor([[math.comb(4, k) * rest ** (4 - k) * share**k] for k in range(5)])


def _styles_at(ways: Sequence[StyleWay], ends: Sequence[Ends], share: float) -> Iterator[Styles]:
    """The styles of layers at a share of their ways, the same bytes however many there are."""
    ours, theirs = torch.cat([each.styles for each in ends], 1).chunk(2)
    styles = torch.lerp(ours, theirs, share)
    lengths = torch.cat([each.lengths for each in ends], 1).mul_(_at(share)).sum(0, keepdim=True)
    outputs = lengths.clamp_min_(0).add_(EPSILON).rsqrt_()  # roundings may give less than 0
    widths, widths_out = [way.inputs for way in ways], [way.outputs for way in ways]
    return _by_layer(ways, styles, styles, outputs, widths, widths_out)


class ModulatedLayer(Protocol):
    """A prepared layer, convolution or RGB."""

    @property
    def affine(self) -> Affine:
        """What makes its factors of a row of ws."""

    @property
    def style_dtype(self) -> torch.dtype:
        """The type in which it takes its factors."""

    @property
    def squares(self) -> Tensor | None:
        """Sums of squares of the filters [I, O]; None where nothing is demodulated."""

    @property
    def output_gain(self) -> float:
        """What the factors of the channels that go out are multiplied by."""

    @property
    def way(self) -> StyleWay | None:
        """What makes its styles in place of all that, where it lies between two others."""

    @property
    def share(self) -> float:
        """How far it is on that way."""


class Modulation:
    """The affine layers of a chain as one; it takes their weights over, as parts of its own."""

    def __init__(self, layers: Sequence[ModulatedLayer], rows: Sequence[int]) -> None:
        """The layers in the order of their steps, and the row of ws that drives each."""
        self.layers = layers
        self.rows = rows
        affines = [layer.affine for layer in layers]
        self.inputs = [len(affine.bias) for affine in affines]  # channels
        squares = [layer.squares for layer in layers]
        self.outputs = [0 if each is None else each.shape[1] for each in squares]
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
            if layer.squares is not None:
                torch.mm(ours_squared, layer.squares, out=out)
        outputs.add_(EPSILON).rsqrt_().mul_(self.output_gains[ours_out])
        return _by_layer(layers, raw, inputs, outputs, widths, widths_out)


class FrameStyles:
    """The styles of all steps for one ws, made when they are asked for; belongs to one thread."""

    def __init__(self, modulation: Modulation, ws: Tensor) -> None:
        """`ws` is [num_ws, w_dim] and must stay as it is."""
        self._modulation = modulation
        self._ws = ws
        self._repeats = [False, *(ws[1:] == ws[:-1]).all(dim=1).tolist()]  # the row before
        self._made: dict[int, Styles] = {}
        self._ways: dict[int, StyleWay] = {}  # of steps whose layer is on one,
        self._ends: dict[int, Ends] = {}  # and what their rows say at its ends
        self._between: dict[int, Styles] = {}  # at the share that was asked for last
        self._share = math.nan

    def of(self, index: int) -> StepStyles:
        """What drives the step at this place in the chain."""
        return StepStyles(self, index)

    def row(self, index: int) -> Tensor:
        """The row of ws [1, w_dim] of the step at this place in the chain."""
        return self._ws[None, self._modulation.rows[index]]

    def styles(self, index: int, layer: ModulatedLayer) -> Styles:
        """Those of a step for its layer, which by now may be another one, with other weights."""
        if layer.way is not None:
            return self._styles_between(index, layer.way, layer.share)
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

    def _styles_between(self, index: int, way: StyleWay, share: float) -> Styles:
        """Those of a step whose layer is on its way, with those of all that were on one before.

        These mostly come next, at the same share.
        """
        if self._ways.get(index) is not way:
            self._ways[index] = way
            self._between.pop(index, None)
            self._ends[index] = way.ends(self.row(index))
            return next(_styles_at([way], [self._ends[index]], share))
        if share != self._share or index not in self._between:
            styles = _styles_at([*self._ways.values()], [*self._ends.values()], share)
            self._between, self._share = dict(zip(self._ways, styles, strict=True)), share
        return self._between[index]


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


def _by_layer(
    layers: Sequence[ModulatedLayer | StyleWay],
    raw: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    widths: Sequence[int],
    widths_out: Sequence[int],
) -> Iterator[Styles]:
    """The styles of each layer from those of all: channels that come in, and that go out [1, all].

    RGB layers, which take no others, take the raw ones.
    """
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


def parts_keep_bytes(layers: Sequence[ModulatedLayer]) -> bool:
    """Whether a product with the affine layers may be taken of any run of them, the same bytes."""
    biases = [layer.affine.bias for layer in layers]
    return torch.backends.mkl.is_available() and all(  # type: ignore[no-untyped-call]
        bias.device.type == "cpu" and len(bias) % VECTOR == 0 for bias in biases
    )


def single_styles(layer: ModulatedLayer, w: Row) -> Styles:
    """The styles of one layer by itself, the same bytes; w [1, w_dim]."""
    if layer.way is not None:
        return layer.way.styles(w, layer.share)
    styles = layer.affine(w)
    if layer.squares is None:
        return Styles(styles, None)
    styles = styles / styles.abs().amax().clamp_min(EPSILON)
    scales = torch.rsqrt(styles.square() @ layer.squares + EPSILON) * layer.output_gain
    return Styles(styles.to(layer.style_dtype), scales.to(layer.style_dtype))
