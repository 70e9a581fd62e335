"""Colours that a file names without a profile, and those of ink."""

import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from stylestudio.inversion import load_photo
from stylestudio.pictures import plain_picture, read_picture

# Colours that every space holds.
COLOURS = np.random.RandomState(0).randint(70, 190, (6, 8, 3)).astype(np.uint8)
# x and y of white, red, green and blue, in 1/100,000.
ADOBE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
PROPHOTO = (34570, 35850, 73470, 26530, 15960, 84040, 3660, 10)
SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
# Linear sRGB to linear Display P3, both with the white of D65.
TO_P3 = np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]])


def difference(picture, colours=COLOURS) -> int:
    return int(np.abs(np.asarray(picture).astype(int) - colours).max())


def png_info(**chunks):
    info = PngInfo()
    for name, numbers in chunks.items():
        content = bytes(numbers) if name == "cICP" else struct.pack(f">{len(numbers)}I", *numbers)
        info.add(name.encode(), content)
    return info


def display_p3(srgb):
    encoded = srgb / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    there = light @ TO_P3.T
    shown = np.where(there <= 0.0031308, there * 12.92, 1.055 * there ** (1 / 2.4) - 0.055)
    return (shown * 255).round().astype(np.uint8)


@pytest.mark.parametrize(
    ("space", "chunks"),
    [
        ("Adobe RGB", {"gAMA": [45471], "cHRM": ADOBE}),
        ("ProPhoto", {"gAMA": [55556], "cHRM": PROPHOTO}),
        ("Display P3", {"cICP": (12, 4, 0, 1)}),
    ],
)
def test_a_png_may_state_its_colours_in_numbers(tmp_path, to_space, space, chunks):
    levels, _ = to_space(COLOURS, space)
    path = tmp_path / "photo.png"
    Image.fromarray(levels).save(path, pnginfo=png_info(**chunks))
    assert difference(levels) > 10
    assert difference(read_picture(path)) <= 2
    if "cICP" not in chunks:  # which Pillow does not tell of
        with Image.open(path) as opened:
            assert difference(plain_picture(opened)) <= 2
            assert "icc_profile" not in opened.info  # it is the caller's


def test_code_points_count_for_more_than_a_profile_and_srgb_for_more_than_its_fallbacks(
    tmp_path, to_space
):
    _, other = to_space(COLOURS, "ProPhoto")
    path = tmp_path / "p3.png"
    info = png_info(cICP=(12, 13, 0, 1))
    Image.fromarray(display_p3(COLOURS)).save(path, pnginfo=info, icc_profile=other)
    assert difference(display_p3(COLOURS)) > 10
    assert difference(read_picture(path)) <= 1
    info = png_info(gAMA=[45455], cHRM=ADOBE)
    info.add(b"sRGB", b"\0")
    Image.fromarray(COLOURS).save(path, pnginfo=info)
    assert difference(read_picture(path)) == 0


def test_what_states_srgb_or_nothing_keeps_every_level(tmp_path):
    path = tmp_path / "plain.png"
    for chunks in ({"gAMA": [45455]}, {"gAMA": [45455], "cHRM": SRGB}, {"cICP": (1, 13, 0, 1)}):
        Image.fromarray(COLOURS).save(path, pnginfo=png_info(**chunks))
        assert difference(read_picture(path)) == 0


def test_linear_light_and_transparency(tmp_path):
    levels = np.full((4, 4, 4), 55, np.uint8)  # 55 / 255 of the light
    levels[..., 3] = 255
    Image.fromarray(levels).save(tmp_path / "a.png", pnginfo=png_info(gAMA=[100_000]))
    assert difference(read_picture(tmp_path / "a.png"), 128) <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        {"gAMA": [1]},
        {"gAMA": [50_000], "cHRM": [0] * 8},
        {"gAMA": [50_000], "cHRM": [31270, 32900] * 4},
        {"gAMA": [50_000], "cHRM": [2**31 - 1] * 8},
        {"cICP": (77, 13, 0, 1)},
    ],
)
def test_numbers_that_make_no_sense_are_left_out_and_said(tmp_path, chunks):
    said = []
    Image.fromarray(COLOURS).save(tmp_path / "odd.png", pnginfo=png_info(**chunks))
    assert difference(read_picture(tmp_path / "odd.png", note=said.append)) == 0
    (sentence,) = said
    assert sentence.startswith("odd.png ")
    assert "sRGB" in sentence


def test_brightness_beyond_white_is_said(tmp_path):
    said = []
    info = png_info(cICP=(9, 16, 0, 1))
    Image.fromarray(COLOURS).save(tmp_path / "hdr.png", pnginfo=info)
    read_picture(tmp_path / "hdr.png", note=said.append)
    assert "brightness beyond white (PQ)" in said[0]


def test_an_avif_states_its_colours_in_its_box(tmp_path):
    content = io.BytesIO()
    colours = np.asarray(Image.fromarray(COLOURS).resize((64, 48), Image.Resampling.NEAREST))
    Image.fromarray(display_p3(colours)).save(content, "AVIF", quality=100, subsampling="4:4:4")
    before, box, after = content.getvalue().partition(b"colrnclx")
    assert box
    stated = before + box + struct.pack(">HH", 12, 13) + after[4:]
    (tmp_path / "p3.avif").write_bytes(stated)
    assert difference(read_picture(tmp_path / "p3.avif"), colours) <= 4
    (tmp_path / "plain.avif").write_bytes(content.getvalue())
    assert difference(read_picture(tmp_path / "plain.avif"), display_p3(colours)) <= 3


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "PNG"])
@pytest.mark.parametrize(("space", "index"), [(2, None), (0xFFFF, "R03"), (None, "R03")])
def test_cameras_say_adobe_rgb_in_exif(tmp_path, to_space, kind, space, index):
    colours = np.full((16, 16, 3), (190, 70, 90), np.uint8)
    levels, _ = to_space(colours, "Adobe RGB")
    exif = Image.Exif()
    if space is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = space
    if index is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {1: index}
    exif[ExifTags.IFD.Exif] = exif.get_ifd(ExifTags.IFD.Exif)  # or TIFF does without it
    path = tmp_path / "_DSC1.bin"
    Image.fromarray(levels).save(path, kind, exif=exif, quality=100, lossless=True)
    assert difference(levels, colours) > 10
    assert difference(read_picture(path), colours) <= 3
    photo = (load_photo(path).pixels.permute(1, 2, 0) + 1) * 127.5
    assert difference(photo, colours) <= 3


@pytest.mark.parametrize(("space", "index"), [(1, "R98"), (0xFFFF, "R98"), (1, "R03"), (1, None)])
def test_other_exif_leaves_the_colours(tmp_path, space, index):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = space
    if index is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {1: index}
    Image.fromarray(COLOURS).save(tmp_path / "a.png", exif=exif)
    assert difference(read_picture(tmp_path / "a.png")) == 0


# --- ink ---------------------------------------------------------------------------------

INK = np.array([[(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255)]])
PLAIN = np.array([[(255,) * 3, (0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0)]])
# What an unusual press makes of them, and the CIELAB of that: orange, blue, green, gray.
PRINTED = np.array([[(255,) * 3, (239, 127, 0), (0, 94, 174), (0, 128, 66), (119, 119, 119)]])
LAB = ((100, 0, 0), (65, 38, 72), (39, 3, -52), (47, -47, 26), (50, 0, 0))


def ink(values=INK):
    pixels = values.astype(np.uint8).repeat(16, 0).repeat(16, 1)
    return Image.frombytes("CMYK", pixels.shape[1::-1], pixels.tobytes())


def middles(path, note=None):
    return np.asarray(read_picture(path, note=note))[8:9, 8::16].astype(int)


def press_profile():
    """A profile of that press: a table of two steps an ink (ICC.1:2001-04, lut8Type)."""
    table = b""
    for number in range(16):
        inks = [number >> (3 - i) & 1 for i in range(4)]
        used = [LAB[1 + i] for i in range(4) if inks[i]] or [LAB[0]]
        lightness, a, b = np.mean(used, axis=0)
        table += bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))
    ramp = bytes(range(256))
    unity = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + unity + ramp * 4 + table + ramp * 3
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(8 + 3 + 67)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": name, b"cprt": b"text\0\0\0\0CC0\0", b"wtpt": white, b"A2B0": lut}
    place = 128 + 4 + 12 * len(tags)
    head, body = struct.pack(">I", len(tags)), b""
    for key, content in tags.items():
        head += key + struct.pack(">II", place + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    start = struct.pack(
        ">I4sI4s4s4s12x4s",
        place + len(body),
        b"lcms",
        0x02100000,
        b"prtr",
        b"CMYK",
        b"Lab ",
        b"acsp",
    )
    start += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return start + bytes(128 - len(start)) + head + body


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "packed.tif"])
def test_ink_without_a_profile(tmp_path, name):
    fine = {"quality": 100, "subsampling": 0}
    packing = {"compression": "tiff_lzw"} if name == "packed.tif" else fine
    ink().save(tmp_path / name, **packing)
    assert difference(middles(tmp_path / name), PLAIN) <= 3


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_ink_with_a_profile(tmp_path, name):
    said = []
    ink().save(tmp_path / name, quality=100, subsampling=0, icc_profile=press_profile())
    assert difference(middles(tmp_path / name, said.append), PRINTED) <= 8
    assert said == []


def test_ink_of_a_jpeg_that_is_not_adobes_is_stored_plainly(tmp_path):
    content = io.BytesIO()
    ImageChops.invert(ink()).save(content, "JPEG", quality=100, subsampling=0)
    start, mark, end = content.getvalue().partition(b"\xff\xee\x00\x0eAdobe")
    assert mark
    (tmp_path / "a.jpg").write_bytes(start + end[7:])  # the rest of the marker
    assert difference(middles(tmp_path / "a.jpg"), PLAIN) <= 3


def test_ink_may_be_turned_too(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    content = io.BytesIO()
    ImageChops.invert(ink()).save(content, "JPEG", quality=100, subsampling=0, exif=exif)
    start, _, end = content.getvalue().partition(b"\xff\xee\x00\x0eAdobe")
    (tmp_path / "a.jpg").write_bytes(start + end[7:])
    assert difference(middles(tmp_path / "a.jpg"), PLAIN[:, ::-1]) <= 3
