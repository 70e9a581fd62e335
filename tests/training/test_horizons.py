"""What the attributes and the noise of a landscape are for, seen in the painted pictures."""

from painting import attributes, check_noise, noises

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
