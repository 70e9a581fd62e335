"""Flowing noise: coherent, of unit variance in every layer, and back where it began."""

import numpy as np
import pytest

from stylestudio.recipe import Recipe, interpolate
from stylestudio.render import render
from stylestudio.render.noise import make_noise, noise_key


def layers(model, **fields):
    recipe = Recipe.from_seed(1, model, noise_mode="flowing", **fields)
    steps = [step for step in model.network.synthesis.steps if step.has_noise]
    keys = [noise_key(recipe, step) for step in steps]
    made = zip(steps, keys, strict=True)
    return [make_noise(model.synthesis, step, key, model.device).numpy() for step, key in made]


@pytest.mark.parametrize("grain", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("reach", [0.0, 0.3, 1.0])
def test_the_variance_is_one_in_every_layer_at_every_turn(model, grain, reach):
    for turn in (0.0, 0.13, 0.5, 0.77):
        for noise in layers(model, noise_turn=turn, noise_reach=reach, noise_grain=grain):
            assert noise.var() == pytest.approx(1.0, abs=1e-4)
            assert noise.mean() == pytest.approx(0.0, abs=1e-5)


def test_whole_turns_are_the_same_noise_and_others_are_not(model):
    start = Recipe.from_seed(1, model, noise_mode="flowing")
    assert (render(model, start) == render(model, start.replace(noise_turn=3.0))).all()
    assert (render(model, start) != render(model, start.replace(noise_turn=0.1))).any()
    assert (render(model, start) != render(model, start.replace(noise_seed=4))).any()


def test_the_further_the_turn_the_more_of_the_noise_has_changed(model):
    first = layers(model)
    for index, noise in enumerate(first):
        distances = [
            np.abs(layers(model, noise_turn=turn)[index] - noise).mean()
            for turn in (0.0, 0.01, 0.05, 0.1, 0.25, 0.5)
        ]
        assert distances[0] == 0.0
        assert (np.diff(distances) > 0).all()


def test_a_reach_of_nothing_stands_still(model):
    still = Recipe.from_seed(1, model, noise_mode="flowing", noise_reach=0.0)
    assert (render(model, still) == render(model, still.replace(noise_turn=0.4))).all()


def test_a_larger_grain_makes_neighbours_alike(model):
    def likeness(grain):
        noise = layers(model, noise_grain=grain)[-1]
        return (noise[:, 1:] * noise[:, :-1]).mean()

    assert abs(likeness(1.0)) < 0.1
    assert likeness(2.0) < likeness(4.0)
    assert likeness(4.0) > 0.7


def test_layers_do_not_repeat_each_other(model):
    noises = layers(model)
    for a, b in zip(noises[1::2], noises[2::2], strict=True):  # two of each resolution
        assert abs((a * b).mean()) < 0.5


def test_flowing_noise_moves_between_recipes(model):
    a = Recipe.from_seed(1, model, noise_mode="flowing")
    b = a.replace(noise_turn=2.0, noise_grain=3.0, noise_reach=0.5)
    middle = interpolate(a, b, 0.25)
    assert (middle.noise_turn, middle.noise_grain, middle.noise_reach) == (0.5, 1.5, 0.875)
