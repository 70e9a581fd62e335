"""Exports that were interrupted, as they are written down to be gone on with another day."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from stylestudio.files import replacing
from stylestudio.recipe import Stage
from stylestudio.video import CODECS, Session, SessionError
from stylestudio.video.codecs import Chroma, Quality
from stylestudio.video.export import frames_file, is_being_exported


class UnfinishedExport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it takes to export a clip; the file stays on this machine, since it names paths."""

    path: str  # of the video
    codec: str
    sides: int  # pixels
    quality: Quality
    chroma: Chroma
    sound: str  # "" for none
    model_path: str  # "" where it is not known
    model_sha256: str
    enlarge: Stage | None = None
    session: str  # as JSON, with the timeline and tuned weights

    @property
    def name(self) -> str:
        """The name of the video."""
        return Path(self.path).name

    @property
    def folder(self) -> Path:
        """Where the video goes."""
        return Path(self.path).parent

    @property
    def kept_bytes(self) -> int:
        """The size of the frames that were rendered."""
        try:
            return frames_file(Path(self.path)).stat().st_size
        except OSError:
            return 0


def remember(folder: Path, unfinished: UnfinishedExport) -> None:
    """Write an export down; a disk that is full must not keep it from running."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(_file(folder, Path(unfinished.path))) as temporary:
            temporary.write_bytes(msgspec.json.encode(unfinished))


def forget(folder: Path, path: Path) -> None:
    """Cross out the export to `path`."""
    with contextlib.suppress(OSError):
        _file(folder, path).unlink(missing_ok=True)


def unfinished_exports(folder: Path) -> list[UnfinishedExport]:
    """The exports that left frames and that no window works at, the earliest first.

    Records of exports that left nothing, and files that are no records, are removed.
    """
    found: list[UnfinishedExport] = []
    newest_first = sorted(folder.glob("*.json"), key=lambda file: -file.stat().st_mtime)
    seen: list[Path] = []
    for file in newest_first:
        export = _read(file)
        frames = None if export is None else frames_file(Path(export.path))
        try:
            left_some = frames is not None and frames.exists()
        except OSError:  # its folder lets nobody in now; another time, the frames may be there
            continue
        # Where case does not tell names apart, a later export may have taken these frames' place.
        if frames is None or not left_some or any(map(frames.samefile, seen)):
            with contextlib.suppress(OSError):
                file.unlink()
            continue
        seen.append(frames)
        if export is not None and not is_being_exported(Path(export.path)):
            found.append(export)
    return found[::-1]


def _read(file: Path) -> UnfinishedExport | None:
    try:
        export = msgspec.json.decode(file.read_bytes(), type=UnfinishedExport)
        has_timeline = Session.from_json(export.session).timeline is not None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, SessionError, RecursionError):
        return None
    return export if has_timeline and export.codec in CODECS else None


def _file(folder: Path, path: Path) -> Path:
    return folder / f"{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]}.json"
