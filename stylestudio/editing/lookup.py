"""The direction that a name means on a model, wherever it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stylestudio.editing.channels import channel_edit, is_channel
from stylestudio.editing.components import TITLES, find_directions
from stylestudio.editing.direction_files import directions_of
from stylestudio.editing.directions import Directions
from stylestudio.editing.errors import DirectionError
from stylestudio.recipe import ModelRef
from stylestudio.recipe.edit_lists import edits_of, set_muted
from stylestudio.recipe.layers import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stylestudio.editing.components import Method
    from stylestudio.recipe import AnyEdit, Recipe
    from stylestudio.recipe.layers import Layers
    from stylestudio.render import Model

FEW = 8  # that stand for a model's directions where none ship

_FOUND = re.compile(
    rf"({'|'.join(TITLES)}) +(?:({'|'.join(GROUPS)}) +)?([1-9][0-9]{{0,3}})", re.IGNORECASE
)


def named_edit(
    model: Model,
    name: str,
    amount: float,
    layers: Layers | None = None,
    given: Iterable[Directions] = (),
) -> AnyEdit:
    """Make the edit that a name means: of given directions, the model's own, or one to be found.

    "PCA 3" and "SeFa fine 2" are found where they are not known yet, and "b16.conv1/45" is a style
    channel. Raises DirectionError for an unknown name, and RecipeError for an amount out of range.
    """
    known = [*given]
    if is_channel(name) and not any(name in each.names for each in known):
        return _of_channel(model, name, amount, layers)
    found = _FOUND.fullmatch(name.strip())
    if found:
        known.append(_find(model, found[1].lower(), found[2], int(found[3])))  # type: ignore[arg-type]
    else:
        try:
            known.append(directions_of(ModelRef.of(model)))
        except DirectionError:
            if not known:
                raise DirectionError(
                    f"there is no direction {name!r}, as none ship for {model.name}; any model "
                    "has PCA 1, SeFa fine 2 and the like."
                ) from None
    reasons = []
    for directions in known:
        try:
            index = directions.index(name)
        except DirectionError as error:
            reasons.append(error)
            continue
        return directions.edit(directions.names[index], amount, layers)
    raise reasons[0]


def chosen_edits(
    model: Model,
    names: Sequence[str] = (),
    given: Sequence[Directions] = (),
    layers: Layers | None = None,
    recipe: Recipe | None = None,
) -> list[AnyEdit]:
    """The edits that names mean; without names those given, else the model's own, else of PCA.

    `layers` are those that the named ones keep to, None for all of their own. Edits of `recipe` are
    found before all others, as they are there but not muted.
    Raises DirectionError for an unknown name, and for a model without W.
    """
    if names:
        own = {} if recipe is None else edits_of(set_muted(recipe, ()))
        return [own.get(name) or named_edit(model, name, 0.0, layers, given) for name in names]
    if given:
        return [edit for each in given for edit in each]
    try:
        return [*directions_of(ModelRef.of(model))]
    except DirectionError:
        return [*find_directions(model, "pca", FEW)]


def _of_channel(model: Model, name: str, amount: float, layers: Layers | None) -> AnyEdit:
    edit = channel_edit(model, name, amount)
    return Directions.from_edits([edit], ModelRef.of(model)).edit(edit.name, amount, layers)


def _find(model: Model, method: Method, group: str | None, number: int) -> Directions:
    return find_directions(model, method, number, group.lower() if group else None)
