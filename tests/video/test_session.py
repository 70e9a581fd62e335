"""The session file: everything comes back, nothing of the machine is in it, damage is said."""

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import stylestudio as ss
from stylestudio.recipe import Recipe
from stylestudio.video import (
    Keyframe,
    Session,
    SessionError,
    Timeline,
    may_hold_session,
    read_session,
)


def test_everything_comes_back(tmp_path, busy, keys):
    delta = b"tuned weights"
    session = Session(
        recipe=keys[1],
        recipes=keys,
        timeline=busy,
        deltas={hashlib.sha256(delta).hexdigest(): delta},
    )
    path = tmp_path / "walk.session"
    session.save(path)
    assert may_hold_session(path)
    assert read_session(path) == session
    assert ss.Timeline.load(path) == busy


def test_a_timeline_saves_itself(tmp_path, busy):
    busy.save(tmp_path / "a.json")
    loaded = ss.Timeline.load(tmp_path / "a.json")
    assert [loaded.recipe_at(n) for n in (0, 50)] == [busy.recipe_at(n) for n in (0, 50)]


@pytest.mark.parametrize(
    "made",
    [
        lambda a, b: Timeline.of([a, b], seconds=np.float64(1), fps=np.int64(30)).replace(
            noise=ss.NoiseFlow(speed=np.float32(0.25))
        ),
        lambda a, b: Timeline.of([a, b], np.float32(1), fps=np.float32(30)),
        lambda a, _: Timeline(keyframes=(Keyframe(a, np.float64(1)),)),
        lambda a, b: Timeline.of([a, b], 1).replace(wander=ss.Wander(radius=np.float64(0.3))),
        lambda a, b: Timeline.of([a, b], 1).replace(psi=ss.PsiSweep(start=np.float64(0.4))),
    ],
)
def test_numbers_of_numpy_are_saved_and_exported(model, keys, tmp_path, made):
    timeline = made(*keys[:2])
    timeline.save(tmp_path / "a.session")
    assert Timeline.load(tmp_path / "a.session") == timeline
    assert ss.export_video(model, timeline, tmp_path / "a.mkv", side=16).frames == 30
    assert Timeline.load(tmp_path / "a.mkv") == timeline


def test_vectors_are_stored_once_and_by_content(busy, keys):
    session = Session(recipe=keys[2], recipes=(keys[2],) * 3, timeline=busy)
    tree = json.loads(session.to_json())
    digest = hashlib.sha256(keys[2].source.w).hexdigest()
    assert list(tree["sources"]) == [digest]
    assert tree["recipe"]["source"]["w"] == f"sha256:{digest}"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda tree: tree["sources"].clear(), "missing"),
        (lambda tree: tree.update(sources=3), "table"),
        (
            lambda tree: tree["sources"].update(dict.fromkeys(tree["sources"], "AAAA")),
            "damaged",
        ),
        (lambda tree: tree.update(deltas={"a" * 64: "AAAA"}), "damaged"),
        (lambda tree: tree.update(version=9), "Update StyleStudio"),
        (lambda tree: tree.update(kind="recipe"), "not a session"),
        (lambda tree: tree.update(path="/home/me"), "path"),
        (lambda tree: tree["timeline"].update(fps=0), "fps"),
        (lambda tree: tree["timeline"]["keyframes"][0].update(seconds="long"), "seconds"),
    ],
)
def test_damage_is_said_in_one_sentence(tmp_path, timeline, damage, said):
    tree = json.loads(Session(timeline=timeline).to_json())
    damage(tree)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(tree))
    with pytest.raises(SessionError, match=rf"bad\.json: .*{said}"):
        read_session(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 10**6), st.integers(0, 255))
def test_no_file_brings_it_down(tmp_path_factory, tail, at, byte):
    path = tmp_path_factory.mktemp("s") / "x"
    text = bytearray(b'{"kind":"session","version":1,"recipes":[],"timeline":null}')
    text[at % len(text)] = byte
    path.write_bytes(bytes(text) + tail)
    said = ""
    try:
        read_session(path)
    except SessionError as error:
        said = str(error)
    assert "\n" not in said


def test_what_holds_no_session_or_no_timeline_is_said(tmp_path, keys):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    with pytest.raises(SessionError, match=r"a\.png: it holds no session"):
        read_session(picture)
    with pytest.raises(SessionError, match="cannot be read"):
        read_session(tmp_path / "none.mp4")
    Session(recipe=keys[0]).save(tmp_path / "still.json")
    with pytest.raises(SessionError, match="no timeline"):
        Timeline.load(tmp_path / "still.json")
    (tmp_path / "recipe.json").write_text(keys[0].to_json())
    assert not may_hold_session(tmp_path / "recipe.json")


def test_an_unfit_performance_is_said_when_it_is_read(model):
    recorder = ss.video.Recorder(Recipe.from_seed(1, model), 0.0)
    recorder.note(Recipe.from_seed(1, model, truncation_psi=0.5), 0.5)
    timeline = Timeline(performance=recorder.finish(1.0))
    text = (
        Session(timeline=timeline).to_json().replace('"truncation_psi":0.5', '"truncation_psi":5')
    )
    with pytest.raises(SessionError, match="psi is 5"):
        Session.from_json(text)


def test_the_look_to_show_first(timeline, keys):
    assert Session(timeline=timeline).look == keys[0]
    assert Session(timeline=timeline, recipe=keys[1]).look == keys[1]
    assert replace(Session(), recipes=keys).look is None
