"""Any file that may be dropped: read, or refused in one sentence that names it."""

import numpy as np
import pytest
from PIL import Image

from stylestudio.pictures import PictureError, read_picture

RED = (200, 30, 40)


def saved(path, image, **options):
    image.save(path, **options)
    return read_picture(path)


def test_colours_of_any_mode_become_rgb(tmp_path):
    red = Image.new("RGB", (6, 4), RED)
    cmyk = saved(tmp_path / "cmyk.jpg", red.convert("CMYK"), quality=100)
    assert cmyk.mode == "RGB"
    assert abs(np.asarray(cmyk).mean((0, 1)) - RED).max() < 4
    deep = Image.fromarray(np.full((4, 6), 128 * 257, np.uint16))
    assert np.asarray(saved(tmp_path / "deep.png", deep)).tolist() == [[[128] * 3] * 6] * 4
    clear = Image.new("RGBA", (6, 4), (*RED, 0))
    assert saved(tmp_path / "clear.png", clear).getpixel((0, 0)) == (255, 255, 255)


def test_an_animation_shows_its_first_picture(tmp_path):
    first, second = Image.new("RGB", (6, 4), RED), Image.new("RGB", (6, 4), "blue")
    first.save(tmp_path / "moving.gif", save_all=True, append_images=[second])
    assert read_picture(tmp_path / "moving.gif").getpixel((0, 0))[0] > 150


def test_a_turned_photo_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert saved(tmp_path / "turned.jpg", Image.new("RGB", (6, 4)), exif=exif).size == (4, 6)


def test_extreme_sizes_are_read_or_refused(tmp_path):
    assert saved(tmp_path / "one.png", Image.new("RGB", (1, 1), RED)).size == (1, 1)
    assert saved(tmp_path / "long.png", Image.new("L", (20_000, 3))).size == (20_000, 3)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "vast.png")
    with pytest.raises(PictureError, match=r"^vast.png has .*make it smaller.$"):
        read_picture(tmp_path / "vast.png")


def test_what_is_no_picture_is_named(tmp_path):
    whole = tmp_path / "whole.png"
    Image.effect_noise((60, 60), 90).save(whole)
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:700])
    text = tmp_path / "text.jpg"
    text.write_text("This is not a picture.")
    for path in (cut, text, tmp_path / "absent.png", tmp_path):
        with pytest.raises(PictureError, match=f"^{path.name} .*[.]$"):
            read_picture(path)
