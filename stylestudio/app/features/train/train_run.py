"""Training a model on a folder of pictures: the work of one task. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.training_run import TrainingRun
from stylestudio.measures.training_fid import TrainingFid
from stylestudio.render import open_model
from stylestudio.training.adversarial.figures import read_figures
from stylestudio.training.adversarial.finish import write_model, write_model_of_state
from stylestudio.training.adversarial.keeping import FIGURES, Keeper, Schedule
from stylestudio.training.adversarial.pictures import find_files
from stylestudio.training.adversarial.starting import few_note, takes_bfloat16
from stylestudio.training.adversarial.trainer import ancestor_of, migrate_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.trainings import Training
    from stylestudio.app.features.train.trainings import Asked
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model
    from stylestudio.training.adversarial.figures import Figures
    from stylestudio.training.adversarial.trainer import (
        AdversarialProgress,
        AdversarialTrainer,
        Ancestor,
    )


class TrainRun(TrainingRun):
    """Trains one model."""

    training: Training[Asked]
    trainer: AdversarialTrainer | None
    migrate = staticmethod(migrate_identity)

    def __init__(self, training: Training[Asked], device: Callable[[], tuple[str, str]]) -> None:
        super().__init__(training, device)
        self.figures: list[Figures] = read_figures(training.folder / FIGURES)
        self._keeper: Keeper | None = None

    def open(self, report: Callable[[Progress], None], cancel: Cancel) -> AdversarialTrainer:
        """Raises Cancelled, StartError, PicturesError and what opening a model raises."""
        asked = self.training.asked
        init: Model | Ancestor | None = None
        if asked.init:  # its file may be gone once there is a state
            init = ancestor_of(self.state) or open_model(asked.init, device="cpu")
        side = asked.start.config(init).img_resolution
        pictures = self.read(asked.pictures, find_files(asked.pictures), side, report, cancel)
        if few := few_note(len(pictures)):
            self.notes.insert(0, few[0].upper() + few[1:])
        device = self.where()
        trainer = asked.start.begin(pictures, init, device, bfloat16=takes_bfloat16(device))
        if trainer.transfer is not None and trainer.transfer.left:
            self.notes.append(f"Of the model to start from, {trainer.transfer}.")
        return trainer

    def begin(self, trainer: AdversarialTrainer) -> None:
        """Keep figures and snapshots from here on."""
        if trainer.pictures_before is not None:
            self.notes.append(
                f"The pictures have changed: {len(trainer.pictures)} where there were "
                f"{trainer.pictures_before}. Training continues with them."
            )
        self._keeper = Keeper(trainer, self.folder, Schedule(), TrainingFid(), self.complain)
        self.figures = self._keeper.figures.found

    def after(self, progress: AdversarialProgress, cancel: Cancel) -> None:
        """Keep what is due."""
        assert self._keeper is not None
        self._keeper.after(progress, cancel)

    def write_model(self) -> Path:
        """Write the model as it stands, between two steps; by any thread.

        Raises CheckpointError and RunError.
        """
        if self.trainer is None:  # it rests
            return write_model_of_state(self.state, self.folder, self.name)
        with self.between_steps:
            path = self.folder / f"{self.name}-{self.trainer.step:06d}.safetensors"
            write_model(self.trainer, path)
        return path
