"""Training translators: a dock and a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import TEACH, About, Action, Dock, Feature
from stylestudio.app.core.trainer import Trainer
from stylestudio.app.features.translate.panel import TranslatePanel
from stylestudio.app.features.translate.trainings import Side, find_trainings

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class TranslateFeature(Feature):
    """A dock that trains translators."""

    id = "translate"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        root = studio.settings.folder / "translators"
        self.trainer = Trainer(studio.tasks, lambda: find_trainings(self.panel.root), self)
        self.panel = TranslatePanel(studio, self.trainer, root)
        self.docks = (
            Dock(
                "translate",
                "Translate",
                self.panel,
                scrolls=True,
                tabbed_with="measures",
                working_height=420,
                workspaces=(TEACH,),
                about=About(
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
                self._show_dock,
            ),
        )
        self.trainer.written.connect(self._open)
        self.trainer.done.connect(self._open)
        self.panel.form.folder_asked.connect(self._ask_for_folder)
        self.panel.started.connect(self._show_dock)

    @Slot()
    def _show_dock(self) -> None:
        """Give it the room that the samples need."""
        self.studio.dock_wanted.emit("translate")

    @Slot(int)
    def _ask_for_folder(self, place: int) -> None:
        settings = self.studio.settings
        chosen = QFileDialog.getExistingDirectory(
            self.studio.window, f"Pictures of {'AB'[place]}", settings.directory("training")
        )
        if chosen:
            settings.set_directory("training", Path(chosen))
            self.panel.form.put(place, Side(Path(chosen).name, folder=chosen))

    @Slot(object)
    def _open(self, path: Path) -> None:
        """Put the network after the picture."""
        self.studio.opener.open_paths([path])
