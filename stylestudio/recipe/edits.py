"""What moves the rows of w along a direction, after truncation and mixing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part, Unknown

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
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.strip():
            raise RecipeError(
                f"the edit's name is {described(self.name)}; it needs 1 to {LONGEST_NAME} letters."
            )
        check_number("edits.amount", self.amount, f"the amount of edit {self.name!r}")
        for i, share in enumerate(self.layers or ()):
            check_number("edits.layers", share, f"layers[{i}] of edit {self.name!r}")
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
            raise RecipeError(f"the vector of edit {name!r} is no array of numbers.") from None
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


def check_edits(edits: tuple[Edit | Unknown, ...], name: str, num_ws: int, w_dim: int) -> None:
    """Raise RecipeError where an edit does not fit a model, or two share a name."""
    seen = set()
    for edit in edits:
        if isinstance(edit, Unknown):
            continue
        if edit.w_dim != w_dim or edit.rows not in (1, num_ws):
            raise RecipeError(
                f"the edit {edit.name!r} is a direction of {edit.rows} x {edit.w_dim} numbers, for "
                f"another model; {name} needs 1 or {num_ws} rows of {w_dim}."
            )
        if edit.layers is not None and len(edit.layers) != num_ws:
            raise RecipeError(
                f"layers of edit {edit.name!r} has {len(edit.layers)} entries; "
                f"this model needs {num_ws}."
            )
        if edit.name in seen:
            raise RecipeError(f"edits names {edit.name!r} twice; give one of them another name.")
        seen.add(edit.name)


def at_rest(edits: tuple[Edit | Unknown, ...]) -> tuple[Edit | Unknown, ...]:
    """The same edits with an amount of 0, at hand to be turned up again."""
    return tuple(replace(e, amount=0.0) if isinstance(e, Edit) else e for e in edits)


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first number from 2 that makes it one of its own."""
    names = set(taken)
    number, free = 2, name
    while free in names:
        ending = f" {number}"
        free = f"{name[: LONGEST_NAME - len(ending)]}{ending}"
        number += 1
    return free


def between_edits(
    a: tuple[Edit | Unknown, ...], b: tuple[Edit | Unknown, ...], t: float
) -> tuple[Edit | Unknown, ...]:
    """The edits at t in 0..1 on the way: one that a side lacks has the amount 0 there.

    Edits are the same where name and vector are. What can't be read is that of the nearer side.
    """
    if a == b:
        return a
    ours, theirs = _by_direction(a), _by_direction(b)
    moved: list[Edit | Unknown] = []
    names: list[str] = []
    for key in ours | theirs:
        near, far = ours.get(key), theirs.get(key)
        given = near or far
        assert given is not None
        start, end = near or replace(given, amount=0.0), far or replace(given, amount=0.0)
        name = free_name(given.name, names)
        names.append(name)
        muted = start.muted and end.muted
        amounts = (start.amount, end.amount) if muted else (start.acting, end.acting)
        moved.append(
            replace(
                start if t < 0.5 else end,
                name=name,
                muted=muted,
                amount=_lerp(*amounts, t),
                layers=_between_layers(start.layers, end.layers, t),
            )
        )
    nearer = a if t < 0.5 else b
    return (*moved, *(edit for edit in nearer if isinstance(edit, Unknown)))


def _by_direction(edits: tuple[Edit | Unknown, ...]) -> dict[tuple[str, bytes, int], Edit]:
    return {(e.name, e.vector, e.rows): e for e in edits if isinstance(e, Edit)}


def _between_layers(
    a: tuple[float, ...] | None, b: tuple[float, ...] | None, t: float
) -> tuple[float, ...] | None:
    if a == b:
        return a
    count = len(a or b or ())
    pairs = zip(a or (1.0,) * count, b or (1.0,) * count, strict=True)
    return tuple(_lerp(x, y, t) for x, y in pairs)


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t
