"""What the attributes and the noise of a portrait are for, seen in the painted pictures."""

import pytest
import torch
from painting import attributes, check_noise, noises

from stylestudio.training.portraits import Portraits

RESOLUTION = 128
SCENE = Portraits()


def render(maps=None, **values):
    """The picture [3, R, R] of the average person but for the named attributes."""
    return SCENE.render(attributes(SCENE, **values), maps or {}, RESOLUTION)[0]


def centre_of_change(one, other):
    """Column and row, as shares of the side, around which two pictures differ."""
    weight = (one - other).abs().sum(0)
    at = (torch.arange(RESOLUTION) + 0.5) / RESOLUTION
    return [float((weight.sum(axis) * at).sum() / weight.sum()) for axis in (0, 1)]


def test_the_features_turn_with_the_head():
    centres = []
    for yaw in (-1.5, 1.5):
        shut, wide = (render(yaw=yaw, eye_open=value) for value in (-1.2, 1.2))
        centres.append(centre_of_change(shut, wide)[0])
    assert centres[0] < 0.47
    assert centres[1] > 0.53


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [("fringe", 0.15, 0.45), ("eye_open", 0.38, 0.56), ("smile", 0.54, 0.76)],
)
def test_each_feature_lies_where_a_face_has_it(name, above, below):
    column, row = centre_of_change(render(**{name: -1.2}), render(**{name: 1.2}))
    assert above < row < below
    assert column == pytest.approx(0.5, abs=0.05)


def test_fine_attributes_change_colours_and_not_shapes():
    dark, light = (render(skin_tone=value) for value in (-1.2, 1.2))
    changed = ((dark - light).abs().amax(0) > 0.1).float()
    cheek = (slice(70, 78), slice(50, 56))
    backdrop = (slice(0, 10), slice(0, 10))
    assert changed[cheek].mean() == 1
    assert changed[backdrop].mean() == 0


def test_colours_are_affine_in_the_fine_attributes():
    low, middle, high = (
        render(skin_tone=v, hair_tone=-v, cloth_red=v, sky_blue=v, eye_hue=v)
        for v in (-0.8, 0.0, 0.8)
    )
    assert torch.allclose((low + high) / 2, middle, atol=0.02)


def test_noise_draws_strands_and_grain_but_leaves_the_person():
    calm = render(freckles=1.0)
    one, other = (render(noises(RESOLUTION, seed), freckles=1.0) for seed in (1, 2))
    check_noise(calm, one, other, 0.8)
