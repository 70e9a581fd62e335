"""What `--mix` takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.recipe import MixRow, RecipeError, SeedSource, parse_number
from stylestudio.recipe.layers import find_layers
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from stylestudio.render import Model


class Mix(NamedTuple):
    """One `--mix`, parsed as far as possible before the model is open."""

    seed: int
    layers: str
    amount: float

    def row(self, model: Model, label: tuple[float, ...]) -> MixRow:
        """Fit it to `model`; RecipeError where a layer is not there."""
        groups = [layer.group for layer in model.layers]
        chosen = find_layers(self.layers, model.name, model.num_ws, groups)
        amounts = tuple(self.amount if i in chosen else 0.0 for i in range(model.num_ws))
        return MixRow(SeedSource(self.seed, label), amounts)


def parse_mix(text: str) -> Mix:
    """Read SEED:LAYERS[:AMOUNT]; BadParameter where it is something else."""
    seed, _, rest = text.partition(":")
    layers, _, amount = rest.partition(":")
    if not re.fullmatch("[0-9]+", seed) or int(seed) > MAX_SEED or not layers:
        raise click.BadParameter(
            f"{text!r} is not SEED:LAYERS[:AMOUNT], as in 42:coarse or 7:0-3:0.5."
        )
    try:
        number = parse_number(amount or "1")
    except RecipeError:
        number = -1.0
    if not 0 <= number <= 1:
        raise click.BadParameter(f"in {text!r} the amount {amount!r} is not a number from 0 to 1.")
    return Mix(int(seed), layers, number)
