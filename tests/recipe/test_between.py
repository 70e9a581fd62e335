"""Interpolation between recipes, and carrying a recipe to another model."""

import msgspec
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
    adapt,
    fits,
    interpolate,
)

A = ModelRef(name="first", sha256="a" * 64, num_ws=8, w_dim=4)
B = ModelRef(name="second", sha256="b" * 64, num_ws=10, w_dim=6, c_dim=3)


def recipe(seed: int = 1, **fields) -> Recipe:
    return Recipe(model=A, source=SeedSource(seed), **fields)


@given(st.integers(0, 99), st.integers(0, 99), st.floats(-1, 2), st.floats(-1, 2))
def test_the_ends_are_exact(seed_a, seed_b, psi_a, psi_b):
    a, b = recipe(seed_a, truncation_psi=psi_a), recipe(seed_b, truncation_psi=psi_b)
    assert interpolate(a, b, 0.0) == a
    assert interpolate(a, b, 1.0) == b
    middle = interpolate(a, b, 0.5).truncation_psi
    assert min(psi_a, psi_b) <= middle <= max(psi_a, psi_b)


def test_seeds_blend_and_plane_points_move():
    quarter = interpolate(recipe(1), recipe(2), 0.25)
    assert quarter.source == BlendSource(
        (BlendPart(SeedSource(1), 0.75), BlendPart(SeedSource(2), 0.25))
    )
    start = recipe().replace(source=PlaneSource(0.0, 0.0))
    end = recipe().replace(source=PlaneSource(4.0, 2.0))
    assert interpolate(start, end, 0.25).source == PlaneSource(1.0, 0.5)


def test_a_row_that_one_side_lacks_grows_from_nothing():
    mixed = recipe(mixing=(MixRow(SeedSource(5), (1.0,) * 8),))
    assert interpolate(recipe(), mixed, 0.25).mixing == (MixRow(SeedSource(5), (0.25,) * 8),)
    assert interpolate(mixed, recipe(), 0.25).mixing == (MixRow(SeedSource(5), (0.75,) * 8),)


def test_noise_moves_and_modes_switch_half_way():
    a = recipe(noise_mode="none", truncation_cutoff=2)
    b = recipe(noise_mode="seeded", noise_layers=(0.0,) * 7, truncation_cutoff=6)
    before, after = interpolate(a, b, 0.49), interpolate(a, b, 0.5)
    assert (before.noise_mode, after.noise_mode) == ("none", "seeded")
    assert (before.truncation_cutoff, after.truncation_cutoff) == (2, 6)
    assert after.noise_layers == (0.5,) * 7


def test_recipes_of_two_models_do_not_mix():
    with pytest.raises(RecipeError, match=r"first.*second"):
        interpolate(recipe(), Recipe(model=B, source=SeedSource(1)), 0.5)


def test_adapting_maps_what_it_can_and_says_what_it_could_not():
    ws = np.zeros((8, 4), np.float32)
    original = recipe(
        truncation_psi=0.5,
        truncation_cutoff=8,
        mixing=(
            MixRow(SeedSource(5), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
            MixRow(LatentSource.from_array(ws, "holiday"), (1.0,) * 8),
        ),
        noise_layers=(0.5,) * 7,
    )
    adapted, lost = adapt(original, B)
    assert adapted.model == B
    assert adapted.source == SeedSource(1)
    assert adapted.truncation_psi == 0.5
    assert adapted.mixing == (
        MixRow(SeedSource(5), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8)),
    )
    assert len(adapted.noise_layers) == 9
    assert any("holiday" in sentence for sentence in lost)
    assert any("8 layers" in sentence for sentence in lost)


def test_adapting_to_fewer_layers_cuts_and_drops_unknown_classes():
    big = Recipe(model=B, source=SeedSource(3, (0.0, 1.0, 0.0)), truncation_cutoff=10)
    adapted, lost = adapt(big, A)
    assert adapted.source == SeedSource(3)
    assert adapted.truncation_cutoff == 8
    assert any("classes" in sentence for sentence in lost)


def test_adapting_to_the_same_weights_loses_nothing():
    renamed = ModelRef(name="copy", sha256=A.sha256, num_ws=8, w_dim=4)
    adapted, lost = adapt(recipe(), renamed)
    assert adapted.source == SeedSource(1)
    assert lost == ()


def test_two_versions_of_a_model_are_told_apart_by_more_than_their_name():
    newer = ModelRef(name="first", sha256="c" * 64, num_ws=10, w_dim=4)
    drawn = LatentSource.from_array(np.zeros((8, 4), np.float32), "holiday")
    adapted, lost = adapt(recipe(noise_layers=(0.5,) * 7).replace(source=drawn), newer)
    assert adapted.source.rows == 10
    assert all("another version of first" in sentence for sentence in lost)
    assert len(lost) == 2
    assert ModelRef.of(A).name_beside(B) == "first"


def test_a_recipe_that_gives_its_model_other_sizes_does_not_fit():
    forged = recipe().replace(model=msgspec.structs.replace(A, num_ws=3))
    assert fits(recipe(), A)
    assert not fits(forged, A)
    with pytest.raises(RecipeError, match="does not fit"):
        adapt(forged, A)


def test_a_share_of_numpys_gives_a_recipe_that_can_be_written():
    between = interpolate(recipe(1), recipe(2), np.float32(0.25))
    assert Recipe.from_json(between.to_json()) == between
