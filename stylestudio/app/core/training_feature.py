"""What features share that train something for hours: a dock among those that teach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import TEACH, About, Dock, Feature
from stylestudio.app.core.trainer import Trainer
from stylestudio.app.core.trainings import Asked, find_trainings

if TYPE_CHECKING:
    from stylestudio.app.core.training_panel import TrainingPanel


class TrainingFeature(Feature):
    """A dock that trains something."""

    panel: TrainingPanel

    def new_trainer(self, kind: type[Asked]) -> Trainer:
        """Finds trainings of a kind where the panel keeps them."""
        return Trainer(self.studio.tasks, lambda: find_trainings(self.panel.root, kind), self)

    def dock_of(self, title: str, about: About) -> Dock:
        """The dock of the panel, which comes to the front when a training starts."""
        self.panel.started.connect(self.show_dock)
        return Dock(
            self.id,
            title,
            self.panel,
            scrolls=True,
            tabbed_with="measures",
            working_height=420,
            workspaces=(TEACH,),
            about=about,
        )

    @Slot()
    def show_dock(self) -> None:
        """Give it the room that the samples need."""
        self.studio.dock_wanted.emit(self.id)

    def ask_for_pictures(self, title: str) -> Path | None:
        """A folder that the user chooses to learn from."""
        settings = self.studio.settings
        chosen = QFileDialog.getExistingDirectory(
            self.studio.window, title, settings.directory("training")
        )
        if not chosen:
            return None
        settings.set_directory("training", Path(chosen))
        return Path(chosen)
