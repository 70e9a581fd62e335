"""Training translators: a dock and a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import About, Action
from stylestudio.app.core.training_feature import TrainingFeature
from stylestudio.app.features.translate.panel import TranslatePanel
from stylestudio.app.features.translate.trainings import Asked, Side

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.studio import Studio


class TranslateFeature(TrainingFeature):
    """A dock that trains translators."""

    id = "translate"
    panel: TranslatePanel

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        root = studio.settings.folder / "translators"
        self.trainer = self.new_trainer(Asked)
        self.panel = TranslatePanel(studio, self.trainer, root)
        self.docks = (
            self.dock_of(
                "Translate",
                About(
                    (
                        "Train networks that turn one kind of picture into another, and back.",
                        "Each kind is a folder of pictures or a look of a model.",
                    ),
                    (
                        "Zhu, Park, Isola and Efros (2017): Unpaired Image-to-Image Translation "
                        "using Cycle-Consistent Adversarial Networks",
                    ),
                ),
            ),
        )
        self.actions = (
            Action(
                "train_translator",
                "&File",
                "train",
                "Train a trans&lator…",
                "Train a network that turns one kind of picture into another",
                self.show_dock,
            ),
        )
        self.trainer.written.connect(self._open)
        self.trainer.done.connect(self._open)
        self.panel.form.folder_asked.connect(self._ask_for_folder)

    @Slot(int)
    def _ask_for_folder(self, place: int) -> None:
        if folder := self.ask_for_pictures(f"Pictures of {'AB'[place]}"):
            self.panel.form.put(place, Side(folder.name, folder=str(folder)))

    @Slot(object)
    def _open(self, path: Path) -> None:
        """Put the network after the picture."""
        self.studio.opener.open_paths([path])
