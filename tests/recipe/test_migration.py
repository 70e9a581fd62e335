"""Files of every version open, and what a newer StyleStudio wrote in them is not lost."""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from v1_recipes import DELTA, MODEL, clip, everything, performance, plain

import stylestudio as ss
from stylestudio.recipe import (
    LatentSource,
    MixRow,
    Recipe,
    RecipeError,
    SeedSource,
    Unknown,
    adapt,
    interpolate,
    read_recipe,
    unread_note,
)
from stylestudio.video import Session, SessionError, read_session

V1 = Path(__file__).parents[1] / "fixtures" / "v1"
EDIT = {"type": "direction", "vector": [0.5, 1e-7], "amount": 1.5, "of": {"type": "latent", "w": 1}}


@pytest.mark.parametrize("name", ["everything.json", "picture.png"])
def test_recipes_of_version_1_open(name):
    assert json.loads((V1 / "everything.json").read_text())["version"] == 1
    recipe = read_recipe(V1 / name)
    assert recipe == everything()
    assert recipe.unread == ()
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_sessions_of_version_1_open():
    session = read_session(V1 / "clip.session")
    assert session.recipe == everything()
    assert session.recipes == (plain(), everything())
    assert session.timeline == clip()
    assert session.deltas == {hashlib.sha256(DELTA).hexdigest(): DELTA}
    assert Session.from_json(session.to_json()) == session


def test_performances_of_version_1_open():
    timeline = read_session(V1 / "performance.session").timeline
    assert timeline == performance()
    last = timeline.performance.recipes[-1]
    assert (last.source, last.truncation_psi) == (SeedSource(12), 0.25)
    assert (last.noise_layers, last.rotate) == ((0.5,) * 7, everything().rotate)


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_videos_of_version_1_open(suffix):
    session = read_session(V1 / f"clip.{suffix}")
    first = read_recipe(V1 / "clip_first.json")
    assert session.recipe == everything()
    assert session.timeline.recipe_at(0) == first
    assert session.timeline.recipes == (first, first.replace(source=SeedSource(2)))


def test_an_autosave_of_version_1_opens():
    stored = json.loads((V1 / "autosave.json").read_text())
    assert Recipe.from_json(stored["recipe"]) == everything()


@pytest.mark.parametrize("case", json.loads((V1 / "between.json").read_text()))
def test_interpolation_gives_the_numbers_of_version_1(case):
    a, b, between = (Recipe.from_json(json.dumps(case[key])) for key in ("a", "b", "between"))
    assert interpolate(a, b, case["t"]) == between


def test_a_file_without_a_version_is_of_the_first():
    tree = json.loads((V1 / "everything.json").read_text())
    del tree["version"]
    assert Recipe.from_json(json.dumps(tree)) == everything()


def newer() -> dict:
    """A file of the present version with things in it that only a later StyleStudio can read."""
    tree = json.loads(everything().to_json())
    tree["edits"] = [EDIT, {"type": "channel"}]
    tree["stages"] = [7]
    tree["glow"] = {"radius": 3, "unknown": [1]}
    tree["unknown"] = "a field of that name"
    tree["style"]["grain"] = 0.25
    tree["mixing"][1]["mask"] = [[0, 1], [1, 0]]
    tree["source"]["parts"][3]["source"]["parts"][0]["seed"]["kind"] = "w"
    return tree


UNREAD = {
    "glow",
    "unknown",
    "edits.0 (direction)",
    "edits.1 (channel)",
    "stages.0",
    "style.grain",
    "mixing.1.mask",
    "source.parts.3.source.parts.0.seed.kind",
}


def test_what_cannot_be_read_is_named_and_written_back():
    recipe = Recipe.from_json(json.dumps(newer()))
    assert set(recipe.unread) == UNREAD
    assert json.loads(recipe.to_json()) == newer()
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert {recipe: 1}[Recipe.from_json(recipe.to_json())] == 1
    assert recipe != everything()
    note = unread_note(recipe.unread)
    assert "glow" in note
    assert "and 3 more" in note
    assert unread_note(everything().unread) == ""


def test_what_cannot_be_read_moves_with_its_part():
    recipe = Recipe.from_json(json.dumps(newer()))
    shorter = recipe.replace(mixing=recipe.mixing[1:], truncation_psi=0.25)
    assert json.loads(shorter.to_json())["mixing"][0]["mask"] == [[0, 1], [1, 0]]
    assert json.loads(shorter.to_json())["edits"] == newer()["edits"]
    assert "mixing.0.mask" in shorter.unread
    halfway = interpolate(recipe, shorter.replace(mixing=recipe.mixing), 0.5)
    assert set(halfway.unread) == UNREAD
    other = msgspec.structs.replace(MODEL, name="other", sha256="c" * 64, num_ws=6)
    assert "glow" in adapt(recipe, other)[0].unread


def test_sessions_keep_what_cannot_be_read():
    recipe = Recipe.from_json(json.dumps(newer()))
    session = Session(recipe=recipe, timeline=clip())
    tree = json.loads(session.to_json())
    assert tree["recipe"]["edits"] == newer()["edits"]
    assert tree["recipe"]["style"]["grain"] == 0.25
    assert set(session.unread) == UNREAD
    assert Session.from_json(session.to_json()) == session


def test_performances_keep_what_cannot_be_read():
    tree = json.loads(Session(timeline=performance()).to_json())
    later = {"glow": {"type": "latent", "w": 5}, "edits": [EDIT], "rotate": 4.0}
    tree["timeline"]["performance"]["events"][2]["changes"] = later
    session = Session.from_json(json.dumps(tree))
    assert session.unread == ("glow", "edits.0 (direction)")
    assert session.timeline.performance.recipes[-1].rotate == 4.0
    assert json.loads(session.to_json()) == tree


def test_a_recording_notes_what_cannot_be_read():
    start, recipe = plain(), Recipe.from_json(json.dumps(newer()))
    recorder = ss.video.Recorder(start, 0.0)
    recorder.note(recipe, 0.5)
    recorder.note(recipe.replace(rotate=0.0), 1.0)
    timeline = ss.Timeline(performance=recorder.finish(1.5))
    assert timeline.performance.recipes[1:] == (recipe, recipe.replace(rotate=0.0))
    assert Session.from_json(Session(timeline=timeline).to_json()).timeline == timeline


@pytest.mark.parametrize(
    "at",
    [
        ("recipe",),
        ("recipes", 0),
        ("timeline", "keyframes", 1, "recipe"),
    ],
)
def test_a_newer_recipe_inside_a_session_is_refused_with_a_sentence(at, tmp_path):
    tree = json.loads(Session(recipe=plain(), recipes=(plain(),), timeline=clip()).to_json())
    inner = tree
    for step in at:
        inner = inner[step]
    inner["version"] = 3
    (tmp_path / "a.session").write_text(json.dumps(tree))
    with pytest.raises(SessionError, match=r"^a\.session: .*newer StyleStudio.*Update"):
        read_session(tmp_path / "a.session")


def test_a_newer_performance_is_refused_with_a_sentence():
    tree = json.loads(Session(timeline=performance()).to_json())
    tree["timeline"]["performance"]["start"]["version"] = 3
    with pytest.raises(SessionError, match="newer StyleStudio"):
        Session.from_json(json.dumps(tree))


def test_names_in_sentences_cannot_steer_a_terminal():
    tree = json.loads(plain().to_json()) | {"\x1b[2J": 1, "edits": [{"type": "\x07"}]}
    names = Recipe.from_json(json.dumps(tree)).unread
    assert all(name.isprintable() for name in names)


def test_misspelt_fields_are_still_refused_from_python():
    with pytest.raises(RecipeError, match="pis"):
        plain().replace(pis=0.5)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.text(max_size=8), st.lists(json_values, max_size=3))
def test_anything_unknown_survives(value, name, edits):
    tree = json.loads(plain().to_json())
    if name in tree:
        return
    tree |= {name: value, "edits": edits}
    text = msgspec.json.encode(tree, order=None) if _fits(tree) else json.dumps(tree)
    once = Recipe.from_json(text)
    assert json.loads(once.to_json()) == json.loads(text)
    assert Recipe.from_json(once.to_json()) == once
    assert len(once.unread) == len(edits) + 1


def _fits(tree) -> bool:
    try:
        msgspec.json.encode(tree)
    except OverflowError:
        return False
    return True


def test_room_for_what_is_to_come_starts_empty():
    recipe = Recipe(model=MODEL, source=SeedSource(1))
    assert (recipe.edits, recipe.interventions, recipe.deltas, recipe.stages) == ((),) * 4
    tree = json.loads(recipe.to_json())
    assert tree["version"] == 2
    assert [tree[name] for name in ("edits", "interventions", "deltas", "stages")] == [[]] * 4
    assert "unknown" not in tree
    assert recipe.replace(stages=(Unknown("x", "1"),)).unread == ("stages.0 (x)",)
    latent = LatentSource.from_array([0.0] * 4)
    assert recipe.replace(mixing=(MixRow(latent, (1.0,) * 8),)).unread == ()
