"""Latents that other tools have saved, opened as the source of the picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Slot

from stylestudio.app.core.task import FILES
from stylestudio.checkpoints import CheckpointError, read_latent_file
from stylestudio.render import match_latents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import LatentMatch, Model


class LatentFiles(QObject):
    """Reads files of latents by tasks, against the model on show, or the first that will be."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._waiting: list[Path] = []  # for a model
        studio.document.model_changed.connect(self._on_model)

    def open(self, paths: list[Path]) -> None:
        """Show the first latent of the last file, and say what was taken, or why nothing was."""
        model = self._studio.document.model
        if model is None:
            self._waiting = paths
            return
        path = paths[-1]
        task = self._studio.tasks.start(
            f"Open {path.name}",
            partial(_read, path, model),
            lane=FILES,
            owner=self,
            key="open latents",
        )
        task.succeeded.connect(partial(self._on_read, paths, model))

    @Slot()
    def _on_model(self) -> None:
        paths, self._waiting = self._waiting, []
        if paths:
            self.open(paths)

    def _on_read(self, paths: list[Path], model: Model, match: LatentMatch) -> None:
        document = self._studio.document
        if document.recipe is None or document.model is not model:
            self.open(paths)  # another model has come meanwhile
            return
        if not match.sources:
            self._studio.noted.emit(match.sentence)
            return
        # As it is in the file: neither truncated nor mixed, until somebody does so again.
        mixing = tuple(
            replace(row, amounts=(0.0,) * model.num_ws) for row in document.recipe.mixing
        )
        shown = document.recipe.replace(
            source=match.sources[0], truncation_psi=1.0, truncation_cutoff=None, mixing=mixing
        )
        document.set(shown, f"Open {paths[-1].name}")
        first = " The first is shown." if len(match.sources) > 1 else ""
        self._studio.noted.emit(f"{match.sentence}{first}")


def _read(
    path: Path, model: Model, _report: Callable[[Progress], None], _cancel: Cancel
) -> LatentMatch:
    match = match_latents(read_latent_file(path), model)
    if match.kind == "foreign":
        raise CheckpointError(match.sentence)
    return match
