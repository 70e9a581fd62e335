"""What the attributes and the noise of a landscape are for, seen in the painted pictures."""

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


def test_birds_fly_beside_the_sun_against_the_light():
    for sun_x in (-1.5, 1.5):
        given = attributes(SCENE, sun_x=sun_x, sun_y=1.0, clouds=-1.5)
        sky = (SCENE.render(given, {}, 256)[0, :, 20:80].mean(0) + 1) / 2
        sun = int(sky.amax(0).argmax())
        darkest = int(sky.amin(0).argmin())
        assert 8 < darkest - sun < 50
        assert sky.min() < 0.5 * sky.median()


def test_woods_darken_the_hills_below_their_ridge():
    def hills(forest):
        return SCENE.render(attributes(SCENE, forest=forest), {}, 256)[0, :, 140:].mean()

    assert hills(1.5) < hills(-1.5) - 0.02


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
