"""FID of a model in training, against the pictures that it is trained on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.measures.distances import frechet_distance
from stylestudio.measures.readers import open_reader
from stylestudio.measures.rows import BATCH, Rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from stylestudio.measures.readers import FeatureReader
    from stylestudio.progress import Cancel
    from stylestudio.training.adversarial.trainer import AdversarialTrainer

    Array = np.ndarray[Any, Any]

COUNT = 200  # pictures of each side


class TrainingFid:
    """Compares generated pictures of seeds 0, 1, ... with the first pictures of the folder.

    By the built-in reader, so figures are relative: compare those of one training. They are also
    lower for more pictures. Features of real pictures are kept on this machine, in `folder`.
    """

    def __init__(self, count: int = COUNT, folder: Path | None = None) -> None:
        self._count = count
        self._folder = folder
        self._reader: FeatureReader | None = None
        self._real: Array | None = None

    def __call__(self, trainer: AdversarialTrainer, cancel: Cancel) -> float:
        """Measure it now; NaN for a single picture. Raises Cancelled, between two batches."""
        if self._reader is None:
            self._reader = open_reader(device=trainer.device)
        pictures = trainer.pictures
        if len(pictures) < 2:
            return math.nan  # which has no spread to compare
        if self._real is None:
            identity = ("trained on", pictures.fingerprint(), self._reader.sha256)
            count = min(self._count, len(pictures))
            self._real = self._features(
                Rows(identity, self._folder), count, lambda rows: pictures.pixels[rows], cancel
            )
        fake = []
        for start in range(0, self._count, BATCH):
            cancel.check()
            made = trainer.fakes(range(start, min(start + BATCH, self._count)))
            fake.append(self._reader.features(_bytes(made)))
        return frechet_distance(np.concatenate(fake), self._real)

    def _features(
        self, rows: Rows, count: int, take: Callable[[range], Tensor], cancel: Cancel
    ) -> Array:
        reader = self._reader
        assert reader is not None
        for _ in rows.make(count, lambda numbers: reader.features(take(numbers))):
            cancel.check()
        return rows.found


def _bytes(pictures: Tensor) -> Tensor:
    """Pictures in -1..1 as uint8, as a file would hold them."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte()
