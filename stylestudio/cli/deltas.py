"""Deltas and models to crossfade with, as they are named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.cli.numbers import parse_share_of
from stylestudio.cli.sessions import holds_session, look_in
from stylestudio.recipe import read_recipe
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets


class DeltaChoice(NamedTuple):
    """One `--delta` or `--crossfade`: a file or a built-in model, and an amount."""

    name: str
    amount: float


def parse_delta(text: str) -> DeltaChoice:
    """Read FILE[:AMOUNT]; BadParameter where it is something else."""
    choice = DeltaChoice(*parse_share_of(text, NUMBERS["deltas.amount"].range, "amount"))
    if not Path(choice.name).is_file():
        raise click.BadParameter(f"{choice.name} does not exist.")
    return choice


def parse_crossfade(text: str) -> DeltaChoice:
    """Read MODEL[:AMOUNT]; BadParameter for an amount out of range."""
    return DeltaChoice(*parse_share_of(text, NUMBERS["deltas.amount"].range, "amount"))


def read_look(path: Path, assets: Assets) -> Recipe:
    """The recipe in a file, or the look of a session, with what it needs in `assets`.

    Of a recipe, that is the tuned weights and mappers that lie beside it.
    """
    if holds_session(path):
        return look_in(path, assets)[0]
    recipe = read_recipe(path)
    assets.adopt(recipe, path.absolute().parent)
    return recipe


deltas_option = click.option(
    "--delta",
    "deltas",
    type=parse_delta,
    multiple=True,
    metavar="FILE[:AMOUNT]",
    help="Change the model's weights: hat.delta.safetensors:0.5; may be given again.",
)
crossfades_option = click.option(
    "--crossfade",
    "crossfades",
    type=parse_crossfade,
    multiple=True,
    metavar="MODEL[:AMOUNT]",
    help="Blend the weights with those of another model of the same shape; may be given again.",
)
mappers_option = click.option(
    "--mapper",
    "mappers",
    type=parse_delta,
    multiple=True,
    metavar="FILE[:AMOUNT]",
    help="Edit by a mapper that `words map` has trained; may be given again.",
)
siblings_option = click.option(
    "--sibling",
    "siblings",
    multiple=True,
    metavar="MODEL",
    help="The file of a model that the recipe crossfades with; may be given again.",
)


def hold_siblings(assets: Assets, models: tuple[str, ...]) -> None:
    """Have models at hand. Raises CheckpointError and ModelError."""
    from stylestudio.render import open_model

    for model in models:
        assets.hold(open_model(model))


def with_deltas(
    recipe: Recipe,
    deltas: tuple[DeltaChoice, ...],
    crossfades: tuple[DeltaChoice, ...],
    mappers: tuple[DeltaChoice, ...],
    assets: Assets,
) -> Recipe:
    """The recipe with these deltas and mappers after its own.

    Raises DeltaError, CheckpointError, and RecipeError where a file holds the other kind.
    """
    from stylestudio.recipe import MapperEdit
    from stylestudio.render import open_delta, open_model

    for choice in deltas:
        delta = open_delta(choice.name)
        assets.hold(delta)
        recipe = recipe.delta(delta, choice.amount)
    for choice in mappers:
        mapper = open_delta(choice.name)
        assets.hold(mapper)
        recipe = recipe.edit(MapperEdit.of(mapper, choice.amount))
    for choice in crossfades:
        sibling = open_model(choice.name)
        assets.hold(sibling)
        recipe = recipe.delta(sibling, choice.amount)
    return recipe
