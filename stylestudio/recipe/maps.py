"""The feature maps between the steps of synthesis, and which interventions find theirs there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stylestudio.recipe.interventions import Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stylestudio.recipe.interventions import AnyIntervention


class Maps(NamedTuple):
    """What a step leaves for the next one."""

    resolution: int  # of the step
    units: int


# Those after each step but the last of the models that this process has opened, by the hash of the
# model: a recipe knows how many rows of ws its model has, but nothing of its steps.
_maps: dict[str, tuple[Maps, ...]] = {}


def remember_maps(sha256: str, maps: Iterable[Maps]) -> None:
    """Note which maps there are after each step of a model but the last."""
    _maps[sha256] = tuple(maps)


def maps_of(sha256: str) -> tuple[Maps, ...]:
    """The maps after each step of a model but the last; () for one that hasn't been opened here."""
    return _maps.get(sha256, ())


def misfit(each: AnyIntervention, name: str, units: Sequence[int]) -> str:
    """Why an intervention can't act in a model, as the rest of a sentence; "" where it can.

    `name` is the model's, `units` how many there are after each of its steps but the last.
    """
    count = len(units)
    if isinstance(each, Region):
        last = each.first if each.last is None else each.last
        lacks = f"covers step {last}, which {name} lacks; its steps are 0 to {count}"
        return lacks if last > count else ""
    if each.step >= count:  # after the last step there is a picture, and no maps
        return f"acts after step {each.step}; in {name} there are maps after steps 0 to {count - 1}"
    there = units[each.step]
    if each.units is not None and max(each.units) >= there:
        return (
            f"acts on unit {max(each.units)}; after step {each.step} {name} has units 0 to "
            f"{there - 1}"
        )
    if each.locator is not None and len(each.locator.weights) != there:
        return (
            f"has a locator of {len(each.locator.weights)} weights; after step {each.step} {name} "
            f"has {there} units"
        )
    return ""
