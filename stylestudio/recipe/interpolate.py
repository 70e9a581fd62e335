"""Between two recipes: what is continuous moves, what is not switches half-way."""

from __future__ import annotations

from itertools import zip_longest

from msgspec.structs import replace

from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.recipe import MixRow, Recipe
from stylestudio.recipe.sources import PlaneSource, Source, blend
from stylestudio.recipe.style import Style


def interpolate(a: Recipe, b: Recipe, t: float) -> Recipe:
    """Return the recipe at t in 0..1 on the way from a (t = 0, exactly) to b (t = 1, exactly).

    Sources move on a straight line in w (plane positions on the plane); psi, mixing amounts,
    translation, rotation, noise strengths, the place, reach and grain of flowing noise, style
    weights, style strength and kept colours move linearly. Cutoff, noise mode and noise seed
    switch at t = 0.5.
    Raises RecipeError for recipes of two models.
    """
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
    nearer = a if t < 0.5 else b
    return nearer.replace(
        source=_between_sources(a.source, b.source, t),
        truncation_psi=_lerp(a.truncation_psi, b.truncation_psi, t),
        mixing=tuple(
            _between_rows(row_a, row_b, t) for row_a, row_b in zip_longest(a.mixing, b.mixing)
        ),
        translate_x=_lerp(a.translate_x, b.translate_x, t),
        translate_y=_lerp(a.translate_y, b.translate_y, t),
        rotate=_lerp(a.rotate, b.rotate, t),
        noise_strength=_lerp(a.noise_strength, b.noise_strength, t),
        noise_layers=_between_noise_layers(a, b, t),
        noise_turn=_lerp(a.noise_turn, b.noise_turn, t),
        noise_reach=_lerp(a.noise_reach, b.noise_reach, t),
        noise_grain=_lerp(a.noise_grain, b.noise_grain, t),
        style=_between_styles(a.style, b.style, t),
    )


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t


def _between_sources(a: Source, b: Source, t: float) -> Source:
    if a == b:
        return a
    if isinstance(a, PlaneSource) and isinstance(b, PlaneSource) and a.label == b.label:
        return PlaneSource(_lerp(a.x, b.x, t), _lerp(a.y, b.y, t), a.label)
    return blend([(a, 1.0 - t), (b, t)])


def _between_rows(a: MixRow | None, b: MixRow | None, t: float) -> MixRow:
    """A row that only one side has grows out of amounts 0."""
    if a is None:
        assert b is not None
        a = MixRow(b.source, (0.0,) * len(b.amounts))
    elif b is None:
        b = MixRow(a.source, (0.0,) * len(a.amounts))
    amounts = tuple(_lerp(x, y, t) for x, y in zip(a.amounts, b.amounts, strict=True))
    return MixRow(_between_sources(a.source, b.source, t), amounts)


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
    return Style(a.bank, weights, strength, colours)
