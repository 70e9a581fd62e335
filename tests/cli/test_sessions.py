"""Session files on the command line."""

import pytest

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import read_recipe


@pytest.fixture
def session(tmp_path, make_network):
    """A session of a model of one's own that lies beside it."""
    model = tmp_path / "mine.safetensors"
    write_safetensors(model, make_network(seed=3), name="Mine")
    look = ss.Recipe.from_seed(5, ss.open_model(model), truncation_psi=0.4)
    path = tmp_path / "walk.stylestudio"
    places = {look.model.sha256: str(model)}
    content = ss.Session(recipe=look, timeline=ss.Timeline.of([look], 0.1, fps=10))
    ss.save_session(path, content, places=places)
    return path, look


def test_a_session_renders_as_a_recipe_does(studio, session, tmp_path):
    path, look = session
    assert studio("render", path, "-o", tmp_path / "a.png").status == 0
    assert read_recipe(tmp_path / "a.png") == look
    assert studio("video", path, "-o", tmp_path / "frames").status == 0
    moved = tmp_path / "moved"
    moved.mkdir()
    path.rename(moved / path.name)
    (tmp_path / "mine.safetensors").rename(moved / "mine.safetensors")  # beside it, as before
    answer = studio("render", moved / path.name, "-o", tmp_path / "b.png", "--psi", "0.5")
    assert answer.status == 0
    assert read_recipe(tmp_path / "b.png") == look.replace(truncation_psi=0.5)
    assert studio("info", moved / path.name).out.count("Mine (sha256") == 2


def test_a_session_of_windows_finds_its_model_beside_it(studio, session, tmp_path):
    path, look = session
    ss.save_session(path, look, places={look.model.sha256: r"C:\models\mine.safetensors"})
    answer = studio("render", path, "-o", tmp_path / "a.png")
    assert answer.status == 0, answer.err
    assert read_recipe(tmp_path / "a.png") == look


def test_a_session_whose_model_is_gone_says_so(studio, session, tmp_path):
    path, look = session
    (tmp_path / "mine.safetensors").rename(tmp_path / "other.safetensors")
    answer = studio("render", path, "-o", tmp_path / "a.png")
    assert answer.status == 1
    assert "made with Mine" in answer.err
    assert "--recipe walk.stylestudio" in answer.err
    words = ("--recipe", path, "-o", tmp_path / "a.png")
    assert studio("render", tmp_path / "other.safetensors", *words).status == 0
    assert read_recipe(tmp_path / "a.png") == look
    assert "leave out --recipe" in studio("render", path, *words).err
