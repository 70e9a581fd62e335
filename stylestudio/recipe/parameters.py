"""Every number of a recipe that a hand can move, by a path: `mixing.0.amounts.coarse`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec.structs import replace

from stylestudio.recipe.adapt import fits
from stylestudio.recipe.deltas import DeltaUse, known_deltas, with_delta
from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.intervention_lists import interventions_of, with_intervention
from stylestudio.recipe.interventions import OPERATIONS, AnyIntervention, Intervention
from stylestudio.recipe.layers import GROUPS, LayerLike, groups_of
from stylestudio.recipe.mappers import AnyEdit
from stylestudio.recipe.model_ref import ModelLike
from stylestudio.recipe.naming import described, opened_model
from stylestudio.recipe.numbers import NUMBERS, Kind, Need
from stylestudio.recipe.places import (
    RECIPE,
    Place,
    cutoff,
    edit_named,
    group_of,
    label_of,
    named_amount,
    noise_layers,
    shares_of_layers,
)
from stylestudio.recipe.recipe import SCALARS, Recipe
from stylestudio.recipe.sources import BlendSource, PlaneSource, SeedSource, ZSource
from stylestudio.recipe.stages import Stage, stages_of, with_stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stylestudio.recipe.capabilities import Capabilities
    from stylestudio.recipe.sources import Source

LACKS: dict[Need, tuple[str, str]] = {  # the capability, and what to say without it
    "w": ("has_w", "This model has no W space to truncate or mix in."),
    "noise": ("has_noise", "This model adds no noise in any layer."),
    "placement": (
        "can_be_placed",
        "Only StyleGAN3 models can move their scene; this one is tied to the pixel grid.",
    ),
    "classes": ("has_classes", "This model has no classes."),
}


class LayeredModel(ModelLike, Protocol):
    """A model that says what it can do, and which group each row of ws belongs to."""

    @property
    def layers(self) -> Sequence[LayerLike]: ...  # noqa: D102
    @property
    def capabilities(self) -> Capabilities: ...  # noqa: D102


@dataclass(frozen=True)
class Parameter:
    """A number of a recipe: what it is called, how far it goes, and how it is read and set.

    It stays good for every recipe of the same model that has such a number.
    """

    path: str
    name: str  # to read
    range: tuple[float, float]
    default: float  # of a recipe that says nothing of it
    unit: str
    kind: Kind  # how it moves between two recipes: see `Number`
    whole: bool  # whether it takes whole numbers alone
    travel: tuple[float, float]  # what a slider covers: the range, or the part of use
    needs: Need  # what a model must be able to do for it to act
    start: float  # what the window begins with and resets to; mostly the default
    _place: Place = field(repr=False, compare=False)

    def get(self, recipe: Recipe) -> float:
        """Return its value; the mean of a group of layers. RecipeError if `recipe` lacks it."""
        try:
            value: float = self._place.read(recipe)
        except (AttributeError, IndexError, KeyError):
            raise RecipeError(f"{self.path} is not in this recipe.") from None
        return value

    def set(self, recipe: Recipe, x: float) -> Recipe:
        """Return the recipe with this value; a group's layers all get it.

        Raises RecipeError where it lies outside the range, must be whole, or `recipe` lacks it.
        """
        check_range(self.path, x, *self.range)
        if self.whole and x != int(x):
            raise RecipeError(f"{self.path} is {x}; it must be a whole number.")
        try:
            return self._place.write(recipe, int(x) if self.whole else float(x))
        except (AttributeError, IndexError, KeyError):
            raise RecipeError(f"{self.path} is not in this recipe.") from None

    def available(self, model: LayeredModel) -> str:
        """Say in a sentence why it can't act on `model`; "" where it can."""
        if not self.needs:
            return ""
        capability, reason = LACKS[self.needs]
        return "" if getattr(model.capabilities, capability) else reason


def parameters(model: LayeredModel | str | None, recipe: Recipe) -> tuple[Parameter, ...]:
    """Return every number of `recipe` that a hand can move, groups of layers included.

    The model may be a built-in one's name. None stands for a model that isn't at hand: then there
    are no groups. Raises RecipeError for another model's recipe.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    >>> (psi,) = [p for p in ss.parameters(model, recipe) if p.path == "truncation_psi"]
    >>> psi.get(recipe), psi.range, psi.default
    (0.7, (-1.0, 2.0), 1.0)
    >>> psi.set(recipe, 0.5).truncation_psi
    0.5
    """
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{described(recipe)} is not a recipe; the model comes first.")
    if isinstance(model, str):
        model = cast("LayeredModel", opened_model(model))
    if model is not None and not fits(recipe, model):
        made_for = recipe.model.name_beside(model)
        raise RecipeError(f"The recipe was made for {made_for}, not for {model.name}.")
    groups = [layer.group for layer in model.layers] if model else []
    return tuple(_all(groups, recipe))


def find_parameter(model: LayeredModel | None, recipe: Recipe, path: str) -> Parameter:
    """Return the parameter at `path`; upper and lower case and - _ are alike.

    Raises RecipeError, with the path that comes closest, where there is none.
    """
    return _found(parameters(model, recipe), recipe, path)


def parameter_of(recipe: Recipe, path: str) -> Parameter:
    """Return the parameter at `path` as `find_parameter` does, by the recipe alone.

    Groups of layers are there where its model has been opened in this process.
    """
    return _found(tuple(_all(groups_of(recipe.model.sha256), recipe)), recipe, path)


def _found(known: Sequence[Parameter], recipe: Recipe, path: str) -> Parameter:
    if not isinstance(path, str):
        raise RecipeError(
            f"{described(path)} is not the path of a parameter, such as 'truncation_psi'."
        )
    for parameter in known:
        if parameter.path == path:
            return parameter
    alike = {_plain(parameter.path): parameter for parameter in known}
    if _plain(path) in alike:
        return alike[_plain(path)]
    close = difflib.get_close_matches(_plain(path), alike, n=1, cutoff=0.5)
    close += [plain for plain in alike if _plain(path) in plain.replace(".", "_").split("_")]
    hint = f"; did you mean {alike[close[0]].path}?" if close else "."
    if path.startswith("edits.") and not any(each.path.startswith("edits.") for each in known):
        hint = ": the recipe has no edits."
    if path.startswith("interventions.") and not recipe.interventions:
        hint = ": the recipe has no interventions."
    if path.startswith("deltas.") and not any(each.path.startswith("deltas.") for each in known):
        hint = ": the recipe has no deltas."
    if path.startswith("stages.") and not any(each.path.startswith("stages.") for each in known):
        hint = ": the recipe has no stages."
    if path.startswith("style.") and recipe.style is None:
        hint = ": the recipe has no style."
    raise RecipeError(f"{path!r} is not a parameter of this recipe{hint}")


def _plain(path: str) -> str:
    return path.casefold().replace("-", "_").replace(" ", "_")


def _all(groups: Sequence[str], recipe: Recipe) -> Iterator[Parameter]:
    yield from _of_source("source", "", RECIPE.at("source"), recipe.source, recipe.model.c_dim)
    num_ws = recipe.model.num_ws
    yield _parameter("truncation_psi", RECIPE.at("truncation_psi"))
    yield _parameter("truncation_cutoff", cutoff(num_ws), range=(0, num_ws), default=num_ws)
    for i, row in enumerate(recipe.mixing):
        place, words = RECIPE.at("mixing").item(i), f"Mixing {i + 1}"
        yield from _of_source(
            f"mixing.{i}.source", words, place.at("source"), row.source, recipe.model.c_dim
        )
        amount, amounts = place.at("amount"), place.at("amounts")
        yield _parameter("mixing.amount", amount, f"mixing.{i}.amount", f"{words}, amount")
        yield from _layers("mixing.amounts", f"mixing.{i}.amounts", words, amounts, groups, num_ws)
    for name in SCALARS:
        if name != "truncation_psi":
            yield _parameter(name, RECIPE.at(name))
    strengths = noise_layers(num_ws - 1)
    yield from _layers("noise_layers", "noise_layers", "", strengths, groups[:-1], num_ws - 1)
    for edit in recipe.edits:
        if isinstance(edit, AnyEdit):
            path, place = f"edits.{edit.name}", edit_named(edit.name)
            yield _parameter("edits.amount", place.at("amount"), f"{path}.amount", edit.name)
            shares = shares_of_layers(place.at("layers"), num_ws)
            yield from _layers("edits.layers", f"{path}.layers", edit.name, shares, groups, num_ws)
    for each in interventions_of(recipe.interventions).values():
        yield from _of_intervention(each, recipe.model.c_dim)
    if recipe.style is not None:
        for name, _ in recipe.style.weights:
            words = f"{NUMBERS['style.weights'].name} {name}"
            weight = named_amount(RECIPE.at("style").at("weights"), name)
            yield _parameter("style.weights", weight, f"style.weights.{name}", words)
        for name in ("strength", "colours"):
            yield _parameter(f"style.{name}", RECIPE.at("style").at(name))
    for delta in known_deltas(recipe.deltas).values():
        yield from _of_delta(delta, groups, num_ws)
    for stage in stages_of(recipe.stages).values():
        yield from _of_stage(stage)


def _parameter(
    field: str, place: Place, path: str = "", name: str = "", **differing: Any
) -> Parameter:
    """Make one out of its entry in the table."""
    number = NUMBERS[field]
    facts = number._replace(**differing)
    return Parameter(
        path or field,
        name or number.name,
        facts.range,
        facts.default,
        facts.unit,
        facts.kind,
        facts.whole,
        facts.travel or facts.range,
        facts.needs,
        facts.default if facts.start is None else facts.start,
        place,
    )


def _of_source(
    path: str, words: str, place: Place, source: Source, c_dim: int, **differing: Any
) -> Iterator[Parameter]:
    """The numbers of a source, and of those that it consists of."""

    def one(number: str, place: Place, end: str, count: str = "", **more: Any) -> Parameter:
        name = NUMBERS[number].name
        name = f"{words}, {name[0].lower()}{name[1:]}" if words else name
        return _parameter(number, place, f"{path}.{end}", f"{name}{count}", **differing, **more)

    if isinstance(source, BlendSource | ZSource):
        inner = "source" if isinstance(source, BlendSource) else "seed"
        for i, part in enumerate(source.parts):
            at = place.at("parts").item(i)
            yield one("source.weight", at.at("weight"), f"parts.{i}.weight", f" of part {i + 1}")
            yield from _of_source(
                f"{path}.parts.{i}.{inner}",
                f"{words}, part {i + 1}" if words else f"Part {i + 1}",
                at.at(inner),
                getattr(part, inner),
                c_dim,
                kind="blend",
            )
    elif isinstance(source, SeedSource | PlaneSource):
        numbers = ("seed",) if isinstance(source, SeedSource) else ("x", "y")
        for name in numbers:
            yield one(f"source.{name}", place.at(name), name)
        for i in range(c_dim):
            label, first = label_of(place, c_dim).item(i), float(i == 0)
            yield one("source.label", label, f"label.{i}", f" {i}", default=first)


def _layers(
    field: str, path: str, words: str, place: Place, groups: Sequence[str], count: int
) -> Iterator[Parameter]:
    """A number for each layer, after those of whole groups of them."""
    name = words or NUMBERS[field].name
    for group in GROUPS:
        members = [i for i, other in enumerate(groups) if other == group]
        if members:
            yield _parameter(field, group_of(place, members), f"{path}.{group}", f"{name}, {group}")
    for i in range(count):
        yield _parameter(field, place.item(i), f"{path}.{i}", f"{name}, layer {i}")


def _of_delta(delta: DeltaUse, groups: Sequence[str], num_ws: int) -> Iterator[Parameter]:
    """A delta by its name."""

    def read(recipe: Recipe) -> DeltaUse:
        return known_deltas(recipe.deltas)[delta.name]

    def write(recipe: Recipe, changed: DeltaUse) -> Recipe:
        return replace(recipe, deltas=with_delta(recipe.deltas, changed))

    place, path, words = Place(read, write), f"deltas.{delta.name}", delta.name
    yield _parameter("deltas.amount", place.at("amount"), f"{path}.amount", words)
    shares = shares_of_layers(place.at("layers"), num_ws)
    yield from _layers("deltas.layers", f"{path}.layers", words, shares, groups, num_ws)
    if delta.is_crossfade:
        mapping = place.at("mapping")
        yield _parameter("deltas.mapping", mapping, f"{path}.mapping", f"{words}, mapping")


def _of_stage(stage: Stage) -> Iterator[Parameter]:
    """A stage by its name: its place in the tuple may change."""

    def read(recipe: Recipe) -> Stage:
        return stages_of(recipe.stages)[stage.name]

    def write(recipe: Recipe, changed: Stage) -> Recipe:
        return replace(recipe, stages=with_stage(recipe.stages, changed))

    place, path = Place(read, write), f"stages.{stage.name}"
    for name in ("strength", "sharpness")[: 1 if stage.softer is None else 2]:
        words = f"{stage.name}, {name}"
        yield _parameter(f"stages.{name}", place.at(name), f"{path}.{name}", words)
    for name, _ in stage.attributes:
        amount = named_amount(place.at("attributes"), name)
        words = f"{stage.name}, {name}"
        yield _parameter("stages.attributes", amount, f"{path}.attributes.{name}", words)


def _of_intervention(each: AnyIntervention, c_dim: int) -> Iterator[Parameter]:
    """An intervention by its name: its place in the tuple may change."""

    def read(recipe: Recipe) -> AnyIntervention:
        return interventions_of(recipe.interventions)[each.name]

    def write(recipe: Recipe, changed: AnyIntervention) -> Recipe:
        return replace(recipe, interventions=with_intervention(recipe.interventions, changed))

    place, path = Place(read, write), f"interventions.{each.name}"

    def one(field: str, place: Place, end: str) -> Parameter:
        name = NUMBERS[f"interventions.{field}"].name
        words = f"{each.name}, {name[0].lower()}{name[1:]}"
        return _parameter(f"interventions.{field}", place, f"{path}.{end}", words)

    yield one("amount", place.at("amount"), "amount")
    if isinstance(each, Intervention):
        for i, name in enumerate(OPERATIONS[each.operation]):
            yield one(f"{each.operation}.{name}", place.at("numbers").item(i), name)
        for name in ("share", "share_seed"):
            yield one(name, place.at(name), name)
        return
    for name in ("feather", "right", "down"):
        yield one(name, place.at(name), name)
    yield from _of_source(f"{path}.source", each.name, place.at("source"), each.source, c_dim)
