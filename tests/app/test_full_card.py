"""Where a card has no memory for a full picture, the window shows a draft and says so."""

from dataclasses import replace
from math import inf

import pytest
import torch
from PySide6.QtCore import Qt

from stylestudio.recipe import SeedSource

SENTENCE = (
    "The graphics card's memory is full: this is a draft of 16 px, and exports fail. "
    "Close other programs that use the card, or choose CPU in View > Render on."
)


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def full(window, model, monkeypatch, settled):
    """A card with room for all steps but the last `full.steps` ones, 0 once it is free again."""
    run_step, steps = model.synthesis.run_step, model.synthesis.steps

    def run(step, *given):
        if run.steps and step in steps[-run.steps :]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return run_step(step, *given)

    run.steps = 1
    monkeypatch.setattr(model.synthesis, "run_step", run)
    yield run
    run.steps = 0
    show(window, 30)
    settled(window)  # as the next test expects to find it


def show(window, seed):
    recipe = window.studio.document.recipe.replace(source=SeedSource(seed))
    window.studio.document.set(recipe, "Another seed")


def test_the_picture_is_a_draft_that_is_said_until_a_full_one_comes(
    qtbot, window, full, settled, model
):
    shown, view = [], window.studio.view
    window.studio.rendered.connect(shown.append)
    show(window, 31)
    qtbot.waitUntil(lambda: window.banner.text == SENTENCE)
    assert view.is_draft
    assert shown[-1].pair.recipe.source == SeedSource(31)
    assert shown[-1].frame.draft == 16
    assert window.status.speed.text().endswith("draft")
    window.studio.rendered.emit(replace(shown[-1], error=None))  # as on the way to a full one
    assert window.banner.text == SENTENCE
    full.steps = 0
    show(window, 32)
    settled(window)
    assert window.banner.text == ""
    assert not view.is_draft


def test_a_picture_is_never_saved_smaller(qtbot, window, full, tmp_path):
    show(window, 33)
    qtbot.waitUntil(lambda: window.banner.text == SENTENCE)
    window.features["picture"].saver.save_picture_as(tmp_path / "large.png")
    qtbot.waitUntil(lambda: "doesn't have enough free memory for tiny" in window.banner.text)
    assert list(tmp_path.glob("*.png")) == []


def test_where_no_draft_fits_either_the_last_picture_stays(qtbot, window, full):
    before = window.canvas.image
    full.steps = 5
    show(window, 34)
    qtbot.waitUntil(lambda: "doesn't have enough free memory for tiny" in window.banner.text)
    assert window.canvas.image == before


def test_a_clip_plays_in_drafts(qtbot, window, full, settled, monkeypatch):
    monkeypatch.setattr(window.studio.worker, "frame_budget", inf)  # full frames alone
    full.steps = 0
    panel, shown = window.features["timeline"].panel, []
    for seed in (35, 36):
        show(window, seed)
        settled(window)
        qtbot.mouseClick(panel.insert, Qt.MouseButton.LeftButton)
    window.studio.rendered.connect(shown.append)
    full.steps = 1
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown) >= 3)
    assert {rendered.frame.draft for rendered in shown} == {16}
    assert window.banner.text == SENTENCE
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
