"""What a dropped file is opened as."""

import pytest
from PIL import Image

import stylestudio as ss
from stylestudio.video import kind_of_file

RED = Image.new("RGB", (40, 30), "red")


@pytest.fixture
def clip(model):
    recipes = [ss.Recipe.from_seed(seed, model) for seed in (1, 2)]
    return ss.Timeline.of(recipes, seconds=0.2, fps=10)


@pytest.mark.parametrize("suffix", ["webp", "gif", "mp4"])
def test_clips_are_sessions_and_the_same_formats_without_one_are_photos(
    tmp_path, model, clip, suffix
):
    ss.export_video(model, clip, tmp_path / f"clip.{suffix}")
    assert kind_of_file(tmp_path / f"clip.{suffix}") == "session"
    if suffix != "mp4":
        RED.save(tmp_path / f"photo.{suffix}", save_all=True, append_images=[RED.rotate(90)])
        assert kind_of_file(tmp_path / f"photo.{suffix}") == "photo"


def test_pictures_with_and_without_a_recipe(tmp_path, model, clip):
    recipe = ss.Recipe.from_seed(1, model)
    ss.save_png(tmp_path / "look.png", ss.render(model, recipe), recipe)
    assert kind_of_file(tmp_path / "look.png") == "recipe"
    (tmp_path / "look.json").write_text(recipe.to_json())
    assert kind_of_file(tmp_path / "look.json") == "recipe"
    clip.save(tmp_path / "clip.session")
    assert kind_of_file(tmp_path / "clip.session") == "session"
    for name in ("a.jpg", "a.avif", "a.tif", "a.png"):
        RED.save(tmp_path / name)
        (tmp_path / name).rename(tmp_path / "photo.mp4")
        assert kind_of_file(tmp_path / "photo.mp4") == "photo"
    (tmp_path / "IMG.mov").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert kind_of_file(tmp_path / "IMG.mov") == "photo"
    (tmp_path / "empty.pkl").write_bytes(b"")
    assert kind_of_file(tmp_path / "empty.pkl") == "other"
