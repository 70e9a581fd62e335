"""`stylestudio dissect`."""

import numpy as np
import pytest
from PIL import Image

import stylestudio as ss


@pytest.fixture
def mask(tmp_path):
    """The upper third is what is meant."""
    path = tmp_path / "mask.png"
    pixels = np.zeros((32, 32), np.uint8)
    pixels[:11] = 255
    Image.fromarray(pixels).save(path)
    return path


def test_units_are_found_written_and_kept(studio, model, mask, tmp_path):
    out = tmp_path / "top.json"
    words = ["--mask", 3, mask, "--step", "b16.conv1", "--count", 3, "--quick"]
    answer = studio("dissect", model, *words, "--name", "top", "--keep", "-o", out)
    assert answer.status == 0, answer.err
    assert "3 units after b16.conv1" in answer.out
    assert "Kept as 'top' for tiny" in answer.out
    opened = ss.open_model(model)
    pixels = np.asarray(Image.open(mask), np.float32) / 255
    found = ss.dissect(opened, [(3, pixels)], "b16.conv1", 3, name="top", learn=False)
    assert ss.open_units(out, opened) == found
    assert all(f"unit {unit:4}" in answer.out for unit in found.units)
    kept = studio("dissect", model, "--kept")
    assert kept.out == "top: 3 units after b16.conv1\n"
    ss.editing.forget_units(found)


def test_a_sample_may_be_a_picture_with_its_recipe(studio, model, mask, tmp_path):
    opened = ss.open_model(model)
    recipe = ss.Recipe.from_seed(4, opened, truncation_psi=0.5)
    ss.save_png(tmp_path / "look.png", ss.render(opened, recipe), recipe)
    words = ["--mask", tmp_path / "look.png", mask, "--step", 3, "--quick", "-o"]
    assert studio("dissect", model, *words, tmp_path / "a.json").status == 0
    pixels = np.asarray(Image.open(mask), np.float32) / 255
    found = ss.dissect(opened, [(recipe, pixels)], 3, learn=False)
    assert ss.open_units(tmp_path / "a.json") == found


def test_words_take_the_place_of_masks(studio, model, mask, tmp_path, monkeypatch):
    pixels = np.asarray(Image.open(mask), np.float32) / 255
    asked = []

    def regions(opened, words, text, *, samples, on_progress):
        asked.append((words, text.name, samples))
        return [(ss.Recipe.from_seed(3, opened), pixels)]

    monkeypatch.setattr("stylestudio.text.regions_by_words", regions)
    words = ["--words", "hair", "--samples", 2, "--step", "b16.conv1", "--quick", "-o"]
    answer = studio("dissect", model, *words, tmp_path / "hair.json")
    assert answer.status == 0, answer.err
    assert asked == [("hair", "lexicon", 2)]
    assert 'Lexicon sees "hair" on 34.4% of seed 3' in answer.out
    opened = ss.open_model(model)
    found = ss.dissect(opened, [(3, pixels)], "b16.conv1", name="hair", learn=False)
    assert ss.open_units(tmp_path / "hair.json") == found


def test_words_that_say_nothing_of_a_model_are_said(refused, model):
    assert "own worlds" in refused("dissect", model, "--words", "hair", status=1)
    assert "doesn't know" in refused("dissect", "portraits", "--words", "hat", status=1)


def test_what_cannot_be_dissected_is_said(refused, model, mask, tmp_path):
    assert "--mask SEED PNG" in refused("dissect", model, status=2)
    both = ("--words", "hair", "--mask", 3, mask)
    assert "give --words, or" in refused("dissect", model, *both, status=2)
    assert "names no step" in refused("dissect", model, "--mask", 3, mask, "--step", "b9", status=1)
    unseen = ("--words", "hair", "--step", "b9")  # before words are looked for anywhere
    assert "names no step" in refused("dissect", model, *unseen, status=1)
    assert "names 2 pictures" in refused("dissect", model, "--mask", "3-4", mask, status=1)
    Image.new("L", (8, 8)).save(mask)
    assert "no region is painted" in refused("dissect", model, "--mask", 3, mask, status=1)
    assert "does not exist" in refused(
        "dissect", model, "--mask", 3, mask, "-o", tmp_path / "no" / "a.json", status=2
    )
