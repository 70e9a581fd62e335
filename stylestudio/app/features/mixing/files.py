"""Files that are to be mixed in: latents, and whatever holds a recipe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from stylestudio.app.core.reading import sort_files
from stylestudio.app.core.sources_at_hand import AtHand
from stylestudio.app.core.task import FILES
from stylestudio.checkpoints import CheckpointError, read_latent_file
from stylestudio.recipe import fits
from stylestudio.render import match_latents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stylestudio.app.core.reading import Kind
    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

LATENTS, PHOTO = "latents", "photo"  # kinds of files


class Read(NamedTuple):
    """What files hold that were given to the console together."""

    sources: list[list[AtHand]]  # of each file that has some
    problems: list[str]  # sentences: why others can't be mixed in
    photos: list[Path]  # which have to be inverted first
    others: list[Path]  # that the window opens


class MixFiles(QObject):
    """Reads them by tasks, against the model on show."""

    # The row that is to take a source, or None; the first AtHand of each file; how many others.
    read = Signal(object, object, int)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._found: list[AtHand] = []  # all that the last files held
        self._found_for = ""  # the hash of the model that they were read for

    def at_hand(self, recipe: Recipe) -> list[AtHand]:
        """What the last files held."""
        return self._found if recipe.model.sha256 == self._found_for else []

    def open(self, paths: list[Path], index: int | None = None) -> None:
        """Read files; their sources come by `read`, for a new row or that at `index`."""
        model = self._studio.document.model
        if model is None:
            self._studio.opener.open_paths(paths)
            return
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        task = self._studio.tasks.start(
            f"Open {name}",
            partial(_read, paths, self._studio.opener.kinds, model),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_read, paths, index, model))

    def _on_read(self, paths: list[Path], index: int | None, model: Model, found: Read) -> None:
        if self._studio.document.model is not model:
            self.open(paths, index)  # another model has come meanwhile
            return
        for sentence in found.problems:
            self._studio.failed.emit(sentence)
        if found.photos or found.others:
            self._studio.opener.open_paths([*found.photos, *found.others])
        if found.photos:
            self._studio.noted.emit(
                f"Invert {found.photos[0].name} in the Photo panel, then press Add to the mix."
            )
        if found.sources:
            self._found = [each for of_file in found.sources for each in of_file]
            self._found_for = model.sha256
            first = [of_file[0] for of_file in found.sources]
            self.read.emit(index, first, len(self._found) - len(first))


def _read(
    paths: list[Path],
    kinds: Sequence[Kind],
    model: Model,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> Read:
    read = Read([], [], [], [])
    for path in paths:
        found = sort_files([path], kinds, report, cancel)
        read.problems.extend(found.problems)
        if found.file is not None and found.file.recipe is not None:
            recipe = found.file.recipe
            if fits(recipe, model):
                read.sources.append([AtHand(path.stem, recipe.source)])
            else:
                read.problems.append(
                    f"{path.name} was made with {recipe.model.name_beside(model)}, "
                    f"so {model.name} can't mix it in."
                )
        for kind, files in found.others.values():
            if kind.id == LATENTS:
                _take_latents(path, model, read)
            else:
                (read.photos if kind.id == PHOTO else read.others).extend(files)
        read.others.extend(found.models)
    return read


def _take_latents(path: Path, model: Model, read: Read) -> None:
    try:
        match = match_latents(read_latent_file(path), model)
    except CheckpointError as error:
        read.problems.append(str(error))
        return
    if match.sources:
        read.sources.append([AtHand(source.name, source) for source in match.sources])
    else:
        read.problems.append(match.sentence)
