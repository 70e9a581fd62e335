"""The 256 colours of a frame that keep both its shades and its small strong colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOURS = 256
COARSE = 2  # bits that are left out of each channel where colours are counted
FIRST_ROUNDS = 4  # of Lloyd's algorithm for the first frame; each that follows goes on by one
FAR = 16.0  # levels from the nearest of the palette, beyond which a colour gets its own
PACKING = np.array([1 << 16, 1 << 8, 1], np.uint32)  # a colour as one number
AT_ONCE = 1 << 14  # colours compared with the palette in one step: 16 MiB


class Palette:
    """Reduces the frames of a clip, one after the other, to 256 colours each.

    Colours as far apart as can be begin the palette, so a spot of a strong colour has one of its
    own however few its pixels; then each moves to the mean of the pixels that it stands for (S. P.
    Lloyd, Least squares quantization in PCM, 1982), so broad gradients get the finer steps. Each
    frame goes on from the palette of the one before, since what stands still must not flicker.
    """

    def __init__(self) -> None:
        self._colours: NDArray[np.float32] | None = None

    def reduce(self, frame: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return indices [H, W] and a palette [up to 256, 3] for the next frame [H, W, 3]."""
        packed = frame.astype(np.uint32) @ PACKING
        known, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
        colours = np.stack([known >> 16, known >> 8 & 255, known & 255], axis=-1)
        if len(colours) <= COLOURS:
            return where.reshape(frame.shape[:2]).astype(np.uint8), colours.astype(np.uint8)
        exact = colours.astype(np.float32)
        _, cell = np.unique((colours >> COARSE) @ PACKING, return_inverse=True)
        means, weights = _means(exact, counts, cell, int(cell.max()) + 1)
        if self._colours is None:
            self._colours, rounds = _far_apart(means), FIRST_ROUNDS
        else:
            self._colours, rounds = _with_strangers(self._colours, means, weights), 1
        for _ in range(rounds):
            nearest = _nearest(means, self._colours)
            moved, pixels = _means(means, weights, nearest, len(self._colours))
            self._colours = np.where(pixels[:, None] > 0, moved, self._colours)
        indices = _nearest(exact, self._colours)[where].reshape(frame.shape[:2])
        return indices, self._colours.round().astype(np.uint8)


def _far_apart(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Up to 256 of the colours [n, 3]."""
    strip = Image.fromarray(colours.round().astype(np.uint8)[None])
    chosen = strip.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).getpalette()
    return np.asarray(chosen, np.float32).reshape(-1, 3)


def _with_strangers(
    palette: NDArray[np.float32], colours: NDArray[np.float32], weights: NDArray[Any]
) -> NDArray[np.float32]:
    """The palette, with the least used of its colours given to those that are far from all."""
    nearest = _nearest(colours, palette)
    distance = np.square(colours - palette[nearest]).sum(1)
    palette = palette.copy()
    for least in np.bincount(nearest, weights, len(palette)).argsort(kind="stable")[: COLOURS // 4]:
        stranger = int(distance.argmax())
        if distance[stranger] <= FAR**2:
            break
        palette[least] = colours[stranger]
        distance = np.minimum(distance, np.square(colours - palette[least]).sum(1))
    return palette


def _means(
    colours: NDArray[np.float32], weights: NDArray[Any], group: NDArray[Any], groups: int
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """The weighted mean [groups, 3] of the colours of each group, and its weight [groups]."""
    total = np.bincount(group, weights, groups)
    sums = [np.bincount(group, weights * colours[:, c], groups) for c in range(3)]
    means = np.stack(sums, axis=-1) / np.maximum(total, 1)[:, None]
    return means.astype(np.float32), total


def _nearest(colours: NDArray[np.float32], palette: NDArray[np.float32]) -> NDArray[np.uint8]:
    """For each colour [n, 3], the index [n] of the nearest of the palette."""
    sizes = np.square(palette).sum(1)
    nearest = np.empty(len(colours), np.uint8)
    for at in range(0, len(colours), AT_ONCE):
        part = colours[at : at + AT_ONCE]
        nearest[at : at + AT_ONCE] = (sizes - 2 * part @ palette.T).argmin(1)
    return nearest
