"""The Train dock: a model of one's own, its samples and figures on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylestudio.app.core.training_panel import TrainingPanel
from stylestudio.app.features.train.form import TrainForm
from stylestudio.app.features.train.train_run import TrainRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.trainer import Trainer
    from stylestudio.app.core.trainings import Training
    from stylestudio.app.features.train.curves import Curves
    from stylestudio.app.features.train.trainings import Asked
    from stylestudio.progress import Progress

EMPTY = (
    "Choose a folder of at least a few hundred pictures that resemble each other, then Train. "
    "It takes hours; Stop at any time and continue later."
)


class TrainPanel(TrainingPanel):
    """Trains a model on a folder."""

    done = "Done. Raise the length to train it further."

    def __init__(
        self,
        document: Document,
        trainer: Trainer,
        settings: Settings,
        root: Path,
        device: Callable[[], tuple[str, str]],
    ) -> None:
        """Trainings lie in `root`; `device` says where to compute."""
        self.form = TrainForm()
        self._settings, self._device = settings, device
        self._drawn: tuple[object, int] = (None, 0)  # the run of the figures on show, and how many
        self.curves: Curves | None = None  # made with the first figures
        super().__init__(
            document,
            trainer,
            self.form,
            root,
            new="New model",
            empty=EMPTY,
            samples=(
                "Samples of the model in training",
                "Three rows of the model's own pictures, the same seeds each time; below them, "
                "pictures of the folder",
            ),
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the models that were opened meanwhile."""
        if not self.trainer.is_running:
            self.form.set_models(self._settings.recents())
        super().showEvent(event)

    def put_pictures(self, folder: Path) -> None:
        """Train on a folder from now on: a new model, or the one that is chosen."""
        if not self.trainer.is_running:
            self.form.put_pictures(folder)

    def run_of(self, training: Training[Asked]) -> TrainRun:
        """Of one model."""
        return TrainRun(training, self._device)

    def amount(self, run: Any, progress: Progress) -> str:
        """How many pictures were shown."""
        start = run.training.asked.start
        return f"{progress.done * start.batch / 1000:.4g} of {start.kimg:g} kimg"

    def show_more(self, run: Any | None) -> None:
        """Draw the figures."""
        figures = [] if run is None else run.figures[:]  # the thread at work adds to it
        if not figures:
            if self.curves is not None:
                self.curves.hide()
            return
        if self.curves is None:
            from stylestudio.app.features.train.curves import Curves

            self.curves = Curves()
            self.column.insertWidget(self.column.count() - 1, self.curves)
        self.curves.show()
        if self._drawn != (run, len(figures)):
            self._drawn = (run, len(figures))
            self.curves.show_figures(figures)
