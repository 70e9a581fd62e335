"""Files as people bring them, of the kinds that the other tests make by themselves."""

from pathlib import Path

import numpy as np
import pytest

from stylestudio.checkpoints import holds_latents, read_latent_file
from stylestudio.inversion import load_photo
from stylestudio.pictures import PictureError, picture_format, read_picture
from stylestudio.render import match_latents, open_model
from stylestudio.transfer.paintings import read_painting
from stylestudio.video import kind_of_file

CASES = Path(__file__).parents[2] / "shared" / "cases"
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
    if picture_format(path) == "HEIF":
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


def test_latents_of_every_tool_are_the_same_and_directions_are_named():
    folder = CASES / "latents"
    model = open_model(folder / "network-snapshot-000100.pkl", device="cpu")
    expected = np.load(folder / "projected_w.npz")["w"][0]
    for path in paths("latents"):
        if not holds_latents(path):
            assert path.suffix in (".pkl", ".safetensors")
            continue
        match = match_latents(read_latent_file(path), model)
        if path.stem in ("age_direction", "ganspace_stylegan2"):
            assert match.kind == "direction"
        else:
            (source,) = match.sources
            assert (source.array() == expected).all()


@pytest.mark.parametrize("path", paths("pictures"), ids=lambda path: path.name)
def test_extreme_shapes_are_refused(path):
    for way in (load_photo, read_painting):
        with pytest.raises(PictureError, match=f"^{path.name} "):
            way(path)
