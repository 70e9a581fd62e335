"""A direction freed of what others change (InterFaceGAN, Shen et al. 2020, section 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from stylestudio.editing.directions import Directions
from stylestudio.editing.errors import DirectionError
from stylestudio.recipe import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stylestudio.recipe import AnyEdit


NOTHING = 1e-4  # of its length; less is left by rounding


def without(edit: Edit, others: Sequence[Edit]) -> Edit:
    """The edit with its part along the others taken away, as long as it was.

    Raises DirectionError where the vectors have other sizes, or nothing is left.

    >>> import stylestudio as ss
    >>> found = ss.find_directions("portraits", count=2)
    >>> first, second = found.edit("PCA 1"), found.edit("PCA 2")
    >>> ss.editing.without(first, [second]).name
    'PCA 1'
    """
    count = max(each.rows for each in (edit, *others))
    if len({each.w_dim for each in (edit, *others)}) > 1:
        raise DirectionError("the directions are for models of several sizes.")
    if {each.rows for each in (edit, *others)} - {1, count}:
        raise DirectionError("the directions have several numbers of rows.")
    shape = (count, edit.w_dim)
    own = np.broadcast_to(edit.array().astype(np.float64), shape)
    spanned = [np.broadcast_to(each.array().astype(np.float64), shape) for each in others]
    left = _orthogonal(own.ravel(), [each.ravel() for each in spanned]).reshape(own.shape)
    length, remaining = float(np.linalg.norm(own)), float(np.linalg.norm(left))
    if remaining <= NOTHING * length:
        named = ", ".join(repr(other.name) for other in others)
        raise DirectionError(f"nothing is left of {edit.name!r} without {named}.")
    rows = (left * (length / remaining)).astype("<f4")
    return msgspec.structs.replace(edit, vector=rows.tobytes(), rows=len(rows))


def freed(directions: Directions, others: Sequence[AnyEdit]) -> Directions:
    """Directions without their parts along others, each as long as it was.

    Their layers are kept: where these are fewer, what acts elsewhere counts as well.
    Raises DirectionError where the sizes differ, or nothing is left of one.
    """
    if directions.channels:
        raise DirectionError("nothing can be removed from style channels.")
    in_w = [each for each in others if isinstance(each, Edit)]
    if len(in_w) < len(others):
        raise DirectionError("only directions in W can be removed, not style channels.")
    edits = [without(edit, in_w) for edit in directions if isinstance(edit, Edit)]
    if directions.model is None:
        raise DirectionError("the directions don't say which model they are of.")
    return Directions.from_edits(edits, directions.model, directions.author)


def _orthogonal(
    vector: NDArray[np.float64], others: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """What of a vector [D] lies outside the span of others [D]."""
    if not others:
        return vector
    basis = np.stack(others, axis=1).astype(np.float64)
    shares, *_ = np.linalg.lstsq(basis, vector, rcond=1e-9)
    result: NDArray[np.float64] = vector - basis @ shares
    return result
