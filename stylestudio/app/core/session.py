"""The session as a document: its file, whether it is saved, and opening, saving, coming back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import FileKind
from stylestudio.app.core.reading import read_model
from stylestudio.app.core.recipes import ModelRecipe, first_recipe, on_another, suggested_name
from stylestudio.app.core.session_places import SessionPlaces
from stylestudio.app.core.session_work import (
    OPENED_HISTORY,
    Read,
    Stamp,
    read,
    stamp_of,
    write,
)
from stylestudio.app.core.settings import SESSIONS
from stylestudio.app.core.task import FILES, OnClose, TaskState
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.recipe import Recipe, RecipeError, unread_note
from stylestudio.recipe.presets import Presets
from stylestudio.recipe.session import MODELS, SUFFIX, FileRef, is_session_file
from stylestudio.video import Session
from stylestudio.video.session_file import SessionFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.reading import Opened
    from stylestudio.app.core.session_parts import PartName, SessionPart
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task

UNTITLED = "Untitled"
KIND = f"Session (*{SUFFIX})"
OPENED = (
    f"Sessions, videos, pictures (*{SUFFIX} *.session *.mp4 *.mov *.webm *.mkv *.gif *.webp "
    "*.png *.json)"
)


class WorkingSession(QObject):
    """The session in the window.

    It is dirty from the first change after it was opened or saved; undo leads back. What it asks,
    the shell asks: each question's signal brings a function that goes on.
    """

    changed = Signal()  # its name, or whether it is saved
    failed = Signal(str)
    noted = Signal(str)
    unsaved = Signal(object)  # a function: goes on, although changes may be lost
    replaced = Signal(object)  # the file was changed elsewhere; what is to follow a save, or None
    lacking = Signal(object)  # Read, some files of which are missing: `bring` goes on

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.path: Path | None = None
        self._studio = studio
        self._stem = ""  # to be proposed for a name
        self._stamp: Stamp | None = None  # of the file
        self._is_touched = False  # besides what can be undone
        self._kept: tuple[Recipe, ...] = ()  # looks that can't be shown here
        self._files: tuple[FileRef, ...] = ()  # as the file listed them
        self._saving: set[Task] = set()
        self._asked = 0  # counts openings
        # These count sessions and saves: the last that began, and the one that is here.
        self._begun = self._in_place = 0
        self._changes = 0  # counts what was done, whether or not it is saved
        self._given_up = -1  # that count when the user last agreed to lose what isn't saved
        self._told: tuple[object, ...] = ()
        self._is_discarded = self._is_closed = False
        self._parts: dict[str, SessionPart] = {}
        self.places = SessionPlaces(studio)
        self.kinds = (
            FileKind("stylestudio", "Sessions", (f"*{SUFFIX}",), _is_own, self.open_paths, -2),
        )
        studio.document.undo_stack.cleanChanged.connect(self._tell)
        studio.document.undo_stack.indexChanged.connect(self._count)

    # --- what it is ------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What to call it."""
        return UNTITLED if self.path is None else self.path.stem

    @property
    def is_dirty(self) -> bool:
        """Whether something is not in its file."""
        is_clean = self._studio.document.undo_stack.isClean()
        return self._is_touched or not is_clean or bool(self._saving)

    def add_part(self, name: PartName, part: SessionPart) -> None:
        """Save and open a feature's part of the session from now on."""
        self._parts[name] = part

    @Slot()
    def touch(self) -> None:
        """Something that undo does not know of was changed."""
        self._is_touched = True
        self._count()
        self._tell()

    def keep(self, look: Recipe) -> None:
        """Save a look that can't be shown here along with the session from now on."""
        self._kept = tuple(dict.fromkeys((*self._kept, look)))
        self.touch()

    @Slot()
    def _count(self) -> None:
        self._changes += 1

    @Slot(object)
    def note_copy(self, path: Path) -> None:
        """A recipe was brought by a file that is not to be written over."""
        if self.path is None:
            self._stem = path.stem
            self.touch()

    # --- new, open, save -------------------------------------------------------------------

    @Slot()
    def new(self) -> None:
        """Begin an empty session with the model on show."""
        self._given_up = -1
        self._unless_unsaved(self._begin)

    @Slot()
    def ask_open(self) -> None:
        """Ask for a file, and open the session in it."""
        settings = self._studio.settings
        folder = settings.directory("sessions")
        chosen, _ = QFileDialog.getOpenFileName(
            self._studio.window, "Open session", folder, f"{OPENED};;{KIND};;All files (*)"
        )
        if chosen:
            settings.set_directory("sessions", Path(chosen).parent)
            self.open(Path(chosen))

    def open_paths(self, paths: list[Path]) -> None:
        """Open the last of several files."""
        if len(paths) > 1:
            self.noted.emit(f"One session can be open at a time: {paths[-1].name} is opened.")
        self.open(paths[-1])

    def open(self, path: Path) -> None:
        """Open a session in place of this one, which asks first where this one isn't saved."""
        self._given_up = -1
        self._unless_unsaved(partial(self._start_reading, path))

    @Slot()
    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save to its file, asking for a name where it has none; `then` follows success."""
        under_way = self._studio.tasks.under_way
        is_saving = any(task.key == ("session", self.path) for task in under_way)
        if self.path is None:
            self.save_as(then)
        elif not is_saving and self._stamp and stamp_of(self.path) not in (self._stamp, None):
            self.replaced.emit(then)
        else:
            self.write(self.path, then)

    @Slot()
    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a name, and save there."""
        current, settings = self._studio.document.current, self._studio.settings
        if current is None:
            return
        folder = self.path.parent if self.path else Path(settings.directory("sessions"))
        stem = self.path.stem if self.path else self._stem or suggested_name(current)
        path = ask_where(self._studio.window, "Save session", folder / (stem + SUFFIX), KIND)
        if path is not None:
            settings.set_directory("sessions", path.parent)
            self.write(path, then)

    def write(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Begin to write the session to a file, which then is its own."""
        if self._studio.document.recipe is None:
            return
        for part in self._parts.values():
            part.settle()
        content = self.content()
        history = self._parts["history"].gather() if "history" in self._parts else None
        work = partial(write, path, content, history, self.places.of(content), self._studio.assets)
        self._studio.document.undo_stack.setClean()
        self._is_touched = self._is_discarded = False
        self._begun += 1
        task = self._studio.tasks.start(
            f"Save {path.name}",
            work,
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=("session", path),
        )
        self._saving.add(task)
        task.succeeded.connect(partial(self._on_saved, self._begun, path, then))
        task.failed.connect(partial(self._on_not_saved, self._begun))
        task.ended.connect(partial(self._on_ended, self._begun, task))
        self._tell()

    def close(self) -> None:
        """Follow nothing more: the window is closing."""
        self._is_closed = True

    def discard(self) -> None:
        """Give up what isn't saved: the next start does not bring it back."""
        self._is_discarded = True

    def _on_saved(
        self, number: int, path: Path, then: Callable[[], object] | None, stamp: Stamp | None
    ) -> None:
        if number >= self._in_place:  # else another session or a later save has taken its place
            self._in_place = number
            self.path, self._stem, self._stamp = path, path.stem, stamp
        self._studio.settings.add_recent_file(path, SESSIONS)
        self._studio.saved.emit(path)
        self._saving.clear()
        self._tell()
        if then is not None:
            then()

    def _on_not_saved(self, number: int, _sentence: str) -> None:
        self._is_touched |= number >= self._in_place

    def _on_ended(self, number: int, task: Task) -> None:
        self._saving.discard(task)
        if task.state is TaskState.CANCELLED:
            self._is_touched |= number >= self._in_place
        self._tell()

    def content(self) -> SessionFile:
        """What it holds now, but for its history."""
        gathered = {name: part.gather() for name, part in self._parts.items() if name != "history"}
        document = self._studio.document
        session = Session(
            recipe=document.wanted or document.recipe,  # what undo waits for is the present step
            recipes=self._kept,
            timeline=gathered.get("timeline"),
        )
        return SessionFile(session, gathered.get("presets") or Presets(), self._files)

    # --- opening -----------------------------------------------------------------------------

    def _unless_unsaved(self, go: Callable[[], None]) -> None:
        """Go on; where something would be lost that the user has not given up, ask first."""
        if self.is_dirty and self._changes != self._given_up:
            self.unsaved.emit(partial(self._give_up, self._changes, go))
        else:
            go()

    def _give_up(self, changes: int, go: Callable[[], None]) -> None:
        self._given_up = changes
        self._unless_unsaved(go)  # more may have been done while the rest was saved

    def _begin(self) -> None:
        self._asked += 1
        model = self._studio.document.model
        if model is not None:
            self._studio.document.show(ModelRecipe(model, first_recipe(model)))
        self._show_parts(SessionFile(), None)
        self._become(None, "", None)

    def _start_reading(self, path: Path) -> None:
        self._asked += 1
        studio = self._studio
        history = studio.own_files.path(OPENED_HISTORY) / str(self._asked)
        work = partial(read, path, history, studio.assets, studio.paths.all())
        task = studio.tasks.start(f"Open {path.name}", work, lane=FILES, owner=self)
        studio.opener.follow(task, partial(self._on_read, self._asked))

    def _on_read(self, number: int, found: Read) -> None:
        if number != self._asked:
            return
        if found.missing:
            self.lacking.emit(found)
        else:
            self.bring(found)

    def bring(self, found: Read) -> None:
        """Show a session that was read, as far as its files are there."""
        studio, look = self._studio, found.found.recipe
        for ref in found.found.files:
            if ref.kind in MODELS and ref.sha256 in found.places:
                self.places.locate(ref, found.places[ref.sha256])
        pair = studio.document.current if look is None else studio.document.with_model(look)
        place = "" if look is None else found.places.get(look.model.sha256, "")
        if pair is not None or not place:
            self._show(found, pair)
            return
        work = partial(read_model, place, studio.devices.for_opening)
        task = studio.tasks.start(f"Open {Path(place).name}", work, lane=FILES, owner=self)
        studio.opener.follow(task, partial(self._on_model, self._asked, found, place))

    def _on_model(self, number: int, found: Read, place: str, opened: Opened) -> None:
        model, look = opened.model, found.found.recipe
        self._studio.paths.note(model, place)
        if number != self._asked or look is None:
            return
        if model.sha256 == look.model.sha256:
            self._show(found, ModelRecipe(model, look), opened.remark)
        else:
            self.failed.emit(
                f"{Path(place).name} is a different model now; open {look.model.name}."
            )
            self._show(found, None)

    def _show(self, found: Read, pair: ModelRecipe | None, remark: str = "") -> None:
        """Have the session; what was done here while it was read is asked about first."""
        self._unless_unsaved(partial(self._replace, self._asked, found, pair, remark))

    def _replace(self, number: int, found: Read, pair: ModelRecipe | None, remark: str) -> None:
        """Have the session; without a model of its own, its look goes on the one on show."""
        if number != self._asked:
            return
        document, look, session = self._studio.document, found.found.recipe, found.found.session
        kept, notes, is_whole = session.recipes, [remark, unread_note(session.unread)], True
        if pair is None and look is not None and document.model is not None:
            kept, is_whole = (*dict.fromkeys((*kept, look)),), False
            pair, lost = on_another(look, document.model)
            notes += [
                f"{look.model.name} is missing, so its look is shown with another model.",
                *lost,
            ]
        if pair is not None:
            document.show(pair)
        self._show_parts(found.found, found.history)
        self._become(None if found.is_copy else found.path, found.path.stem, found.stamp)
        self._kept, self._files = kept, found.found.files
        self._studio.settings.add_recent_file(found.path, *(() if found.is_copy else (SESSIONS,)))
        if found.is_copy or not is_whole:
            self.touch()
        if said := " ".join(filter(None, notes)):
            self.noted.emit(said)

    def _show_parts(self, content: SessionFile, history: Path | None) -> None:
        values = {
            "timeline": content.timeline,
            "presets": content.presets,
            "history": history if content.steps else None,
        }
        for name, part in self._parts.items():
            part.show(values[name])

    def _become(self, path: Path | None, stem: str, stamp: Stamp | None) -> None:
        self._begun += 1
        self._in_place = self._begun
        self._studio.document.undo_stack.clear()
        self.path, self._stem, self._stamp = path, stem, stamp
        self._is_touched = self._is_discarded = False
        self._kept, self._files = (), ()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        if self._is_closed:  # and the undo stack may be gone
            return
        told = (self.path, self.is_dirty)
        if told != self._told:
            self._told = told
            self.changed.emit()

    # --- from one run to the next --------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What brings it back in another run, beside the look and the parts."""
        return {
            "file": str(self.path or ""),
            "stem": self._stem,
            "stamp": self._stamp,
            "is_dirty": self.is_dirty,
            "is_discarded": self._is_discarded,
            "kept": [recipe.to_json() for recipe in self._kept],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says; what is of another form is left out."""
        file, stamp = state.get("file"), state.get("stamp")
        self.path = Path(file) if isinstance(file, str) and file else None
        self._stem = str(state.get("stem", ""))
        self._stamp = Stamp(*stamp) if isinstance(stamp, list) and len(stamp) == 2 else None
        is_dirty = bool(state.get("is_dirty", True))  # what earlier versions left is in no file
        self._is_touched = is_dirty and not state.get("is_discarded")
        try:
            self._kept = tuple(Recipe.from_json(text) for text in state.get("kept", ()))
        except (RecipeError, TypeError):
            self._kept = ()
        self._tell()

    def start_anew(self) -> None:
        """Forget the parts of the last run, which was saved or given up."""
        self._show_parts(SessionFile(), None)
        self._become(None, "", None)


def _is_own(path: Path) -> bool:
    return path.is_file() and is_session_file(path)
