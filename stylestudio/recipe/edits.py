"""What moves the rows of w along a direction, after truncation and mixing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LONGEST_NAME = 80  # characters


class Edit(Part, frozen=True, tag="w"):
    """A direction and how far to go along it: row i of ws gets amount * layers[i] * vector[i].

    Raises RecipeError, naming the field, for an amount out of range, a vector that is no whole
    number of rows or holds what is no finite number, and a name that is empty or too long.
    """

    name: str  # what the artist sees; no two edits of a recipe share one
    vector: bytes  # float32, little endian, row after row; one sigma long
    rows: int = 1  # one for all layers, or one a layer
    amount: float = 0.0  # sigmas
    layers: tuple[float, ...] | None = None  # a share for each of the num_ws layers, None = all 1
    muted: bool = False  # as if amount were 0, which it keeps for later

    def __post_init__(self) -> None:
        check_edit(self.name, self.amount, self.layers)
        if self.rows < 1 or not self.vector or len(self.vector) % (4 * self.rows):
            raise RecipeError(
                f"the vector of edit {self.name!r} holds {len(self.vector)} bytes, "
                f"which is not {self.rows} equal rows of float32."
            )
        if not np.isfinite(self.array()).all():
            raise RecipeError(
                f"the vector of edit {self.name!r} holds values that are not finite numbers."
            )

    def __repr__(self) -> str:
        size = f"{self.rows} x {self.array().shape[1]}"
        return f"<Edit {self.name!r}: amount {self.amount:g}, {size}>"

    def array(self) -> NDArray[np.float32]:
        """Return the vector as float32 [rows, w_dim], read-only."""
        return np.frombuffer(self.vector, dtype="<f4").reshape(self.rows, -1)

    @classmethod
    def from_array(
        cls,
        name: str,
        vector: Any,
        amount: float = 0.0,
        layers: Iterable[float] | None = None,
    ) -> Edit:
        """Make one from a vector [w_dim], [1, w_dim] or [num_ws, w_dim], one sigma long.

        Raises RecipeError for what is none.

        >>> import numpy as np
        >>> import stylestudio as ss
        >>> ss.Edit.from_array("brighter", np.ones(512) / 10, amount=1.5)
        <Edit 'brighter': amount 1.5, 1 x 512>
        """
        try:
            rows = np.atleast_2d(np.asarray(vector, dtype="<f4"))
            shares = None if layers is None else tuple(float(share) for share in layers)
            amount = float(amount)
        except (TypeError, ValueError):
            raise RecipeError(f"the vector of edit {name!r} is not an array of numbers.") from None
        if rows.ndim != 2:
            raise RecipeError(
                f"the vector of edit {name!r} has shape {list(rows.shape)}; "
                "it must be [w_dim] or [num_ws, w_dim]."
            )
        return cls(name, rows.tobytes(), rows.shape[0], amount, shares)

    @property
    def acting(self) -> float:
        """The amount in sigmas that shows in the picture: 0 while it is muted."""
        return 0.0 if self.muted else self.amount

    @property
    def w_dim(self) -> int:
        """Numbers in a row of the vector."""
        return len(self.vector) // (4 * self.rows)

    @property
    def direction(self) -> object:
        """Where it leads, whatever the amount; equal for edits that differ in that alone."""
        return self.vector, self.rows


def check_edit(name: str, amount: float, layers: tuple[float, ...] | None) -> None:
    """Raise RecipeError for a name, an amount or shares of layers that no edit can have."""
    if not 0 < len(name) <= LONGEST_NAME or not name.strip():
        raise RecipeError(
            f"the edit's name is {described(name)}; it needs 1 to {LONGEST_NAME} letters."
        )
    check_number("edits.amount", amount, f"the amount of edit {name!r}")
    for i, share in enumerate(layers or ()):
        check_number("edits.layers", share, f"layers[{i}] of edit {name!r}")


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first number from 2 that makes it one of its own."""
    names = set(taken)
    number, free = 2, name
    while free in names:
        ending = f" {number}"
        free = f"{name[: LONGEST_NAME - len(ending)]}{ending}"
        number += 1
    return free
