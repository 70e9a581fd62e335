"""The Draw dock: words in pen strokes, pictures in brush strokes, and files of both."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

import stylestudio as ss
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.settings import RecentFile
from stylestudio.app.features.draw import draw_run
from stylestudio.app.features.draw.draw_run import PAINTED, StrokesRun, preview
from stylestudio.app.features.draw.panel import DrawPanel
from stylestudio.checkpoints import write_lexicon
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.progress import Cancel
from stylestudio.render import Assets
from stylestudio.transfer.procedural import paint_procedural

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000  # ms
WORDS = WordList(("a", "bright", "dark", "picture"))


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "words.safetensors"
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, path)
    return path


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def panel(qtbot, window, text_file):
    window.docks["draw"].hide()  # so that it fills its lists anew
    window.studio.settings.add_recent(RecentFile(str(text_file), "Words", "0" * 64), "text models")
    window.actions_by_id["draw_words"].trigger()
    qtbot.waitUntil(lambda: window.docks["draw"].isVisible())
    panel = window.features["draw"].panel
    panel.run = panel.photo = None  # of the test before
    panel.text_model.setCurrentIndex(panel.text_model.findText("Words"))
    panel.words.setText("bright")
    panel.steps.setValue(12)
    panel.strokes.setValue(6)
    yield panel
    if panel.is_running:
        qtbot.mouseClick(panel.cancel, LEFT)
    qtbot.waitUntil(lambda: not panel.is_running, timeout=PATIENCE)
    panel.put_painting(None)


@pytest.fixture
def save(qtbot, panel, monkeypatch, tmp_path, window):
    """Save the drawing by its button; the file."""

    def to(name, kind=""):
        def answer(dialog):
            if kind:
                dialog.selectNameFilter(kind)
                dialog.filterSelected.emit(kind)
            dialog.selectFile(str(tmp_path / name))
            return True

        monkeypatch.setattr(QFileDialog, "exec", answer)
        saved = []
        window.studio.saved.connect(saved.append)
        qtbot.mouseClick(panel.save, LEFT)
        qtbot.waitUntil(lambda: bool(saved), timeout=PATIENCE)
        window.studio.saved.disconnect(saved.append)
        return saved[0]

    return to


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "sea.png"
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:20], pixels[20:] = (200, 220, 255), (20, 60, 120)
    Image.fromarray(pixels).save(path)
    return path


def wait_for_end(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.is_running, timeout=PATIENCE)


def test_words_are_drawn_and_saved(qtbot, window, panel, save):
    before = window.canvas.image.copy()
    qtbot.mouseClick(panel.start, LEFT)
    assert panel.start.text() == "Stop"
    assert not panel.save.isEnabled()
    wait_for_end(qtbot, panel)
    assert panel.state.text().startswith("6 strokes · likeness ")
    assert panel.view.isVisibleTo(panel)
    assert panel.save.y() < panel.view.y()  # a drawing fills the dock; what follows is out of sight
    assert panel.view.image.width() == draw_run.SHOWN
    lines = ET.parse(save("drawing", "SVG drawing (*.svg)")).getroot()
    assert len(lines.findall(".//{*}path")) == 6
    with Image.open(save("drawing", "PNG picture (*.png)")) as picture:
        assert picture.size == (1024, 1024)
    assert window.canvas.image == before


def test_a_drawing_is_stopped_with_what_there_is_or_cancelled(qtbot, window, panel):
    panel.steps.setValue(5000)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.bar.value() > 10, timeout=PATIENCE)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    assert panel.save.isEnabled()
    assert "likeness" in panel.state.text()


def test_the_first_drawing_leaves_none_where_it_is_cancelled(qtbot, panel):
    panel.steps.setValue(5000)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.bar.value() > 10, timeout=PATIENCE)
    qtbot.mouseClick(panel.cancel, LEFT)
    wait_for_end(qtbot, panel)
    assert panel.state.text() == "Cancelled"
    assert not panel.save.isEnabled()
    assert panel.save.toolTip() == "There is no drawing yet"
    assert not panel.view.isVisibleTo(panel)


def test_a_drawing_that_comes_to_nothing_gives_back_the_one_before(qtbot, window, panel, tmp_path):
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    art, said, image = panel.run.art, panel.state.text(), panel.view.image.copy()

    def is_given_back():
        return panel.run.art is art and panel.state.text() == said and panel.view.image == image

    panel.steps.setValue(5000)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.bar.value() > 10, timeout=PATIENCE)
    assert panel.view.image != image
    assert not panel.save.isEnabled()
    qtbot.mouseClick(panel.cancel, LEFT)
    wait_for_end(qtbot, panel)
    assert is_given_back()
    assert panel.save.isEnabled()
    (tmp_path / "no.png").write_text("no picture")
    panel.put_photo(tmp_path / "no.png")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "no.png" in window.banner.text, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert is_given_back()
    assert panel.save.isEnabled()


def test_a_painting_gives_the_drawing_its_manner(qtbot, window, panel, photo, monkeypatch):
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    plain = panel.run.art
    painting = photo.with_name("woodcut.png")
    pixels = paint_procedural("Woodcut", 64, seed=1)
    Image.fromarray((pixels.permute(1, 2, 0) * 255).byte().numpy()).save(painting)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(painting), ""))
    assert not panel.manner.isVisibleTo(panel)
    qtbot.mouseClick(panel.choose_painting, LEFT)
    assert panel.painting_name.text() == "woodcut.png"
    assert panel.manner.isVisibleTo(panel)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    assert not torch.equal(panel.run.art.points, plain.points)
    qtbot.mouseClick(panel.no_painting, LEFT)
    assert panel.painting is None


def test_a_photo_is_painted_and_saved_as_a_clip(qtbot, panel, photo, save, monkeypatch):
    panel.show_subject("photo")
    assert panel.strokes.value() == 500
    assert not panel.start.isEnabled()
    assert panel.start.toolTip() == "Choose a photo"
    assert not panel.words.isVisibleTo(panel)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(photo), ""))
    qtbot.mouseClick(panel.choose_photo, LEFT)
    panel.strokes.setValue(8)
    panel.brush.setCurrentIndex(panel.brush.findData("oval"))
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    assert 1 <= len(panel.run.art) <= 8
    assert panel.run.art.size == (64, 48)
    assert len(list(ET.parse(save("sea.svg")).getroot().findall("{*}ellipse"))) == len(
        panel.run.art
    )
    monkeypatch.setattr(draw_run, "CLIP_SECONDS", 0.1)
    clip = save("sea.gif")
    with Image.open(clip) as frames:
        assert frames.n_frames > 3
    with Image.open(save("sea.png")) as picture:
        assert picture.size == (64, 48)


def test_the_picture_on_show_is_painted(qtbot, window, panel, settled):
    window.actions_by_id["paint_strokes"].trigger()
    assert panel.subject.currentText() == "The picture on show"
    panel.strokes.setValue(5)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    side = window.studio.document.model.resolution
    assert panel.run.art.size == (side, side)
    assert side < PAINTED


def test_a_transparent_picture_is_painted_as_its_file_is(make_model, tmp_path):
    clear = make_model(seed=2, img_channels=4, resolution=64)
    look = ss.Recipe.from_seed(3, clear)
    path = tmp_path / "clear.png"
    Image.fromarray(ss.render(clear, look), "RGBA").save(path)
    painted = []
    for picture in (ModelRecipe(clear, look), path):
        run = StrokesRun(picture, Assets(), 20, "flat")
        run(lambda _: None, Cancel())
        painted.append(preview(run.art).astype(float))
    assert np.abs(painted[0] - painted[1]).mean() < 2


def test_what_goes_wrong_is_said(qtbot, window, panel, tmp_path):
    panel.words.setText("brigt")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "brigt" in window.banner.text, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert "brigt" in panel.state.text()
    panel.words.clear()
    assert panel.start.toolTip() == "Type what to draw"
    (tmp_path / "no.png").write_text("no picture")
    panel.put_photo(tmp_path / "no.png")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "no.png" in window.banner.text, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert not panel.save.isEnabled()


def test_another_try_takes_the_failure_of_the_last_one_away(qtbot, window, panel, photo, tmp_path):
    (tmp_path / "no.png").write_text("no picture")
    panel.put_photo(tmp_path / "no.png")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "no.png" in window.banner.text, timeout=PATIENCE)
    panel.put_photo(photo)
    assert panel.state.text() == "The drawing appears below, stroke by stroke"
    panel.strokes.setValue(4)
    qtbot.mouseClick(panel.start, LEFT)
    assert window.banner.text == ""
    wait_for_end(qtbot, panel)
    assert window.banner.text == ""


def test_the_bar_of_a_painting_knows_where_it_ends(photo):
    reports = []
    StrokesRun(photo, None, 500, "round")(reports.append, Cancel())
    painting = [report for report in reports if report.done]
    assert len({report.total for report in painting}) == 1
    assert [report.done for report in painting] == list(range(1, painting[0].total + 1))


def test_the_name_of_a_painting_has_room_beside_its_strength(qtbot, panel):
    panel.put_painting(Path("vallotton_woodcut_1890s.jpg"))
    qtbot.waitUntil(lambda: panel.manner.width() > 0)
    assert panel.painting_name.width() > 100


def test_what_is_typed_after_draw_words_are_the_words(qtbot, window, panel):
    panel.words.clear()
    window.canvas.setFocus()
    before = window.studio.document.recipe
    window.actions_by_id["draw_words"].trigger()
    qtbot.waitUntil(panel.words.hasFocus)
    qtbot.keyClicks(QApplication.focusWidget(), "r")
    assert panel.words.text() == "r"
    assert window.studio.document.recipe == before


def test_a_panel_that_has_drawn_nothing_says_what_comes_next(qtbot, window):
    panel = DrawPanel(window.studio.document, window.studio.settings)
    qtbot.addWidget(panel)
    said = {}
    for subject in ("words", "on show", "photo"):
        panel.show_subject(subject)
        said[subject] = panel.state.text()
    assert said == {
        "words": "Type what to draw",
        "on show": "The drawing appears below, stroke by stroke",
        "photo": "Choose a photo",
    }
