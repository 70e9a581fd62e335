"""The style of a recipe: what it refuses, its file form, and what lies between two of them."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylestudio.recipe import (
    BankRef,
    ModelRef,
    Recipe,
    RecipeError,
    SeedSource,
    Style,
    adapt,
    interpolate,
)

A = ModelRef(name="first", sha256="a" * 64, num_ws=8, w_dim=4)
B = ModelRef(name="second", sha256="b" * 64, num_ws=10, w_dim=6)
CLASSIC, OWN = BankRef("classic", "1" * 64), BankRef("own", "2" * 64)
WAVE = Style(CLASSIC, (("wave", 1.0),))


def recipe(style: Style | None = None, model: ModelRef = A) -> Recipe:
    return Recipe(model=model, source=SeedSource(1), style=style)


def between(a: Style | None, b: Style | None, t: float) -> Style:
    style = interpolate(recipe(a), recipe(b), t).style
    assert style is not None
    return style


@pytest.mark.parametrize(
    ("weights", "strength", "named"),
    [
        ((("wave", 1.5),), 1.0, "'wave'"),
        ((("wave", -0.1),), 1.0, "'wave'"),
        ((("wave", float("nan")),), 1.0, "'wave'"),
        ((("wave", "much"),), 1.0, "'wave'"),
        ((), 1.0, "weights"),
        ((("wave", 0.5), ("wave", 0.5)), 1.0, "twice"),
        ((("wave", 1.0),), 1.1, "strength"),
    ],
)
def test_what_makes_no_sense_is_refused(weights, strength, named):
    with pytest.raises(RecipeError, match=named):
        Style(CLASSIC, weights, strength)
    with pytest.raises(RecipeError, match="colours is 2"):
        Style(CLASSIC, (("wave", 1.0),), colours=2.0)


def test_a_style_goes_through_files_and_old_files_have_none():
    styled = recipe(Style(CLASSIC, (("wave", 0.25), ("rain", 0.5)), 0.75))
    assert Recipe.from_json(styled.to_json()) == styled
    old = json.loads(recipe().to_json())
    del old["style"]
    assert Recipe.from_json(json.dumps(old)) == recipe()
    before_colours = json.loads(styled.to_json())
    del before_colours["style"]["colours"]
    assert Recipe.from_json(json.dumps(before_colours)) == styled
    kept = recipe(msgspec.structs.replace(WAVE, colours=0.25))
    assert Recipe.from_json(kept.to_json()) == kept
    broken = json.loads(styled.to_json())
    broken["style"]["strength"] = 7
    with pytest.raises(RecipeError, match=r"style.*strength is 7"):
        Recipe.from_json(json.dumps(broken))
    broken["style"] = {"bank": {"name": "classic", "sha256": "short"}, "weights": [["wave", 1]]}
    with pytest.raises(RecipeError, match="sha256"):
        Recipe.from_json(json.dumps(broken))


def test_weights_are_proportions_and_less_than_one_leaves_the_rest_unpainted():
    two = Style(CLASSIC, (("wave", 0.9), ("rain", 0.3), ("snow", 0.0)), 0.5)
    assert two.shares() == pytest.approx({"wave": 0.75, "rain": 0.25})
    assert two.coverage == 0.5
    assert Style(CLASSIC, (("wave", 0.25),), 0.5).coverage == 0.125
    assert Style(CLASSIC, (("wave", 0.0),)).coverage == 0.0


def test_weights_and_strength_move_and_a_missing_style_grows_from_nothing():
    rain = Style(CLASSIC, (("rain", 1.0), ("snow", 0.5)), 0.5)
    assert between(WAVE, rain, 0.25) == Style(
        CLASSIC, (("wave", 0.75), ("rain", 0.25), ("snow", 0.125)), 0.875
    )
    assert between(None, WAVE, 0.25) == Style(CLASSIC, WAVE.weights, 0.25)
    assert between(WAVE, None, 0.25) == Style(CLASSIC, WAVE.weights, 0.75)
    assert interpolate(recipe(), recipe(), 0.5).style is None
    kept = msgspec.structs.replace(WAVE, colours=0.8)
    assert between(WAVE, kept, 0.25) == msgspec.structs.replace(WAVE, colours=0.2)
    assert between(kept, None, 0.5).colours == 0.8


def test_two_banks_fade_through_the_unpainted_picture():
    other = Style(OWN, (("wave", 1.0),), 0.5)
    assert between(WAVE, other, 0.25) == msgspec.structs.replace(WAVE, strength=0.5)
    assert between(WAVE, other, 0.5).coverage == 0.0
    assert between(WAVE, other, 0.75) == msgspec.structs.replace(other, strength=0.25)


styles = st.none() | st.builds(
    Style,
    st.sampled_from([CLASSIC, OWN]),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 1), min_size=1).map(
        lambda weights: tuple(weights.items())
    ),
    st.floats(0, 1),
)


@given(styles, styles, st.floats(0, 0.999))
def test_no_step_on_the_way_jumps(a, b, t):
    here, there = (interpolate(recipe(a), recipe(b), s).style for s in (t, t + 0.001))
    covered = [0.0 if style is None else style.coverage for style in (here, there)]
    assert abs(covered[0] - covered[1]) < 0.01
    assert interpolate(recipe(a), recipe(b), 0.0).style == a
    assert interpolate(recipe(a), recipe(b), 1.0).style == b


def test_another_model_keeps_the_style():
    adapted, lost = adapt(recipe(WAVE), B)
    assert adapted.style == WAVE
    assert lost == ()
