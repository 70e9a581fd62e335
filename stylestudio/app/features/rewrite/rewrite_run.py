"""One rewriting in the window: what was asked for, and its samples so far."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stylestudio.editing.rewrite_sheet import UnseenSamples
from stylestudio.editing.rewriting import Rewriting
from stylestudio.progress import Progress
from stylestudio.training.runs import run, save_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.editing import Rewrite
    from stylestudio.editing.rewrite_folder import RewriteFolder, Trays, Unfinished
    from stylestudio.editing.rewrite_sheet import RewriteSheet
    from stylestudio.editing.rewriting import RewriteSettings
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, Model

PREVIEW_EVERY = 60  # steps
DRAWING = "Drawing samples"


@dataclass
class RewriteRun:
    """The work of one task. Knows no Qt.

    The thread at work alone sets `samples` and `sheet`, whole, so any other may read them. What
    can't be written to disk never ends the run; the first such failure is in `problem`.
    """

    pair: ModelRecipe  # as on show when it began, but of a seed: samples are made as it is
    trays: Trays
    settings: RewriteSettings
    folder: RewriteFolder
    assets: Assets
    left: Unfinished | None = None  # to be gone on with; trays and settings are its own
    samples: UnseenSamples | None = None
    sheet: RewriteSheet | None = None  # the newest
    problem: str = ""  # a sentence

    @property
    def model(self) -> Model:
        """The model whose rule it rewrites."""
        return self.pair.model

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> Rewrite | None:
        """Run until it is done or told to end early; None before there is a change.

        The delta is in the store from then on. Raises Cancelled.
        """
        rewriting = self._begun()
        self._save(rewriting)
        seen = [each.recipe for tray in rewriting.pictures.values() for each in tray]
        report(Progress(0, 0, DRAWING))
        self.samples = UnseenSamples(
            self.pair.model, self.pair.recipe, self.settings.name, seen, self.assets
        )
        picture = self.samples.before
        for progress in run(rewriting, self.folder.state, cancel, self._complain):
            if rewriting.descended and rewriting.descended % PREVIEW_EVERY == 0:
                self.sheet = self.samples.after(rewriting.result())
                picture = self.sheet.picture
                self._save(rewriting)
            report(replace(progress, picture=picture))
        if not rewriting.descended:
            return None
        found = rewriting.result()
        self.sheet = self.samples.after(found)
        self.assets.keep(found.delta)
        if rewriting.finished:
            with suppress(OSError):  # it may not have been written
                self.folder.state.unlink()
        return found

    def _begun(self) -> Rewriting:
        if self.left is not None:
            return self.left.resumed(self.pair.model, self.assets)
        trays = self.trays
        copy, paste, context = (
            [each.painted() for each in tray] for tray in (trays.copy, trays.paste, trays.context)
        )
        return Rewriting(
            self.pair.model, copy[0], context or paste, paste, self.settings, assets=self.assets
        )

    def _save(self, rewriting: Rewriting) -> None:
        try:
            save_state(rewriting, self.folder.state)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        self.problem = self.problem or (
            f"The rewriting continues, but {self.folder.folder} can't be written: "
            f"{error.strerror or error}."
        )
