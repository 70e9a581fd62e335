"""Soft masks: small pictures of how much each place takes part."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.parts import Part

LONGEST_SIDE = 256  # pixels; recipes carry their masks
FULL = 255  # 8 bits: a place that takes part wholly

Values = NDArray[np.float32]


class Mask(Part, frozen=True):
    """How much each place takes part: a picture of 8 bits, laid over the whole frame.

    Raises RecipeError for a side that is too long, and for what is no packed picture of its size.
    """

    width: int  # 1..256 pixels
    height: int
    pixels: bytes  # row after row from the top left, 255 takes part wholly; packed by zlib

    def __post_init__(self) -> None:
        sides = (self.width, self.height)
        if not all(1 <= side <= LONGEST_SIDE for side in sides):
            raise RecipeError(
                f"a mask is {self.width} x {self.height}; its sides must be 1 to {LONGEST_SIDE}."
            )
        unpacking = zlib.decompressobj()
        try:
            found = unpacking.decompress(self.pixels, self.width * self.height + 1)
        except zlib.error:
            found = b""
        if len(found) != self.width * self.height:
            raise RecipeError(
                f"a mask is damaged: it holds no picture of {self.width} x {self.height} pixels."
            )

    def __repr__(self) -> str:
        share = 100 * float(self.array().mean())
        return f"<Mask {self.width} x {self.height}, {share:.0f} % painted>"

    @classmethod
    def from_array(cls, values: Any) -> Mask:
        """Make one from 0..1, or from bytes, [height, width]; large ones are made smaller.

        Raises RecipeError for what is no such array.

        >>> import numpy as np
        >>> import stylestudio as ss
        >>> left = np.zeros((64, 64))
        >>> left[:, :32] = 1
        >>> ss.Mask.from_array(left)
        <Mask 64 x 64, 50 % painted>
        """
        try:
            array = np.asarray(values)
            if array.dtype != np.uint8:
                array = np.asarray(array, dtype=np.float64)
        except (TypeError, ValueError):
            raise RecipeError(f"{described(values)} is no mask; it needs numbers 0..1.") from None
        full = FULL if array.dtype == np.uint8 else 1
        if array.ndim != 2 or not array.size or not (array.min() >= 0 and array.max() <= full):
            raise RecipeError("a mask needs numbers from 0 to 1 in the shape [height, width].")
        array = _at_most(_at_most(array, LONGEST_SIDE).T, LONGEST_SIDE).T / full
        rounded = np.rint(array * FULL).astype(np.uint8)
        return cls(rounded.shape[1], rounded.shape[0], zlib.compress(rounded.tobytes(), 6))

    def array(self) -> Values:
        """Return the values 0..1 as float32 [height, width], read-only."""
        return _unpacked(self.pixels, self.width, self.height)

    @property
    def is_empty(self) -> bool:
        """Whether no place takes part."""
        return not self.array().any()


def between_masks(a: Mask | None, b: Mask | None, t: float) -> Mask | None:
    """The mask at t in 0..1 on the way; None takes part everywhere.

    Masks of two sizes change half-way.
    """
    if a == b:
        return a
    given = a or b
    assert given is not None
    full = np.ones((given.height, given.width), np.float32)
    start, end = (full if mask is None else mask.array() for mask in (a, b))
    if start.shape != end.shape:
        return a if t < 0.5 else b
    return Mask.from_array((start * (1.0 - t) + end * t).clip(0, 1))


@lru_cache(maxsize=64)
def _unpacked(pixels: bytes, width: int, height: int) -> Values:
    bytes_ = np.frombuffer(zlib.decompress(pixels), np.uint8).reshape(height, width)
    values: Values = bytes_.astype(np.float32) / np.float32(FULL)
    values.flags.writeable = False
    return values


def _at_most(rows: NDArray[Any], most: int) -> NDArray[Any]:
    """Rows [n, m] as at most `most` of them, each the mean of what it covers."""
    count = len(rows)
    if count <= most:
        return rows
    edges = np.linspace(0, count, most + 1)
    below = np.minimum(edges.astype(int), count - 1)  # ascending, as there are more rows
    sums = np.zeros((most + 1, rows.shape[1]))  # of the rows before `below`
    np.cumsum(np.add.reduceat(rows[:-1], below[:-1], axis=0, dtype=np.float64), 0, out=sums[1:])
    at_edges = sums + rows[below] * (edges - below)[:, None]
    means: NDArray[np.float64] = np.diff(at_edges, axis=0) * (most / count)
    return means.clip(0, rows.max())
