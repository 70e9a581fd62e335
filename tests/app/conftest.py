"""A window with its own settings, and a check that no test leaves a thread behind."""

import threading

import numpy as np
import pytest
from garbage_here import garbage_is_collected_here  # noqa: F401 - a fixture
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QThread, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from stylestudio.app.core import recipes
from stylestudio.app.core.document import Document
from stylestudio.app.core.recipes import ModelRecipe, first_recipe
from stylestudio.app.core.settings import FILES, Settings
from stylestudio.app.core.studio import Studio
from stylestudio.app.features.timeline import export_dialog
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.recipe.presets import Presets

recipes.FIRST_SEED = 0  # below the seeds that tests change to


@pytest.fixture(autouse=True)
def no_thread_is_left(qapp):
    before = threads()
    yield
    qapp.processEvents()
    assert threads() <= before


def threads():
    """Those that Python started; it counts an encoder's too, once that has logged a line."""
    foreign = threading._DummyThread
    return {thread for thread in threading.enumerate() if not isinstance(thread, foreign)}


@pytest.fixture
def document(qapp, model):
    document = Document()
    document.open_model(model)
    return document


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings")


def dress(app):
    """Dark, where it is not: dressing anew goes through every widget that is still there."""
    if app.property("theme") != "dark":
        apply_theme(app, "dark")


@pytest.fixture
def bare_window(qtbot, qapp, settings):
    """The window before any model is open."""
    dress(qapp)
    window = MainWindow(settings)
    window.resize(1300, 860)
    qtbot.addWidget(window, before_close_func=MainWindow.quit)  # whatever is under way
    window.show()
    yield window
    window.quit()
    assert not window.findChildren(QThread) or all(
        not thread.isRunning() for thread in window.findChildren(QThread)
    )


@pytest.fixture
def new_window(qtbot, bare_window, model):
    """The window with a small model and its first picture."""
    bare_window.studio.document.open_model(model)
    qtbot.waitUntil(lambda: is_settled(bare_window), timeout=20_000)
    qtbot.waitUntil(lambda: bare_window.features["source"].panel.plane is not None)
    return bare_window


@pytest.fixture
def window(new_window):
    """Modules whose tests need no window of their own put `fresh_window` in its place."""
    return new_window


def is_settled(window) -> bool:
    """Whether the canvas shows what the document holds."""
    return (
        window.studio.view.shown_recipe is not None
        and window.studio.view.shown_recipe == window.studio.document.recipe
    )


@pytest.fixture(scope="module")
def shared_window(qapp, model, tmp_path_factory):
    """One window with a small model for all tests of a module; they get it as `fresh_window`."""
    dress(qapp)
    window = MainWindow(Settings(tmp_path_factory.mktemp("settings")))
    window.resize(1300, 860)
    window.show()
    window.studio.document.open_model(model)
    window.first_places = None
    yield window
    window.quit()
    window.deleteLater()  # and at once: what lived as long as Python would end in a crash
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def fresh_window(qtbot, shared_window, model, fresh_recipe, settled):
    """The window of the module, in nothing different from a new one that a test would notice."""
    window, studio = shared_window, shared_window.studio
    settled(window)
    qtbot.waitUntil(lambda: window.features["source"].panel.plane is not None)
    for dialog in window.findChildren(QDialog):
        dialog.close()
    window.presenter.present(False)
    window.resize(1300, 860)
    window.first_places = window.first_places or window.saveState()
    if window.saveState() != window.first_places:
        window.restoreState(window.first_places)
    window.palette_of_commands.leave()
    window.banner.clear()
    window.status.clearMessage()
    window.shortcuts.reset_all()
    studio.canvas_tools.stop()
    studio.view.canvas.compare_with(None)
    studio.view.canvas.fit()
    studio.settings.clear_recents(FILES)
    studio.settings.forget(export_dialog.CHOICES)
    presets, picture = window.features["presets"], window.features["picture"]
    presets.fade.stop()
    presets.slots.show(Presets())
    presets.strip.seconds.setValue(0.0)
    picture.has_pin.emit(False)
    picture.has_saved.emit(False)
    window.features["timeline"].clip.show(None)
    studio.document.show(ModelRecipe(model, fresh_recipe))
    studio.document.undo_stack.clear()
    studio.history.take(None)
    studio.view.shown_recipe = None
    studio.render()
    settled(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def window_of_new_model(fresh_window, model):
    """The window of the module, in which all that was kept for the model is forgotten."""
    document = fresh_window.studio.document
    document.model_closed.emit(model)
    document.model_changed.emit(model)
    document.recipe_changed.emit(document.recipe)
    return fresh_window


@pytest.fixture
def studio(qtbot, qapp, settings, model):
    """What features share, with a model and a gray picture on the canvas; nothing is rendered."""
    dress(qapp)
    host = QWidget()
    qtbot.addWidget(host)
    studio = Studio(settings, host)
    studio.document.open_model(model)
    canvas = studio.view.canvas
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    canvas.set_image(image)
    canvas.show()
    yield studio
    studio.close()


@pytest.fixture
def settled(qtbot):
    def wait(window):
        qtbot.waitUntil(lambda: is_settled(window), timeout=20_000)

    return wait


@pytest.fixture
def drop(qtbot):
    """Drop files on a widget, and wait until the window knows what they are."""

    def drop_files(window, *paths):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place, copy = window.rect().center(), Qt.DropAction.CopyAction
        hands = (copy, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(place, *hands)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(window, QDropEvent(QPointF(place), *hands))
        opener = window.window().studio.opener
        qtbot.waitUntil(lambda: not opener.is_busy, timeout=20_000)

    return drop_files


@pytest.fixture
def photo_file(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (6, 9, 3)).astype(np.uint8)
    path = tmp_path / "aunt.png"
    Image.fromarray(pixels).resize((90, 60), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def window_without_photo(qtbot, fresh_window, model):
    """The window of the module, in which no photo was opened yet; no inversion outlives a test."""
    inverter, panel = (getattr(fresh_window.features["photo"], it) for it in ("inverter", "panel"))
    unfinished = fresh_window.studio.settings.folder / "unfinished.inversion"
    if unfinished.is_dir():
        unfinished.rmdir()
    unfinished.unlink(missing_ok=True)
    inverter.photo = inverter.run = inverter.task = inverter.left = None
    inverter.photos_listed.emit([])
    panel.framing.picture.set_image(QImage())
    panel.show_model(model)
    panel.method.setCurrentIndex(0)
    panel.search.setChecked(False)
    panel.tuned.setChecked(True)
    panel.editability.value.restore_default()
    yield fresh_window
    inverter.stop()
    qtbot.waitUntil(lambda: not inverter.is_running, timeout=60_000)


@pytest.fixture
def photo_panel(qtbot, window, drop, photo_file):
    """The photo dock after a photo was dropped on the window."""
    panel = window.features["photo"].panel
    drop(window, photo_file)
    qtbot.waitUntil(lambda: window.features["photo"].inverter.photo is not None)
    qtbot.waitUntil(panel.work.start.isVisible)
    panel.steps.setValue(30)
    return panel


@pytest.fixture
def fresh_recipe(model):
    return first_recipe(model)


@pytest.fixture
def pressed(monkeypatch):
    """The mouse buttons that are down: none, until a test puts some into this list."""
    held = []
    monkeypatch.setattr(
        QApplication, "mouseButtons", lambda: held[-1] if held else Qt.MouseButton.NoButton
    )
    return held
