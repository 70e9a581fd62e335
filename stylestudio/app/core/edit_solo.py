"""Which edit is shown alone, for all who change the list of edits: that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.recipe.edit_lists import (
    edits_of,
    is_solo,
    muted_names,
    set_muted,
    with_another_edit,
)

if TYPE_CHECKING:
    from stylestudio.recipe import AnyEdit, Recipe


class EditSolo:
    """Remembers what was muted before an edit was made solo."""

    def __init__(self) -> None:
        self._before: dict[str, frozenset[str]] = {}  # by who was made solo: what was muted

    def of(self, recipe: Recipe) -> str | None:
        """The one that was made solo, as long as others are muted for that alone."""
        for name, muted in self._before.items():
            if is_solo(recipe, name) and set_muted(recipe, muted) != recipe:
                return name
        return None

    def begun(self, recipe: Recipe, name: str) -> Recipe:
        """With all others muted."""
        self._before[name] = muted_names(self.ended(recipe))
        return set_muted(recipe, edits_of(recipe).keys() - {name})

    def ended(self, recipe: Recipe) -> Recipe:
        """With the others as they were before a solo."""
        solo = self.of(recipe)
        return recipe if solo is None else set_muted(recipe, self._before[solo])

    def with_edit(self, recipe: Recipe, edit: AnyEdit) -> Recipe:
        """With another edit, as `with_another_edit` has it, which ends a solo."""
        if with_another_edit(recipe.edits, edit) == recipe.edits:
            return recipe
        recipe = self.ended(recipe)
        return recipe.replace(edits=with_another_edit(recipe.edits, edit))

    def mean(self, recipe: Recipe) -> None:
        """Take what is muted in a recipe as meant, where it looks like a solo of earlier."""
        solo = self.of(recipe)
        if solo is not None:
            del self._before[solo]

    def rename(self, old: str, new: str) -> None:
        """Know an edit by its new name, too; the old ones stay, for undo."""
        if old in self._before:
            self._before[new] = self._before[old]
        for solo, muted in self._before.items():
            self._before[solo] = muted | {new} if old in muted else muted
