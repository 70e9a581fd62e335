"""The main window: canvas in the middle, docks around it, and the wiring between them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.actions import build_menus
from stylestudio.app.autosave import Autosave
from stylestudio.app.banner import Banner
from stylestudio.app.canvas import Canvas
from stylestudio.app.dialogs import ask_about_foreign_recipe, show_about
from stylestudio.app.docks import place_docks
from stylestudio.app.document import Document, Look, first_recipe
from stylestudio.app.easel import Easel
from stylestudio.app.film import Film
from stylestudio.app.inverter import Inverter
from stylestudio.app.jobs import JobRunner
from stylestudio.app.model_menu import ModelMenu
from stylestudio.app.opening import Opener
from stylestudio.app.panels.history import HistoryPanel
from stylestudio.app.panels.inversion import InversionPanel
from stylestudio.app.panels.mixing import MixingPanel
from stylestudio.app.panels.noise import NoisePanel
from stylestudio.app.panels.placement import PlacementPanel
from stylestudio.app.panels.source import SourcePanel, at_position, plane_position
from stylestudio.app.panels.style import StylePanel
from stylestudio.app.panels.truncation import TruncationPanel
from stylestudio.app.readout import RateMenu, SpeedReadout
from stylestudio.app.saving import Saver
from stylestudio.app.settings import LAYOUT_VERSION
from stylestudio.app.style_shelf import StyleShelf
from stylestudio.app.theme import apply_theme
from stylestudio.app.thumbnails import Thumbnails
from stylestudio.app.view import View
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.seed_box import DICE_SEEDS
from stylestudio.app.worker import RenderWorker
from stylestudio.recipe import PlaneSource, Recipe, SeedSource
from stylestudio.render import Assets, builtin_models

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from stylestudio.app.settings import Settings
    from stylestudio.render import Model

WALK = 2.0  # seeds crossed by a drag over the picture's whole width
KINDS = (
    "Models, pictures, recipes, sessions and videos (*.pkl *.pt *.pth *.safetensors *.png *.json "
    "*.jpg *.session *.mp4 *.mov *.webm *.mkv *.gif *.webp)"
)


class MainWindow(QMainWindow):
    """Owns the document, the render thread and the docks; closing it ends the thread."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.document = Document(self)
        self.jobs = JobRunner(self)
        self.banks = Assets()  # all that recipes may name, for every part of the window
        self.worker = RenderWorker(self.banks, self)
        self.thumbnails = Thumbnails(self.worker, self)
        self.autosave = Autosave(self.document, settings.folder / "last-look.json", self)
        self.opener = Opener(self.document, self.jobs, settings, self.autosave, self.banks, self)
        self.saver = Saver(self.document, self.jobs, settings, self.banks, self)
        self.inverter = Inverter(
            self.jobs, settings.folder / "unfinished.inversion", self.banks, self
        )
        self.styles = StyleShelf(self.banks, self.jobs, settings, self)
        self.easel = Easel(self.document, self.styles, self.banks, settings, self)
        parts = (self.document, self.banks, self.worker, self.thumbnails, settings, self)
        self.film = Film(*parts)
        self._render_failed = False  # the banner shows why the last frame is missing
        self.setWindowTitle("StyleStudio")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self._build_centre()
        self._build_docks()
        self._build_menus()
        self._build_status()
        self._connect()
        self.resize(1440, 900)
        self._default_layout = self.saveState(LAYOUT_VERSION)
        self.restoreGeometry(settings.blob("geometry"))
        self.restoreState(settings.blob("layout"), LAYOUT_VERSION)
        with QSignalBlocker(self.actions_by_id["full_screen"]):
            self.actions_by_id["full_screen"].setChecked(self.isFullScreen())
        self.worker.start()

    def _build_centre(self) -> None:
        self.canvas = Canvas()
        self.view = View(self.canvas, self)
        self.banner = Banner()
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.canvas, 1)
        self.setCentralWidget(centre)

    def _build_docks(self) -> None:
        self.source = SourcePanel(self.document, self.thumbnails)
        self.truncation = TruncationPanel(self.document)
        self.mixing = MixingPanel(self.document, self.thumbnails)
        self.style_panel = StylePanel(self.document, self.styles, self.easel, self.thumbnails)
        self.noise = NoisePanel(self.document)
        self.placement = PlacementPanel(self.document)
        self.inversion = InversionPanel(self.document, self.inverter, self.thumbnails)
        self.history = HistoryPanel(self.document, self.thumbnails)
        self.docks = place_docks(
            self,
            {
                "Source": self.source,
                "Truncation": self.truncation,
                "Mixing console": self.mixing,
                "Style": self.style_panel,
                "Noise": self.noise,
                "Placement": self.placement,
                "Photo": self.inversion,
                "History": self.history,
                "Timeline": self.film.panel,
            },
        )

    def _build_menus(self) -> None:
        handlers = {
            "open": self._ask_open,
            "save": self.saver.save_picture,
            "save_recipe": self.saver.save_recipe,
            "paint_still": self.easel.ask_to_paint,
            "quit": self.close,
            "copy": self.view.copy,
            "randomize": self._randomize,
            "reset": self._reset,
            "fit": self.canvas.fit,
            "actual_size": self.canvas.actual_size,
            "zoom_in": self.view.zoom_in,
            "zoom_out": self.view.zoom_out,
            "pin": self.view.pin,
            "compare": self.view.compare,
            "full_screen": self._full_screen,
            "light_theme": self._light_theme,
            "reset_layout": self._reset_layout,
            "about": self._about,
        } | self.film.handlers
        menus, self.actions_by_id = build_menus(self, handlers)
        stack = self.document.undo_stack
        undo, redo = stack.createUndoAction(self, "Undo"), stack.createRedoAction(self, "Redo")
        undo.setShortcut("Ctrl+Z")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        menus["&Edit"].insertActions(menus["&Edit"].actions()[0], [undo, redo])
        self.model_menu = ModelMenu(self.opener, self.settings, self.actions_by_id["open"], self)
        menus["&File"].insertMenu(menus["&File"].actions()[1], self.model_menu)
        self.source.models.setMenu(self.model_menu)
        menus["&View"].addMenu(RateMenu(self.worker, self.settings, self))
        panels = menus["&View"].addMenu("&Panels")
        for dock in self.docks:
            panels.addAction(dock.toggleViewAction())
        self.actions_by_id["compare"].setEnabled(False)
        self.actions_by_id["light_theme"].setChecked(self.settings.text("theme") == "light")

    def _build_status(self) -> None:
        self.state_label = ElidedLabel()
        self.speed_label, self.zoom_label = SpeedReadout(), QLabel()
        self.statusBar().addWidget(self.state_label, 1)
        for label in (self.speed_label, self.zoom_label):
            self.statusBar().addPermanentWidget(label)

    def _connect(self) -> None:
        self.document.recipe_changed.connect(self._on_recipe)
        self.document.model_changed.connect(self._on_model)
        self.worker.rendered.connect(self._on_rendered)
        self.canvas.walked.connect(self._on_walked)
        self.canvas.zoom_changed.connect(self._on_zoom)
        self.opener.started.connect(self.state_label.setText)
        parts = (self.opener, self.saver, self.styles, self.easel, self.film, self.inverter)
        for part in parts:
            part.failed.connect(self._on_failure)
        self.opener.found_session.connect(self.film.open_session)
        self.film.noted.connect(self.banner.say)
        self.opener.found_styles.connect(self.styles.open_paths)
        self.styles.opened.connect(self._on_styles)
        self.opener.photo_found.connect(self.inverter.open_photo)
        self.inverter.photo_opened.connect(self._show_photo_dock)
        self.inversion.compare_asked.connect(self.view.compare_photo)
        self.opener.noted.connect(self.banner.say)
        self.opener.foreign_recipe.connect(self._ask_foreign)
        self.saver.saved.connect(self._on_done)
        self.easel.said.connect(self._on_done)
        self.easel.started.connect(self._show_styles)
        self.view.noted.connect(self._on_done)
        self.view.has_pin.connect(self.actions_by_id["compare"].setEnabled)

    def start(self, files: list[Path]) -> None:
        """Open what was asked for, else the last look, else the first built-in model."""
        saved = self.autosave.load()
        self.film.clip.load()
        if files:
            self.opener.open_paths(files)
        elif saved is not None and _still_there(saved.model_path):
            self.opener.open_model(saved.model_path, saved.recipe)
        else:
            self.opener.open_first()
            if saved is not None:
                kept = self.autosave.keep_aside(saved)
                self.banner.say_error(
                    f"The last look's model is no longer at {saved.model_path}; the look is kept "
                    f"in {kept}, to be dropped here when the model is back."
                )

    # --- what the document and the worker tell -------------------------------------------

    @Slot(object)
    def _on_recipe(self, _recipe: Recipe) -> None:
        assert self.document.look is not None
        self.worker.request(self.document.look)

    @Slot(object)
    def _on_model(self, model: Model) -> None:
        self._name_model(model)

    @Slot()
    def _show_styles(self) -> None:
        dock = next(dock for dock in self.docks if dock.windowTitle() == "Style")
        dock.show()
        dock.raise_()

    @Slot()
    def _on_styles(self) -> None:
        """Show the styles, and the picture that may have waited for them."""
        self._show_styles()
        if self.document.look is not None:
            self.worker.request(self.document.look)

    def _name_model(self, model: Model) -> None:
        self.setWindowTitle(f"{model.name} — StyleStudio")
        device = {"cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Metal)"}[model.device.type]
        self.state_label.setText(
            f"{model.name} · {model.resolution} × {model.resolution} · {device}"
        )

    @Slot()
    def _on_rendered(self) -> None:
        rendered = self.worker.outbox.take()
        if rendered is None:
            return
        if rendered.frame is None:
            self._render_failed = True
            self.banner.say_error(rendered.error or "")
            return
        if self._render_failed and rendered.look == self.document.look:
            self._render_failed = False
            self.banner.clear()
        self.view.show(rendered.frame)
        self.speed_label.note(rendered, self.worker.passed_over)
        if self.source.plane is None and not self.view.is_draft:
            QTimer.singleShot(0, self._add_plane)

    @Slot()
    def _add_plane(self) -> None:
        if self.source.plane is None:
            self.source.add_plane()

    @Slot(float, float, object)
    def _on_walked(self, dx: float, dy: float, gesture: object) -> None:
        """Move the seed plane under the picture, as if the picture were a part of it."""
        recipe = self.document.recipe
        if recipe is None:
            return
        if not isinstance(recipe.source, SeedSource | PlaneSource):
            self.banner.say("This source is not on the seed plane; roll a seed first.")
            return
        x, y = plane_position(recipe)
        source = at_position(recipe, round(x - dx * WALK, 3), round(y - dy * WALK, 3))
        walked = recipe.replace(source=source)
        self.document.set(walked, "Walk the seed plane", ("walk", gesture))

    @Slot(float)
    def _on_zoom(self, zoom: float) -> None:
        self.zoom_label.setText(f"{zoom * self.devicePixelRatioF():.0%}")

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self._render_failed = False  # the next frame must not take this sentence away
        self.banner.say_error(sentence)
        model = self.document.model
        if model is None:
            self.opener.open_first()
        else:
            self._name_model(model)

    @Slot(str)
    def _on_done(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, 5000)

    # --- commands ------------------------------------------------------------------------

    @Slot()
    def _ask_open(self) -> None:
        folder = self.settings.directory("models")
        chosen, _ = QFileDialog.getOpenFileName(self, "Open", folder, f"{KINDS};;All files (*)")
        if chosen:
            self.settings.set_directory("models", Path(chosen).parent)
            self.opener.open_paths([Path(chosen)])

    @Slot()
    def _randomize(self) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            source = SeedSource(random.randrange(DICE_SEEDS))
            self.document.set(recipe.replace(source=source), "Roll a seed")

    @Slot()
    def _reset(self) -> None:
        look = self.document.look
        if look is not None:
            fresh = first_recipe(look.model).replace(source=look.recipe.source)
            self.document.set_look(Look(look.model, fresh), "Reset everything")

    @Slot(object)
    def _show_photo_dock(self, _photo: object) -> None:
        dock = next(dock for dock in self.docks if dock.windowTitle() == "Photo")
        dock.show()
        dock.raise_()

    @Slot(bool)
    def _full_screen(self, on: bool) -> None:
        full = Qt.WindowState.WindowFullScreen  # this bit alone, so that "maximised" is kept
        self.setWindowState(self.windowState() | full if on else self.windowState() & ~full)

    @Slot(bool)
    def _light_theme(self, on: bool) -> None:
        name = "light" if on else "dark"
        self.settings.set_text("theme", name)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, name)

    @Slot()
    def _reset_layout(self) -> None:
        self.restoreState(self._default_layout, LAYOUT_VERSION)

    @Slot()
    def _about(self) -> None:
        show_about(self)

    @Slot(object, str)
    def _ask_foreign(self, recipe: Recipe, model_path: str) -> None:
        ask_about_foreign_recipe(self, self.opener, recipe, model_path, self.document.model)

    # --- window events -------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
        self.opener.open_paths([Path(url.toLocalFile()) for url in urls])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the look and the layout, and leave no thread behind."""
        self.film.close()
        self.autosave.save()
        self.settings.set_blob("geometry", self.saveGeometry())
        self.settings.set_blob("layout", QByteArray(self.saveState(LAYOUT_VERSION)))
        self.inverter.wait()
        self.easel.close()
        self.worker.stop()
        self.jobs.wait()
        super().closeEvent(event)


def _still_there(model_path: str) -> bool:
    return model_path in builtin_models() or Path(model_path).is_file()
