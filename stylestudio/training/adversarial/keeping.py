"""Snapshots of a training on a schedule, with the FID of each; older ones make room."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from stylestudio.checkpoints import CheckpointError
from stylestudio.files import replacing
from stylestudio.training.adversarial.figures import FiguresFile
from stylestudio.training.adversarial.finish import write_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.progress import Cancel
    from stylestudio.training.adversarial.trainer import AdversarialProgress, AdversarialTrainer

    class Fid(Protocol):
        """Measures how far generated pictures lie from the real ones."""

        def __call__(self, trainer: AdversarialTrainer, cancel: Cancel) -> float:
            """Raises Cancelled."""


FIGURES, SNAPSHOTS = "figures.csv", "snapshots.json"


class Schedule(NamedTuple):
    """When to keep a snapshot, and how many."""

    kimg: float = 50.0  # thousand pictures from one to the next; 0 for none
    keep: int = 5  # the newest ones; besides, that of the lowest FID stays


class Keeper:
    """Keeps figures and snapshots of one training in its working folder."""

    def __init__(
        self,
        trainer: AdversarialTrainer,
        folder: Path,
        schedule: Schedule,
        fid: Fid | None = None,
        complain: Callable[[OSError], object] = lambda _: None,
    ) -> None:
        """Of what can't be written, `complain` is told, and the training goes on."""
        self._trainer = trainer
        self._folder = folder
        self._schedule = schedule
        self._fid = fid
        self._complain = complain
        self.figures = FiguresFile(folder / FIGURES, self._kimg)
        self._kept = [each for each in _read_kept(folder) if each[1] <= self._kimg]

    @property
    def _kimg(self) -> float:
        return self._trainer.step * self._trainer.settings.batch / 1000

    @property
    def fid(self) -> float | None:
        """The one that was measured last."""
        known = [each.fid for each in self.figures.found if not math.isnan(each.fid)]
        return known[-1] if known else None

    def after(self, progress: AdversarialProgress, cancel: Cancel) -> None:
        """Do what is due after a step. Raises Cancelled."""
        fid = None
        try:
            if self._is_due():
                fid = None if self._fid is None else self._fid(self._trainer, cancel)
                self._keep(math.nan if fid is None else fid)
            self.figures.take(progress, self._kimg, fid)
        except OSError as error:
            self._complain(error)
        except CheckpointError as error:  # a snapshot can't be written
            self._complain(OSError(str(error)))

    def _is_due(self) -> bool:
        every = self._schedule.kimg
        if not every:
            return False
        before = self._kimg - self._trainer.settings.batch / 1000
        return int(self._kimg / every) > int(before / every)

    def _keep(self, fid: float) -> None:
        name = f"snapshot-{self._trainer.step:06d}.safetensors"
        self._folder.mkdir(parents=True, exist_ok=True)
        said = {} if math.isnan(fid) else {"fid": f"{fid:.6g}"}
        write_model(self._trainer, self._folder / name, said)
        others = [each for each in self._kept if each[0] != name]
        self._kept = [*others, (name, self._kimg, fid)]
        newest = self._kept[-max(1, self._schedule.keep) :]
        known = [each for each in self._kept if not math.isnan(each[2])]
        best = min(known, key=lambda each: each[2], default=None)
        gone = [each for each in self._kept if each not in newest and each is not best]
        self._kept = [each for each in self._kept if each not in gone]
        for each in gone:
            (self._folder / each[0]).unlink(missing_ok=True)
        with replacing(self._folder / SNAPSHOTS) as temporary:
            lines = [
                {"file": file, "kimg": kimg, "fid": None if math.isnan(each) else each}
                for file, kimg, each in self._kept
            ]
            temporary.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


def _read_kept(folder: Path) -> list[tuple[str, float, float]]:
    """Name, kimg and FID of the snapshots that are there, the earliest first."""
    try:
        lines = json.loads((folder / SNAPSHOTS).read_text(encoding="utf-8"))
        found = [
            (line["file"], float(line["kimg"]), math.nan if line["fid"] is None else line["fid"])
            for line in lines
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [each for each in found if (folder / each[0]).is_file()]
