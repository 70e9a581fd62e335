"""A file is what its bytes say; folders are read whole, and what is no picture is named."""

import builtins

import numpy as np
import pytest
from PIL import Image

from stylestudio.inversion import load_photo
from stylestudio.pictures import PictureError, picture_format, pictures_in, read_picture
from stylestudio.training.adversarial.pictures import read_square
from stylestudio.transfer.paintings import find_pictures, read_painting
from stylestudio.transfer.pictures import longest_side
from stylestudio.transfer.pictures import read_picture as read_tensor

RED = Image.new("RGB", (40, 30), (200, 30, 40))
FTYP = b"\0\0\0\x18ftyp%s\0\0\0\0mif1%s"


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PPM", "JPEG2000", "TGA"]
)
def test_a_wrong_ending_does_no_harm(tmp_path, kind):
    path = tmp_path / "photo.mp4"
    RED.save(path, kind)
    assert picture_format(path) == ("" if kind == "TGA" else kind)
    assert read_picture(path).size == (40, 30)
    assert load_photo(path).name == "photo.mp4"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (FTYP % (b"heic", b"heic"), "HEIF"),
        (FTYP % (b"mif1", b"heic"), "HEIF"),
        (FTYP % (b"mif1", b"avif"), "AVIF"),
        (FTYP % (b"avis", b"msf1"), "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1", ""),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "CR3"),
        (b"BM and other texts", ""),
        (b"P3\n2 2\n", "PPM"),
        (b"\xff\x0a and so on", "JPEG XL"),
        (b"", ""),
    ],
)
def test_formats_by_their_first_bytes(tmp_path, head, kind):
    path = tmp_path / "x"
    path.write_bytes(head)
    assert picture_format(path) == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1", "is a video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(60), "is a camera's raw file; develop"),
        (b"\x1a\x45\xdf\xa3" + bytes(60), "is a video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is a PDF or PostScript"),
        (b"<svg xmlns='x'/>", "is an SVG drawing"),
        (b"<!DOCTYPE html>", "is a web page"),
        (b"\xff\x0a" + bytes(60), "JPEG XL"),
        (b"II*\0" + bytes(60), "TIFF|cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_for_what_it_is(tmp_path, content, why):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=f"^photo.jpg .*({why}).*[.]$"):
        read_picture(path)


DNG = {50706: bytes([1, 4, 0, 0])}  # DNGVersion
BELOW = {330: 8}  # SubIFDs: another directory


@pytest.mark.parametrize("tags", [DNG, {254: 1} | BELOW, DNG | {254: 1} | BELOW])
def test_a_raw_file_is_not_taken_for_its_thumbnail(tmp_path, tags):
    path = tmp_path / "photo.nef"
    RED.save(path, "TIFF", tiffinfo=tags)
    with pytest.raises(PictureError) as caught:
        load_photo(path)
    assert str(caught.value) == (
        "photo.nef is a camera's raw file; develop it and save it as JPEG or TIFF."
    )


@pytest.mark.parametrize("tags", [{}, {254: 0} | BELOW, {254: 2} | BELOW, {254: 1}])
def test_other_tiffs_with_several_pictures_open(tmp_path, tags):
    path = tmp_path / "photo.tif"
    thumbnail = RED.resize((8, 6))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1} | BELOW}
    RED.save(path, save_all=True, append_images=[thumbnail], tiffinfo=tags)
    assert read_picture(path).size == (40, 30)
    RED.save(path, tiffinfo=tags, big_tiff=True)
    assert read_picture(path).size == (40, 30)


@pytest.fixture
def heic(tmp_path):
    """What only looks like a HEIC photo; a real one takes an encoder."""
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(FTYP % (b"heic", b"heic") + bytes(64))
    return path


def test_heic_without_its_decoder_says_how_to_get_it(heic, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "pi_heif":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PictureError, match=r"^IMG_1.jpg is a HEIC photo.*pip install pi-heif"):
        read_picture(heic)


def test_damaged_heic_is_refused_in_a_sentence(heic):
    with pytest.raises(PictureError, match=r"^IMG_1.jpg [^\n]*[.]$"):
        read_picture(heic)


def test_an_animation_gives_its_first_picture_and_says_so(tmp_path):
    blue = Image.new("RGB", RED.size, "blue")
    for name in ("a.webp", "a.gif", "a.png", "a.tif", "a.avif"):
        RED.save(tmp_path / name, save_all=True, append_images=[blue])
        photo = load_photo(tmp_path / name)
        assert photo.pixels[0].mean() > 0.4 > photo.pixels[2].mean()
        assert [note.split()[0] for note in photo.notes] == [name]
        assert "first picture" in photo.notes[0]
        RED.save(tmp_path / name)
        assert load_photo(tmp_path / name).notes == ()


def test_a_folder_gives_its_pictures_and_names_the_rest(tmp_path):
    for name in ("a.jfif", "b.AVIF", "c.webp", "d.gif", "e.TIF"):
        RED.save(tmp_path / name, None if name != "a.jfif" else "JPEG")
    RED.save(tmp_path / "no-ending", "PNG")
    (tmp_path / "broken.heic").write_text("no photo")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_text("hello")
    (tmp_path / "more").mkdir()
    found, others = pictures_in(tmp_path)
    names = ["a.jfif", "b.AVIF", "broken.heic", "c.webp", "d.gif", "e.TIF", "no-ending"]
    assert [path.name for path in found] == names
    assert {path.name: reason.split(";")[0] for path, reason in others.items()} == {
        "more": "is a folder",
        "notes.txt": "is not a picture that can be read",
    }
    assert find_pictures(tmp_path) == found


def test_thin_strips_are_refused_wherever_they_would_be_enlarged(tmp_path):
    path = tmp_path / "strip.png"
    Image.new("RGB", (1, 60_000)).save(path)
    for way in (
        lambda: read_painting(path),
        lambda: read_tensor(path, longest_side(512, enlarge=True)),
        lambda: read_square(path, 64),
        lambda: load_photo(path),
    ):
        with pytest.raises(PictureError, match=r"^strip.png has 1 x 60000 pixels"):
            way()


def test_long_paintings_are_enlarged_to_a_bound(tmp_path):
    Image.new("RGB", (20, 600)).save(tmp_path / "scroll.png")
    assert read_painting(tmp_path / "scroll.png", 64).shape == (3, 512, 17)
    Image.new("RGB", (20, 60)).save(tmp_path / "tall.png")
    assert read_painting(tmp_path / "tall.png", 64).shape == (3, 192, 64)


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif"])
def test_very_large_photos_are_made_smaller_while_they_are_read(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"large.{suffix}"
    stripes = np.zeros((3000, 2000), np.uint8)
    stripes[:1500] = 200
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stripes).convert("RGB").save(path, exif=exif)
    exact = load_photo(path).pixels
    monkeypatch.setattr("stylestudio.pictures.reading._LARGE", 1 << 20)
    monkeypatch.setattr("stylestudio.inversion.photo.LONGEST", 300)
    wanted = []

    def watched(size):
        wanted.append(size)
        return 300, 200

    small = read_picture(path, watched)
    assert wanted
    assert max(small.size) <= 1500
    assert min(small.size) >= 600
    photo = load_photo(path)
    turned = suffix != "gif"  # which has no place to say it
    assert photo.size == ((300, 200) if turned else (200, 300))
    smaller = np.asarray(exact.mean(0))
    assert abs(float(photo.pixels.mean()) - float(smaller.mean())) < 0.01
