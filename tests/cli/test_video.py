"""`stylestudio video` renders a session's timeline without a window."""

import json

import av
import numpy as np
import pytest

import stylestudio as ss
from stylestudio.recipe import Recipe
from stylestudio.video import Session, Timeline


@pytest.fixture
def session(tmp_path, model):
    opened = ss.open_model(model)
    recipes = [Recipe.from_seed(seed, opened) for seed in (1, 2)]
    path = tmp_path / "walk.json"
    Timeline.of(recipes, 0.5, fps=20, loop=True).save(path)
    return path


def test_the_timeline_becomes_a_video(studio, session, model, tmp_path):
    out = tmp_path / "a.mkv"
    answer = studio("video", session, "-o", out, "--model", model)
    assert (answer.status, answer.err) == (0, "")
    assert "Loop: closed, difference 0" in answer.out
    assert answer.out.endswith(f"Wrote {out}: 10 frames\n")
    opened, timeline = ss.open_model(model), Timeline.load(session)
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert (frames[3] == ss.render(opened, timeline.recipe_at(3))).all()
    again = studio("video", out, "-o", tmp_path / "b.mkv", "--model", model)
    assert again.status == 0
    assert (tmp_path / "b.mkv").read_bytes() == out.read_bytes()


def test_size_rate_and_codec_are_chosen(studio, session, model, tmp_path):
    out = tmp_path / "a.mov"
    options = ["--size", 48, "--fps", 30, "--codec", "prores"]
    assert studio("video", session, "-o", out, "--model", model, *options).status == 0
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.frames, stream.average_rate, stream.width) == (15, 30, 48)
    assert Timeline.load(out).fps == 30


def test_info_tells_what_a_session_and_a_video_hold(studio, session, model, tmp_path):
    assert "2 keyframes, 10 frames, 0.5 s at 20 frames/s, in a loop" in studio("info", session).out
    studio("video", session, "-o", tmp_path / "a.gif", "--model", model)
    facts = json.loads(studio("info", tmp_path / "a.gif", "--json").out)
    assert (facts["kind"], facts["frames"]) == ("session", 10)


def test_what_cannot_be_done_is_said(refused, session, model, tmp_path):
    out = tmp_path / "a.mp4"
    assert "--model" in refused("video", session, "-o", out, status=1)
    both = ["--size", 32, "--scale", 2]
    assert "--scale" in refused("video", session, "-o", out, "--model", model, *both, status=2)
    assert "even" in refused("video", session, "-o", out, "--model", model, "--size", 33, status=1)
    still = tmp_path / "still.json"
    Session(recipe=Recipe.from_seed(1, ss.open_model(model))).save(still)
    assert "no timeline" in refused("video", still, "-o", out, status=1)
    still.write_bytes(np.random.default_rng(0).bytes(50))
    assert "still.json" in refused("video", still, "-o", out, status=1)
