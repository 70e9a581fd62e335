"""The Recipe: one frozen value from which a frame follows entirely."""

from __future__ import annotations

import difflib
import typing
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from stylestudio.recipe.channels import ChannelEdit
from stylestudio.recipe.deltas import DeltaUse, check_deltas, put_delta
from stylestudio.recipe.edit_lists import check_edits
from stylestudio.recipe.edits import Edit
from stylestudio.recipe.errors import RecipeError, as_number, check_range, in_plain_words
from stylestudio.recipe.intervention_lists import (
    check_interventions,
    interventions_of,
    with_intervention,
)
from stylestudio.recipe.interventions import AnyIntervention, Intervention, Region
from stylestudio.recipe.layers import find_layers, groups_of
from stylestudio.recipe.mappers import AnyEdit, MapperEdit
from stylestudio.recipe.migration import VERSION, migrated, version_of
from stylestudio.recipe.mixing import MixRow, laid_over
from stylestudio.recipe.model_ref import ModelRef
from stylestudio.recipe.naming import described, opened_directions
from stylestudio.recipe.numbers import NUMBERS, check_number
from stylestudio.recipe.parts import Part, Unknown, from_file, to_file, unread
from stylestudio.recipe.recipe_sources import check_length, check_sources
from stylestudio.recipe.showing import picture_of
from stylestudio.recipe.sources import (
    SeedSource,
    Source,
    label_of,
)
from stylestudio.recipe.stages import Stage, check_stages, stages_of, with_one_more, with_stage
from stylestudio.recipe.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.recipe.deltas import WeightsLike
    from stylestudio.recipe.layers import Layers
    from stylestudio.recipe.model_ref import ModelLike
    from stylestudio.recipe.stages import NetworkLike

NoiseMode = Literal["const", "none", "seeded", "flowing"]


class Recipe(Part, frozen=True, kw_only=True):
    """Everything about a frame but its pixels; equal recipes give equal pictures.

    Raises RecipeError, naming the field, where values are out of range or do not fit the model.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits", truncation_psi=0.7)
    >>> recipe
    <Recipe of Portraits: seed 7; psi 0.7>
    >>> recipe.mix(12, "fine", 0.8)
    <Recipe of Portraits: seed 7; psi 0.7; mixing seed 12: layers 7-13 at 0.8>
    """

    version: int = VERSION
    model: ModelRef
    source: Source
    truncation_psi: float = 1.0  # -1..2; 0 is the average picture
    truncation_cutoff: int | None = None  # layers truncated, None = all
    mixing: tuple[MixRow, ...] = ()
    translate_x: float = 0.0  # -1..1 picture widths to the right; translatable models only
    translate_y: float = 0.0  # -1..1 picture heights down
    rotate: float = 0.0  # -180..180 degrees, counter-clockwise
    noise_mode: NoiseMode = "const"
    noise_seed: int = 0  # used by "seeded" and "flowing"
    noise_strength: float = 1.0  # 0..4, over all layers
    noise_layers: tuple[float, ...] = ()  # 0..2 for each convolution (num_ws - 1), () = all 1
    noise_turn: float = 0.0  # "flowing": the place on its circle; whole turns are the same place
    noise_reach: float = 1.0  # 0..1, "flowing": the circle's radius; 0 stands still
    noise_grain: float = 1.0  # 1..8, "flowing": size of a grain in pixels of its layer
    style: Style | None = None  # how the finished picture is repainted, None = not at all
    # Room for what is to come; a type that joins one of these unions can be read from then on.
    edits: tuple[Edit | ChannelEdit | MapperEdit | Unknown, ...] = ()  # of ws, and of styles
    interventions: tuple[Intervention | Region | Unknown, ...] = ()  # in features between steps
    deltas: tuple[DeltaUse | Unknown, ...] = ()  # of weights, for the whole model
    stages: tuple[Stage | Unknown, ...] = ()  # on the finished picture, after the style, in order

    def __post_init__(self) -> None:
        num_ws = self.model.num_ws
        if self.version != VERSION:
            raise RecipeError(f"version is {self.version}; this StyleStudio reads {VERSION}.")
        for field, (low, high) in _SCALAR_RANGES:
            check_range(field, getattr(self, field), low, high)
        if self.truncation_cutoff is not None:
            check_range("truncation_cutoff", self.truncation_cutoff, 0, num_ws)
        check_sources(self)
        for i, row in enumerate(self.mixing):
            check_length(f"mixing[{i}].amounts", len(row.amounts), num_ws)
        if self.noise_layers:
            check_length("noise_layers", len(self.noise_layers), num_ws - 1)
        for i, strength in enumerate(self.noise_layers):
            check_number("noise_layers", strength, f"noise_layers[{i}]")
        check_edits(self.edits, self.model.name, num_ws, self.model.w_dim)
        check_interventions(self.interventions)
        check_deltas(self.deltas, num_ws)
        check_stages(self.stages)

    @classmethod
    def from_seed(cls, seed: int, model: ModelLike | str, **fields: Any) -> Recipe:
        """Start from one seed, everything else at its default or as given in `fields`.

        The model is an opened one, or the name of a built-in.

        >>> import stylestudio as ss
        >>> ss.Recipe.from_seed(7, "portraits", truncation_psi=0.7, noise_mode="none")
        <Recipe of Portraits: seed 7; psi 0.7; noise none>
        """
        if hasattr(seed, "num_ws"):
            raise RecipeError("The seed comes first, then the model: Recipe.from_seed(7, model).")
        start = {"model": ModelRef.of(model), "source": _seed(seed)}
        return cls(**_converted(start | fields))

    def __repr__(self) -> str:
        from stylestudio.recipe.words import summary  # which knows recipes

        return f"<Recipe of {summary(self)}>"

    def _repr_png_(self) -> bytes | None:
        """The picture, for notebooks; None where no open model can make it."""
        return picture_of(self)

    def replace(self, **fields: Any) -> Recipe:
        """Derive a recipe in which these fields differ.

        >>> import stylestudio as ss
        >>> ss.Recipe.from_seed(7, "portraits").replace(truncation_psi=0.5)
        <Recipe of Portraits: seed 7; psi 0.5>
        """
        return msgspec.structs.replace(self, **_converted(fields))

    def mix(
        self,
        source: Source | Recipe | int,
        layers: Layers = "all",
        amount: float = 1.0,
        *,
        muted: bool = False,
        name: str = "",
    ) -> Recipe:
        """Derive a recipe in which another source is laid over some layers.

        `source` is a seed, a source, or a recipe of the same model, whose main source counts.
        `layers` are "coarse", "middle", "fine" or "all", numbers from 0 as "0-3,7" or in a list.
        `amount` goes from 0 to 1, which replaces them. A muted source takes no part until it is
        wanted; `name` is what it is called. Groups need the model to have been opened in this
        process. Raises RecipeError.

        >>> import stylestudio as ss
        >>> recipe = ss.Recipe.from_seed(7, "portraits")
        >>> recipe.mix(12, "fine", 0.8)
        <Recipe of Portraits: seed 7; mixing seed 12: layers 7-13 at 0.8>
        >>> recipe.mix(ss.PlaneSource(3.5, 2), [0, 1])
        <Recipe of Portraits: seed 7; mixing seed plane at 3.5, 2: layers 0-1 at 1>
        """
        model, mixed = self.model, self._mixable(source)
        check_range("amount", amount, 0.0, 1.0)
        chosen = find_layers(layers, model.name, model.num_ws, groups_of(model.sha256))
        amounts = tuple(float(amount) if i in chosen else 0.0 for i in range(model.num_ws))
        row = MixRow(mixed, amounts, muted=muted, name=name)
        return self.replace(mixing=laid_over(self.mixing, [row]))

    def edit(
        self, edit: AnyEdit | str, amount: float | None = None, layers: Layers | None = None
    ) -> Recipe:
        """Derive a recipe with one more edit, in place of one of the same name.

        `edit` is an Edit, a ChannelEdit or a MapperEdit, or the name of one: of this recipe, or of
        a built-in model's own directions. `amount`, in sigmas, and `layers`, as for `mix`, change
        it; None leaves them. Raises RecipeError.

        >>> import stylestudio as ss
        >>> recipe = ss.Recipe.from_seed(7, "portraits")
        >>> recipe.edit("smile", 1.5)
        <Recipe of Portraits: seed 7; edit smile 1.5 sigmas: layers 3-6 at 1>
        """
        old = {each.name: each for each in self.edits if isinstance(each, AnyEdit)}
        if isinstance(edit, str) and edit in old:
            edit = old[edit]
        elif isinstance(edit, str):
            edit, layers = opened_directions(self.model).edit(edit, 0.0, layers), None
        if amount is not None:
            edit = msgspec.structs.replace(edit, amount=as_number("amount", amount))
        if layers is not None:
            edit = msgspec.structs.replace(edit, layers=self._shares_of(layers))
        others = tuple(e for e in self.edits if not isinstance(e, AnyEdit) or e.name != edit.name)
        return self.replace(edits=(*others, edit))

    def intervene(self, intervention: AnyIntervention | str, amount: float | None = None) -> Recipe:
        """Derive a recipe with one more intervention or region, in place of one of the same name.

        `intervention` may be the name of one of this recipe. `amount`, 0 to 1, changes it; None
        leaves it. Raises RecipeError.

        >>> import stylestudio as ss
        >>> recipe = ss.Recipe.from_seed(7, "portraits")
        >>> recipe.intervene(ss.Intervention.of("odd", 4, "flip", 1), 0.8)
        <Recipe of Portraits: seed 7; intervention odd 0.8: flip axes 1 of all units after step 4>
        """
        if isinstance(intervention, str):
            known = interventions_of(self.interventions)
            if intervention not in known:
                has = f"it has: {', '.join(known)}" if known else "it has none"
                raise RecipeError(f"The recipe has no intervention {intervention!r}; {has}.")
            intervention = known[intervention]
        if not isinstance(intervention, AnyIntervention):
            raise RecipeError(
                f"{described(intervention)} is not an intervention; ss.Intervention.of and "
                "ss.Region.of make them."
            )
        if amount is not None:
            amount = as_number("amount", amount)
            intervention = msgspec.structs.replace(intervention, amount=amount)
        return self.replace(interventions=with_intervention(self.interventions, intervention))

    def stage(
        self,
        stage: Stage | NetworkLike | str,
        strength: float | None = None,
        attributes: Mapping[str, float] | None = None,
    ) -> Recipe:
        """Derive a recipe whose picture goes through one more network, after all others.

        `stage` is a Stage, an opened network, or the name of a stage of this recipe, which is
        changed instead. `strength`, 0 to 1, and `attributes`, amounts by name, change it; None,
        and attributes that are not named, leave what is. Whoever renders the recipe needs the
        network, too: `ss.render(model, recipe, stages=[network])`. Raises RecipeError and
        StageError.
        """
        if isinstance(stage, str):
            known = stages_of(self.stages)
            if stage not in known:
                has = f"it has: {', '.join(known)}" if known else "it has none"
                raise RecipeError(f"The recipe has no stage {stage!r}; {has}.")
            changed, put = known[stage], with_stage
        else:
            changed, put = stage if isinstance(stage, Stage) else Stage.of(stage), with_one_more
        if strength is not None:
            changed = msgspec.structs.replace(changed, strength=as_number("strength", strength))
        if attributes is not None:
            changed = changed.with_attributes(attributes)
        return self.replace(stages=put(self.stages, changed))

    def delta(
        self,
        delta: DeltaUse | WeightsLike | str,
        amount: float | None = None,
        layers: Layers | None = None,
    ) -> Recipe:
        """Derive a recipe in which the model's weights are changed by one more delta.

        `delta` is a DeltaUse, an opened delta, an opened model of the same shape to crossfade
        with, or the name of a delta of this recipe, which is changed instead. `amount`, 0 to 1
        and somewhat beyond, and `layers`, as for `mix`, change it; None leaves them. Whoever
        renders the recipe needs the delta, too: `ss.render(model, recipe, deltas=[delta])`.
        Raises RecipeError.
        """
        shares = None if layers is None else self._shares_of(layers)
        return self.replace(deltas=put_delta(self.deltas, delta, amount, shares))

    def _shares_of(self, layers: Layers) -> tuple[float, ...]:
        """1 for each of these layers, 0 for the others. Raises RecipeError."""
        model = self.model
        chosen = find_layers(layers, model.name, model.num_ws, groups_of(model.sha256))
        return tuple(float(i in chosen) for i in range(model.num_ws))

    def _mixable(self, source: Source | Recipe | int) -> Source:
        """What can be mixed in. Raises RecipeError."""
        if isinstance(source, Recipe):
            if source.model.sha256 != self.model.sha256:
                raise RecipeError(
                    f"The recipe to mix in is for {source.model.name}, not for {self.model.name}; "
                    "adapt it first."
                )
            return source.source
        if isinstance(source, Source):
            return source
        return _seed(source, label_of(self.source))

    def blend(self, other: Recipe, t: float) -> Recipe:
        """Return the recipe at t in 0..1 on the way to another of the same model.

        >>> import stylestudio as ss
        >>> a, b = (ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12))
        >>> a.blend(b, 0.25)
        <Recipe of Portraits: 0.75 of seed 7 + 0.25 of seed 12>
        """
        from stylestudio.recipe.interpolate import interpolate  # which knows recipes

        return interpolate(self, other, t)

    def get(self, path: str) -> float:
        """Return a number of the recipe by its path, such as "truncation_psi".

        `parameters` lists them. Raises RecipeError where there is none.

        >>> import stylestudio as ss
        >>> ss.Recipe.from_seed(7, "portraits").mix(12, "fine", 0.8).get("mixing.0.amounts.fine")
        0.8
        """
        from stylestudio.recipe.parameters import parameter_of  # which knows recipes

        return parameter_of(self, path).get(self)

    def set(self, path: str, value: float) -> Recipe:
        """Derive a recipe in which one number differs, by its path.

        `parameters` lists them. Raises RecipeError where there is none, or for a value out of
        range.

        >>> import stylestudio as ss
        >>> ss.Recipe.from_seed(7, "portraits").set("noise_layers.fine", 0)
        <Recipe of Portraits: seed 7; noise constant, layers 7-12 at 0>
        """
        from stylestudio.recipe.parameters import parameter_of  # which knows recipes

        return parameter_of(self, path).set(self, value)

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of what a newer StyleStudio wrote and this one can't read; files keep it."""
        return tuple(unread(self))

    def to_json(self) -> str:
        """Write every field, so that the file stays readable when defaults change."""
        tree = to_file(msgspec.to_builtins(self))
        return msgspec.json.format(msgspec.json.encode(tree), indent=1).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Recipe:
        """Read what `to_json` wrote, in this version or an older one.

        Raises RecipeError, which says what is wrong and where.
        """
        if not isinstance(text, str | bytes):
            raise RecipeError(f"{described(text)} is not text, as Recipe.to_json writes it.")
        try:
            return msgspec.convert(opened(msgspec.json.decode(text)), cls)
        except RecipeError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecipeError(f"This is not a valid recipe: {in_plain_words(error)}.") from None


# The fields that are a single number each.
SCALARS = tuple(
    field.name
    for field in msgspec.structs.fields(Recipe)
    if field.name in NUMBERS and field.type in (int, float)
)


_TYPES = typing.get_type_hints(Recipe)
_SCALAR_RANGES = tuple((name, NUMBERS[name].range) for name in SCALARS)


def opened(tree: Any) -> Any:
    """Turn a recipe as decoded from a file of any version into what msgspec converts to Recipe.

    Raises RecipeError for one of a newer version.
    """
    version = version_of(tree)
    return opened_fields(tree, version) if isinstance(tree, dict) else tree


def opened_fields(fields: dict[str, Any], version: int = VERSION) -> dict[str, Any]:
    """Do the same with some fields of a recipe."""
    converted: dict[str, Any] = from_file(migrated(fields, version), Recipe)
    return converted


def _converted(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as a recipe has them, whatever numbers and lists the given ones are made of.

    NumPy's numbers and lists are welcome where recipes are made, but they would be neither
    hashable nor written to files. Raises RecipeError for values of a wrong type.
    """
    converted = {}
    for name, value in fields.items():
        if name not in _TYPES:
            near = [known for known in _TYPES if name in known.split("_")]
            near += difflib.get_close_matches(name, _TYPES, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise RecipeError(f"This is not a valid recipe: it has no field {name!r}{hint}")
        if type(value) is _TYPES[name] and name in NUMBERS:
            converted[name] = value  # as sliders give them, by the hundred
            continue
        try:
            plain = msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=as_builtin)
            converted[name] = msgspec.convert(plain, _TYPES[name])
        except (msgspec.ValidationError, TypeError) as error:
            if name in SCALARS and not isinstance(value, int | float):
                raise RecipeError(f"{name} is {described(value)}; it must be a number.") from None
            words = in_plain_words(error, name)
            raise RecipeError(f"This is not a valid recipe: {words}.") from None
    return converted


def _seed(seed: Any, label: tuple[float, ...] = ()) -> SeedSource:
    """A seed as callers bring it. Raises RecipeError for what is no whole number in range."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise RecipeError(f"{described(seed)} is not a seed; a seed is a whole number from 0 up.")
    return SeedSource(seed.__index__(), label)


def as_builtin(value: Any) -> Any:
    """The plain numbers of NumPy's, for msgspec. Raises TypeError for anything else."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} cannot stand in a recipe")
