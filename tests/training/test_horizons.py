"""What the attributes and the noise of a landscape are for, seen in the painted pictures."""

import torch
from painting import attributes, check_noise, noises
from torch.nn import functional as F

from stylestudio.training.horizons import Horizons

RESOLUTION = 64
SCENE = Horizons()


def test_the_sun_stands_where_its_attribute_says():
    brightest = []
    for value in (-1.5, 1.5):
        picture = SCENE.render(attributes(SCENE, sun_x=value, sun_y=1.0), {}, RESOLUTION)
        columns = picture[0].mean(0)[: RESOLUTION // 3].amax(0)
        brightest.append(int(columns.argmax()))
    assert brightest[0] < 0.42 * RESOLUTION
    assert brightest[1] > 0.58 * RESOLUTION


def test_noise_draws_detail_but_not_the_landscape():
    given = attributes(SCENE)
    calm = SCENE.render(given, {}, 256)
    one = SCENE.render(given, noises(256, 1), 256)
    other = SCENE.render(given, noises(256, 2), 256)
    check_noise(calm, one, other, 0.7)


def test_birds_fly_by_the_sun_by_day_and_the_sky_elsewhere_stays():
    maps = {"b64.conv1": torch.full((1, 1, 64, 64), 2.4)}
    given = attributes(SCENE, night=-1.0, stars=-1.0)
    moved = (SCENE.render(given, maps, 256) - SCENE.render(given, {}, 256))[0].abs().amax(0)
    sun_y, sun_x = 84, 128
    assert moved[sun_y - 12 : sun_y + 12, sun_x - 20 : sun_x + 40].max() > 0.3
    assert moved[:30].max() < 0.01
    assert moved[160:].max() < 0.01
    dark = attributes(SCENE, night=1.5, stars=-1.0)
    by_night = (SCENE.render(dark, maps, 256) - SCENE.render(dark, {}, 256)).abs().max()
    assert by_night < 0.3 * moved.max()


def test_the_border_counts_for_more():
    weights = SCENE.loss_weights(256)
    assert weights[0, 128] > 1.7
    assert weights[128, 128] < 1.01


def test_stars_grow_in_number_by_day_and_by_night():
    for night in (-1.0, 1.5):
        counts = []
        for stars in (-1.5, 0.0, 1.5):
            given = attributes(SCENE, night=night, stars=stars, clouds=-1.5)
            drawn = SCENE.render(given, noises(256, 1), 256) - SCENE.render(given, {}, 256)
            counts.append(int((drawn[0, :, :40, :100].mean(0) > 0.1).sum()))
        assert counts[0] + 5 < counts[1] < counts[2] - 50


def test_attributes_decide_what_rock_looks_like_more_than_noise_does():
    def mountains(seed=1, **values):
        given = attributes(SCENE, forest=-1.8, grain=-1.8, clouds=-1.8, **values)
        return F.avg_pool2d(SCENE.render(given, noises(256, seed), 256), 4)[0, :, 20:34]

    by_noise = (mountains(1) - mountains(2)).square().mean()
    for name in ("ruggedness", "facets"):
        moved = (mountains(**{name: -1.5}) - mountains(**{name: 1.5})).square().mean()
        assert moved > by_noise, name
