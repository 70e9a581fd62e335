"""What sets of features say about each other: FID, KID, precision, recall, density, coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = np.ndarray[Any, Any]

_BLOCK = 1024  # rows compared at a time, so that memory stays flat


class MeasureError(StyleStudioError, ValueError):
    """What was to be measured doesn't fit; `str()` is one sentence."""


def frechet_distance(a: Any, b: Any) -> float:
    """The Frechet distance between features [N, D] and [M, D] taken for two Gaussians.

    Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule ...", section 3 (FID).
    Covariances are unbiased. Raises MeasureError for other forms and for fewer than two rows.
    """
    a, b = _pair(a, b, least=2)
    gap = a.mean(0) - b.mean(0)
    a, b = ((x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (a, b))  # whose squares are covariances
    # The trace of the root of the product of both covariances.
    if min(len(a), len(b)) < a.shape[1]:
        mixed = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    else:
        root = _root(a.T @ a)
        mixed = np.sqrt(np.linalg.eigvalsh(root @ (b.T @ b) @ root).clip(0)).sum()
    return float(gap @ gap + np.square(a).sum() + np.square(b).sum() - 2 * mixed)


def kernel_distance(a: Any, b: Any) -> float:
    """The squared maximum mean discrepancy of features [N, D] and [M, D], unbiased, over all.

    With the cubic kernel (x y / D + 1)^3; Binkowski et al. 2018, "Demystifying MMD GANs", section 4
    (KID). Raises MeasureError for other forms and for fewer than two rows.
    """
    a, b = _pair(a, b, least=2)
    n, m = len(a), len(b)
    within_a = _kernel_sum(a, a) - _cubic((a * a).sum(1), a.shape[1]).sum()
    within_b = _kernel_sum(b, b) - _cubic((b * b).sum(1), b.shape[1]).sum()
    between = _kernel_sum(a, b)
    return float(within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2 * between / (n * m))


def precision_recall(real: Any, fake: Any, k: int = 3) -> tuple[float, float]:
    """The share of fake [M, D] that lies among real [N, D], and of real among fake.

    To lie among others is to be no farther from one of them than its own k-th neighbour there;
    Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric", section 2. Raises MeasureError
    for other forms and where there are no k neighbours.
    """
    real, fake = _pair(real, fake, least=_neighbours(k) + 1)
    radii_real, radii_fake = _radii(real, k), _radii(fake, k)
    inside_real = [(d <= radii_real).any(1) for d in _distances(fake, real)]
    inside_fake = [(d <= radii_fake).any(1) for d in _distances(real, fake)]
    return float(np.concatenate(inside_real).mean()), float(np.concatenate(inside_fake).mean())


def density_coverage(real: Any, fake: Any, k: int = 3) -> tuple[float, float]:
    """How many balls of real [N, D] a fake of [M, D] lies in, by k; and the share of balls hit.

    Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics", section 3. Raises MeasureError for
    other forms and where there are no k neighbours.
    """
    real, fake = _pair(real, fake, least=_neighbours(k) + 1)
    radii = _radii(real, k)
    hits, covered = 0, np.zeros(len(real), bool)
    for distances in _distances(fake, real):
        inside = distances < radii
        hits += int(inside.sum())
        covered |= inside.any(0)
    return hits / (k * len(fake)), float(covered.mean())


def conditional_entropy(labels: Any, sides: Any) -> float:
    """How uncertain labels [N] are once the side [N] of a plane is known, in bits.

    Karras et al. 2019, "A Style-Based Generator Architecture", section 4.2 (linear separability is
    2 to the power of the sum over all attributes). Raises MeasureError where the two don't fit.
    """
    labels, sides = np.asarray(labels), np.asarray(sides)
    if labels.ndim != 1 or labels.shape != sides.shape or not len(labels):
        raise MeasureError(
            f"Labels and sides need one number for each sample, not {labels.shape}, {sides.shape}."
        )
    total = 0.0
    for side in np.unique(sides):
        here = labels[sides == side]
        shares = np.unique(here, return_counts=True)[1] / len(here)
        total -= len(here) / len(labels) * float((shares * np.log2(shares)).sum())
    return total


def _pair(a: Any, b: Any, least: int) -> tuple[Array, Array]:
    """Both as float64. Raises MeasureError unless they are features of one kind."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or not a.shape[1]:
        raise MeasureError(f"Features need the forms [N, D] and [M, D], not {a.shape}, {b.shape}.")
    if min(len(a), len(b)) < least:
        raise MeasureError(f"At least {least} samples of each are needed, not {len(a)}, {len(b)}.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise MeasureError("Features hold values that are not finite numbers.")
    return a, b


def _neighbours(k: int) -> int:
    if type(k) is not int or k < 1:
        raise MeasureError(f"k is {k!r}; it is the number of a neighbour, 1 or more.")
    return k


def _root(matrix: Array) -> Array:
    """The root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T  # type: ignore[no-any-return]


def _cubic(products: Array, width: int) -> Array:
    return (products / width + 1) ** 3


def _kernel_sum(a: Array, b: Array) -> float:
    width = a.shape[1]
    return sum(
        float(_cubic(a[i : i + _BLOCK] @ b.T, width).sum()) for i in range(0, len(a), _BLOCK)
    )


def _distances(a: Array, b: Array) -> Iterator[Array]:
    """The distances from rows of a to all of b, [rows, M] at a time."""
    squares = (b * b).sum(1)
    for i in range(0, len(a), _BLOCK):
        rows = a[i : i + _BLOCK]
        squared = (rows * rows).sum(1)[:, None] + squares - 2 * rows @ b.T
        yield np.sqrt(squared.clip(0))


def _radii(x: Array, k: int) -> Array:
    """The distance from each row to its k-th neighbour, itself not counted."""
    return np.concatenate([np.partition(d, k, axis=1)[:, k] for d in _distances(x, x)])
