"""What holds for every scene: the same input gives the same picture, every attribute shows."""

import pytest
import torch
from painting import attributes, noises

from stylestudio.training import horizons, pigments, portraits

SCENES = {
    "horizons": (horizons.Horizons(), horizons.SETTINGS),
    "pigments": (pigments.Pigments(), pigments.SETTINGS),
    "portraits": (portraits.Portraits(), portraits.SETTINGS),
}
SHOWN_WITH = {  # what some attributes need in order to show
    "horizons": {"night": 0.5, "clouds": 0.5},
    "pigments": {},
    "portraits": {"freckles": 0.6, "glasses": 0.6},
}
SMALL = {"grain", "stars", "eye_tone", "eye_hue"}  # live in few pixels or in the noise
RESOLUTION = 64

every_scene = pytest.mark.parametrize("name", SCENES)


@every_scene
def test_the_same_attributes_and_noise_give_the_same_picture(name):
    scene, _ = SCENES[name]
    first = scene.render(attributes(scene), noises(RESOLUTION), RESOLUTION)
    assert first.shape == (1, 3, RESOLUTION, RESOLUTION)
    assert torch.equal(first, scene.render(attributes(scene), noises(RESOLUTION), RESOLUTION))


@every_scene
def test_pictures_stay_in_range_and_do_not_depend_on_their_batch(name):
    scene, _ = SCENES[name]
    many = torch.randn(6, len(scene.space.names), generator=torch.Generator().manual_seed(3)) * 3
    maps = noises(RESOLUTION, batch=6)
    pictures = scene.render(many, maps, RESOLUTION)
    assert pictures.isfinite().all()
    assert pictures.min() >= -1
    assert pictures.max() <= 1
    alone = scene.render(many[2:3], {key: m[2:3] for key, m in maps.items()}, RESOLUTION)
    assert torch.allclose(pictures[2:3], alone, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [(name, a) for name, (scene, _) in SCENES.items() for a in scene.space.names],
)
def test_every_attribute_shows_and_moves_the_picture_without_jumps(name, attribute):
    scene, _ = SCENES[name]
    maps = noises(scene.seen_at)
    low, near, high = (
        scene.render(attributes(scene, **SHOWN_WITH[name] | {attribute: v}), maps, scene.seen_at)
        for v in (-1.2, -1.19, 1.2)
    )
    changed = (high - low).abs().amax(1) > 4 / 255
    assert changed.float().mean() > (0.001 if attribute in SMALL else 0.005)
    assert (near - low).abs().mean() < 0.01


@every_scene
def test_attention_is_smooth_and_about_1(name):
    scene, _ = SCENES[name]
    weights = scene.loss_weights(RESOLUTION)
    assert weights.shape == (RESOLUTION, RESOLUTION)
    assert 0.5 < weights.mean() < 2
    assert weights[4:-4, 4:-4].diff().abs().max() < 0.1  # the border may count for more


@every_scene
def test_the_settings_fit_the_scene(name):
    scene, settings = SCENES[name]
    assert settings.config.w_dim >= len(scene.space.names)
    assert settings.stages[-1].resolution == settings.config.img_resolution
