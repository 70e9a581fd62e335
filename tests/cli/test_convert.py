"""Conversion keeps every pixel, there and back, and says what it cannot do."""

import os
import stat
import sys

import pytest
from PIL import Image


@pytest.fixture
def pixels(studio, tmp_path_factory):
    """The picture that a model file gives, without the recipe that names the file."""
    path = tmp_path_factory.mktemp("frames") / "frame.png"

    def of(model):
        answer = studio("render", model, "--seed", 3, "--psi", 0.7, "-o", path)
        assert answer.status == 0, answer.err
        with Image.open(path) as image:
            return image.tobytes()

    return of


def test_there_and_back_changes_no_pixel(studio, model, tmp_path, pixels):
    before = pixels(model)
    previous = model
    for name in ("a.pt", "b.safetensors", "c.pt", "d.safetensors"):
        target = tmp_path / name
        answer = studio("convert", previous, target)
        assert answer.status == 0, answer.err
        assert pixels(target) == before
        previous = target


def test_a_network_that_the_layout_cannot_hold_is_named(refused, classes_model, tmp_path):
    assert "class" in refused("convert", classes_model, tmp_path / "a.pt", status=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.pkl", "a", "missing/a.pt"])
def test_a_target_that_cannot_be_written_is_said_first(refused, model, tmp_path, name):
    assert name.split("/")[0] in refused("convert", model, tmp_path / name, status=2)


def test_a_file_is_not_converted_onto_itself(studio, model):
    before = model.read_bytes()
    assert studio("convert", model, model).status == 2
    assert model.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
def test_what_is_written_can_be_read_by_whom_the_user_lets(studio, model, tmp_path, name):
    before = os.umask(0o022)
    try:
        assert studio("convert", model, tmp_path / name).status == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o644


def test_a_built_in_model_by_its_name(studio, tmp_path):
    target = tmp_path / "own.safetensors"
    assert studio("convert", "Portraits", target).status == 0
    answer = studio("info", "portraits")
    assert answer.status == 0
    assert "256 x 256" in answer.out
    assert "256 x 256" in studio("info", target).out
