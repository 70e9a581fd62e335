"""What the dock does to the interventions of a recipe."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from stylestudio.app.widgets.seed_box import DICE_SEEDS
from stylestudio.recipe import (
    AnyIntervention,
    Intervention,
    Mask,
    Region,
    SeedSource,
    Unknown,
    free_name,
    interventions_of,
    with_intervention,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

SIDE = 16  # pixels of the first maps that something new acts on: form, but not the whole pose
NOWHERE = Mask.from_array(np.zeros((1, 1)))

# What each operation does, as the menu says it.
TIPS = {
    "scale": "Multiply maps by a factor",
    "set": "Set maps to one level: 0 removes what units draw",
    "add": "Add a level to maps",
    "threshold": "Make maps 1 above a level, and 0 below",
    "invert": "Invert values: 1 - x",
    "shift": "Move maps right and down",
    "rotate": "Turn maps around their centre",
    "zoom": "Enlarge maps around their centre",
    "flip": "Mirror maps: 1 left to right, 2 upside down, 3 both",
    "erode": "Take the least value around each place: bright parts shrink",
    "dilate": "Take the largest value around each place: bright parts grow",
    "blur": "Blur maps",
    "shuffle": "Shuffle units among themselves",
}


def first_step(model: Model) -> int:
    """Where something new begins to act."""
    steps = model.network.synthesis.steps
    found = (i for i, step in enumerate(steps[:-1]) if step.resolution >= SIDE)
    return next(found, 0)


def with_operation(recipe: Recipe, model: Model, operation: str) -> tuple[Recipe, str]:
    """With one more intervention, of all units; its name, too."""
    name = free_name(operation, interventions_of(recipe.interventions))
    made = Intervention.of(name, first_step(model), operation)
    return put(recipe, made), name


def with_region(recipe: Recipe, model: Model, label: tuple[float, ...]) -> tuple[Recipe, str]:
    """With a region of a random seed of a class that lies nowhere yet; its name, too.

    Raises RecipeError where the recipe takes no more.
    """
    name = free_name("region", interventions_of(recipe.interventions))
    source = SeedSource(random.randrange(DICE_SEEDS), label)
    return put(recipe, Region(name, source, NOWHERE, first_step(model))), name


def put(recipe: Recipe, changed: AnyIntervention) -> Recipe:
    """With this one in place of that of its name, or else as the last."""
    return recipe.replace(interventions=with_intervention(recipe.interventions, changed))


def remove(recipe: Recipe, name: str) -> Recipe:
    """Without the one of this name."""
    kept = (e for e in recipe.interventions if isinstance(e, Unknown) or e.name != name)
    return recipe.replace(interventions=tuple(kept))


def rename(recipe: Recipe, old: str, new: str) -> Recipe:
    """With another name, or the next that is free."""
    name = free_name(new, interventions_of(recipe.interventions).keys() - {old})
    return _each(recipe, lambda e: replace(e, name=name) if e.name == old else e)


def move(recipe: Recipe, name: str, places: int) -> Recipe:
    """With one and its next neighbour in that direction in each other's places."""
    known = interventions_of(recipe.interventions)
    order = [*known]
    place = order.index(name) + places
    if not 0 <= place < len(order):
        return recipe
    swapped = {name: known[order[place]], order[place]: known[name]}
    return _each(recipe, lambda e: swapped.get(e.name, e))


def _each(recipe: Recipe, change: Callable[[AnyIntervention], AnyIntervention]) -> Recipe:
    changed = (change(e) if isinstance(e, AnyIntervention) else e for e in recipe.interventions)
    return recipe.replace(interventions=tuple(changed))
