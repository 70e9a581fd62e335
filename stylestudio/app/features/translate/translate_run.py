"""Training translators between two kinds of pictures: the work of one task. Knows no Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.app.core.training_run import TrainingRun
from stylestudio.app.features.translate.trainings import result_of
from stylestudio.checkpoints import write_translator
from stylestudio.measures.looks import APART, DrawnLook, split_files
from stylestudio.measures.pictures import ModelPictures
from stylestudio.progress import Progress
from stylestudio.recipe import Recipe
from stylestudio.render import open_model
from stylestudio.training.runs import RunError
from stylestudio.training.translators import (
    TranslatorSettings,
    TranslatorTrainer,
    migrate_identity,
    new_generators,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.trainings import Training
    from stylestudio.app.features.translate.trainings import Asked, Side
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets
    from stylestudio.training.adversarial.pictures import Pictures

    Report = Callable[[Progress], None]

SAMPLES = 500  # of a look


class TranslateRun(TrainingRun):
    """Trains one pair of translators."""

    training: Training[Asked]
    trainer: TranslatorTrainer | None
    migrate = staticmethod(migrate_identity)

    def __init__(
        self, training: Training[Asked], device: Callable[[], tuple[str, str]], assets: Assets
    ) -> None:
        super().__init__(training, device)
        self._assets = assets
        asked = training.asked
        self.settings = TranslatorSettings(resolution=asked.resolution, steps=asked.steps)

    def open(self, report: Report, cancel: Cancel) -> TranslatorTrainer:
        """Raises Cancelled, PicturesError and what opening and drawing a model raise."""
        asked = self.training.asked
        a = self._pictures(asked.a, 0, report, cancel)
        b = self._pictures(asked.b, 1, report, cancel)
        return TranslatorTrainer((a, b), self.settings, self.where())

    def write_model(self) -> Path:
        """Write both translators as they stand; the file of that from A to B.

        Raises CheckpointError and RunError.
        """
        if self.trainer is None:
            generators, step = _resting(self.state, self.settings)
            return self._write(generators, step)
        with self.between_steps:
            return self._write(self.trainer.generators, self.trainer.step)

    def _write(self, generators: torch.nn.ModuleList, step: int) -> Path:
        paths = [result_of(self.training, step, side) for side in ("A", "B")]
        for path, network in zip(paths, generators, strict=True):
            write_translator(path, network)  # type: ignore[arg-type]
        return paths[0]

    def _pictures(self, side: Side, place: int, report: Report, cancel: Cancel) -> Pictures:
        """Those to learn from."""
        if side.folder:
            folder = Path(side.folder)
            known, _ = split_files(folder)
            return self.read(folder, known, self.settings.read_side, report, cancel)
        folder = self.folder / ("a", "b")[place]
        files = sorted(folder.glob("sample*.png"))
        if len(files) < SAMPLES:  # else all were drawn by an earlier run
            model = open_model(side.model, device="cpu")
            look = Recipe.from_json(side.recipe)
            pictures = ModelPictures(
                model, SAMPLES, look=look, first=place * APART, assets=self._assets
            )
            drawn = DrawnLook(pictures, folder, self.settings.read_side)
            lacking = drawn.lacking
            for done, number in enumerate(lacking):
                cancel.check()
                report(Progress(done, len(lacking), f"Drawing {side.name}"))
                drawn.draw(number)
            files = drawn.files
        return self.read(folder, files, self.settings.read_side, report, cancel)


def _resting(state: Path, settings: TranslatorSettings) -> tuple[torch.nn.ModuleList, int]:
    """The translators of a training that rests, and its step."""
    generators = new_generators(settings)
    try:
        kept = torch.load(state, map_location="cpu", weights_only=True)
        generators.load_state_dict(kept["generators"])
        return generators, int(kept["step"])
    except Exception as error:  # torch raises anything
        raise RunError(f"{state} is not the state of a training; start it anew.") from error
