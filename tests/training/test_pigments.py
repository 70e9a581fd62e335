"""What the attributes and the noise of marbled paper are for, seen in the painted sheets."""

import pytest
import torch
from painting import attributes, check_noise, noises

from stylestudio.training.pigments import Pigments
from stylestudio.training.pigments.glaze import Glaze
from stylestudio.training.scene import shape_gaussian

RESOLUTION = 128
SCENE = Pigments()


def render(maps=None, resolution=RESOLUTION, **values):
    """The sheet [3, R, R] of average attributes but for the named ones."""
    return SCENE.render(attributes(SCENE, **values), maps or {}, resolution)[0]


def centre_of_change(one, other):
    """Column and row, as shares of the side, around which two pictures differ."""
    weight = (one - other).square().sum(0)
    at = (torch.arange(RESOLUTION) + 0.5) / RESOLUTION
    return [float((weight.sum(axis) * at).sum() / weight.sum()) for axis in (0, 1)]


@pytest.mark.parametrize("drop", ["pool", "eye"])
@pytest.mark.parametrize(("axis", "direction"), [(0, "x"), (1, "y")])
def test_drops_lie_where_their_attributes_say(drop, axis, direction):
    places = []
    for value in (-1.2, 1.2):
        at = {f"{drop}_{direction}": value}
        low, high = (render(**at, **{drop: depth}) for depth in (-1.2, 1.2))
        places.append(centre_of_change(low, high)[axis])
    assert places[1] - places[0] > 0.1


def test_fine_attributes_change_colours_and_not_shapes():
    regions = []
    for fine in ({"hue": -1.2, "night": -0.8}, {"hue": 1.2, "night": 0.8, "body": 1.0}):
        coral, yellow = (render(accent=value, pool=0.8, **fine) for value in (-1.2, 1.2))
        regions.append((coral - yellow).abs().amax(0) > 0.2)
    both, either = regions[0] & regions[1], regions[0] | regions[1]
    assert 0.02 < both.float().mean() < 0.5  # the accent, and neither the ground nor the body
    assert both.sum() > 0.95 * either.sum()


def test_colours_are_affine_in_the_fine_attributes_but_for_the_hues():
    low, middle, high = (
        render(body=v, glow=-v, paper=v, light=-v, saturation=0.5 * v, metal=v)
        for v in (-0.6, 0.0, 0.6)
    )
    assert torch.allclose((low + high) / 2, middle, atol=0.03)


def test_colours_are_bent_and_never_cut_off_within_reach():
    generator = torch.Generator().manual_seed(1)
    many = shape_gaussian(torch.randn(64, len(SCENE.space.names), generator=generator))
    assert SCENE.render(many, {}, 32).abs().max() < 1
    extreme = shape_gaussian(torch.full_like(many[:2], 10.0)) * torch.tensor([[1.0], [-1.0]])
    assert SCENE.render(extreme, noises(256, batch=2), 256).abs().max() <= 1


def test_a_sheet_is_the_same_at_every_size():
    large = render(resolution=256)
    for size in (32, 64, 128):
        small = torch.nn.functional.avg_pool2d(large, 256 // size)
        assert (render(resolution=size) - small).abs().mean() < 0.03


@pytest.mark.parametrize(
    ("name", "share"),
    [("petals", 0.03), ("veins", 0.03), ("glow", 0.03), ("metal", 0.03), ("specks", 0.015)],
)
def test_ornaments_are_strong_enough_to_be_seen(name, share):
    maps = noises(256)
    plain, ornate = (render(maps, 256, **{name: value}) for value in (-1.2, 1.2))
    assert ((plain - ornate).abs().amax(0) > 16 / 255).float().mean() > share


def test_flakes_of_leaf_grow_in_number_over_the_whole_range():
    maps, shares = noises(256, 1), []
    for specks in (-1.5, 0.0, 1.5):
        with_noise, without = (
            render(given, 256, specks=specks, grain=-1.5) for given in (maps, {})
        )
        shares.append(float(((with_noise - without).abs().amax(0) > 0.3).float().mean()))
    assert shares[0] < 0.004
    assert shares[1] > 2 * shares[0] + 0.002
    assert shares[2] > 3 * shares[1]


def test_grain_is_soft_or_rough():
    maps, spreads = noises(256, 1), []
    coarser = {name: noise for name, noise in maps.items() if name != "b256.conv1"}
    for grain in (-1.5, 1.5):
        drawn = render(maps, 256, grain=grain) - render(coarser, 256, grain=grain)
        spreads.append(float(drawn.std()))
    assert spreads[1] > 5 * spreads[0]


def test_petals_turn_around_the_pool():
    plain, flower = (render(petals=value) for value in (-1.2, 1.2))
    column, row = centre_of_change(plain, flower)
    assert 0.3 < column < 0.5
    assert 0.33 < row < 0.53


def test_noise_bleeds_and_speckles_but_leaves_the_composition():
    calm = render(resolution=256)
    one, other = (render(noises(256, seed), 256) for seed in (1, 2))
    check_noise(calm, one, other, 0.7)


@pytest.mark.parametrize("name", sorted(SCENE.noise_layers))
def test_every_layer_that_the_scene_names_draws_something(name):
    maps = noises(256)
    without = {key: value for key, value in maps.items() if key != name}
    changed = (render(maps, 256) - render(without, 256)).abs().amax(0) > 4 / 255
    assert changed.float().mean() > 0.002


def test_glazes_hide_what_is_laid_after_them():
    glaze = Glaze(("gold", "body", "ground"), torch.zeros(1, 2, 2))
    left = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    glaze.lay("gold", 0.25)
    with glaze.within(left):
        glaze.lay("body", 1.0)
    glaze.lay("ground", 1.0)
    colours = {"gold": [[1.0, 0, 0]], "body": [[0, 1.0, 0]], "ground": [[0, 0, 1.0]]}
    picture = glaze.colour({role: torch.tensor(colour) for role, colour in colours.items()})
    assert picture[0, :, 0, 0].tolist() == [0.25, 0.75, 0]
    assert picture[0, :, 0, 1].tolist() == [0.25, 0, 0.75]
