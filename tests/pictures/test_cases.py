"""Files as people bring them, of the kinds that the other tests make by themselves."""

from pathlib import Path

import numpy as np
import pytest

from stylestudio.inversion import load_photo
from stylestudio.pictures import PictureError, read_picture
from stylestudio.transfer.paintings import read_painting
from stylestudio.video import kind_of_file

CASES = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES.is_dir(), reason="needs the collected cases"),
]


def paths(folder: str) -> list[Path]:
    return sorted((CASES / folder).glob("*"))


def levels(path: Path):
    return np.asarray(read_picture(path)).astype(int)


@pytest.mark.parametrize("path", paths("photos"), ids=lambda path: path.name)
def test_each_is_a_photo(path):
    if path.suffix.lower() == ".heic":
        pytest.importorskip("pi_heif")
    photo = load_photo(path)
    assert photo.pixels.std() > 0.1
    assert bool(photo.notes) == (path.name == "anim.webp")
    assert kind_of_file(path) == "photo"


@pytest.mark.parametrize("path", paths("colour-profiles"), ids=lambda path: path.name)
def test_each_shows_the_same_colours(path):
    difference = np.abs(levels(path) - levels(path.with_name("srgb.png"))).max()
    assert difference <= (3 if path.suffix == ".jpg" else 2)


@pytest.mark.parametrize("path", paths("tiff"), ids=lambda path: path.name)
def test_each_has_the_same_levels(path):
    plain, found = levels(path.with_name("plain8.tif")), levels(path)
    gray = "gray" in path.name or path.name == "pillow_float.tif"
    assert np.abs(found - (plain[..., :1] if gray else plain)).max() <= 1


@pytest.mark.parametrize("path", paths("pictures"), ids=lambda path: path.name)
def test_extreme_shapes_are_refused(path):
    for way in (load_photo, read_painting):
        with pytest.raises(PictureError, match=f"^{path.name} "):
            way(path)
