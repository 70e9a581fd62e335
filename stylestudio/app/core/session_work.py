"""What opening and saving sessions does on the threads of tasks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from stylestudio.app.core.model_paths import is_there
from stylestudio.app.core.reading import MODEL_PATTERNS
from stylestudio.errors import StyleStudioError
from stylestudio.files import unwritable
from stylestudio.recipe.history import History
from stylestudio.recipe.session import (
    MODELS,
    FileRef,
    Match,
    files_of,
    find_files,
    find_near,
    is_file_of,
    is_session_file,
)
from stylestudio.render import builtin_of
from stylestudio.video.session_file import missing_files, open_session, save_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets
    from stylestudio.video.session_file import SessionFile

OPENED_HISTORY = "opened-history"  # a folder, and in it one for each session that is read
WORDS = {  # what files are called on screen
    "model": "model",
    "sibling": "model to crossfade with",
    "styles": "styles",
    "network": "network",
}


class Stamp(NamedTuple):
    """What tells whether a file was replaced since it was read or written."""

    mtime_ns: int
    size: int


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file as it is now; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return Stamp(facts.st_mtime_ns, facts.st_size)


class NotThisFileError(StyleStudioError):
    """A chosen file isn't the one that is missing; the message is for the user."""


@dataclass(frozen=True)
class Read:
    """A session that was read, and where the files are that it needs."""

    path: Path
    history: Path  # the folder that its history was unpacked to
    found: SessionFile
    stamp: Stamp | None
    is_copy: bool  # of what another file carries, which saving must not touch
    places: Mapping[str, str]  # of models, by SHA-256
    missing: tuple[FileRef, ...]

    def with_files(self, matches: list[Match]) -> Read:
        """The same, after some of the missing files were found."""
        places = {match.ref.sha256: match.path for match in matches}
        left = tuple(ref for ref in self.missing if ref.sha256 not in places)
        return replace(self, places={**self.places, **places}, missing=left)


def read(
    path: Path,
    history: Path,
    assets: Assets,
    known: Mapping[str, str],
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Read:
    """Read a session, and look where its models are. Raises SessionError and RecipeError.

    `known` says where models of this machine are, by SHA-256.
    """
    stamp, is_copy = stamp_of(path), not is_session_file(path)
    shutil.rmtree(history, ignore_errors=True)  # left by a run that was killed
    found = open_session(path, history=history, assets=assets)
    if not found.files:
        found = replace(found, files=files_of(found.recipes))
    places, missing = {}, list(missing_files(found, assets))
    for ref in found.files:
        if ref.kind not in MODELS:
            continue
        place = _place(ref, known, path.parent)
        if place:
            places[ref.sha256] = place
        elif not assets.has("sibling", ref.sha256):
            missing.insert(0, ref)
    return Read(path, history, found, stamp, is_copy, places, tuple(missing))


def _place(ref: FileRef, known: Mapping[str, str], beside: Path) -> str:
    """Where a model is: opened before, built in, where it was then, beside the session."""
    if is_there(known.get(ref.sha256, "")):
        return known[ref.sha256]
    return builtin_of(ref.sha256) or find_near(ref, beside)


def write(
    path: Path,
    content: SessionFile,
    history: History | Path | None,
    places: Mapping[str, str],
    assets: Assets,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Stamp | None:
    """Write a session file. Raises OSError with a sentence, and SessionError."""
    try:
        with TemporaryDirectory() as folder:
            if history is not None:
                opened = History.open(history) if isinstance(history, Path) else history
                opened.copy_to(Path(folder))
            save_session(path, content, history=folder, places=places, assets=assets)
    except OSError as error:
        raise OSError(unwritable(path, error)) from None
    return stamp_of(path)


def search(
    wanted: tuple[FileRef, ...],
    place: Path,
    _report: Callable[[Progress], None],
    cancel: Cancel,
) -> list[Match]:
    """Look for files by their content in a folder, or at a file. Raises NotThisFileError."""
    if place.is_dir():
        suffixes = [pattern.removeprefix("*") for pattern in (*MODEL_PATTERNS, "*.ckpt")]
        return find_files(wanted, place, suffixes, cancel)
    matches = [Match(ref, str(place)) for ref in wanted if is_file_of(ref, place)]
    if not matches:
        names = wanted[0].name if len(wanted) == 1 else "any of the missing files"
        raise NotThisFileError(f"{place.name} is not {names}: its content is different.")
    return matches
