"""The main window: the picture in the middle, and around it whatever the features bring."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSignalBlocker, Slot
from PySide6.QtWidgets import QLabel, QMainWindow, QVBoxLayout, QWidget

from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.core.studio import Studio
from stylestudio.app.shell.banner import Banner
from stylestudio.app.shell.commands import first_actions, last_actions, last_submenus, undo_actions
from stylestudio.app.shell.dialogs import ask_about_foreign_recipe
from stylestudio.app.shell.docks import place_docks
from stylestudio.app.shell.finding import build_features
from stylestudio.app.shell.menus import EDIT, Menus
from stylestudio.app.shell.readout import SpeedReadout
from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.worker import Rendered
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Owns the studio and the features; closing it ends every thread."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("StyleStudio")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.studio = Studio(settings, self)
        self._render_failed = False  # the banner shows why the last frame is missing
        self._build_centre()
        self._build_status()
        broken = self._build_menus()
        self._connect()
        self.resize(1440, 900)
        self._default_layout = self.saveState(LAYOUT_VERSION)
        self.restoreGeometry(settings.blob("geometry"))
        self.restoreState(settings.blob("layout"), LAYOUT_VERSION)
        with QSignalBlocker(self.actions_by_id["full_screen"]):
            self.actions_by_id["full_screen"].setChecked(self.isFullScreen())
        if broken:
            reasons = "; ".join(f"{name} ({reason})" for name, reason in broken.items())
            self.banner.say_error(f"Not everything could be loaded: {reasons}.")
        self.studio.worker.start()

    def start(self, files: list[Path]) -> None:
        """Open what was asked for, else what was on show last."""
        self.studio.start(files)

    # --- building ------------------------------------------------------------------------

    def _build_centre(self) -> None:
        self.canvas = self.studio.view.canvas
        self.banner = Banner()
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.canvas, 1)
        self.setCentralWidget(centre)

    def _build_status(self) -> None:
        self.state_label = ElidedLabel()
        self.speed_label, self.zoom_label = SpeedReadout(), QLabel()
        self.statusBar().addWidget(self.state_label, 1)
        for label in (self.speed_label, self.zoom_label):
            self.statusBar().addPermanentWidget(label)

    def _build_menus(self) -> dict[str, str]:
        """Build the features between the shell's commands; return why some could not be."""
        menus = Menus(self)
        self.actions_by_id = menus.actions
        for action in undo_actions(self, self.studio):
            menus.insert(EDIT, "undo", action)
        for first in first_actions(self.studio):
            menus.add(first)
        built = build_features(self.studio, menus)
        self.features = {feature.id: feature for feature in built.features}
        self.docks = place_docks(self, [dock for f in built.features for dock in f.docks])
        for last in last_actions(self, self.studio, self._reset_layout):
            menus.add(last)
        for submenu in last_submenus(self, self.studio, self.docks.values()):
            menus.add(submenu)
        return built.broken

    def _connect(self) -> None:
        studio = self.studio
        studio.document.model_changed.connect(self._name_model)
        studio.rendered.connect(self._on_rendered)
        studio.failed.connect(self._on_failure)
        studio.noted.connect(self.banner.say)
        studio.done.connect(self._on_done)
        studio.dock_wanted.connect(self.show_dock)
        studio.opener.started.connect(self.state_label.setText)
        studio.opener.foreign_recipe.connect(self._ask_foreign)
        self.canvas.zoom_changed.connect(self._on_zoom)

    # --- what the studio tells -----------------------------------------------------------

    @Slot(str)
    def show_dock(self, name: str) -> None:
        """Bring a dock in sight, by its id."""
        self.docks[name].show()
        self.docks[name].raise_()

    @Slot(object)
    def _name_model(self, model: Model) -> None:
        self.setWindowTitle(f"{model.name} — StyleStudio")
        device = {"cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Metal)"}[model.device.type]
        sides = f"{model.resolution} × {model.resolution}"
        self.state_label.setText(f"{model.name} · {sides} · {device}")

    @Slot(object)
    def _on_rendered(self, rendered: Rendered) -> None:
        if rendered.frame is None:
            self._render_failed = True
            self.banner.say_error(rendered.error or "")
            return
        if self._render_failed and rendered.pair == self.studio.document.current:
            self._render_failed = False
            self.banner.clear()
        self.speed_label.note(rendered, self.studio.worker.passed_over)

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self._render_failed = False  # the next frame must not take this sentence away
        self.banner.say_error(sentence)
        if self.studio.document.model is not None:
            self._name_model(self.studio.document.model)  # instead of what was being opened

    @Slot(str)
    def _on_done(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, 5000)

    @Slot(float)
    def _on_zoom(self, zoom: float) -> None:
        self.zoom_label.setText(f"{zoom * self.devicePixelRatioF():.0%}")

    @Slot(object, str)
    def _ask_foreign(self, recipe: Recipe, model_path: str) -> None:
        opener, model = self.studio.opener, self.studio.document.model
        ask_about_foreign_recipe(self, opener, recipe, model_path, model)

    @Slot()
    def _reset_layout(self) -> None:
        self.restoreState(self._default_layout, LAYOUT_VERSION)

    # --- window events -------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
        self.studio.opener.open_paths([Path(url.toLocalFile()) for url in urls])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the recipe and the layout, and leave no thread behind."""
        self.studio.settings.set_blob("geometry", self.saveGeometry())
        self.studio.settings.set_blob("layout", QByteArray(self.saveState(LAYOUT_VERSION)))
        for feature in self.features.values():
            try:
                feature.close()
            except Exception:
                log.exception("The feature %s cannot be closed", feature.id)
        self.studio.close()
        super().closeEvent(event)
