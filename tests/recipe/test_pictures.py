"""Pictures carry their recipe; damaged ones are refused in a sentence."""

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stylestudio.recipe import ModelRef, Recipe, RecipeError, SeedSource, read_recipe, save_png

RECIPE = Recipe(
    model=ModelRef(name="tiny", sha256="a" * 64, num_ws=8, w_dim=4), source=SeedSource(7)
)
PIXELS = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)


def test_a_picture_holds_its_pixels_and_its_recipe(tmp_path):
    path = tmp_path / "a.png"
    save_png(path, PIXELS, RECIPE)
    assert (np.asarray(Image.open(path)) == PIXELS).all()
    assert read_recipe(path) == RECIPE
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_the_same_picture_has_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        save_png(tmp_path / name, PIXELS, RECIPE)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_failed_save_keeps_the_old_picture(tmp_path):
    path = tmp_path / "a.png"
    save_png(path, PIXELS, RECIPE)
    before = path.read_bytes()
    with pytest.raises(Exception, match=r".+"):
        save_png(path, np.zeros((2, 2, 7), np.uint8), RECIPE)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_recipe_can_stand_in_a_text_file(tmp_path):
    path = tmp_path / "look.json"
    path.write_text(RECIPE.to_json())
    assert read_recipe(path) == RECIPE


def picture_with(text: str, tmp_path):
    path = tmp_path / "odd.png"
    info = PngInfo()
    info.add_itxt("stylestudio.recipe", text)
    Image.fromarray(PIXELS).save(path, pnginfo=info)
    return path


def test_corrupt_metadata_is_refused(tmp_path):
    path = picture_with(RECIPE.to_json()[:-20], tmp_path)
    with pytest.raises(RecipeError, match=r"odd\.png.*not a valid recipe"):
        read_recipe(path)


def test_a_picture_of_another_program_is_named_as_such(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PIXELS).save(path)
    with pytest.raises(RecipeError, match=r"photo\.png holds no recipe"):
        read_recipe(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"x\.png"):
        read_recipe(path)


def test_a_cut_picture_is_refused_or_read_but_never_raises_otherwise(tmp_path):
    whole = tmp_path / "a.png"
    save_png(whole, PIXELS, RECIPE)
    data = whole.read_bytes()
    cut = tmp_path / "cut.png"
    for length in range(0, len(data), 37):
        cut.write_bytes(data[:length])
        try:
            found, said = read_recipe(cut), ""
        except RecipeError as error:
            found, said = RECIPE, str(error)
        assert found == RECIPE
        assert not said or "cut.png" in said


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_missing_file_or_a_folder_is_named(tmp_path, name):
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(tmp_path / name)
