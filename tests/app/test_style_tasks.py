"""Tasks of the style dock: styles learned from paintings, stills painted, styles suggested."""

import threading
from functools import partial

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from stylestudio.app.core.task import COMPUTE
from stylestudio.app.features.styles import work as style_work
from stylestudio.app.features.styles.grid import IS_NEW, WEIGHT
from stylestudio.app.shell.window import MainWindow
from stylestudio.networks.feature_nets import MultiscaleFilters
from stylestudio.recipe import Style, read_recipe, save_png
from stylestudio.render import open_styles, render
from stylestudio.transfer.pictures import read_picture, shortest_side
from stylestudio.transfer.textures import rank_styles

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A few small steps."""
    monkeypatch.setattr(style_work, "model_pictures", lambda _: iter(()))
    features = partial(MultiscaleFilters, channels=4, scales=2)
    monkeypatch.setattr(style_work, "default_loss_network", features)
    monkeypatch.setattr(style_work, "SHOW_EVERY", 1)
    monkeypatch.setattr(style_work, "COMPARED_SIDE", 64)
    steps = partial(monkeypatch.setattr, style_work)
    steps("LEARNING_STEPS", 3)
    steps("PAINTING_STEPS", 3)
    return steps


@pytest.fixture
def sea(tmp_path):
    """A painting."""
    path = tmp_path / "sea.png"
    waves = np.sin(np.arange(96) / 4)[:, None] * 60 + np.arange(80)[None]
    Image.fromarray(np.stack([waves, waves + 60, waves + 110], 2).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def panel(qtbot, builtin_bank, window):
    """The dock, in sight, with the styles dawn, noon and dusk."""
    window.show_dock("style")
    qtbot.waitUntil(lambda: window.features["styles"].panel.grid.count() == 3)
    return window.features["styles"].panel


def made(window):
    """The files of styles that were made."""
    return sorted(path.name for path in (window.studio.settings.folder / "styles").glob("*"))


def follow(window):
    """The progress of the tasks to come, as a list that grows."""
    seen = []
    window.features["styles"].tasks.started.connect(
        lambda task: task.progressed.connect(seen.append)
    )
    return seen


def finished(qtbot, window):
    qtbot.waitUntil(lambda: not window.features["styles"].tasks.is_busy, timeout=120_000)


def test_a_painting_dropped_on_the_dock_becomes_a_style(
    qtbot, panel, window, drop, sea, settled, settings
):
    recipe, seen = window.studio.document.recipe, follow(window)
    drop(panel, sea)
    assert panel.task.isVisible()
    assert "sea.png" in panel.task.title.text()
    assert not panel.make.isEnabled()
    qtbot.waitUntil(lambda: panel.grid.count() == 4, timeout=120_000)
    assert panel.grid.names == ("dawn", "noon", "dusk", "sea")
    assert panel.grid.currentItem().text() == "sea"
    assert window.studio.document.recipe == recipe
    assert not panel.task.isVisible()
    assert panel.make.isEnabled()
    assert seen[-1].done == 3
    assert seen[-1].picture.shape == (256, 256, 3)
    assert made(window) == ["sea.safetensors"]
    grid, before = panel.grid, window.canvas.image
    qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.picture_rect("sea").center())
    settled(window)
    assert window.canvas.image != before
    # It is in the bank that it was added to, rather than a bank of its own.
    assert [panel.banks.itemText(i) for i in range(panel.banks.count())] == ["bank"]
    assert panel.banks.currentText() == "bank"
    # Once more: neither the style nor the file of the first is lost.
    drop(panel, sea)
    qtbot.waitUntil(lambda: panel.grid.count() == 5, timeout=120_000)
    assert panel.grid.names[3:] == ("sea", "sea 2")
    assert made(window) == ["sea 2.safetensors", "sea.safetensors"]


def test_what_is_learned_brings_the_style_nearer(qtbot, panel, window, drop, sea, small):
    small("LEARNING_STEPS", 10)
    seen, old = follow(window), window.features["styles"].library.bank
    drop(panel, sea)
    finished(qtbot, window)
    losses = [progress.loss for progress in seen if progress.done]
    assert losses[-1] < losses[0] / 2
    new = open_styles(window.studio.settings.folder / "styles/sea.safetensors")
    assert set(old.names) < set(new.names)


@pytest.mark.parametrize("weak", [0.0, 1e9])
def test_a_style_that_hardly_shows_is_said_to_be_weak(
    qtbot, panel, window, drop, sea, monkeypatch, weak
):
    monkeypatch.setattr(style_work, "WEAK", weak)
    said = []
    window.features["styles"].tasks.said.connect(said.append)
    drop(panel, sea)
    finished(qtbot, window)
    assert ("stays weak" in said[-1]) == (weak == 0)
    assert "Learned the style sea" in said[-1]


def test_the_window_answers_meanwhile_and_cancelling_leaves_all_as_it_was(
    qtbot, panel, window, monkeypatch, sea, small, settled
):
    small("LEARNING_STEPS", 100_000)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(sea), ""))
    qtbot.mouseClick(panel.make, LEFT)
    assert not panel.task.keep.isEnabled()
    qtbot.waitUntil(lambda: "left" in panel.task.state.text(), timeout=120_000)
    assert panel.task.state.text().startswith("Learning: ")
    assert not panel.task.picture.image.isNull()
    window.actions_by_id["randomize"].trigger()
    settled(window)
    recipe, bank = window.studio.document.recipe, window.features["styles"].library.bank
    window.features["styles"].tasks.rank(sea)
    assert "One painting at a time" in window.banner.text
    qtbot.mouseClick(panel.task.cancel, LEFT)
    finished(qtbot, window)
    assert made(window) == []
    assert not panel.task.isVisible()
    assert (window.studio.document.recipe, window.features["styles"].library.bank) == (recipe, bank)
    assert panel.grid.names == ("dawn", "noon", "dusk")


def test_it_can_be_stopped_and_kept(qtbot, panel, window, drop, sea, small):
    small("LEARNING_STEPS", 100_000)
    drop(panel, sea)
    qtbot.waitUntil(panel.task.keep.isEnabled, timeout=120_000)
    qtbot.mouseClick(panel.task.keep, LEFT)
    qtbot.waitUntil(lambda: panel.grid.count() == 4, timeout=120_000)
    assert made(window) == ["sea.safetensors"]
    sea_item = panel.grid.item(3)
    assert "sea is new" in sea_item.toolTip()
    assert not sea_item.isSelected()  # it is not in use
    assert (sea_item.data(IS_NEW), sea_item.data(WEIGHT)) == (True, 0.0)
    qtbot.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.picture_rect("sea").center())
    qtbot.waitUntil(lambda: sea_item.data(WEIGHT) == 1.0)
    assert not sea_item.data(IS_NEW)


def test_closing_the_window_ends_it(qtbot, panel, window, drop, sea, small):
    small("LEARNING_STEPS", 100_000)
    drop(panel, sea)
    qtbot.waitUntil(panel.task.keep.isEnabled, timeout=120_000)
    window.close()
    box = QApplication.activeModalWidget()
    assert "Learn the style of sea.png" in box.informativeText()
    leave = next(button for button in box.buttons() if button.text() == "Quit")
    qtbot.mouseClick(leave, LEFT)
    window.quit()  # what isn't saved is not what this is about
    assert not window.isVisible()
    assert made(window) == []


def test_what_is_no_painting_is_said_and_nothing_is_lost(qtbot, panel, window, drop, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    for use in (partial(drop, panel), partial(drop, panel.suggest)):
        window.banner.clear()
        use(broken)
        qtbot.waitUntil(lambda: "broken.jpg" in window.banner.text)
        finished(qtbot, window)
    assert made(window) == []
    assert not panel.task.isVisible()
    assert panel.grid.count() == 3


def test_an_exported_picture_on_the_dock_is_still_a_look(
    qtbot, panel, window, model, settled, tmp_path
):
    path, recipe = tmp_path / "look.png", window.studio.document.recipe
    save_png(path, render(model, recipe), recipe)
    window.actions_by_id["randomize"].trigger()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    hands = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    for widget in (panel, panel.suggest):  # which let it pass, to whatever lies behind
        heard = []
        window.dragEnterEvent = lambda event, heard=heard: heard.append(event.accept())
        QApplication.sendEvent(widget, QDragEnterEvent(QPoint(9, 9), *hands))
        assert heard
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), *hands))
    qtbot.waitUntil(lambda: window.studio.document.recipe == recipe)
    settled(window)
    assert not window.features["styles"].tasks.is_busy


@pytest.fixture
def ask(monkeypatch, sea, tmp_path):
    """Answer the two questions before a still is painted."""
    path = tmp_path / "still.png"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(sea), ""))
    name = str(path.with_suffix(""))
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: dialog.selectFile(name) or 1)
    return path


@pytest.mark.parametrize(("name", "kept"), [("still", "still.png"), ("sea.jpg", "sea.jpg.png")])
def test_a_still_takes_the_place_of_no_file_unasked(
    qtbot, window, sea, tmp_path, monkeypatch, name, kept
):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(sea), ""))
    window.studio.settings.set_directory("pictures", tmp_path)
    (tmp_path / kept).write_bytes(b"a picture")
    questions, names = [], [name]

    def answer():
        """Type the name; say No to what is asked then, and cancel."""
        dialog = QApplication.activeModalWidget()
        if not questions:
            QTimer.singleShot(20, answer)
        if isinstance(dialog, QMessageBox):
            questions.append(dialog.text())
            dialog.button(QMessageBox.StandardButton.No).click()
        elif isinstance(dialog, QFileDialog):
            field = dialog.findChild(QLineEdit)
            if names:
                field.setText(names.pop())
            if questions:
                dialog.reject()
            else:
                qtbot.keyClick(field, Qt.Key.Key_Return)

    QTimer.singleShot(0, answer)
    window.actions_by_id["paint_still"].trigger()
    questions.append("")  # ends the answers
    assert kept in questions[0]
    assert not window.features["styles"].tasks.is_busy


def test_a_still_is_painted_and_saved_with_its_recipe(
    qtbot, panel, window, ask, make_model, settled
):
    model = make_model(resolution=64)
    window.studio.document.open_model(model)
    settled(window)
    recipe, shown = window.studio.document.recipe, window.canvas.image
    window.actions_by_id["paint_still"].trigger()
    assert panel.task.isVisible()
    finished(qtbot, window)
    qtbot.waitUntil(lambda: "still.png" in window.statusBar().currentMessage())
    assert read_recipe(ask) == recipe
    with Image.open(ask) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (64, 64, 3)
    assert np.abs(pixels.astype(int) - render(model, recipe)).mean() > 2
    assert (window.studio.document.recipe, window.canvas.image) == (recipe, shown)


def test_a_still_that_is_cancelled_or_too_small_is_not_written(
    qtbot, panel, window, ask, make_model, settled, small
):
    window.actions_by_id["paint_still"].trigger()
    finished(qtbot, window)
    assert "32 x 32 pixels" in window.banner.text
    folder = ask.parent / "no such folder"
    window.features["styles"].tasks.paint(ask, folder / "still.png")
    finished(qtbot, window)
    assert f"The folder {folder} does not exist" in window.banner.text
    window.studio.document.open_model(make_model(resolution=64))
    settled(window)
    small("PAINTING_STEPS", 100_000)
    window.actions_by_id["paint_still"].trigger()
    qtbot.waitUntil(panel.task.keep.isEnabled, timeout=120_000)
    qtbot.mouseClick(panel.task.cancel, LEFT)
    finished(qtbot, window)
    assert not ask.exists()


def test_styles_are_ordered_by_likeness_and_back(
    qtbot, panel, window, drop, sea, builtin_bank, monkeypatch
):
    bank, picture = open_styles(builtin_bank), read_picture(sea, shortest_side(64))
    painted = {name: bank.stylize(picture, {name: 1.0}) for name in bank.names}
    expected = tuple(likeness.name for likeness in rank_styles(picture, painted))
    assert expected != bank.names
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(sea), ""))
    qtbot.mouseClick(panel.suggest, LEFT)
    qtbot.waitUntil(lambda: panel.grid.names == expected, timeout=120_000)
    assert [panel.grid.item(i).text() for i in range(3)] == list(expected)
    finished(qtbot, window)
    qtbot.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.picture_rect("dusk").center())
    assert dict(window.studio.document.recipe.style.weights) == {"dusk": 1.0}
    assert "sea.png" in panel.suggest.toolTip()
    qtbot.mouseClick(panel.suggest, LEFT)
    assert panel.grid.names == bank.names
    drop(panel.suggest, sea)
    qtbot.waitUntil(lambda: panel.grid.names == expected, timeout=120_000)
    finished(qtbot, window)


def test_names_that_differ_only_in_case_overwrite_nothing(qtbot, panel, window, drop, tmp_path):
    folder = window.studio.settings.folder / "styles"
    folder.mkdir(parents=True)
    (folder / "Wave.safetensors").write_bytes(b"somebody's")
    wave = tmp_path / "wave.png"
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (64, 64, 3), np.uint8)).save(wave)
    drop(panel, wave)
    qtbot.waitUntil(lambda: panel.grid.count() == 4, timeout=120_000)
    assert made(window) == ["Wave.safetensors", "wave 2.safetensors"]
    assert (folder / "Wave.safetensors").read_bytes() == b"somebody's"


def test_a_learned_style_joins_the_one_that_the_picture_is_painted_in(
    qtbot, panel, window, drop, sea
):
    grid, document = panel.grid, window.studio.document
    qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.picture_rect("noon").center())
    drop(panel, sea)
    qtbot.waitUntil(lambda: grid.count() == 4, timeout=120_000)
    assert [grid.item(i).data(WEIGHT) for i in range(4)] == [0.0, 1.0, 0.0, 0.0]
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(grid.viewport(), LEFT, control, grid.picture_rect("sea").center())
    style = document.recipe.style
    assert dict(style.weights) == {"noon": 1.0, "sea": 1.0}
    grown = open_styles(window.studio.settings.folder / "styles/sea.safetensors")
    assert style.bank.sha256 == grown.sha256


def test_a_bank_that_grew_is_offered_once_and_pictures_keep_the_earlier_one(
    qtbot, panel, window, drop, sea, settled, settings
):
    def chosen():
        return [panel.banks.itemText(i) for i in range(panel.banks.count())]

    qtbot.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.picture_rect("noon").center())
    painted = window.studio.document.recipe
    drop(panel, sea)
    qtbot.waitUntil(lambda: panel.grid.count() == 4, timeout=120_000)
    assert chosen() == ["bank"]
    qtbot.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.picture_rect("sea").center())
    window.studio.document.undo_stack.undo()
    assert window.studio.document.recipe == painted
    qtbot.waitUntil(lambda: panel.grid.count() == 3)
    assert chosen() == ["bank", "bank (earlier)"]
    assert panel.banks.currentText() == "bank (earlier)"
    # What is learned now joins what was learned before.
    drop(panel, sea)
    qtbot.waitUntil(lambda: panel.grid.count() == 5, timeout=120_000)
    assert panel.grid.names == ("dawn", "noon", "dusk", "sea", "sea 2")
    assert chosen() == ["bank"]
    settled(window)
    again = MainWindow(settings)
    qtbot.addWidget(again)
    library = again.features["styles"].library
    assert [choice.name for choice in library.choices()] == ["bank"]
    again.studio.document.open_model(window.studio.document.model)
    learned = Style.of(window.features["styles"].library.bank, {"sea": 1.0})
    again.studio.document.set(painted.replace(style=learned), "a learned style")
    settled(again)
    assert not again.banner.is_error
    again.quit()


def test_a_style_waits_where_every_thread_is_busy_and_can_be_paused(
    qtbot, panel, window, drop, sea, small
):
    small("LEARNING_STEPS", 100_000)
    gate = threading.Event()
    for n in range(COMPUTE.threads):
        window.studio.tasks.start(f"Train {n}", lambda _report, _cancel: gate.wait(30))
    drop(panel, sea)
    assert panel.task.state.text() == "Waiting"
    gate.set()
    qtbot.waitUntil(panel.task.keep.isEnabled, timeout=120_000)
    (task,) = window.studio.tasks.under_way
    task.pause()
    assert panel.task.state.text().startswith("Paused")
    qtbot.mouseClick(panel.task.cancel, LEFT)
    finished(qtbot, window)
    assert made(window) == []
