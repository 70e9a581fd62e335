"""Where the files lie that sessions need: known, looked for, and remembered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stylestudio.app.core.reading import model_at
from stylestudio.app.core.session_work import search
from stylestudio.app.core.task import FILES
from stylestudio.recipe.session import MODELS, FileRef, Match, files_of

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.session_parts import FileOwner
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.video.session_file import SessionFile


class SessionPlaces:
    """The program itself knows models; features know the other kinds of files, which they own."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._owners: dict[str, FileOwner] = {}

    def add_owner(self, kind: str, owner: FileOwner) -> None:
        """Look there for files of a kind from now on."""
        self._owners[kind] = owner

    def of(self, content: SessionFile) -> dict[str, str]:
        """Where the files are that a session needs, as far as this machine knows, by SHA-256."""
        places = {}
        for ref in files_of(content.recipes):
            if ref.kind in MODELS:
                places[ref.sha256] = self._studio.paths.find(ref.sha256)
            elif ref.kind in self._owners:
                places[ref.sha256] = self._owners[ref.kind].find(ref.sha256)
        return {sha256: path for sha256, path in places.items() if path}

    def search(self, wanted: tuple[FileRef, ...], place: Path) -> Task:
        """Begin to look for missing files in a folder, or at a file; the task gives Matches."""
        title = f"Look for {wanted[0].name}" if len(wanted) == 1 else "Look for missing files"
        studio = self._studio
        return studio.tasks.start(
            title, partial(search, wanted, place), lane=FILES, owner=studio.session, is_listed=False
        )

    def remember(self, matches: list[Match]) -> None:
        """Know where files are from now on."""
        for ref, path in matches:
            if ref.kind in MODELS:
                self.locate(ref, path)
            elif ref.kind in self._owners:
                self._owners[ref.kind].remember(ref, path)

    def locate(self, ref: FileRef, place: str) -> None:
        """Know where a model is, so that looks and keyframes can crossfade with it, too."""
        studio = self._studio
        if studio.paths.find(ref.sha256) != place:
            studio.paths.remember(ref.sha256, ref.name, place)
        studio.assets.locate(ref.sha256, partial(model_at, place, studio.devices.for_opening))
