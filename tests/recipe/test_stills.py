"""Stills in every format: what comes back from the file, and how they are resized."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from stylestudio.recipe import Recipe, read_recipe
from stylestudio.recipe.stills import FORMATS, resized, save_still


@pytest.fixture
def recipe(model):
    return Recipe.from_seed(7, model)


@pytest.fixture
def pixels():
    """Smooth colours of 8 bits."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([x * 8, y * 10, (x + y) * 4], axis=-1).astype(np.uint8)


@pytest.fixture
def deep():
    return np.random.RandomState(0).randint(0, 65536, (5, 7, 3)).astype(np.uint16)


def lines_of_png(data):
    """The raw lines of a PNG of 16 bits, by the plain rules of its filter Up."""
    place, content, header = 8, b"", None
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, place + 8 + length)
        assert checksum == zlib.crc32(kind + body)
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            content += body
        place += 12 + length
    width, height, depth, colour, *_ = header
    assert depth == 16
    channels = {2: 3, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(content), np.uint8).reshape(height, -1)
    assert (lines[:, 0] == 2).all()
    plain = np.cumsum(lines[:, 1:], axis=0, dtype=np.uint64).astype(np.uint8)
    return plain.reshape(-1).view(">u2").reshape(height, width, channels)


def test_sixteen_bits_come_back_exactly(tmp_path, deep, recipe):
    save_still(tmp_path / "a.png", deep, recipe, "png16")
    assert (lines_of_png((tmp_path / "a.png").read_bytes()) == deep).all()
    assert read_recipe(tmp_path / "a.png") == recipe
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        assert picture.info["srgb"] == 0
        assert (np.asarray(picture) == deep >> 8).all()


def test_sixteen_bits_with_transparency(tmp_path, deep, recipe):
    four = np.concatenate([deep, deep[..., :1]], axis=-1)
    save_still(tmp_path / "a.png", four, recipe, "png16")
    assert (lines_of_png((tmp_path / "a.png").read_bytes()) == four).all()


@pytest.mark.parametrize("format", ["png", "webp-lossless"])
def test_lossless_formats_keep_every_level(tmp_path, pixels, recipe, format):
    path = tmp_path / f"a{FORMATS[format].suffix}"
    save_still(path, pixels, recipe, format)
    with Image.open(path) as picture:
        assert (np.asarray(picture.convert("RGB")) == pixels).all()


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_lossy_formats_come_close_and_say_that_they_are_srgb(tmp_path, pixels, recipe, format):
    path, worse = (tmp_path / f"{name}{FORMATS[format].suffix}" for name in "ab")
    save_still(path, pixels, recipe, format, quality=95)
    save_still(worse, pixels, recipe, format, quality=10)
    with Image.open(path) as picture:
        assert picture.format.lower() == format
        assert picture.info["icc_profile"]
        assert np.abs(np.asarray(picture.convert("RGB"), int) - pixels).mean() < 2
    assert worse.stat().st_size < path.stat().st_size


@pytest.mark.parametrize("quality", [1, 92, 94, 95, 100])
def test_jpeg_takes_pictures_full_of_detail(tmp_path, recipe, quality):
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    save_still(tmp_path / "a.jpg", noise, recipe, "jpeg", quality=quality)
    with Image.open(tmp_path / "a.jpg") as picture:
        picture.load()
        assert (picture.format, picture.size) == ("JPEG", (256, 256))


def test_jpeg_lays_transparency_on_white(tmp_path, recipe):
    clear = np.zeros((16, 16, 4), np.uint8)
    save_still(tmp_path / "a.jpg", clear, recipe, "jpeg")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_enlarging_is_pillows_lanczos(pixels, dtype):
    ours = resized(pixels.astype(dtype) * (257 if dtype == np.uint16 else 1), 64)
    assert ours.dtype == dtype
    assert ours.shape == (48, 64, 3)
    theirs = Image.fromarray(pixels).resize((64, 48), Image.Resampling.LANCZOS)
    in_eight = ours if dtype == np.uint8 else np.rint(ours / 257)
    assert np.abs(in_eight.astype(int) - np.asarray(theirs, int)).max() <= 1


def test_sixteen_bits_stay_fine_when_enlarged():
    ramp = np.linspace(1000, 1100, 32).astype(np.uint16)
    large = resized(np.repeat(ramp[None, :, None], 8, axis=0).repeat(3, axis=2), 128)
    assert len(np.unique(large)) > 60  # in 8 bits all of it is one level


def test_hidden_colours_do_not_bleed_when_resized():
    picture = np.zeros((16, 16, 4), np.uint8)
    picture[:, :8] = (0, 255, 0, 255)
    picture[:, 8:] = (255, 0, 0, 0)
    small = resized(picture, 7)
    seen = small[small[..., 3] > 0]
    assert seen[:, 0].max() <= 1


def test_a_side_of_its_own_leaves_the_picture(tmp_path, pixels, recipe):
    save_still(tmp_path / "a.png", pixels, recipe, "png", side=32)
    save_still(tmp_path / "b.png", pixels, recipe, "png", side=64)
    with Image.open(tmp_path / "a.png") as same, Image.open(tmp_path / "b.png") as large:
        assert (np.asarray(same) == pixels).all()
        assert large.size == (64, 48)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_its_longest_side(tmp_path, recipe, format):
    kind = FORMATS[format]
    long = np.zeros((kind.largest, 8, 3), np.uint16 if kind.is_deep else np.uint8)
    path = tmp_path / f"a{kind.suffix}"
    save_still(path, long, recipe, format)
    with Image.open(path) as picture:
        assert picture.size == (8, kind.largest)


@pytest.mark.parametrize("format", ["webp", "webp-lossless"])
def test_webp_says_how_large_it_can_be(tmp_path, recipe, format):
    long = np.zeros((8, 16384, 3), np.uint8)
    with pytest.raises(OSError, match="WebP holds at most 16383 pixels on each side"):
        save_still(tmp_path / "a.webp", long, recipe, format)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path, deep, recipe):
    with pytest.raises(OSError, match="gone does not exist; make it"):
        save_still(tmp_path / "gone" / "a.png", deep, recipe, "png16")
    assert not (tmp_path / "gone").exists()
