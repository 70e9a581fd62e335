"""Between two recipes: what is continuous moves, what is not switches half-way."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe.deltas import between_deltas
from stylestudio.recipe.edit_lists import between_edits
from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.intervention_lists import between_interventions
from stylestudio.recipe.mixing import MixRow, flags, unflagged
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import NUMBERS
from stylestudio.recipe.recipe import SCALARS, Recipe
from stylestudio.recipe.sources import PlaneSource, Source, blend
from stylestudio.recipe.stages import between_stages

if TYPE_CHECKING:
    from stylestudio.recipe.style import Style

MOVING = tuple(name for name in SCALARS if NUMBERS[name].kind == "linear")


def interpolate(a: Recipe, b: Recipe, t: float) -> Recipe:
    """Return the recipe at t in 0..1 on the way from a (t = 0, exactly) to b (t = 1, exactly).

    Sources move on a straight line in w (plane positions on the plane), and numbers as the table
    of them says: most move linearly; cutoff and noise seed, as the noise mode and whatever else
    there is, switch at t = 0.5.
    Raises RecipeError for recipes of two models.

    >>> import stylestudio as ss
    >>> a = ss.Recipe.from_seed(7, "portraits", truncation_psi=0.5)
    >>> ss.interpolate(a, a.replace(truncation_psi=0.7), 0.5)
    <Recipe of Portraits: seed 7; psi 0.6>
    """
    for recipe in (a, b):
        if not isinstance(recipe, Recipe):
            raise RecipeError(f"{described(recipe)} is not a recipe.")
    check_range("t", t, 0.0, 1.0)
    if a.model.sha256 != b.model.sha256:
        raise RecipeError(
            f"One recipe is for {a.model.name} and the other for {b.model.name}; "
            "recipes of two models cannot be interpolated."
        )
    if t == 0.0 or a == b:
        return a
    if t == 1.0:
        return b
    t = float(t)  # NumPy's could be neither hashed nor written
    nearer = a if t < 0.5 else b
    return replace(
        nearer,
        source=_between_sources(a.source, b.source, t),
        mixing=_between_mixing(a.mixing, b.mixing, t),
        noise_layers=_between_noise_layers(a, b, t),
        style=_between_styles(a.style, b.style, t),
        edits=between_edits(a.edits, b.edits, t),
        interventions=between_interventions(a.interventions, b.interventions, t, _between_sources),
        deltas=between_deltas(a.deltas, b.deltas, t),
        stages=between_stages(a.stages, b.stages, t),
        **{name: _lerp(getattr(a, name), getattr(b, name), t) for name in MOVING},
    )


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t


def _between_sources(a: Source, b: Source, t: float) -> Source:
    if a == b:
        return a
    if isinstance(a, PlaneSource) and isinstance(b, PlaneSource) and a.label == b.label:
        nearer = a if t < 0.5 else b
        return replace(nearer, x=_lerp(a.x, b.x, t), y=_lerp(a.y, b.y, t))
    return blend([(a, 1.0 - t), (b, t)])


def _between_mixing(a: tuple[MixRow, ...], b: tuple[MixRow, ...], t: float) -> tuple[MixRow, ...]:
    """Rows come and go by their amounts, which are 0 for one that takes no part."""
    if flags(a) != flags(b):
        a, b = unflagged(a), unflagged(b)
    return tuple(_between_rows(row_a, row_b, t) for row_a, row_b in zip_longest(a, b))


def _between_rows(a: MixRow | None, b: MixRow | None, t: float) -> MixRow:
    """A row that only one side has grows out of amounts 0."""
    if a is None:
        assert b is not None
        a = replace(b, amounts=(0.0,) * len(b.amounts))
    elif b is None:
        b = replace(a, amounts=(0.0,) * len(a.amounts))
    amounts = tuple(_lerp(x, y, t) for x, y in zip(a.amounts, b.amounts, strict=True))
    nearer = a if t < 0.5 else b
    source, amount = _between_sources(a.source, b.source, t), _lerp(a.amount, b.amount, t)
    return replace(nearer, source=source, amounts=amounts, amount=amount)


def _between_noise_layers(a: Recipe, b: Recipe, t: float) -> tuple[float, ...]:
    if a.noise_layers == b.noise_layers:
        return a.noise_layers
    ones = (1.0,) * (a.model.num_ws - 1)
    pairs = zip(a.noise_layers or ones, b.noise_layers or ones, strict=True)
    return tuple(_lerp(x, y, t) for x, y in pairs)


def _between_styles(a: Style | None, b: Style | None, t: float) -> Style | None:
    """A side without a style has strength 0, a style that one side lacks has weight 0.

    Two banks share no styles, so the first fades out until half-way, and then the second in.
    """
    if a == b:
        return a
    if a is None or b is None:
        given, amount = (a, 1.0 - t) if a is not None else (b, t)
        assert given is not None
        return replace(given, strength=given.strength * amount)
    if a.bank.sha256 != b.bank.sha256:
        nearer = a if t < 0.5 else b
        return replace(nearer, strength=nearer.strength * abs(1.0 - 2.0 * t))
    ours, theirs = dict(a.weights), dict(b.weights)
    weights = tuple(
        (name, _lerp(ours.get(name, 0.0), theirs.get(name, 0.0), t)) for name in ours | theirs
    )
    strength, colours = _lerp(a.strength, b.strength, t), _lerp(a.colours, b.colours, t)
    nearer = a if t < 0.5 else b
    return replace(nearer, bank=a.bank, weights=weights, strength=strength, colours=colours)
