"""A recipe holds its bounds, survives its file form, and says what is wrong with a bad one."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylestudio.recipe import (
    BlendPart,
    BlendSource,
    LatentSource,
    MixRow,
    ModelRef,
    PlaneSource,
    Recipe,
    RecipeError,
    SeedSource,
    ZPart,
    ZSource,
    blend,
    label_of,
)

NUM_WS = 8
REF = ModelRef(name="tiny", sha256="a" * 64, num_ws=NUM_WS, w_dim=4)

unit = st.floats(0, 1)
seeds = st.integers(0, 2**32 - 1).map(SeedSource)
planes = st.builds(PlaneSource, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
latents = st.integers(0, 1000).map(
    lambda n: LatentSource.from_array(np.full((NUM_WS, 4), n / 7, np.float32), f"photo {n}")
)
plain = seeds | planes | latents
weights = st.floats(-2, 2)
blends = st.lists(st.builds(BlendPart, plain, weights), min_size=1, max_size=3).map(
    lambda parts: BlendSource(tuple(parts))
)
sources = plain | blends
amounts = st.tuples(*[unit] * NUM_WS)
flags = st.booleans()
recipes = st.builds(
    Recipe,
    model=st.just(REF),
    source=sources,
    truncation_psi=st.floats(-1, 2),
    truncation_cutoff=st.none() | st.integers(0, NUM_WS),
    mixing=st.lists(
        st.builds(
            MixRow, sources, amounts, unit, st.booleans(), st.booleans(), st.text(max_size=9)
        ),
        max_size=3,
    ).map(tuple),
    translate_x=st.floats(-1, 1),
    translate_y=st.floats(-1, 1),
    rotate=st.floats(-180, 180),
    noise_mode=st.sampled_from(["const", "none", "seeded"]),
    noise_seed=st.integers(0, 2**32 - 1),
    noise_strength=st.floats(0, 4),
    noise_layers=st.just(()) | st.tuples(*[st.floats(0, 2)] * (NUM_WS - 1)),
)


@given(recipes)
def test_survives_its_file_form(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_equal_recipes_are_one_key():
    first = Recipe(model=REF, source=SeedSource(7))
    assert {first: "picture"}[Recipe(model=REF, source=SeedSource(7))] == "picture"
    assert first.replace(truncation_psi=0.5) != first


def test_cannot_be_changed_in_place():
    with pytest.raises(AttributeError):
        Recipe(model=REF, source=SeedSource(7)).truncation_psi = 0.5


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"truncation_psi": 2.5}, "truncation_psi"),
        ({"truncation_psi": float("nan")}, "truncation_psi"),
        ({"truncation_cutoff": NUM_WS + 1}, "truncation_cutoff"),
        ({"noise_strength": -0.1}, "noise_strength"),
        ({"rotate": 181.0}, "rotate"),
        ({"translate_x": -1.1}, "translate_x"),
        ({"noise_layers": (1.0,)}, "noise_layers"),
        ({"noise_layers": (3.0,) * (NUM_WS - 1)}, r"noise_layers\[0\]"),
        ({"noise_seed": 2**32}, "noise_seed"),
        ({"mixing": (MixRow(SeedSource(1), (1.0,) * 3),)}, r"mixing\[0\]"),
    ],
)
def test_names_the_field_that_is_out_of_range(fields, named):
    with pytest.raises(RecipeError, match=named):
        Recipe(model=REF, source=SeedSource(7)).replace(**fields)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: SeedSource(-1), "seed is -1"),
        (lambda: MixRow(SeedSource(1), (1.5,)), r"amounts\[0\] is 1.5"),
        (lambda: LatentSource(b"12345"), "5 bytes"),
        (lambda: LatentSource.from_array(np.array([np.inf], np.float32)), "finite"),
        (lambda: BlendSource(()), "empty"),
        (lambda: PlaneSource(float("nan"), 0.0), "x is nan"),
    ],
)
def test_sources_refuse_what_cannot_be_drawn(make, named):
    with pytest.raises(RecipeError, match=named):
        make()


def good() -> dict:
    return json.loads(Recipe(model=REF, source=SeedSource(7)).to_json())


def without(key: str) -> dict:
    return {k: v for k, v in good().items() if k != key}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a valid recipe"),
        ("{", "not a valid recipe"),
        ("[1, 2]", "not a valid recipe"),
        ("[" * 100_000, "not a valid recipe"),
        (json.dumps(without("source")), "source"),
        (json.dumps(good() | {"truncation_psi": "high"}), "truncation_psi"),
        (json.dumps(good() | {"truncation_psi": 9}), "between -1"),
        (json.dumps(good() | {"source": {"type": "photo"}}), "photo"),
        (json.dumps(good() | {"version": 3}), "newer StyleStudio"),
        (json.dumps(good() | {"version": 0}), "never a version 0"),
        (json.dumps(good() | {"version": "2"}), "never a version '2'"),
        (json.dumps(good() | {"edits": "all"}), "edits"),
        (json.dumps(good() | {"later": json.loads("[" * 100 + "]" * 100)}), "nested too deeply"),
    ],
)
def test_a_bad_file_gets_one_sentence(text, said):
    with pytest.raises(RecipeError) as error:
        Recipe.from_json(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_plane_gives_whole_seeds_at_whole_points():
    assert PlaneSource(7.0, 2.0).corners() == ((SeedSource(207), 1.0),)
    corners = dict(PlaneSource(7.25, 2.5).corners())
    assert corners == {
        SeedSource(207): 0.375,
        SeedSource(208): 0.125,
        SeedSource(307): 0.375,
        SeedSource(308): 0.125,
    }


def test_a_blend_has_the_class_of_its_parts():
    third, first = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)
    alike = [SeedSource(1, third), SeedSource(2, third)]
    assert label_of(blend([(seed, 0.5) for seed in alike])) == third
    assert label_of(ZSource(tuple(ZPart(seed, 0.5) for seed in alike))) == third
    photo = LatentSource.from_array(np.zeros(4), "a photo")
    assert label_of(blend([(photo, 0.9), (alike[0], 0.1)])) == third
    assert label_of(photo) == label_of(SeedSource(3)) == ()
    for start in (SeedSource(3), SeedSource(3, first)):
        mixed = blend(
            [(start, 0.75), (alike[0], 0.25), (alike[1], 0.5), (SeedSource(9, third), -0.5)]
        )
        assert label_of(mixed) == (0.75, 0.0, 0.25)
    assert label_of(blend([(SeedSource(3), 1.0), (alike[0], -1.0)])) == ()


def test_blending_blends_flattens_them():
    half = blend([(SeedSource(1), 0.5), (SeedSource(2), 0.5)])
    mixed = blend([(half, 0.5), (SeedSource(1), 0.5)])
    assert mixed == BlendSource((BlendPart(SeedSource(1), 0.75), BlendPart(SeedSource(2), 0.25)))
    assert blend([(SeedSource(3), 1.0), (SeedSource(4), 0.0)]) == SeedSource(3)


class TinyModel:
    name, sha256, num_ws, w_dim, c_dim = "tiny", "a" * 64, NUM_WS, 4, 0


def test_numpys_numbers_make_the_same_recipe():
    plain = Recipe.from_seed(7, TinyModel(), truncation_psi=0.5, noise_layers=(1.0,) * 7)
    numpys = Recipe.from_seed(
        np.int64(7), TinyModel(), truncation_psi=np.float64(0.5), noise_layers=np.ones(7)
    )
    assert numpys == plain
    assert hash(numpys) == hash(plain)
    assert Recipe.from_json(numpys.to_json()) == plain
    assert plain.replace(truncation_psi=np.float32(0.25)).truncation_psi == 0.25


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"noise_mode": "loud"}, "noise_mode"),
        ({"truncation_psi": None}, "truncation_psi"),
        ({"truncation_cutoff": 2.5}, "truncation_cutoff"),
        ({"noise_layers": 5}, "noise_layers"),
        ({"mixing": [5]}, "mixing"),
        ({"source": None}, "source"),
        ({"source": SeedSource(1, (1.0, 0.0))}, "source.label"),
        ({"source": LatentSource.from_array(np.zeros(5, np.float32))}, "source"),
        ({"source": LatentSource.from_array(np.zeros((3, 4), np.float32))}, "source"),
    ],
)
def test_values_that_cannot_be_meant_are_refused_when_made(fields, named):
    with pytest.raises(RecipeError, match=named):
        Recipe(model=REF, source=SeedSource(7)).replace(**fields)


@pytest.mark.parametrize("seed", ["7", 7.5, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(RecipeError, match="seed"):
        Recipe.from_seed(seed, TinyModel())


def test_parts_that_cancel_out_still_are_a_source():
    opposite = blend([(SeedSource(1), 1.0), (SeedSource(1), -1.0), (SeedSource(2), 0.0)])
    assert opposite == BlendSource((BlendPart(SeedSource(1), 0.0),))
