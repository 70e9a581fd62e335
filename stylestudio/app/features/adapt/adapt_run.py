"""One adaptation in the window: what was asked for, and all that it has come to so far."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylestudio.text import Adaptation, AdaptSettings, open_text_model
from stylestudio.text.prompts import wishes_of
from stylestudio.training.runs import run
from stylestudio.transfer.pictures import read_picture, shortest_side

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model
    from stylestudio.text import AdaptSnapshot
    from stylestudio.text.adapt_folder import AdaptFolder, KeptSnapshot, Unfinished
    from stylestudio.text.layer_choice import Layers


@dataclass(frozen=True)
class Asked:
    """What the panel asks for."""

    text: str  # the place of the text model
    words: str
    instead_of: str
    pictures: tuple[Path, ...]  # in place of words
    layers: Layers
    steps: int

    def adaptation(self, model: Model) -> Adaptation:
        """Begin it. Raises TextModelError, CheckpointError and PictureError."""
        text = open_text_model(self.text).to(model.device)
        side = shortest_side(model.resolution)
        settings = AdaptSettings(
            wishes=() if self.pictures else wishes_of(self.words),
            instead_of="" if self.pictures else self.instead_of,
            steps=self.steps,
            layers=self.layers,
        )
        pictures = [read_picture(path, side) for path in self.pictures]
        return Adaptation(model, text, settings, pictures)


class AdaptRun:
    """The work of one task, and its snapshots. Knows no Qt.

    The thread at work only appends to `snapshots`, so any other may read them. What can't be
    written to disk never ends the run, but a snapshot that can't be is not kept; the first such
    failure is in `problem`.
    """

    def __init__(
        self, model: Model, asked: Asked, folder: AdaptFolder, left: Unfinished | None
    ) -> None:
        """`left`: the adaptation to continue, None to begin anew."""
        self.model = model
        self.asked = asked
        self.problem = ""  # a sentence
        self.name = ""  # of what it makes, once that is known
        self.snapshots: list[KeptSnapshot] = []
        self._folder, self._left = folder, left

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> bool:
        """Run until it is done or told to finish early; whether it is done. Raises Cancelled."""
        if self._left is None:
            adaptation = self.asked.adaptation(self.model)
            self._folder.clear()
        else:
            text = open_text_model(self.asked.text).to(self.model.device)
            adaptation = self._left.resumed(self.model, text, self._folder.state)
            self.snapshots += self._folder.snapshots()
        self.name = adaptation.name
        for progress in run(adaptation, self._folder.state, cancel, self._complain):
            if progress.snapshot:
                self._keep(progress.snapshot)
            report(progress)
        if adaptation.finished:
            with suppress(OSError):  # it may not have been written
                self._folder.state.unlink()
        elif not self.snapshots or self.snapshots[-1].step < adaptation.step:
            self._keep(adaptation.snapshot())
        return adaptation.finished

    def _keep(self, snapshot: AdaptSnapshot) -> None:
        try:
            kept = self._folder.keep(snapshot)
        except OSError as error:
            self._complain(error)
        else:
            later = [each for each in self.snapshots if each.step < kept.step]
            self.snapshots[:] = [*later, kept]

    def _complain(self, error: OSError) -> None:
        self.problem = self.problem or (
            f"The adaptation continues, but {self._folder.folder} can't be written: "
            f"{error.strerror or error}."
        )
