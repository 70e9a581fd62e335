"""Where on a path a moment lies: easing, cubic splines, circles and random walks that close."""

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


def spline_weights(knots: tuple[float, ...], closed: bool, at: float) -> Weights:
    """Weights [keys] of the keys' values at time `at` on the cubic spline through them.

    `knots` rise strictly. A closed spline has one knot more than keys: the last is the first key
    again, and slope and curvature agree there. An open one is natural: it ends without curvature.
    On a knot the weights are exactly 0 and 1.
    """
    keys = len(knots) - closed
    index = min(max(bisect_right(knots, at) - 1, 0), len(knots) - 2)
    h = knots[index + 1] - knots[index]
    b = (at - knots[index]) / h
    weights = np.zeros(keys)
    weights[index] += 1.0 - b
    weights[(index + 1) % keys] += b
    if b in (0.0, 1.0):
        return weights
    bend = _second_derivatives(knots, closed)
    after = bend[(index + 1) % keys]
    a = 1.0 - b
    weights += ((a**3 - a) * bend[index] + (b**3 - b) * after) * h * h / 6.0
    return weights


@lru_cache(maxsize=64)
def _second_derivatives(knots: tuple[float, ...], closed: bool) -> Weights:
    """[keys, keys]: the spline's second derivative at each key, as weights of all values.

    From the continuity of the first derivative at each knot (de Boor, A Practical Guide to
    Splines, chapter IV).
    """
    keys = len(knots) - closed
    if keys == 1:
        return np.zeros((1, 1))
    steps = np.diff(knots)
    system, values = np.eye(keys), np.zeros((keys, keys))
    for key in range(keys) if closed else range(1, keys - 1):
        before, after = (key - 1) % keys, (key + 1) % keys
        left, right = steps[key - 1], steps[key]
        system[key] = 0.0
        system[key, key] = (left + right) / 3.0
        system[key, before] += left / 6.0
        system[key, after] += right / 6.0
        values[key, after] += 1.0 / right
        values[key, key] -= 1.0 / left + 1.0 / right
        values[key, before] += 1.0 / left
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
    knots = tuple(float(i) for i in range(steps + 1))
    return spline_weights(knots, True, (u % 1.0) * steps) @ bridge * (2.0 / math.sqrt(steps))
