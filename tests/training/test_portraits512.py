"""What the attributes and the noise of a portrait are for, seen in the painted pictures."""

import pytest
import torch
from painting import attributes, check_noise, noises
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from stylestudio.checkpoints import read_checkpoint
from stylestudio.resources import resource_path
from stylestudio.training.embedding import Embedding, mix_rows
from stylestudio.training.losses import psnr
from stylestudio.training.portraits512 import SETTINGS, Portraits512
from stylestudio.training.scene import GROUPS, shape_gaussian
from stylestudio.training.trainer import draw_noises, synthesize_upto

RESOLUTION = 128
SCENE = Portraits512()


def render(maps=None, resolution=RESOLUTION, **values):
    """The picture [3, R, R] of the average person but for the named attributes."""
    return SCENE.render(attributes(SCENE, **values), maps or {}, resolution)[0]


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
    calm = render(resolution=512, freckles=1.0)
    one, other = (render(noises(512, seed), 512, freckles=1.0) for seed in (1, 2))
    check_noise(calm, one, other, 0.5)


def coloured_as(picture, colour, box):
    """How many pixels within a box (left, top, right, bottom, as shares) come near a colour."""
    side = picture.shape[-1]
    left, top, right, bottom = (round(edge * side) for edge in box)
    away = (picture[:, top:bottom, left:right] - torch.tensor(colour)[:, None, None] * 2 + 1).abs()
    return int((away.amax(0) < 0.12).sum())


def test_those_without_glasses_may_wear_earrings():
    gold, ears = (0.93, 0.79, 0.50), (0.2, 0.45, 0.8, 0.7)
    short = {"resolution": 512, "hair_length": -1.5, "sky_blue": 1.5, "disc_warmth": -1.5}
    worn, bare, glasses = (
        coloured_as(render(**short, glasses=value), gold, ears) for value in (-1.5, 0.0, 1.5)
    )
    assert worn > 25
    assert max(bare, glasses) < worn / 4


def test_a_wide_jaw_wears_a_beard():
    chin = (slice(None), slice(90, 96), slice(56, 72))
    none, some = (render(jaw=value)[chin].mean() for value in (0.4, 1.5))
    assert none - some > 0.3
    assert abs(none - render(jaw=-1.0)[chin].mean()) < 0.1


def test_necklines_run_from_pointed_to_a_high_collar():
    blue = {"cloth_blue": 1.5, "cloth_red": -1.0, "skin_tone": 1.0}

    def is_cloth(value, row):
        red, _, blue_ = render(**blue, neckline=value)[:, round(row * RESOLUTION), 64]
        return bool(blue_ > red)

    below_the_chin, at_the_chest = 0.80, 0.88
    assert [is_cloth(v, below_the_chin) for v in (-1.2, 0.7, 1.5)] == [False, False, True]
    assert [is_cloth(v, at_the_chest) for v in (-1.2, 0.7, 1.5)] == [False, True, True]


def test_strands_fall_from_the_parting():
    """Noise is smooth along a strand: downwards at the temples, slanting on the crown's sides."""
    picture = render(noises(512, 3), 512, curl=-1.5, hair_length=1.2).mean(0)
    calm = render(resolution=512, curl=-1.5, hair_length=1.2).mean(0)
    strands = picture - calm

    def alike(rows, columns, down, across):
        """How alike the noise is a step further."""
        here = strands[rows, columns]
        there = strands.roll((-down, -across), (0, 1))[rows, columns]
        return float((here * there).mean() / (here.square().mean() * there.square().mean()).sqrt())

    hanging = (slice(250, 330), slice(134, 146))
    assert alike(*hanging, 4, 0) > alike(*hanging, 0, 4) + 0.15
    right, left = (slice(90, 130), slice(320, 350)), (slice(90, 130), slice(165, 195))
    assert alike(*right, 3, 3) > alike(*right, 3, -3) + 0.15
    assert alike(*left, 3, -3) > alike(*left, 3, 3) + 0.15


def test_smaller_pictures_show_the_same_in_small():
    large = F.avg_pool2d(render(resolution=512, glasses=1.0)[None], 8)[0]
    small = render(resolution=64, glasses=1.0)
    assert psnr(small[None], large[None]) > 28


class OneDevice(TorchDispatchMode):
    """Refuses what mixes tensors of several devices; most machines that run tests have one."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        devices = {x.device for x in tree_leaves((args, kwargs)) if getattr(x, "ndim", 0)}
        assert len(devices) < 2, f"{func} of tensors on {devices}"
        return func(*args, **(kwargs or {}))


def test_pictures_are_painted_where_the_attributes_are():
    """The device "meta" keeps no values, so whatever asks for one would fail as well."""
    maps = {name: noise.to("meta") for name, noise in noises(512).items()}
    average = attributes(SCENE).to("meta")
    with OneDevice():
        picture = SCENE.render(average, maps, 512)
    assert picture.shape == (1, 3, 512, 512)
    assert picture.device.type == "meta"


def test_the_model_that_ships_paints_like_the_painter():
    network = read_checkpoint(resource_path("models", "portraits-512.safetensors")).network
    assert network.config == SETTINGS.config
    generator = torch.Generator().manual_seed(77)
    values = shape_gaussian(torch.randn(2, len(SCENE.space.names), generator=generator))
    maps = draw_noises(network.synthesis, 2, 512, generator)
    embedding = Embedding(SCENE.space, SETTINGS.config.w_dim, SETTINGS.seed)
    ws = mix_rows(dict.fromkeys(GROUPS, embedding.to_w(values)), SETTINGS.config.num_ws)
    with torch.no_grad():
        *_, picture = synthesize_upto(network.synthesis, ws, maps, 512)
    assert psnr(picture, SCENE.render(values, maps, 512)).mean() > 31
