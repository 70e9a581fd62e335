"""Photos as arrays, files and pictures, and the crops that are cut out of them."""

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.inversion import Crop, Photo, crop_by_handles, cut, load_photo
from stylestudio.inversion.evaluate import moved_photo


def smooth_picture(side=64, seed=0):
    small = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) * 0.3
    return torch.nn.functional.interpolate(small, size=side, mode="bicubic")[0].clamp(-1, 1)


def test_every_kind_of_picture_is_taken_and_only_the_name_is_kept(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (20, 30, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "holiday.png")
    from_file = load_photo(tmp_path / "holiday.png")
    assert from_file.name == "holiday.png"
    assert from_file.size == (30, 20)
    for same in (Image.fromarray(pixels), pixels, str(tmp_path / "holiday.png")):
        assert torch.equal(load_photo(same).pixels, from_file.pixels)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((40, 40, 3), np.float32),
        np.zeros((40,), np.uint8),
        "nowhere.png",
        Image.new("RGB", (20_000, 2)),
        Image.new("RGB", (20_000, 9)),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(image):
    with pytest.raises(ss.PictureError, match=r"[.]$"):
        load_photo(image)


def saved_photos(folder):
    """Files of every odd kind, with the size that each should have as a photo; None: refused."""
    red = Image.new("RGB", (30, 20), (200, 30, 40))
    red.convert("CMYK").save(folder / "cmyk.jpg")
    yield "cmyk.jpg", (30, 20)
    Image.fromarray(np.full((20, 30), 40_000, np.uint16)).save(folder / "deep.png")
    yield "deep.png", (30, 20)
    red.save(folder / "moving.gif", save_all=True, append_images=[Image.new("RGB", (30, 20))])
    yield "moving.gif", (30, 20)
    exif = Image.Exif()
    exif[0x0112] = 6
    red.save(folder / "turned.jpg", exif=exif)
    yield "turned.jpg", (20, 30)
    red.convert("RGBA").save(folder / "clear.png")
    yield "clear.png", (30, 20)
    Image.new("L", (20_000, 200)).save(folder / "long.png")
    yield "long.png", (2048, 20)
    red.resize((1, 1)).save(folder / "one.png")
    yield "one.png", None
    Image.effect_noise((60, 60), 90).save(folder / "whole.png")
    (folder / "cut.png").write_bytes((folder / "whole.png").read_bytes()[:700])
    yield "cut.png", None
    (folder / "text.jpg").write_text("This is not a picture.")
    yield "text.jpg", None


def test_odd_files_are_taken_or_refused_by_name(tmp_path):
    for name, size in saved_photos(tmp_path):
        if size is None:
            with pytest.raises(ss.PictureError, match=f"^{name} .*[.]$"):
                load_photo(tmp_path / name)
        else:
            photo = load_photo(tmp_path / name)
            assert photo.size == size
            assert photo.pixels.abs().max() <= 1


def test_the_whole_of_a_square_photo_is_cut_unchanged():
    photo = Photo(smooth_picture())
    torch.testing.assert_close(cut(photo, Crop(), 64)[0], photo.pixels)


def test_making_smaller_averages():
    stripes = torch.ones(3, 256, 256)
    stripes[:, :, ::2] = -1
    assert cut(Photo(stripes), Crop(), 32).abs().max() < 0.05


def test_a_moved_picture_is_cut_out_of_its_frame():
    picture = smooth_picture()
    for number in range(3):
        photo, first, meant = moved_photo(picture, number)
        exact = (cut(photo, meant, 64)[0] - picture).abs().mean()
        assert exact < 0.02
        assert (cut(photo, first, 64)[0] - picture).abs().mean() > 5 * exact


def test_beyond_the_photo_its_edges_run_on_and_nothing_shows_twice():
    pixels = torch.full((3, 96, 64), -0.8)
    pixels[:, 30:60, 20:44] = 0.8  # what the photo shows
    pixels[:, -8:] = 0.3
    pixels[:, :, -1] = -1.0  # a thin border of another colour doesn't
    wide = cut(Photo(pixels), Crop(0.5, 0, 3.0), 192)[0, 0]
    left, right = 32, 96  # of the photo, a pixel for each of its own
    assert wide[:, :left].max() < 0.4
    assert wide[:, right:].max() < 0.4
    assert (wide[78:108, 52:76] > 0.7).all()
    beside = wide[78:108, right + 12 :]
    assert (beside + 0.8).abs().max() < 0.1
    assert (wide[-30:, 40:90] - 0.3).abs().max() < 0.1


def test_handles_say_where_the_frame_lies():
    eyes_and_mouth = [(0.35, 0.45), (0.65, 0.45), (0.4, 0.7), (0.6, 0.7)]
    photo = Photo(torch.zeros(3, 100, 200))
    crop = Crop(0.2, -0.1, 0.6, 25.0)
    turn = crop.side * np.exp(1j * np.radians(crop.angle))
    there = [complex(crop.x, crop.y) + turn * complex(x - 0.5, y - 0.5) for x, y in eyes_and_mouth]
    on_photo = [(p.real / 2 + 0.5, p.imag + 0.5) for p in there]
    assert crop_by_handles(photo, on_photo, eyes_and_mouth) == pytest.approx(crop)
    with pytest.raises(ValueError, match="at least two"):
        crop_by_handles(photo, on_photo[:1], eyes_and_mouth[:1])
