"""Where on a path a moment lies: easing, smooth curves, circles and random walks that close."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Easing = Literal["even", "smooth", "in", "out", "hold"]
Weights = NDArray[np.float64]


def eased(easing: Easing, t: float) -> float:
    """How far a segment has gone at t in 0..1 of its time; 0 and 1 are exact."""
    if easing == "smooth":
        return t * t * (3.0 - 2.0 * t)
    if easing == "in":
        return t * t
    if easing == "out":
        return t * (2.0 - t)
    if easing == "hold":
        return float(t >= 1.0)
    return t


def curve_weights(knots: tuple[float, ...], closed: bool, at: float) -> Weights:
    """Weights [keys] of the keys' values at time `at` on a smooth curve through them.

    `knots` rise strictly. A closed curve has one knot more than keys: the last is the first key
    again. The curve is a cubic Hermite spline whose speed at a key is that from its neighbour
    before to its neighbour after (Catmull and Rom 1974, at uneven times). So it keeps time, has no
    corners, and lets no key's weight fall below -1/4 however uneven the times are; a spline with
    continuous curvature swings far out there. On a knot the weights are exactly 0 and 1.
    """
    keys = len(knots) - closed
    index = min(max(bisect_right(knots, at) - 1, 0), len(knots) - 2)
    h = knots[index + 1] - knots[index]
    b = (at - knots[index]) / h
    weights = np.zeros(keys)
    if b in (0.0, 1.0):
        weights[(index + round(b)) % keys] = 1.0
        return weights
    after = (index + 1) % keys
    speeds = _speeds(knots, closed)
    weights[index] += (1.0 + 2.0 * b) * (1.0 - b) ** 2
    weights[after] += b * b * (3.0 - 2.0 * b)
    weights += h * b * (1.0 - b) * ((1.0 - b) * speeds[index] - b * speeds[after])
    return weights


@lru_cache(maxsize=64)
def _speeds(knots: tuple[float, ...], closed: bool) -> Weights:
    """[keys, keys]: the curve's first derivative at each key, as weights of all values."""
    keys = len(knots) - closed
    speeds = np.zeros((keys, keys))
    if keys == 1:
        return speeds
    steps = np.diff(knots)
    for key in range(keys) if closed else range(1, keys - 1):
        span = steps[key - 1] + steps[key]
        speeds[key, (key + 1) % keys] += 1.0 / span
        speeds[key, (key - 1) % keys] -= 1.0 / span
    if not closed:
        for key, neighbour, step in ((0, 1, steps[0]), (keys - 1, keys - 2, -steps[-1])):
            speeds[key, neighbour] += 1.0 / step
            speeds[key, key] -= 1.0 / step
    return speeds


def periodic_spline_weights(keys: int, at: float) -> Weights:
    """Weights [keys] of values at 0, 1, 2 ... on the closed cubic spline, at 0 <= at <= keys.

    Slope and curvature are continuous, also from the last value back to the first.
    """
    index = min(int(at), keys - 1)
    b = at - index
    weights = np.zeros(keys)
    weights[index] += 1.0 - b
    weights[(index + 1) % keys] += b
    if b in (0.0, 1.0):
        return weights
    bend = _second_derivatives(keys)
    a = 1.0 - b
    weights += ((a**3 - a) * bend[index] + (b**3 - b) * bend[(index + 1) % keys]) / 6.0
    return weights


@lru_cache(maxsize=64)
def _second_derivatives(keys: int) -> Weights:
    """[keys, keys]: the closed spline's second derivative at each value, as weights of all.

    From the continuity of the first derivative (de Boor, A Practical Guide to Splines, chapter
    IV).
    """
    system, values = np.zeros((keys, keys)), np.zeros((keys, keys))
    for key in range(keys):
        before, after = (key - 1) % keys, (key + 1) % keys
        for other, share, change in ((before, 1 / 6, 1.0), (key, 2 / 3, -2.0), (after, 1 / 6, 1.0)):
            system[key, other] += share
            values[key, other] += change
    return np.asarray(np.linalg.solve(system, values), np.float64)


def circle(u: float) -> tuple[float, float]:
    """Right and up on the unit circle that starts at 0, 0, after u laps.

    Exact at whole laps, so that they close.
    """
    angle = 2.0 * math.pi * (u % 1.0)
    return math.cos(angle) - 1.0, math.sin(angle)


def walk_weights(steps: int, u: float) -> Weights:
    """Weights [steps] of a random walk's steps after u laps; half-way, their squares add up to 1.

    The steps are summed up, less as much of their total as is needed to come back to the start
    (a Brownian bridge), and joined by a closed cubic spline.
    """
    sums = np.tril(np.ones((steps, steps)), -1)  # before step i, those earlier than i were made
    bridge = sums - np.arange(steps)[:, None] / steps
    return periodic_spline_weights(steps, (u % 1.0) * steps) @ bridge * (2.0 / math.sqrt(steps))
