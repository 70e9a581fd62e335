"""What belongs to the machine: window layout, recent files, folders, theme. Never the recipe."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from PySide6.QtCore import QByteArray, QLockFile, QSettings

from stylestudio.files import is_reachable

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUT_VERSION = 3  # raise when docks are renamed, so that old layouts are not restored
MAX_RECENTS = 10
MAX_STORED = 40  # more, since files may be away for a while, on a disk that is unplugged
MODELS = "recents"  # the kind of recent file that has no other name
FILES = "recent_files"  # pictures, recipes and videos
SESSIONS = "recent_sessions"
LOCK_MS = 1000  # to wait for another window that changes a list


@dataclass(frozen=True)
class RecentFile:
    """A file that was opened, findable again by content."""

    path: str
    name: str
    sha256: str


class Settings:
    """Reads and writes the settings file; one instance, handed to whoever needs it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or platformdirs.user_data_path("StyleStudio", appauthor=False)
        self._store = QSettings(str(self.folder / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def obstacle(self) -> str:
        """Why nothing can be remembered, in a sentence; "" where it can. Tries to write."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return ""
        except OSError as error:
            return (
                f"The settings folder {self.folder} cannot be written "
                f"({error.strerror or error}), so settings won't be remembered."
            )

    def text(self, key: str, default: str = "") -> str:
        """Return a stored text."""
        return str(self._store.value(key, default))

    def set_text(self, key: str, value: str) -> None:
        """Store a text."""
        self._store.setValue(key, value)

    def change_list(self, key: str, changed: Callable[[], list[Any]]) -> None:
        """Replace a list. `changed` builds it from what is stored now, by other windows too."""
        lock = QLockFile(str(self.folder / ".lists.lock"))
        lock.tryLock(LOCK_MS)  # where that fails, the list is stored nevertheless
        self._store.sync()
        self.set_text(key, json.dumps(changed()))
        self._store.sync()
        lock.unlock()

    def blob(self, key: str) -> QByteArray:
        """Return stored bytes, empty where there are none."""
        value = self._store.value(key, QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, key: str, value: QByteArray) -> None:
        """Store bytes."""
        self._store.setValue(key, value)

    def forget(self, key: str) -> None:
        """Remove what is stored under a key."""
        self._store.remove(key)

    def write_now(self) -> None:
        """Bring to the disk what was stored; by itself that happens a moment later."""
        self._store.sync()

    def recents(self, kind: str = MODELS) -> list[RecentFile]:
        """Return the files of a kind for a menu to offer: the newest that exist, newest first."""
        return self.known(kind)[:MAX_RECENTS]

    def known(self, kind: str = MODELS) -> list[RecentFile]:
        """Return all remembered files of a kind that exist, newest first: to find one again."""
        return [entry for entry in self._stored(kind) if is_reachable(entry.path)]

    def add_recent(self, entry: RecentFile, kind: str = MODELS) -> None:
        """Put a file at the head of the recent ones of its kind."""

        def added() -> list[Any]:
            others = [recent for recent in self._stored(kind) if recent.path != entry.path]
            return [asdict(recent) for recent in [entry, *others][:MAX_STORED]]

        self.change_list(kind, added)

    def _stored(self, kind: str) -> list[RecentFile]:
        """Return all that is remembered of a kind, wherever it is now, newest first."""
        try:
            entries = [RecentFile(**entry) for entry in json.loads(self.text(kind, "[]"))]
            return [
                entry
                for entry in entries
                if all(isinstance(text, str) for text in asdict(entry).values())
            ]
        except (ValueError, TypeError, RecursionError):
            return []  # a settings file edited by hand costs only the list

    def add_recent_file(self, path: Path, kind: str = FILES) -> None:
        """Put a picture, a recipe, a video or a session at the head of the recent ones."""
        self.add_recent(RecentFile(str(path.absolute()), path.name, ""), kind)

    def clear_recents(self, kind: str = MODELS) -> None:
        """Forget the recent files of a kind."""
        self.forget(kind)

    def directory(self, purpose: str) -> str:
        """Return the folder last used for a purpose ("models", "pictures")."""
        stored = self.text(f"directory/{purpose}")
        if stored and is_reachable(stored) and Path(stored).is_dir():
            return stored
        return str(Path.home())

    def set_directory(self, purpose: str, folder: Path) -> None:
        """Remember the folder used for a purpose."""
        self.set_text(f"directory/{purpose}", str(folder))
