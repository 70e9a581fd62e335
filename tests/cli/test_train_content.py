"""The photos of `--content`: one that can't be read is left out, and not all are held at once."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch
from PIL import Image

from stylestudio.transfer import contents, paintings, specimens

PHOTOS = 6
COMMANDS = ("styles", "style", "enlarger", "loss-network")


@pytest.fixture
def folder(tmp_path):
    """Photos of 200 x 200 pixels, one of them cut off."""
    folder = tmp_path / "photos"
    folder.mkdir()
    draw = np.random.default_rng(0)
    for number in range(PHOTOS):
        pixels = draw.integers(0, 256, (200, 200, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    cut = folder / "3.png"
    cut.write_bytes(cut.read_bytes()[:200])
    return folder


@pytest.fixture
def train(studio, bank, folder, tmp_path, monkeypatch):
    """Train on the photos alone."""
    monkeypatch.setattr(contents, "model_pictures", lambda *_, **__: iter(()))
    monkeypatch.setattr(
        specimens, "make_specimens", lambda photos=(): ((name, photos) for name in "ab" if photos)
    )
    before = torch.get_num_threads()

    def call(command):
        words = ["--content", folder, "--out", tmp_path / "out.safetensors", "--steps", 1]
        if command == "style":
            words += [folder / "0.png", "--bank", bank, "--threads", 1]
        else:
            words += ["--work-dir", tmp_path / "work"]
        if command == "styles":
            (tmp_path / "paintings").mkdir()
            Image.new("RGB", (64, 64)).save(tmp_path / "paintings" / "dark.png")
            words += [tmp_path / "paintings", "--width", 0.25, "--side", 64]
        return studio("train", command, *words)

    yield call
    torch.set_num_threads(before)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_photo_that_can_t_be_read_is_named_and_left_out(train, command, tmp_path):
    answer = train(command)
    assert answer.status == 0, answer.err
    assert answer.err.count("Skipped ") == answer.err.count("Skipped 3.png: ") == 1
    assert (tmp_path / "out.safetensors").exists()


def test_photos_of_which_none_can_be_read_end_the_command(train, folder):
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:200])
    answer = train("styles")
    assert answer.status == 1
    assert answer.err.count("Skipped ") == PHOTOS
    assert answer.err.endswith("Error: None of these photos can be read; choose others.\n")


@pytest.mark.parametrize("command", ["styles", "enlarger"])
def test_photos_are_read_one_at_a_time(train, command, folder, monkeypatch):
    (folder / "3.png").unlink()
    read_picture, held, most = paintings.read_picture, [], []

    def watched(path, *words):
        most.append(sum(each() is not None for each in held))
        pixels = read_picture(path, *words).numpy().copy()
        held.append(weakref.ref(pixels))  # a tensor holds on to the array that it is made from
        return torch.from_numpy(pixels)

    monkeypatch.setattr(paintings, "read_picture", watched)
    answer = train(command)
    assert answer.status == 0, answer.err
    assert len(most) >= PHOTOS - 1
    assert max(most) <= 2
