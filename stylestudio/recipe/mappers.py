"""Edits that depend on w: small networks, known by content, say which way each w moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.recipe.channels import ChannelEdit
from stylestudio.recipe.deltas import WeightsLike, WeightsRef
from stylestudio.recipe.edits import LONGEST_NAME, Edit, check_edit
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from stylestudio.recipe.recipe import Recipe


class MapperEdit(Part, frozen=True, tag="mapper"):
    """A mapper and how far to follow it: row i of ws gets amount * layers[i] * what it says there.

    It looks at ws as they are after mixing, before any edit (StyleCLIP, Patashnik et al. 2021,
    section 5). Raises RecipeError, naming the field, as `Edit` does.
    """

    name: str  # what the artist sees; no two edits of a recipe share one
    network: WeightsRef
    amount: float = 0.0  # 1 is what the mapper was trained for
    layers: tuple[float, ...] | None = None  # a share for each of the num_ws layers, None = all 1
    muted: bool = False  # as if amount were 0, which it keeps for later

    def __post_init__(self) -> None:
        check_edit(self.name, self.amount, self.layers)

    def __repr__(self) -> str:
        return f"<MapperEdit {self.name!r}: amount {self.amount:g}>"

    @classmethod
    def of(cls, mapper: WeightsLike, amount: float = 1.0, name: str = "") -> MapperEdit:
        """Use a mapper that is open, such as `ss.map_by_words` returns."""
        if not getattr(mapper, "is_mapper", False):
            raise RecipeError(
                f"{described(mapper)} is no mapper; ss.map_by_words makes one, ss.open_delta opens "
                "its file."
            )
        ref = WeightsRef(mapper.name, mapper.sha256)
        return cls(name or ref.name[:LONGEST_NAME] or "mapper", ref, float(amount))

    @property
    def acting(self) -> float:
        """The amount that shows in the picture: 0 while it is muted."""
        return 0.0 if self.muted else self.amount

    @property
    def direction(self) -> object:
        """Where it leads, whatever the amount; equal for edits that differ in that alone."""
        return self.network.sha256


AnyEdit = Edit | ChannelEdit | MapperEdit


def mappers_of(recipe: Recipe) -> tuple[MapperEdit, ...]:
    """The edits of a recipe that follow a mapper."""
    return tuple(edit for edit in recipe.edits if isinstance(edit, MapperEdit))
