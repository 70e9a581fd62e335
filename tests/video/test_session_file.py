"""The session file: everything in one zip, read safely, written whole or not at all."""

import contextlib
import json
import subprocess
import sys
import zipfile

import pytest
import torch
from msgspec.structs import replace

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import LatentSource, Stage
from stylestudio.recipe.history import History
from stylestudio.recipe.presets import Preset, Presets
from stylestudio.recipe.session import FileRef, find_files, is_session_file, sha256_of
from stylestudio.render import Assets, Delta, compose_ws
from stylestudio.video import Session, SessionFile, Timeline, kind_of_file


@pytest.fixture
def look(model):
    return ss.Recipe.from_seed(3, model)


@pytest.fixture
def assets(tmp_path):
    return Assets(folder=tmp_path / "here" / "deltas")


@pytest.fixture
def elsewhere(tmp_path):
    """What another machine has: nothing."""
    return Assets(folder=tmp_path / "elsewhere" / "deltas")


@pytest.fixture
def saved(look, tmp_path):
    path = tmp_path / "a.stylestudio"
    ss.save_session(path, look)
    return path


def test_everything_travels_in_one_file(model, look, assets, elsewhere, tmp_path):
    name, weight = next(iter(model.network.synthesis.named_parameters()))
    delta = Delta({name: torch.full_like(weight, 0.05).half()}, model.sha256)
    assets.keep(delta)
    w = compose_ws(model, look).numpy()
    tuned = look.replace(source=LatentSource.from_array(w, "me", delta=delta.sha256))
    timeline = Timeline.of([look, tuned], seconds=1)
    presets = Presets(slots={4: Preset(look, b"png")})
    history = History.open(tmp_path / "history")
    history.append(look, "Start")
    history.append(tuned, "Photo")
    history.write()
    path = tmp_path / "a.stylestudio"
    content = SessionFile(Session(recipe=tuned, recipes=(look,), timeline=timeline), presets)
    ss.save_session(path, content, history=tmp_path / "history", assets=assets)
    found = ss.open_session(path, history=tmp_path / "copy", assets=elsewhere)
    assert found.session == content.session
    assert found.presets == presets
    assert elsewhere.delta(delta.sha256).sha256 == delta.sha256
    copy = History.open(tmp_path / "copy")
    assert [copy.recipe(id) for id in copy.path(copy.current)] == [look, tuned]
    assert ss.read_recipe(path) == tuned
    assert Timeline.load(path) == timeline
    assert kind_of_file(path) == "session"


def test_tuned_weights_of_the_history_alone_travel_too(model, look, assets, elsewhere, tmp_path):
    name, weight = next(iter(model.network.synthesis.named_parameters()))
    delta = Delta({name: torch.full_like(weight, 0.02).half()}, model.sha256)
    assets.keep(delta)
    w = compose_ws(model, look).numpy()
    history = History.open(tmp_path / "history")
    history.append(look.replace(source=LatentSource.from_array(w, "", delta=delta.sha256)), "Me")
    history.write()
    ss.save_session(tmp_path / "a.stylestudio", look, history=history._files.folder, assets=assets)
    ss.open_session(tmp_path / "a.stylestudio", assets=elsewhere)
    assert elsewhere.delta(delta.sha256).sha256 == delta.sha256


def test_networks_are_packed_and_models_are_named(look, make_network, elsewhere, tmp_path):
    model_file = tmp_path / "mine.safetensors"
    write_safetensors(model_file, make_network(seed=3), name="Mine")
    model = ss.open_model(model_file)
    network = tmp_path / "my enlarger.safetensors"
    network.write_bytes(b"any content, as it is copied without a look inside")
    sha256 = sha256_of(network)
    stage = Stage("large", replace(Stage.of(ss.open_stage("enlarger")).network, sha256=sha256))
    recipe = ss.Recipe.from_seed(3, model).replace(stages=(stage,))
    path = tmp_path / "a.stylestudio"
    ss.save_session(path, recipe, places={sha256: str(network)})
    network.unlink()
    found = ss.open_session(path, assets=elsewhere)
    (first, second) = found.files
    assert (first.kind, first.name, first.path) == ("model", "Mine", str(model_file))
    assert first.size == model_file.stat().st_size
    assert (second.kind, second.part) == ("network", f"files/{sha256[:16]}/my-enlarger.safetensors")
    assert sha256_of(next(elsewhere._brought_to(sha256).iterdir())) == sha256
    assert elsewhere.has("network", sha256)


def test_files_are_found_by_their_content(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    file = tmp_path / "deep" / "er" / "renamed.bin"
    file.write_bytes(b"weights")
    (tmp_path / "same-size.bin").write_bytes(b"WEIGHTS")
    ref = FileRef("model", sha256_of(file), "Mine", "/gone/mine.pkl", 7)
    assert find_files([ref], tmp_path, [".pkl"])[0].path == str(file)
    assert find_files([replace(ref, size=8)], tmp_path, [".pkl"]) == []


# --- files that can't be opened ----------------------------------------------------------


def rewritten(path, change):
    """The session file again, with other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def outside(parts):
    parts["../../evil.json"] = b"x"


def absolute(parts):
    parts["/etc/evil"] = b"x"


def backslashes(parts):
    parts["deltas\\..\\..\\evil"] = b"x"


def newer(parts):
    parts["session.json"] = parts["session.json"].replace(b'"version":1', b'"version":2')


def no_list(parts):
    parts["session.json"] = b"[1]"


def deep(parts):
    parts["recipe.json"] = b"[" * 100_000


def wrong_delta(parts):
    parts["deltas/" + "0" * 64] = b"no delta"


def packed_wrong(parts):
    ref = {"kind": "network", "sha256": "0" * 64, "name": "N", "part": "files/0/n"}
    parts["session.json"] = json.dumps(
        {"kind": "stylestudio session", "version": 1, "files": [ref]}
    ).encode()
    parts["files/0/n"] = b"evil"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (outside, "unsafe name"),
        (absolute, "unsafe name"),
        (backslashes, "unsafe name"),
        (newer, "Update StyleStudio"),
        (no_list, "list of files is damaged"),
        (deep, "valid recipe"),
        (wrong_delta, "tuned weights in it are damaged"),
        (packed_wrong, "is damaged"),
    ],
)
def test_hostile_and_newer_files_are_refused_in_a_sentence(
    saved, elsewhere, tmp_path, change, said
):
    rewritten(saved, change)
    before = sorted(each.name for each in tmp_path.iterdir())
    with pytest.raises(ss.SessionError, match=r"^a\.stylestudio: ") as error:
        ss.open_session(saved, history=tmp_path / "h", assets=elsewhere)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.rglob("evil*"))
    kept = [each for each in tmp_path.rglob("elsewhere/**/*") if each.is_file()]
    assert (kept, sorted(each.name for each in tmp_path.iterdir() if each.is_file())) == (
        [],
        before,
    )


def test_a_zip_bomb_is_not_unpacked(saved, monkeypatch):
    monkeypatch.setattr("stylestudio.recipe.session.LARGEST_TEXT", 1 << 20)
    monkeypatch.setattr(
        "stylestudio.recipe.session.Parts.text.__defaults__", (1 << 20,), raising=False
    )
    rewritten(saved, lambda parts: parts.update({"recipe.json": b"0" * (2 << 20)}))
    with pytest.raises(ss.SessionError, match="too large"):
        ss.open_session(saved)


def test_a_list_of_a_million_parts_is_not_read(saved):
    content = bytearray(saved.read_bytes())
    at = content.rindex(b"PK\x05\x06")
    content[at + 10 : at + 12] = b"\xff\xff"  # entries
    saved.write_bytes(content)
    with pytest.raises(ss.SessionError, match="more parts than any session"):
        ss.open_session(saved)


@pytest.mark.parametrize("where", range(0, 100, 7))
def test_damage_anywhere_is_a_sentence_or_harmless(saved, look, where):
    content = bytearray(saved.read_bytes())
    at = where * len(content) // 100
    content[at] ^= 0x55
    saved.write_bytes(content)
    with contextlib.suppress(ss.SessionError):  # where nobody would notice, it opens
        assert ss.open_session(saved).recipe == look
    saved.write_bytes(content[:at])
    with pytest.raises(ss.SessionError, match=r"^a\.stylestudio"):
        ss.open_session(saved)


def test_another_zip_is_no_session(tmp_path):
    path = tmp_path / "a.stylestudio"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ss.SessionError, match="no session of StyleStudio"):
        ss.open_session(path)
    assert not is_session_file(path.rename(tmp_path / "a.zip"))


# --- writing -----------------------------------------------------------------------------

KILLED = """
import os, sys
import stylestudio as ss
from stylestudio.recipe import session
def die(stream, parts):
    stream.write(b"half of it")
    stream.flush()
    os._exit(9)  # as one that is killed, it tidies nothing
session._write_zip = die
ss.save_session(sys.argv[1], ss.Recipe.from_json(sys.stdin.read()))
"""


def test_a_kill_in_the_middle_of_a_save_leaves_the_old_file(saved, look):
    other = look.replace(truncation_psi=0.1).to_json()
    before = saved.read_bytes()
    command = [sys.executable, "-c", KILLED, str(saved)]
    done = subprocess.run(command, input=other, text=True, check=False, capture_output=True)
    assert done.returncode == 9, done.stderr
    assert saved.read_bytes() == before
    assert ss.open_session(saved).recipe == look


def test_a_folder_that_cannot_be_written_raises_and_leaves_nothing(look, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        ss.save_session(tmp_path / "file" / "a.stylestudio", look)
    with pytest.raises(ss.SessionError, match="no session; give a recipe"):
        ss.save_session(tmp_path / "b.stylestudio", 3)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_where_a_model_was_is_not_forgotten_while_it_is_missing(saved, tmp_path):
    look = ss.open_session(saved).recipe
    look = look.replace(model=replace(look.model, sha256="ab" * 32))
    ref = FileRef("model", "ab" * 32, look.model.name, "/where/it/was.pkl", 9)
    content = SessionFile(Session(recipe=look), files=(ref,))
    ss.save_session(tmp_path / "b.stylestudio", content)
    assert ss.open_session(tmp_path / "b.stylestudio").files == (ref,)


def test_old_sessions_and_pictures_open_too(model, look, tmp_path):
    Session(recipe=look, timeline=Timeline.of([look], 1)).save(tmp_path / "old.session")
    assert ss.open_session(tmp_path / "old.session").timeline == Timeline.of([look], 1)
    ss.save_png(tmp_path / "look.png", ss.render(model, look), look)
    assert ss.open_session(tmp_path / "look.png").recipe == look
    with pytest.raises(ss.SessionError, match="gone"):
        ss.open_session(tmp_path / "gone.stylestudio")
