"""What `0-3,7` or `coarse` means for a model, and what `--mix` takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.recipe import MixRow, RecipeError, SeedSource, parse_number
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from stylestudio.render import Model

GROUPS = ("coarse", "middle", "fine", "all")


class Mix(NamedTuple):
    """One `--mix`, as far as it can be understood before the model is open."""

    seed: int
    layers: str
    amount: float

    def row(self, model: Model, label: tuple[float, ...]) -> MixRow:
        """Fit it to `model`; RecipeError where a layer is not there."""
        chosen = parse_layers(self.layers, model)
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


def parse_layers(text: str, model: Model) -> frozenset[int]:
    """Read `0-3,7`, `coarse`, `middle`, `fine` and `all`, in any mixture, as rows of ws.

    Raises RecipeError where a word means nothing or names a layer that `model` lacks.
    """
    return frozenset(index for word in text.split(",") for index in _read(word.strip(), model))


def _read(word: str, model: Model) -> list[int]:
    if word in GROUPS:
        indices = [layer.index for layer in model.layers if word in ("all", layer.group)]
        if not indices:
            raise RecipeError(f"{model.name} is too small to have {word} layers.")
        return indices
    match = re.fullmatch("([0-9]{1,4})(?:-([0-9]{1,4}))?", word)
    if match is None:
        raise RecipeError(
            f"the layers {word!r} mean nothing; write numbers (7), ranges (0-3) "
            f"or {', '.join(GROUPS)}, with commas between them."
        )
    first, last = int(match[1]), int(match[2] or match[1])
    if first > last or last >= model.num_ws:
        raise RecipeError(
            f"the layers {word} do not lie in 0-{model.num_ws - 1}, "
            f"from low to high, as those of {model.name} do."
        )
    return list(range(first, last + 1))
