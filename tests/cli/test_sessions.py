"""Session files on the command line."""

import gc
import shutil

import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors, write_translator
from stylestudio.networks.translators import ResnetConfig, ResnetTranslator
from stylestudio.recipe import Style, read_recipe
from stylestudio.recipe import session as session_files
from stylestudio.render import Assets, Delta


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


@pytest.mark.parametrize("name", ["walk.session", "walk.webp", "walk.mkv"])
def test_the_session_of_a_script_or_a_video_is_a_look_as_any_other(studio, session, tmp_path, name):
    _, look = session
    model, path, out = tmp_path / "mine.safetensors", tmp_path / name, tmp_path / "a.png"
    clip = ss.Timeline.of([look], 0.1, fps=10)
    if name == "walk.session":
        clip.save(path)
    else:
        ss.export_video(ss.open_model(model), clip, path)
    answer = studio("render", model, "--recipe", path, "-o", out)
    assert answer.status == 0, answer.err
    assert read_recipe(out) == look
    answer = studio("render", path, "-o", out)
    assert (answer.status, f"--recipe {name}" in answer.err) == (1, True)
    words = ("psi", "--psis", "0.5", "--recipe", path, "-o", tmp_path / "sheet.png")
    assert studio("sheet", model, *words).status == 0
    assert studio("parameters", model, path).out.count("0.4 ") == 1


@pytest.mark.parametrize("command", ["render", "sheet", "drag"])
def test_weights_packed_in_a_session_are_found(studio, session, tmp_path, command):
    path, look = session
    model = ss.open_model(tmp_path / "mine.safetensors")
    name = "b16.conv1.weight"
    size = 0.01 * len(command)  # or what an earlier command kept would be found
    change = torch.full_like(model.network.synthesis.state_dict()[name], size).half()
    delta = Delta({name: change}, model.sha256, "stripes")
    store = Assets([delta], folder=tmp_path / "there")
    ss.save_session(path, look.delta(delta, 0.5), assets=store)
    words = {
        "render": (),
        "sheet": ("psi", "--psis", "0.5"),
        "drag": ("--from", "10,10", "--to", "12,10", "--steps", "1"),
    }[command]
    out = tmp_path / "out" / "a.png"
    out.parent.mkdir()
    model_file = tmp_path / "mine.safetensors"
    answer = studio(command, model_file, *words, "--recipe", path, "-o", out)
    assert answer.status == 0, answer.err
    assert [*out.parent.glob("*.delta.safetensors")]


def a_sibling(look, path, make_network, bank):
    write_safetensors(path, make_network(seed=4), name="Other")
    return ss.open_model(path), lambda sibling: look.delta(sibling, 0.5)


def a_network(look, path, make_network, bank):
    write_translator(path, ResnetTranslator(ResnetConfig((8, 16, 32), 2, "instance")))
    return ss.open_stage(path), look.stage


def a_bank(look, path, make_network, bank):
    shutil.copy(bank, path)
    return ss.open_styles(path), lambda styles: look.replace(style=Style.of(styles, {"dawn": 1.0}))


@pytest.mark.parametrize("command", ["render", "sheet", "video"])
@pytest.mark.parametrize("add", [a_sibling, a_network, a_bank])
def test_files_that_a_session_names_are_found_where_they_lay_or_beside_it(
    studio, session, tmp_path, make_network, bank, monkeypatch, add, command
):
    monkeypatch.setattr(session_files, "PACKED", 0)  # as if they were larger
    path, look = session
    file = tmp_path / "there" / "added.safetensors"
    file.parent.mkdir()
    added, put = add(look, file, make_network, bank)
    look = put(added)
    content = ss.Session(recipe=look, timeline=ss.Timeline.of([look], 0.1, fps=10))
    places = {look.model.sha256: str(tmp_path / "mine.safetensors"), added.sha256: str(file)}
    ss.save_session(path, content, places=places, assets=Assets([added]))
    del added, put  # or a model would be found as one that is open
    gc.collect()
    model, out = tmp_path / "mine.safetensors", tmp_path / "a.png"
    words = {
        "render": (path, "-o", out),
        "sheet": (model, "psi", "--psis", "0.5", "--recipe", path, "-o", out),
        "video": (path, "-o", tmp_path / "a.gif"),
    }[command]
    answer = studio(command, *words)
    assert answer.status == 0, answer.err
    file.rename(tmp_path / file.name)
    answer = studio(command, *words)
    assert answer.status == 0, answer.err
    (tmp_path / file.name).unlink()
    gc.collect()
    assert ", which is not open" in studio(command, *words).err


@pytest.mark.parametrize("command", ["sheet", "drag"])
@pytest.mark.parametrize(
    ("add", "option"), [(a_sibling, "--sibling"), (a_network, "--network"), (a_bank, "--styles")]
)
def test_files_that_a_recipe_names_are_given_by_options(
    studio, session, tmp_path, make_network, bank, add, option, command
):
    _, look = session
    file, recipe = tmp_path / "added.safetensors", tmp_path / "a.json"
    added, put = add(look, file, make_network, bank)
    recipe.write_text(put(added).to_json())
    del added, put  # or a model would be found as one that is open
    gc.collect()
    words = {
        "sheet": ("psi", "--psis", "0.5"),
        "drag": ("--from", "10,10", "--to", "12,10", "--steps", "1"),
    }[command]
    words = (tmp_path / "mine.safetensors", *words, "--recipe", recipe, "-o", tmp_path / "a.png")
    assert ", which is not open" in studio(command, *words).err
    answer = studio(command, *words, option, file)
    assert answer.status == 0, answer.err


def test_a_built_in_model_of_a_session_is_found_by_its_content(studio, tmp_path):
    look = ss.Recipe.from_seed(3, "portraits")
    path, out = tmp_path / "look.stylestudio", tmp_path / "a.png"
    ss.save_session(path, ss.Session(recipe=look))
    answer = studio("render", path, "-o", out)
    assert answer.status == 0, answer.err
    assert read_recipe(out) == look


def test_info_counts_the_keyframes_of_a_session(studio, session):
    assert "1 keyframe, 1 frame, 0.1 s at 10 frames/s\n" in studio("info", session[0]).out
