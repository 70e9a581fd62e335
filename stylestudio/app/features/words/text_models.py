"""The text models at hand: Lexicon, and CLIP and SigLIP files that were opened."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.settings import RecentFile
from stylestudio.app.core.task import FILES as FILE_LANE
from stylestudio.checkpoints import holds_lexicon, holds_text_image
from stylestudio.text import open_text_model
from stylestudio.text.model import BUILT_IN
from stylestudio.text.worlds import is_world, only_worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model
    from stylestudio.text import TextModel

FILES = "text models"  # of the settings
PATTERNS = ("*.safetensors", "*.pt", "*.bin", "*.pth")


def holds(path: Path) -> bool:
    """Whether a file or a folder holds a text model. Raises OSError where it can't be read."""
    return holds_text_image(path) or (path.is_file() and holds_lexicon(path))


class Choice(NamedTuple):
    """A text model that can be chosen."""

    name: str
    place: str  # a path, or `BUILT_IN`


class TextModels(QObject):
    """Opens text models by tasks and keeps the one that was used last.

    Paths of opened files stay on this machine.
    """

    changed = Signal()  # another one is chosen, or its words are known
    opened = Signal()  # a file of the user's

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self.chosen = Choice(BUILT_IN.capitalize(), BUILT_IN)
        self.words: tuple[str, ...] = ()  # that the chosen one knows; () where it has no list
        self._asked = 0
        self._has_looked = False
        self._lock = threading.Lock()
        self._kept: tuple[str, TextModel] | None = None  # with its place

    def choices(self) -> list[Choice]:
        """Lexicon, then files, the latest opened first; the chosen one, though its file be gone."""
        files = [Choice(file.name, file.path) for file in self._studio.settings.recents(FILES)]
        choices = [Choice(BUILT_IN.capitalize(), BUILT_IN), *files]
        is_listed = self.chosen.place in [choice.place for choice in choices]
        return choices if is_listed else [*choices, self.chosen]

    def lacking(self, model: Model) -> str:
        """Why the chosen one has nothing to say of a model; "" where it has."""
        return self.lexicon_lacks(model) if self.chosen.place == BUILT_IN else ""

    def lexicon_lacks(self, model: Model) -> str:
        """Why Lexicon has nothing to say of a model; "" where it has."""
        return "" if is_world(model) else only_worlds(BUILT_IN)

    def get(self, place: str) -> TextModel:
        """The text model there, read now unless it was used last; for the threads of tasks.

        Raises CheckpointError, one sentence.
        """
        with self._lock:
            if self._kept is None or self._kept[0] != place:
                self._kept = None  # two of them may not fit into memory
                self._kept = (place, open_text_model(place))
            return self._kept[1]

    def reader(self) -> Callable[[], TextModel]:
        """What gives the chosen one to the thread of a task. It raises CheckpointError."""
        return partial(self.get, self.chosen.place)

    def check(self, *texts: str) -> None:
        """Raise TextModelError for words that the chosen one doesn't take, where it is open."""
        kept = self._kept
        if kept is not None and kept[0] == self.chosen.place:
            kept[1].tokens(texts)

    def look(self) -> None:
        """Learn the words of the built-in one, once they are wanted."""
        if not self._has_looked:
            self._has_looked = True
            task = self._read(self.chosen, is_listed=False)
            task.succeeded.connect(self._on_looked)

    def choose(self, choice: Choice) -> None:
        """Use another one, which is read by a task and chosen once that has succeeded."""
        self._asked += 1
        task = self._read(choice, is_listed=True)
        task.succeeded.connect(partial(self._on_read, self._asked, choice))
        task.failed.connect(self.changed)  # so that the box shows the one that stays

    def open_paths(self, paths: list[Path]) -> None:
        """Open a file or a folder that was dropped or chosen, the last of several."""
        path = paths[-1]
        name = path.name if path.is_dir() else path.stem
        self.choose(Choice(name, str(path.resolve())))

    def ask_for_file(self, window: QWidget) -> None:
        """Let the user choose a file, and open it."""
        folder = self._studio.settings.directory("text models")
        kinds = f"CLIP and SigLIP ({' '.join(PATTERNS)});;All files (*)"
        chosen, _ = QFileDialog.getOpenFileName(window, "Open a text model", folder, kinds)
        self._open_chosen(chosen)

    def ask_for_folder(self, window: QWidget) -> None:
        """Let the user choose a folder with a text model and what describes it, and open it."""
        folder = self._studio.settings.directory("text models")
        title = "Open the folder of a text model"
        self._open_chosen(QFileDialog.getExistingDirectory(window, title, folder))

    def _open_chosen(self, chosen: str) -> None:
        if chosen:
            self._studio.settings.set_directory("text models", Path(chosen).parent)
            self.open_paths([Path(chosen)])

    def _read(self, choice: Choice, *, is_listed: bool) -> Task:
        return self._studio.tasks.start(
            f"Open {choice.name}",
            partial(_read, self.get, choice.place),
            lane=FILE_LANE,
            owner=self,
            is_listed=is_listed,
        )

    @Slot(object)
    def _on_looked(self, found: Facts) -> None:
        if self.chosen.place == BUILT_IN:
            self.words = found.words
            self.changed.emit()

    def _on_read(self, number: int, choice: Choice, found: Facts) -> None:
        if number < self._asked:
            return  # another one was asked for meanwhile
        self.chosen, self.words = choice, found.words
        if choice.place != BUILT_IN:
            file = RecentFile(choice.place, choice.name, found.sha256)
            self._studio.settings.add_recent(file, FILES)
        if found.notes:
            self._studio.noted.emit(" ".join(found.notes))
        self.changed.emit()
        if choice.place != BUILT_IN:
            self.opened.emit()


class Facts(NamedTuple):
    """What a task has learnt of a text model."""

    words: tuple[str, ...]
    notes: tuple[str, ...]
    sha256: str


def _read(
    get: Callable[[str], TextModel],
    place: str,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Facts:
    text = get(place)
    return Facts(text.words, tuple(text.notes), text.sha256)
