"""Pictures of more than 8 bits are scaled by what their numbers are, or refused by name."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylestudio.pictures import PictureError, plain_picture, read_picture

GRAY = np.random.RandomState(1).randint(0, 256, (12, 17)).astype(np.uint8)
COLOURS = np.random.RandomState(2).randint(0, 256, (12, 17, 3)).astype(np.uint8)
GRAY[0, :2], COLOURS[0, :2] = (0, 255), ((0, 0, 0), (255, 255, 255))
SCALES = {
    "unit": lambda levels: levels / 255,
    "levels": lambda levels: levels.astype(float),
    "16 bits": lambda levels: levels * 257.0,
}


def lzw(content: bytes) -> bytes:
    """Packed by libtiff, as gray levels in one row."""
    file = io.BytesIO()
    Image.frombytes("L", (len(content), 1), content).save(file, "TIFF", compression="tiff_lzw")
    with Image.open(file) as picture:
        start, size = picture.tag_v2[273][0], picture.tag_v2[279][0]
    return file.getvalue()[start : start + size]


@pytest.fixture
def read(tmp_path, make_tiff):
    """What is read of numbers written as a TIFF, and what is said about it."""

    def call(numbers, **options):
        path = tmp_path / "render.tif"
        path.write_bytes(make_tiff(numbers, **options))
        said = []
        return np.asarray(read_picture(path, note=said.append)).astype(int), said

    return call


@pytest.mark.parametrize("levels", [GRAY, COLOURS], ids=["gray", "colours"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_floating_point_numbers(read, levels, kind, scale, order):
    if kind == "f2" and scale == "16 bits":
        pytest.skip("beyond half floats")
    found, said = read(SCALES[scale](levels).astype(kind), order=order)
    assert np.abs(found - levels.reshape(*levels.shape[:2], -1)).max() <= 1
    assert not said


@pytest.mark.parametrize("levels", [GRAY, COLOURS], ids=["gray", "colours"])
@pytest.mark.parametrize(
    ("kind", "factor"),
    [("u2", 257), ("u4", 1), ("u4", 257), ("u4", 16843009), ("i4", 1), ("i4", 8421504)],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_whole_numbers(read, levels, kind, factor, order):
    found, said = read((levels.astype(np.uint64) * factor).astype(kind), order=order)
    assert np.abs(found - levels.reshape(*levels.shape[:2], -1)).max() <= 1
    assert not said


@pytest.mark.parametrize(
    "options",
    [
        {"compress": zlib.compress},
        {"compress": zlib.compress, "predictor": 3},
        {"compress": lzw, "compression": 5},
        {"compress": lzw, "compression": 5, "predictor": 3, "order": ">"},
        {"tile": (16, 16)},
        {"tile": (16, 16), "compress": zlib.compress, "predictor": 3},
        {"planar": True},
        {"planar": True, "order": ">", "compress": zlib.compress},
    ],
)
def test_every_layout_of_the_file(read, options):
    found, _ = read((COLOURS / 255).astype("f4"), **options)
    assert np.abs(found - COLOURS).max() <= 1


def test_differences_of_whole_numbers(read):
    found, _ = read(COLOURS.astype("u4") * 257, compress=zlib.compress, predictor=2)
    assert np.abs(found - COLOURS).max() <= 1


def test_transparency_and_negatives(read):
    alpha = np.full((12, 17, 1), 0.5)
    found, _ = read(np.concatenate([COLOURS / 255, alpha], -1).astype("f4"), extra=2)
    assert np.abs(found - (COLOURS / 2 + 127.5)).max() <= 2
    gray = np.stack([GRAY, np.full_like(GRAY, 255)], -1).astype("u2") * 257
    found, _ = read(gray, extra=2)
    assert np.abs(found - GRAY[..., None]).max() <= 1
    for numbers in ((GRAY / 255).astype("f4"), GRAY.astype("u2") * 257):
        found, _ = read(numbers, photometric=0)
        assert np.abs(found - (255 - GRAY[..., None].astype(int))).max() <= 1


def test_brightness_beyond_white_is_said_and_gaps_are_black(read):
    bright = (GRAY / 255).astype("f4")
    bright[3, 3], bright[4, 4], bright[5, 5] = 7.5, np.nan, np.inf
    found, said = read(bright)
    assert found[3, 3, 0] == found[5, 5, 0] == 255
    assert found[4, 4, 0] == 0
    assert np.abs(found[:3, ..., 0] - GRAY[:3]).max() <= 1
    assert said == ["render.tif has brightness above 1, which is shown as white."]


@pytest.mark.parametrize(
    ("numbers", "options", "why"),
    [
        (np.full((8, 8), np.nan, "f4"), {}, "no values above 0"),
        (np.full((8, 8, 3), -1, "f4"), {}, "no values above 0"),
        (np.arange(64, dtype="f4").reshape(8, 8) * 1e7, {}, "up to 6.3e\\+08"),
        (np.zeros((8, 8, 4), "f4"), {"photometric": 5}, "4 x 32 bits .floating-point numbers."),
        (np.zeros((8, 8, 2), "f4"), {"photometric": 2}, "channels are missing"),
    ],
)
def test_numbers_without_a_meaning_are_refused_by_name(read, numbers, options, why):
    with pytest.raises(PictureError, match=f"^render.tif .*{why}.*[.]$"):
        read(numbers, **options)


def test_a_damaged_file_is_refused_at_every_length(tmp_path, make_tiff):
    whole = make_tiff((COLOURS / 255).astype("f4"), compress=zlib.compress)
    for length in range(0, len(whole), 29):
        path = tmp_path / "cut.tif"
        path.write_bytes(whole[:length])
        with pytest.raises(PictureError, match=r"^cut.tif .*[.]$"):
            read_picture(path)


def test_other_deep_pictures(tmp_path):
    deep = Image.fromarray(GRAY.astype(np.uint16) * 257)
    for name in ("a.png", "a.tif", "a.pgm"):
        deep.save(tmp_path / name)
        assert np.abs(np.asarray(read_picture(tmp_path / name))[..., 0] - GRAY).max() == 0
    assert (
        np.asarray(plain_picture(Image.fromarray(GRAY / np.float32(255))))[..., 0] == GRAY
    ).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr"])
def test_common_kinds_of_tiff(tmp_path, mode):
    red = Image.new("RGB", (20, 10), (200, 30, 40))
    if mode == "LAB":
        spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(red, *spaces, outputMode="LAB")
    elif mode == "P":
        picture = red.quantize(4)
    else:
        picture = (red.convert("L") if mode == "LA" else red).convert(mode)
    picture.save(tmp_path / "a.tif")
    found = read_picture(tmp_path / "a.tif")
    assert found.mode == "RGB"
    if mode not in ("1", "L", "LA"):
        assert np.abs(np.asarray(found)[5, 5].astype(int) - (200, 30, 40)).max() <= 4
