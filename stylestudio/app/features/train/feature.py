"""Training a model of one's own on a folder of pictures: a dock and a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import TEACH, About, Action, Dock, Feature
from stylestudio.app.features.train.panel import TrainPanel
from stylestudio.app.features.train.trainer import Trainer

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class TrainFeature(Feature):
    """A dock that trains a model on a folder of pictures."""

    id = "train"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        root = studio.settings.folder / "trainings"
        self.trainer = Trainer(studio.tasks, root, studio.devices.for_opening, self)
        self.panel = TrainPanel(studio.document, self.trainer, studio.settings)
        self.docks = (
            Dock(
                "train",
                "Train",
                self.panel,
                scrolls=True,
                tabbed_with="measures",
                working_height=560,
                workspaces=(TEACH,),
                about=About(
                    (
                        "Train a model of your own on a folder of pictures.",
                        "Stop and continue at any time; open the model whenever you like.",
                    ),
                    (
                        "Karras, Aittala, Hellsten, Laine, Lehtinen and Aila (2020): Training "
                        "Generative Adversarial Networks with Limited Data",
                    ),
                ),
            ),
        )
        self.actions = (
            Action(
                "train_on_folder",
                "&File",
                "train",
                "&Train on a folder…",
                "Train a model of your own on a folder of pictures, or continue a training",
                self._show_dock,
            ),
        )
        self.trainer.written.connect(self._open)
        self.trainer.done.connect(self._on_done)
        self.panel.form.folder_asked.connect(self._ask_for_folder)
        self.panel.form.model_asked.connect(self._ask_for_model)
        self.panel.started.connect(self._show_dock)

    @Slot()
    def _show_dock(self) -> None:
        """Give it the room that the samples need."""
        self.studio.dock_wanted.emit("train")

    @Slot()
    def _ask_for_folder(self) -> None:
        settings = self.studio.settings
        chosen = QFileDialog.getExistingDirectory(
            self.studio.window, "Pictures to train on", settings.directory("training")
        )
        if chosen:
            settings.set_directory("training", Path(chosen))
            self.panel.put_pictures(Path(chosen))

    @Slot()
    def _ask_for_model(self) -> None:
        settings = self.studio.settings
        chosen, _ = QFileDialog.getOpenFileName(
            self.studio.window, "Model to start from", settings.directory("models")
        )
        if chosen:
            settings.set_directory("models", Path(chosen).parent)
            self.panel.form.put_model(chosen)

    @Slot(object)
    def _open(self, path: Path) -> None:
        self.studio.opener.open_model(str(path))

    @Slot(object)
    def _on_done(self, path: Path) -> None:
        self.studio.saved.emit(path)
        self.studio.done.emit(f"Trained {path.name}")
