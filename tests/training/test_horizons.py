"""The painted landscapes: the same input gives the same picture, every attribute shows."""

import pytest
import torch

from stylestudio.training.horizons import SETTINGS, Horizons

RESOLUTION = 64
SCENE = Horizons()
NAMES = SCENE.space.names
FINE_DETAIL = {"grain", "stars"}  # live in the noise maps


def noises(seed=0, batch=1, resolution=RESOLUTION):
    generator = torch.Generator().manual_seed(seed)
    maps = {}
    for side in (4, 8, 16, 32, 64, 128, 256):
        if side <= resolution:
            for layer in ("conv0", "conv1"):
                shape = (batch, 1, side, side)
                maps[f"b{side}.{layer}"] = torch.randn(shape, generator=generator)
    return maps


def attributes(batch=1, **values):
    tensor = torch.zeros(batch, len(NAMES))
    for name, value in values.items():
        tensor[:, NAMES.index(name)] = value
    return tensor


def test_the_same_attributes_and_noise_give_the_same_picture():
    first = SCENE.render(attributes(), noises(), RESOLUTION)
    assert first.shape == (1, 3, RESOLUTION, RESOLUTION)
    assert torch.equal(first, SCENE.render(attributes(), noises(), RESOLUTION))


def test_pictures_stay_in_range_and_do_not_depend_on_their_batch():
    many = torch.randn(6, len(NAMES), generator=torch.Generator().manual_seed(3)) * 3
    maps = noises(batch=6)
    pictures = SCENE.render(many, maps, RESOLUTION)
    assert pictures.isfinite().all()
    assert pictures.min() >= -1
    assert pictures.max() <= 1
    alone = SCENE.render(many[2:3], {name: m[2:3] for name, m in maps.items()}, RESOLUTION)
    assert torch.allclose(pictures[2:3], alone, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_shows(name):
    maps = noises(resolution=256)
    dusk = {"night": 0.5, "clouds": 0.5}
    low = SCENE.render(attributes(**dusk | {name: -1.2}), maps, 256)
    high = SCENE.render(attributes(**dusk | {name: 1.2}), maps, 256)
    changed = (high - low).abs().amax(1) > 4 / 255
    assert changed.float().mean() > (0.001 if name in FINE_DETAIL else 0.01)


def test_an_attribute_moves_the_picture_without_jumps():
    for name in NAMES:
        at = [SCENE.render(attributes(**{name: v}), {}, RESOLUTION) for v in (0.30, 0.31)]
        assert (at[1] - at[0]).abs().mean() < 0.01


def test_the_sun_stands_where_its_attribute_says():
    brightest = []
    for value in (-1.5, 1.5):
        picture = SCENE.render(attributes(sun_x=value, sun_y=1.0), {}, RESOLUTION)
        columns = picture[0].mean(0)[: RESOLUTION // 3].amax(0)
        brightest.append(int(columns.argmax()))
    assert brightest[0] < 0.42 * RESOLUTION
    assert brightest[1] > 0.58 * RESOLUTION


def test_noise_draws_detail_but_not_the_landscape():
    given = attributes()
    calm = SCENE.render(given, {}, 256)
    one = SCENE.render(given, noises(1, resolution=256), 256)
    other = SCENE.render(given, noises(2, resolution=256), 256)

    def roughness(picture):
        return (picture[..., 1:] - picture[..., :-1]).abs().mean()

    assert roughness(calm) < 0.7 * roughness(one)
    assert not torch.equal(one, other)
    layouts = [torch.nn.functional.avg_pool2d(picture, 16) for picture in (one, other)]
    assert (layouts[0] - layouts[1]).abs().mean() < 0.03


def test_the_settings_fit_the_scene():
    config = SETTINGS.config
    assert config.w_dim >= len(NAMES)
    assert SETTINGS.stages[-1].resolution == config.img_resolution
