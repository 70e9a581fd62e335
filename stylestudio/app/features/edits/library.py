"""The directions of the model on show: shipped, found when asked, opened and taught."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES
from stylestudio.checkpoints import CheckpointError, holds_latents, read_latent_file
from stylestudio.editing import (
    DirectionError,
    Directions,
    directions_of,
    find_channels,
    find_directions,
    holds_directions,
    open_directions,
)
from stylestudio.recipe import ModelRef
from stylestudio.recipe.edits import free_name
from stylestudio.recipe.layers import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.editing.components import Method
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model

NAMED = "Named"
CHANNELS = "Channels"
METHODS: dict[str, Method] = {"SeFa": "sefa", "PCA": "pca"}
COUNT = 32  # of those that are found, the strongest
STARTERS = ("smile", "age", "glasses", "turn", "hair_length")  # at hand in a new window, if there
FEW = 5  # without any of these


@dataclass
class Shelves:
    """Directions of one model by title, in the order of the list; None is not found yet."""

    by_title: dict[str, Directions | None] = field(default_factory=dict)
    shown: str = ""


class DirectionLibrary(QObject):
    """Keeps directions for each model that is open, and finds them by tasks."""

    changed = Signal()  # what is on show, or how the search for it goes
    opened = Signal()  # files have brought some
    failed = Signal(str)  # besides what tasks tell
    noted = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._kept: dict[str, Shelves] = {}  # by the hash of the model
        self._task: Task | None = None  # that finds what is on show
        self._given_up: set[tuple[str, str]] = set()  # hashes and titles that brought nothing
        self._waiting: list[Path] = []  # for a model
        studio.document.model_changed.connect(self._on_model)
        studio.document.model_closed.connect(self._on_closed)

    @property
    def titles(self) -> tuple[str, ...]:
        """What there is to choose from."""
        return tuple(self._shelves.by_title)

    @property
    def shown(self) -> str:
        """The title of what is on show, "" before there is a model."""
        return self._shelves.shown

    @property
    def directions(self) -> Directions | None:
        """Those on show; None while they are not found."""
        return self._shelves.by_title.get(self.shown)

    @property
    def is_searching(self) -> bool:
        """Whether what is on show is being found."""
        return self._task is not None

    @property
    def lacking(self) -> str:
        """Why the model has no directions; "" where it may have some."""
        model = self._studio.document.model
        if model is None or model.capabilities.has_w:
            return ""
        return f"{model.name} has no W space, so it has no directions."

    def starters(self) -> Directions | None:
        """A few to begin with, of those that ship or else the strongest on show."""
        named = self.named or self.directions
        if named is None:
            return None
        chosen = [name for name in STARTERS if name in named.names]
        return named.only(chosen or named.names[:FEW])

    @property
    def named(self) -> Directions | None:
        """Those that ship for the model on show; None where none do."""
        return self._shelves.by_title.get(NAMED)

    def show(self, title: str) -> None:
        """Bring others on show, and find them where that was not done yet."""
        self._shelves.shown = title
        self._drop_task()
        self._given_up.clear()
        if not self.look():
            self.changed.emit()

    def look(self) -> bool:
        """Begin to find what is on show; False where that was done, or tried, or is under way."""
        model, title = self._studio.document.model, self.shown
        if model is None or not title or self._task is not None or self.directions is not None:
            return False
        if (model.sha256, title) in self._given_up:
            return False
        self._task = self._studio.tasks.start(
            f"Find directions of {model.name}",
            partial(_find, model, title),
            lane=FILES,  # seconds, and nothing is lost where the window closes meanwhile
            owner=self,
            key="find directions",
        )
        self._task.succeeded.connect(partial(self._on_found, model.sha256, title))
        self._task.ended.connect(partial(self._on_ended, self._task, model.sha256, title))
        self.changed.emit()
        return True

    def add(self, title: str, directions: Directions) -> None:
        """Put directions of the model on show among those there are, and bring them on show."""
        title = free_name(title, self._shelves.by_title)
        self._shelves.by_title[title] = directions
        self.show(title)

    def open_paths(self, paths: list[Path]) -> None:
        """Read files of directions for the model on show, or the first that will be."""
        model = self._studio.document.model
        if model is None:
            self._waiting += paths
            return
        for path in paths:
            task = self._studio.tasks.start(
                f"Open {path.name}",
                partial(_open, path, model),
                lane=FILES,
                owner=self,
                is_listed=False,
            )
            task.succeeded.connect(partial(self._on_opened, path, model.sha256))

    @property
    def _shelves(self) -> Shelves:
        model = self._studio.document.model
        return Shelves() if model is None else self._kept.setdefault(model.sha256, Shelves())

    @Slot(object)
    def _on_model(self, model: Model) -> None:
        self._drop_task()
        if model.sha256 not in self._kept:
            self._kept[model.sha256] = _empty_shelves(model)
        paths, self._waiting = self._waiting, []
        self.open_paths(paths)

    @Slot(object)
    def _on_closed(self, model: Model) -> None:
        if not self._studio.document.has_moved(model):
            self._kept.pop(model.sha256, None)

    # Tasks are kept for a while, and what they tell would keep a closed model with them.

    def _on_found(self, sha256: str, title: str, found: Directions) -> None:
        shelves = self._kept.get(sha256)
        if shelves is not None:
            shelves.by_title[title] = found

    def _on_ended(self, task: Task, sha256: str, title: str) -> None:
        if self._task is task:
            self._task = None
        shelves = self._kept.get(sha256)
        if shelves is not None and shelves.by_title.get(title) is None:
            self._given_up.add((sha256, title))
        self.changed.emit()

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    def _on_opened(self, path: Path, sha256: str, found: Directions) -> None:
        model = self._studio.document.model
        if model is None or model.sha256 != sha256:
            self.open_paths([path])  # another model has come meanwhile
            return
        self.add(path.stem, found)
        note = found.note_for(ModelRef.of(model))
        if note:
            self.noted.emit(note)
        self.opened.emit()


def holds(path: Path) -> bool:
    """Whether a file holds directions, and no latents. Raises OSError where it can't be read."""
    if not path.is_file():
        return False
    if holds_directions(path):
        return True
    if not holds_latents(path):
        return False
    try:
        found = read_latent_file(path).found
    except CheckpointError:
        return False
    return bool(found) and all(each.kind == "direction" for each in found)


def _empty_shelves(model: Model) -> Shelves:
    if not model.capabilities.has_w:
        return Shelves()
    titles: dict[str, Directions | None] = {}
    with contextlib.suppress(DirectionError):  # where none ship
        titles[NAMED] = directions_of(ModelRef.of(model))  # a few kilobytes
    groups = {layer.group for layer in model.layers}
    for method in METHODS:
        titles[method] = None
        titles |= {f"{method} {group}": None for group in GROUPS if group in groups}
    titles[CHANNELS] = None
    titles |= {f"{CHANNELS} {group}": None for group in GROUPS if group in groups}
    return Shelves(titles, next(iter(titles)))


# --- the work of the tasks, on their threads ---------------------------------------------


def _find(
    model: Model, title: str, report: Callable[[Progress], None], cancel: Cancel
) -> Directions:
    method, _, group = title.partition(" ")
    if method == CHANNELS:
        return find_channels(model, count=COUNT, layers=group or None, cancel=cancel)
    return find_directions(
        model, METHODS[method], COUNT, group or None, on_progress=report, cancel=cancel
    )


def _open(
    path: Path, model: Model, _report: Callable[[Progress], None], _cancel: Cancel
) -> Directions:
    return open_directions(path, model)
