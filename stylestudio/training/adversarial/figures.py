"""The figures of a training over its time, in a CSV file that goes on where a state does."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.training.adversarial.trainer import AdversarialProgress

EVERY = 16  # steps, whose mean a line is


@dataclass(frozen=True)
class Figures:
    """What was seen of a training up to some point; NaN where that was not measured."""

    kimg: float
    fake_score: float = math.nan
    real_score: float = math.nan
    r_t: float = math.nan
    p: float = math.nan
    fid: float = math.nan


COLUMNS = tuple(each.name for each in fields(Figures))


class FiguresFile:
    """All figures so far; the thread at work only appends, so any other may read `found`."""

    def __init__(self, path: Path, kimg: float) -> None:
        """Go on with what is there up to `kimg`, where the training stands."""
        self.path = path
        self.found = [each for each in read_figures(path) if each.kimg <= kimg]
        self._scores: list[tuple[float, float]] = []
        self._is_begun = False

    def take(self, progress: AdversarialProgress, kimg: float, fid: float | None = None) -> None:
        """Take in a step, and write a line where one is due. Raises OSError."""
        self._scores.append((progress.fake_score, progress.real_score))
        if fid is None and len(self._scores) < EVERY:
            return
        fake, real = (sum(each) / len(self._scores) for each in zip(*self._scores, strict=True))
        self._scores.clear()
        line = Figures(kimg, fake, real, progress.r_t, progress.p, math.nan if fid is None else fid)
        self.found.append(line)
        self._write(line)

    def _write(self, line: Figures) -> None:
        if self._is_begun:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow(_cells(line))
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        csv.writer(text).writerows([COLUMNS, *map(_cells, self.found)])
        with replacing(self.path) as temporary:  # without what a killed run had gone on to
            temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
        self._is_begun = True


def read_figures(path: Path) -> list[Figures]:
    """The figures in a file; lines that are no figures are left out, and so is a missing file."""
    found = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                try:
                    found.append(Figures(*(float(cell) if cell else math.nan for cell in row)))
                except (ValueError, TypeError):
                    continue  # the head, or what a kill has cut
    except (OSError, UnicodeDecodeError, csv.Error):
        pass
    return found


def _cells(line: Figures) -> list[str]:
    return ["" if math.isnan(number) else f"{number:.6g}" for number in astuple(line)]
