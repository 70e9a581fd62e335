"""Colours mean the same whatever profile a file brings."""

import numpy as np
import pytest
from PIL import Image

import stylestudio as ss
from stylestudio.inversion import load_photo
from stylestudio.pictures import plain_picture, read_picture, srgb_profile
from stylestudio.recipe import ModelRef, SeedSource
from stylestudio.training.adversarial.pictures import read_square
from stylestudio.transfer.pictures import longest_side, save_picture
from stylestudio.transfer.pictures import read_picture as read_tensor
from stylestudio.video.writers import png_bytes

# Colours that every space holds.
COLOURS = np.random.RandomState(0).randint(70, 190, (6, 8, 3)).astype(np.uint8)
SPACES = ["Display P3", "Adobe RGB", "ProPhoto"]


def difference(picture, colours=COLOURS) -> int:
    return int(np.abs(np.asarray(picture).astype(int) - colours).max())


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_colours_of_other_spaces_become_srgb(tmp_path, to_space, space, suffix):
    levels, profile = to_space(COLOURS, space)
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(levels).save(path, icc_profile=profile, lossless=True)
    assert difference(levels) > 10
    assert difference(read_picture(path)) <= 2


def test_every_way_in_converts(tmp_path, to_space):
    colours = np.full((16, 16, 3), (190, 70, 90), np.uint8)
    levels, profile = to_space(colours, "ProPhoto")
    path = tmp_path / "photo.png"
    Image.fromarray(levels).save(path, icc_profile=profile)
    photo = (load_photo(path).pixels.permute(1, 2, 0) + 1) * 127.5
    open_photo = (load_photo(Image.open(path)).pixels.permute(1, 2, 0) + 1) * 127.5
    styled = read_tensor(path, longest_side(16, enlarge=False))[0].permute(1, 2, 0) * 255
    for found in (photo, open_photo, styled, read_square(path, 16)):
        assert difference(found, colours) <= 2


def test_transparent_palettes_and_grays_have_profiles_too(tmp_path, to_space, make_profile):
    levels, profile = to_space(COLOURS, "ProPhoto")
    half = Image.fromarray(levels)
    half.putalpha(128)
    half.save(tmp_path / "half.png", icc_profile=profile)
    assert difference(read_picture(tmp_path / "half.png"), COLOURS * (128 / 255) + 127) <= 2
    few = Image.fromarray(levels).quantize(256)
    few.save(tmp_path / "few.png", icc_profile=profile)
    assert difference(read_picture(tmp_path / "few.png")) <= 6  # a palette of few bits
    gray = Image.fromarray(np.full((8, 8), 128, np.uint8))
    gray.save(tmp_path / "gray.png", icc_profile=make_profile(np.eye(3), 1.0, b"GRAY"))
    assert read_picture(tmp_path / "gray.png").getpixel((0, 0)) == (188, 188, 188)


def test_profiles_that_do_not_fit_are_left_out_and_said(tmp_path, to_space):
    _, profile = to_space(COLOURS, "Adobe RGB")
    said = []
    for name, content in (("noise", b"no profile" * 20), ("cut", profile[:200])):
        Image.fromarray(COLOURS).save(tmp_path / f"{name}.png", icc_profile=content)
        assert difference(read_picture(tmp_path / f"{name}.png", note=said.append)) == 0
    ink = Image.fromarray(COLOURS).convert("CMYK")
    ink.save(tmp_path / "ink.jpg", icc_profile=profile, quality=100)
    assert difference(read_picture(tmp_path / "ink.jpg", note=said.append)) <= 6
    assert [sentence.split()[0] for sentence in said] == ["noise.png", "cut.png", "ink.jpg"]
    assert all("colour profile" in sentence for sentence in said)


def test_what_says_srgb_keeps_every_level():
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 5, np.uint8)] * 3), -1).reshape(-1, 52, 3)
    picture = Image.fromarray(every)
    picture.info["icc_profile"] = srgb_profile()
    assert (np.asarray(plain_picture(picture)) == every).all()


def test_pictures_that_are_written_say_srgb_and_come_back_as_they_were(tmp_path):
    recipe = ss.Recipe(
        model=ModelRef(name="tiny", sha256="a" * 64, num_ws=8, w_dim=4), source=SeedSource(7)
    )
    ss.save_png(tmp_path / "look.png", COLOURS, recipe)
    (tmp_path / "frame.png").write_bytes(png_bytes(COLOURS, recipe.to_json()))
    for name in ("look.png", "frame.png"):
        with Image.open(tmp_path / name) as picture:
            picture.load()
            assert picture.info["srgb"] == 0
        assert difference(read_picture(tmp_path / name)) == 0
    pixels = read_tensor(tmp_path / "look.png", longest_side(64, enlarge=False))
    for name in ("a.png", "a.jpg", "a.webp"):
        save_picture(tmp_path / name, pixels)
        first = (tmp_path / name).read_bytes()
        save_picture(tmp_path / name, pixels)
        assert (tmp_path / name).read_bytes() == first
        with Image.open(tmp_path / name) as picture:
            assert picture.info["icc_profile"] == srgb_profile()
    assert difference(read_picture(tmp_path / "a.png")) == 0
