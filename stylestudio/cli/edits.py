"""What `--edit` and `--directions` take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec.structs import replace

from stylestudio.recipe import AnyEdit, Recipe, RecipeError, parse_number
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.editing import Directions
    from stylestudio.render import Model


class EditChoice(NamedTuple):
    """One `--edit`, parsed as far as possible before the model is open."""

    name: str
    amount: float
    layers: str | None

    def apply(self, model: Model, recipe: Recipe, given: list[Directions]) -> Recipe:
        """Add it to the recipe, in place of an edit of this name, which is muted no longer.

        Raises DirectionError for a name that means nothing, and RecipeError for unknown layers.
        """
        from stylestudio.editing.lookup import named_edit

        named = {edit.name: edit for edit in recipe.edits if isinstance(edit, AnyEdit)}
        if self.name in named:
            heard = replace(named[self.name], muted=False)
            return recipe.edit(heard, self.amount, self.layers)
        return recipe.edit(named_edit(model, self.name, self.amount, self.layers, given))


def parse_edit(text: str) -> EditChoice:
    """Read NAME:AMOUNT[:LAYERS]; BadParameter where it is something else."""
    parts = re.fullmatch(r"([^:]+):([^:]+)(?::([^:]+))?", text.strip())
    if parts is None:
        raise click.BadParameter(
            f"{text!r} is not NAME:AMOUNT[:LAYERS], as in smile:1.5 or age:-2:0-3."
        )
    low, high = NUMBERS["edits.amount"].range
    try:
        amount = parse_number(parts[2])
    except RecipeError:
        amount = high + 1
    if not low <= amount <= high:
        raise click.BadParameter(
            f"in {text!r} the amount {parts[2]!r} is not a number from {low:g} to {high:g}."
        )
    return EditChoice(parts[1].strip(), amount, parts[3])


def open_all(paths: tuple[Path, ...], model: Model) -> list[Directions]:
    """Open files of directions for a model; say where they were found in another one.

    Raises DirectionError and CheckpointError.
    """
    from stylestudio.editing import open_directions
    from stylestudio.recipe import ModelRef

    opened = [open_directions(path, model) for path in paths]
    for directions in opened:
        note = directions.note_for(ModelRef.of(model))
        if note:
            click.echo(f"Note: {note}", err=True)
    return opened
