"""Logistic regression with a Gaussian prior, and how sure it is (Bishop 2006, section 4.5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

ROUNDS, CLOSE = 40, 1e-8
OFFSET_VARIANCE = 1.0  # of the prior of the constant term


@dataclass(frozen=True, eq=False)
class Posterior:
    """What weights may be: a Gaussian about the most likely ones."""

    weights: Matrix  # [K]
    offset: float
    covariance: Matrix  # [K, K], of the weights

    def predict(self, x: Matrix) -> NDArray[np.bool_]:
        """Whether each row of x [N, K] is rather "more" than "less"."""
        result: NDArray[np.bool_] = x @ self.weights + self.offset > 0
        return result


def fit(x: Matrix, more: NDArray[np.bool_], variance: float) -> Posterior:
    """Fit x [N, K] to answers [N], with a prior of this variance for each weight.

    Newton's method for the maximum, Laplace's approximation around it.
    """
    design = np.column_stack([x, np.ones(len(x))])
    precision = np.full(design.shape[1], 1 / variance)
    precision[-1] = 1 / OFFSET_VARIANCE
    weights = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -50, 50)))
        gradient = design.T @ (more - chance) - precision * weights
        curvature = (design.T * (chance * (1 - chance))) @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            break
    covariance = np.linalg.inv(curvature)
    return Posterior(weights[:-1], float(weights[-1]), covariance[:-1, :-1])


def held_out_accuracy(x: Matrix, more: NDArray[np.bool_], variance: float, folds: int) -> float:
    """The share of answers that a fit to the others foretells, over so many parts in turn."""
    part = np.arange(len(x)) % folds
    right = 0
    for held in range(folds):
        known = part != held
        guess = fit(x[known], more[known], variance).predict(x[~known])
        right += int((guess == more[~known]).sum())
    return right / len(x)
