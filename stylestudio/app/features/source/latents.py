"""Latents that other tools have saved, opened as the source of the picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.recipes import with_source_alone
from stylestudio.app.core.sources_at_hand import AtHand
from stylestudio.app.core.task import FILES
from stylestudio.checkpoints import CheckpointError, read_latent_file
from stylestudio.render import match_latents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import LatentSource, Recipe
    from stylestudio.render import Model


class Found(NamedTuple):
    """What files of latents, opened together, are to a model."""

    named: list[tuple[str, LatentSource]]  # in the files' order
    sentences: list[str]  # what each file holds
    problems: list[str]  # why others show nothing


class LatentFiles(QObject):
    """Reads files of latents by tasks, against the model on show, or the first that will be."""

    found = Signal(object)  # the latents and their names, of which the first is on show

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._waiting: list[Path] = []  # for a model
        self._found: list[AtHand] = []  # in the files opened last
        self._found_for = ""  # the hash of the model that they were read for
        studio.document.model_changed.connect(self._on_model)

    def open(self, paths: list[Path]) -> None:
        """Show the first latent, offer the others, and say what the files hold."""
        model = self._studio.document.model
        if model is None:
            self._waiting = paths
            return
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        task = self._studio.tasks.start(
            f"Open {name}",
            partial(_read, paths, model),
            lane=FILES,
            owner=self,
            key="open latents",
        )
        task.succeeded.connect(partial(self._on_read, paths, model))

    def at_hand(self, recipe: Recipe) -> list[AtHand]:
        """The latents of the files that were opened last."""
        return self._found if recipe.model.sha256 == self._found_for else []

    @Slot()
    def _on_model(self) -> None:
        paths, self._waiting = self._waiting, []
        if paths:
            self.open(paths)

    def _on_read(self, paths: list[Path], model: Model, found: Found) -> None:
        document = self._studio.document
        if document.recipe is None or document.model is not model:
            self.open(paths)  # another model has come meanwhile
            return
        if found.named:
            # As it is in the file: not truncated, mixed, edited or bent until somebody does so.
            shown = with_source_alone(document.recipe, found.named[0][1])
            document.set(shown, f"Open {paths[0].name}")
            self._found = [AtHand(name, source) for name, source in found.named]
            self._found_for = model.sha256
            self.found.emit(found.named)
        several = " The first is shown; choose others under Latent in the Source panel."
        sentences = [*found.sentences, *found.problems]
        self._studio.noted.emit(" ".join(sentences) + several * (len(found.named) > 1))


def _read(
    paths: list[Path], model: Model, _report: Callable[[Progress], None], cancel: Cancel
) -> Found:
    """Raises CheckpointError where nothing of the files says anything to the model."""
    found = Found([], [], [])
    for path in paths:
        cancel.check()
        try:
            match = match_latents(read_latent_file(path), model)
        except CheckpointError as error:
            found.problems.append(str(error))
            continue
        (found.problems if match.kind == "foreign" else found.sentences).append(match.sentence)
        before = f"{path.name}, " if len(paths) > 1 else ""
        found.named.extend((f"{before}{source.name}", source) for source in match.sources)
    if not found.sentences:
        raise CheckpointError(" ".join(found.problems))
    return found
