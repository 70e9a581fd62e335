"""The Adapt dock: words and pictures, samples on the way, going back, keeping, and going on."""

import numpy as np
import pytest
import torch
from hands import answer
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.settings import RecentFile
from stylestudio.app.features.adapt.adapter import Adapter
from stylestudio.checkpoints import write_lexicon
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.recipe.deltas import known_deltas
from stylestudio.text import open_text_model
from stylestudio.text.adapt_folder import AdaptFolder

LEFT = Qt.MouseButton.LeftButton
WORDS = WordList(("a", "bright", "dark", "picture"))


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "words.safetensors"
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, path)
    return path


@pytest.fixture
def panel(settings, text_file, window, monkeypatch):
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    settings.add_recent(RecentFile(str(text_file), "Words", "0" * 64), "text models")
    window.show_dock("adapt")
    panel = window.features["adapt"].panel
    panel.text_model.setCurrentIndex(panel.text_model.findText("Words"))
    panel.steps.setMinimum(1)
    panel.steps.setValue(3)
    return panel


@pytest.fixture
def adapted(qtbot, panel):
    """The dock after a short adaptation by words."""
    panel.words.setText("bright")
    panel.instead_of.setText("dark")
    qtbot.mouseClick(panel.work.start, LEFT)
    wait_for_end(qtbot, panel, 3)
    return panel


def wait_for_end(qtbot, panel, count):
    adapter = panel._adapter
    qtbot.waitUntil(
        lambda: not adapter.is_running and panel.work.scrub.maximum() == count - 1, timeout=60_000
    )


def test_words_are_followed_and_any_step_is_kept(qtbot, window, adapted, settled):
    document, before = window.studio.document, window.canvas.image.copy()
    assert adapted.work.scrub.value() == 2
    assert adapted.figures.text().startswith("Step 3 · likeness")
    last = adapted.samples.image.copy()
    assert not last.isNull()
    adapted.work.scrub.setValue(0)
    assert adapted.figures.text().startswith("Step 1")
    assert adapted.samples.image != last
    adapted.work.scrub.setValue(2)
    qtbot.mouseClick(adapted.keep, LEFT)
    qtbot.waitUntil(lambda: "bright" in known_deltas(document.recipe.deltas))
    settled(window)
    assert window.canvas.image != before
    adapted.kept.amount.slider.setValue(adapted.kept.amount.slider.minimum())
    settled(window)
    assert known_deltas(document.recipe.deltas)["bright"].amount == 0
    assert window.canvas.image == before
    first = known_deltas(document.recipe.deltas)["bright"]
    adapted.work.scrub.setValue(1)
    qtbot.mouseClick(adapted.keep, LEFT)
    qtbot.waitUntil(lambda: known_deltas(document.recipe.deltas)["bright"] != first)
    assert [*known_deltas(document.recipe.deltas)] == ["bright"]
    for _ in range(3):
        document.undo_stack.undo()
    assert not document.recipe.deltas
    assert not adapted.kept.amount.isVisibleTo(adapted)


def test_pictures_are_dropped_and_taken_away(qtbot, panel, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(paths):
        Image.new("RGB", (40, 36), (200, 100, 80 * i)).save(path)
    (tmp_path / "notes.txt").write_text("no picture")
    assert not panel.work.start.isEnabled()
    drop_on(panel.pictures, tmp_path / "notes.txt")
    assert panel.pictures.paths == ()
    drop_on(panel.pictures, *paths)
    assert panel.pictures.paths == tuple(paths)
    assert panel.work.start.isEnabled()
    assert not panel.words.isEnabled()
    panel.pictures.list.item(0).setSelected(True)
    panel.pictures.list.setFocus()
    qtbot.keyClick(panel.pictures.list, Qt.Key.Key_Delete)
    assert panel.pictures.paths == tuple(paths[1:])
    qtbot.mouseClick(panel.work.start, LEFT)
    wait_for_end(qtbot, panel, 3)
    assert panel._adapter.run.name == "like pictures"
    qtbot.mouseClick(panel.pictures.clear_all, LEFT)
    assert panel.words.isEnabled()


def begin_and_stop(qtbot, panel):
    """Stop an adaptation by words long before its end; returns the step that it got to."""
    panel.words.setText("bright")
    panel.steps.setValue(500)
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: panel.work.bar.value() > 0, timeout=60_000)
    qtbot.mouseClick(panel.work.start, LEFT)
    adapter = panel._adapter
    qtbot.waitUntil(lambda: not adapter.is_running and adapter.left is not None, timeout=60_000)
    return adapter.left.step


def test_it_is_stopped_and_gone_on_with(qtbot, panel):
    stopped, adapter = begin_and_stop(qtbot, panel), panel._adapter
    assert 0 < stopped < 500
    assert panel.figures.text().startswith(f"Step {stopped} ")
    assert panel.work.go_on.isVisibleTo(panel)
    qtbot.mouseClick(panel.work.go_on, LEFT)
    qtbot.waitUntil(lambda: panel.work.bar.value() > stopped, timeout=60_000)
    adapter.stop()
    qtbot.waitUntil(lambda: not adapter.is_running, timeout=60_000)


def test_what_can_be_continued_is_never_dropped_unasked(qtbot, window, model, make_model, panel):
    document, adapter = window.studio.document, panel._adapter
    panel.words.setText("bright")
    panel.steps.setValue(500)
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: panel.work.bar.value() > 0, timeout=60_000)
    document.open_model(make_model(seed=3, name="other"))
    said = "The adaptation has stopped; open tiny again to continue it."
    assert window.status.currentMessage() == said
    qtbot.mouseClick(panel.work.start, LEFT)  # also while the other is still ending
    answer(window, "Cancel")
    assert not adapter.is_running
    qtbot.waitUntil(lambda: adapter.left is not None, timeout=60_000)
    document.open_model(model)
    assert panel.work.go_on.isVisibleTo(panel)
    qtbot.keyClick(panel.words, Qt.Key.Key_Return)
    answer(window, "Begin anew")
    assert adapter.is_running
    adapter.stop()
    qtbot.waitUntil(lambda: not adapter.is_running, timeout=60_000)


def test_a_try_that_comes_to_nothing_leaves_the_snapshots(qtbot, window, adapted):
    document = window.studio.document
    adapted.words.setText("brigt")
    qtbot.keyClick(adapted.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "brigt" in window.banner.text, timeout=30_000)
    wait_for_end(qtbot, adapted, 3)
    assert adapted.keep.isEnabled()
    qtbot.mouseClick(adapted.keep, LEFT)
    qtbot.waitUntil(lambda: "bright" in known_deltas(document.recipe.deltas))


def test_snapshots_come_back_with_their_model_and_after_a_restart(
    qtbot, window, model, make_model, adapted
):
    document, feature = window.studio.document, window.features["adapt"]
    document.open_model(make_model(seed=3, name="other"))
    assert adapted.work.scrub.maximum() == 0
    document.open_model(model)
    wait_for_end(qtbot, adapted, 3)
    assert adapted.figures.text().startswith("Step 3 ")
    folder = AdaptFolder(window.studio.own_files.path("adapting"))
    fresh = Adapter(window.studio.tasks, folder, window.studio.assets, feature)
    with qtbot.waitSignal(fresh.moved, timeout=30_000):
        fresh.follow_model(model)
    assert [snapshot.step for snapshot in fresh.snapshots] == [1, 2, 3]


def test_it_goes_on_with_the_text_model_that_it_was_begun_with(
    qtbot, window, settings, text_file, panel
):
    known = RecentFile(str(text_file), "Words", open_text_model(str(text_file)).sha256)
    settings.add_recent(known, "text models")
    stopped, adapter = begin_and_stop(qtbot, panel), panel._adapter
    panel.text_model.setCurrentIndex(0)  # as after a restart
    qtbot.mouseClick(panel.work.go_on, LEFT)
    qtbot.waitUntil(
        lambda: panel.work.bar.value() > stopped or not adapter.is_running, timeout=60_000
    )
    assert window.banner.text == ""
    assert adapter.is_running
    assert panel.text_model.currentText() == "Words"
    adapter.stop()
    qtbot.waitUntil(lambda: not adapter.is_running, timeout=60_000)


def test_what_goes_wrong_is_said_and_the_picture_stays(qtbot, window, panel):
    before = window.canvas.image.copy()
    panel.words.setText("brigt")
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: "brigt" in window.banner.text, timeout=30_000)
    qtbot.waitUntil(lambda: panel.work.start.text() == "Adapt")
    assert window.canvas.image == before


def drop_on(widget, *paths):
    """Drop files on a widget as the system does; what isn't taken is not dropped."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, copy = QPointF(8, 8), Qt.DropAction.CopyAction
    modifiers = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, LEFT, modifiers)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(place, copy, data, LEFT, modifiers))


def test_samples_are_drawn_square(adapted):
    side = min(adapted.samples.width(), adapted.samples.height())
    shown = adapted.samples.grab().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2).isValid()
    assert side > 100
    assert np.ptp([adapted.samples.image.width(), adapted.samples.image.height()]) == 0
