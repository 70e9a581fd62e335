"""Numbers as people type them on the command line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stylestudio.recipe import RecipeError, find_parameter, parse_number

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model


class Decimal(click.FloatRange):
    """A number within bounds; 0.7 and 0,7 are the same."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read one. Raises BadParameter for what is none, or lies outside the bounds."""
        if isinstance(value, str) and "." not in value:
            value = value.replace(",", ".", 1)
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


def parse_share_of(text: str, bounds: tuple[float, float], word: str) -> tuple[str, float]:
    """Read NAME[:NUMBER], 1 where there is none, also of names that have colons of their own.

    `word` says what the number is. Raises BadParameter where it lies outside the bounds.
    """
    name, colon, number = text.rpartition(":")
    if not colon or Path(text).exists():
        return text, 1.0
    try:
        share = parse_number(number)
    except RecipeError:
        return text, 1.0  # a name with a colon, or a drive of Windows
    low, high = bounds
    if not low <= share <= high:
        raise click.BadParameter(
            f"in {text!r} the {word} {number} does not lie between {low:g} and {high:g}."
        )
    return name, share


class Setting(NamedTuple):
    """One `--set`."""

    path: str
    value: float

    def apply(self, model: Model, recipe: Recipe) -> Recipe:
        """Set the parameter, and say where that can't be seen.

        Raises RecipeError where there is no such parameter, or the value is out of range.
        """
        parameter = find_parameter(model, recipe, self.path)
        reason = parameter.available(model)
        if reason:
            click.echo(f"Note: {parameter.path} changes nothing here. {reason}", err=True)
        return parameter.set(recipe, self.value)


def parse_setting(text: str) -> Setting:
    """Read PATH=VALUE."""
    path, _, number = text.rpartition("=")
    if not path.strip():
        raise click.BadParameter(f"{text!r} is not PATH=VALUE, such as truncation_psi=0.7.")
    try:
        return Setting(path.strip(), parse_number(number))
    except RecipeError as error:
        raise click.BadParameter(f"in {text!r}, {error}") from None
