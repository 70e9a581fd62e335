"""Training a model of one's own on a folder of pictures: a dock and a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import About, Action
from stylestudio.app.core.training_feature import TrainingFeature
from stylestudio.app.features.train.panel import TrainPanel
from stylestudio.app.features.train.trainings import Asked

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class TrainFeature(TrainingFeature):
    """A dock that trains a model on a folder of pictures."""

    id = "train"
    panel: TrainPanel

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        root = studio.settings.folder / "trainings"
        self.trainer = self.new_trainer(Asked)
        self.panel = TrainPanel(
            studio.document, self.trainer, studio.settings, root, studio.devices.for_opening
        )
        self.docks = (
            self.dock_of(
                "Train",
                About(
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
                self.show_dock,
            ),
        )
        self.trainer.written.connect(self._open)
        self.trainer.done.connect(self._on_done)
        self.panel.form.folder_asked.connect(self._ask_for_folder)
        self.panel.form.model_asked.connect(self._ask_for_model)

    @Slot()
    def _ask_for_folder(self) -> None:
        if folder := self.ask_for_pictures("Pictures to train on"):
            self.panel.put_pictures(folder)

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
