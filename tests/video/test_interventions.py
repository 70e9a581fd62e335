"""Interventions and regions in sessions, between keyframes and in performances."""

import json

import numpy as np
import pytest

import stylestudio as ss
from stylestudio.video import Recorder, Session, Timeline, export_video, read_session


@pytest.fixture
def bent(model):
    """A recipe with an operation, and a region of a latent."""
    mask = np.zeros((16, 16))
    mask[4:12, 4:12] = 1.0
    rows = np.random.RandomState(3).randn(model.num_ws, model.w_dim)
    latent = ss.LatentSource.from_array(rows, "found")
    return (
        ss.Recipe.from_seed(7, model)
        .intervene(ss.Intervention.of("wide", 3, "shift", 0.0, 0.1, mask=mask))
        .intervene(ss.Region.of("eyes", latent, mask, first=4))
    )


def test_sessions_keep_them_and_store_latents_once(tmp_path, bent):
    session = Session(recipe=bent, recipes=(bent, bent), timeline=Timeline.of([bent, bent], 1.0))
    session.save(tmp_path / "a.session")
    assert read_session(tmp_path / "a.session") == session
    assert len(json.loads(session.to_json())["sources"]) == 1


def test_they_move_between_keyframes_and_in_performances(model, bent):
    moved = bent.set("interventions.eyes.right", 0.5).set("interventions.wide.right", 0.5)
    clip = Timeline.of([bent, moved], seconds=1.0)
    middle = clip.recipe_at(clip.frame_count // 2)
    assert 0.0 < middle.get("interventions.eyes.right") < 0.5
    assert 0.0 < middle.get("interventions.wide.right") < 0.5
    recorder = Recorder(bent, 0.0)
    for i in range(10):
        recorder.note(bent.set("interventions.eyes.right", i / 20), i / 10)
    performance = recorder.finish(1.0)
    played = Timeline(performance=performance, fps=10)
    read = Session.from_json(Session(timeline=played).to_json()).timeline
    for n in range(read.frame_count):
        wanted = bent.set("interventions.eyes.right", n / 20)
        assert (ss.render(model, read.recipe_at(n)) == ss.render(model, wanted)).all()


def test_a_clip_has_them_as_they_are_rendered(tmp_path, model, bent):
    moved = bent.set("interventions.eyes.right", 0.25)
    clip = Timeline.of([bent, moved], seconds=0.2, fps=10)
    path = tmp_path / "clip.png"
    frames = list(ss.render_all(model, [clip.recipe_at(n) for n in range(clip.frame_count)]))
    for n, frame in enumerate(frames):
        assert (frame == ss.render(model, clip.recipe_at(n))).all()
    ss.save_png(path, frames[1], clip.recipe_at(1))
    assert ss.read_recipe(path) == clip.recipe_at(1)
    report = export_video(model, clip, tmp_path / "clip.mp4")
    assert report.frames == clip.frame_count
