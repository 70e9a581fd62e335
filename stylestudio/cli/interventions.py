"""What `--intervene` and `--paint` take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np

from stylestudio.recipe import (
    Intervention,
    Mask,
    Recipe,
    RecipeError,
    Region,
    SeedSource,
    free_name,
    interventions_of,
    label_of,
    parse_number,
)
from stylestudio.recipe.interventions import OPERATIONS, parse_units
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from stylestudio.render import Model

INTERVENE = "STEP:OPERATION[:NUMBER...][:FIELD=VALUE...]"
PAINT = "SEED[:FIELD=VALUE...]:mask=FILE"
FIELDS = ("name", "amount", "units", "share", "seed", "mask")
PAINT_FIELDS = ("name", "amount", "steps", "feather", "mask")


class InterventionChoice(NamedTuple):
    """One `--intervene`, parsed as far as possible before the model is open."""

    step: str
    operation: str
    numbers: tuple[float, ...]
    fields: dict[str, str]

    def apply(self, model: Model, recipe: Recipe) -> Recipe:
        """Add it to the recipe, in place of one of its name. Raises RecipeError."""
        given = self.fields
        known = interventions_of(recipe.interventions)
        made = Intervention.of(
            given.get("name") or free_name(self.operation, known),
            _step(self.step, model),
            self.operation,
            *self.numbers,
            units=parse_units(given.get("units", "all")),
            mask=read_mask(Path(given["mask"])) if "mask" in given else None,
            amount=parse_number(given.get("amount", "1")),
            share=parse_number(given.get("share", "1")),
            share_seed=_whole(given.get("seed", "0"), "seed"),
        )
        return recipe.intervene(made)


class RegionChoice(NamedTuple):
    """One `--paint`, parsed as far as possible before the model is open."""

    seed: int
    fields: dict[str, str]

    def apply(self, model: Model, recipe: Recipe) -> Recipe:
        """Add it to the recipe, in place of one of its name. Raises RecipeError."""
        given = self.fields
        known = interventions_of(recipe.interventions)
        first, dash, last = given.get("steps", "0-").partition("-")
        made = Region.of(
            given.get("name") or free_name("region", known),
            SeedSource(self.seed, label_of(recipe.source)),
            read_mask(Path(given["mask"])),
            _step(first, model),
            _step(last if dash else first, model) if last or not dash else None,
            parse_number(given.get("feather", "0.05")),
            parse_number(given.get("amount", "1")),
        )
        return recipe.intervene(made)


def parse_intervention(text: str) -> InterventionChoice:
    """Read what INTERVENE says; BadParameter where it is something else."""
    words, fields = _parted(text, FIELDS)
    if len(words) < 2 or words[1] not in OPERATIONS:
        raise click.BadParameter(
            f"{text!r} is not {INTERVENE}, as in 4:zoom:1.5; an OPERATION is one of "
            f"{', '.join(OPERATIONS)}."
        )
    try:
        numbers = tuple(parse_number(word) for word in words[2:])
    except RecipeError as error:
        raise click.BadParameter(f"in {text!r}, {error}") from None
    return InterventionChoice(words[0], words[1], numbers, fields)


def parse_region(text: str) -> RegionChoice:
    """Read what PAINT says; BadParameter where it is something else."""
    words, fields = _parted(text, PAINT_FIELDS)
    seed = words[0] if len(words) == 1 else ""
    if not re.fullmatch("[0-9]+", seed) or int(seed) > MAX_SEED or "mask" not in fields:
        raise click.BadParameter(f"{text!r} is not {PAINT}, as in 12:steps=6-:mask=left.png.")
    return RegionChoice(int(seed), fields)


interventions_option = click.option(
    "--intervene",
    "interventions",
    type=parse_intervention,
    multiple=True,
    metavar=INTERVENE,
    help="Change the maps after a step: 4:zoom:1.5, b16.conv1:scale:2:units=3,17:amount=0.5; "
    "also share=, seed=, name=, and mask=FILE at the end; may be given again.",
)
regions_option = click.option(
    "--paint",
    "regions",
    type=parse_region,
    multiple=True,
    metavar=PAINT,
    help="Paint another seed where a picture is white: 12:steps=6-9:mask=left.png; also "
    "feather=, amount=, name=; may be given again.",
)


def bent(
    model: Model,
    recipe: Recipe,
    interventions: tuple[InterventionChoice, ...],
    regions: tuple[RegionChoice, ...],
) -> Recipe:
    """The recipe with these interventions, and then these regions. Raises RecipeError."""
    choices: list[InterventionChoice | RegionChoice] = [*interventions, *regions]
    for choice in choices:
        recipe = choice.apply(model, recipe)
    return recipe


def read_mask(path: Path) -> Mask:
    """A mask from a picture: white takes part wholly. Raises PictureError."""
    from stylestudio.pictures import read_picture

    return Mask.from_array(np.asarray(read_picture(path).convert("L")))


def _parted(text: str, known: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Words between colons, and fields by name; the path of a mask may hold colons, too."""
    head, has_mask, mask = text.partition(":mask=")
    words, fields = [], {}
    for word in head.split(":"):
        name, equals, value = word.partition("=")
        if not equals:
            words.append(word.strip())
        elif name.strip() in known:
            fields[name.strip()] = value.strip()
        else:
            raise click.BadParameter(f"in {text!r}, {name!r} is none of {', '.join(known)}.")
    if has_mask:
        if not mask:
            raise click.BadParameter(f"in {text!r}, mask= names no file.")
        if not Path(mask).is_file():
            raise click.BadParameter(f"{mask} does not exist or is no file.")
        fields["mask"] = mask
    return words, fields


def _step(text: str, model: Model) -> int:
    """A step by its number or its name. Raises RecipeError."""
    names = [step.name for step in model.synthesis.steps]
    if text in names:
        return names.index(text)
    if not re.fullmatch("[0-9]{1,3}", text):
        raise RecipeError(
            f"the step {text!r} is not in {model.name}; give a number from 0 to {len(names) - 1}, "
            f"or a name such as {names[len(names) // 2]}."
        )
    return int(text)


def _whole(text: str, name: str) -> int:
    if not re.fullmatch("[0-9]+", text):
        raise RecipeError(f"{name} is {text!r}; it must be a whole number from 0.")
    return int(text)
