"""`stylestudio parameters`: every number of a recipe that can be set, on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.answers import json_option, say_json
from stylestudio.cli.deltas import read_look
from stylestudio.cli.paths import FILE
from stylestudio.cli.render import adapted
from stylestudio.recipe import Recipe, parameters
from stylestudio.recipe.words import shown

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.recipe import Parameter

HEAD = ("path", "value", "range", "default", "unit")


@click.command("parameters")
@click.argument("model", metavar="MODEL")
@click.argument(
    "recipe_file",
    metavar="[RECIPE]",
    required=False,
    type=FILE,
)
@json_option()
def command(model: str, recipe_file: Path | None, as_json: bool) -> None:
    """List the numbers that `render --set` takes for MODEL, of RECIPE or of seed 0.

    RECIPE is a JSON file, an exported PNG or a session. The unit is followed by the reason where a
    number changes nothing on this model.
    """
    from stylestudio.render import Assets, open_model

    given = read_look(recipe_file, Assets()) if recipe_file else None
    opened = open_model(model, device="cpu")
    recipe = adapted(given, opened) if given else Recipe.from_seed(0, opened)
    known = parameters(opened, recipe)
    if as_json:
        facts = [
            {
                "path": each.path,
                "name": each.name,
                "value": each.get(recipe),
                "range": each.range,
                "default": each.default,
                "unit": each.unit,
                "unavailable": each.available(opened),
            }
            for each in known
        ]
        say_json(facts)
        return
    rows = [HEAD, *(_row(each, recipe, each.available(opened)) for each in known)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())


def _row(parameter: Parameter, recipe: Recipe, reason: str) -> tuple[str, ...]:
    low, high = parameter.range
    return (
        "".join(c if c.isprintable() else " " for c in parameter.path),
        shown(parameter.get(recipe)),
        f"{shown(low)}..{shown(high)}",
        shown(parameter.default),
        f"{parameter.unit}  {reason}".strip(),
    )
