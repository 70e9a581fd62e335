"""Photos from files, folders and the clipboard. Knows no Qt."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stylestudio.inversion import Photo, load_photo
from stylestudio.pictures import SUFFIXES, PictureError, pictures_in

if TYPE_CHECKING:
    from stylestudio.progress import Cancel

USUAL = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".heic")  # which come first
PATTERNS = tuple(f"*{suffix}" for suffix in dict.fromkeys((*USUAL, *sorted(SUFFIXES))))
NAMED = 3  # files that a sentence names; the others are counted


class Photos(NamedTuple):
    """Photos opened together."""

    paths: list[Path]  # those that can be chosen, `first` first
    first: Photo
    skipped: list[str]  # a sentence for each file that is no photo, or can't be read


def read_photos(given: list[Path], cancel: Cancel) -> Photos:
    """List photos, and those right in folders, and read the first that can be read.

    Raises PictureError where there is none, OSError and Cancelled.
    """
    paths, skipped = _listed(given)
    while paths:
        cancel.check()
        try:
            return Photos(paths, load_photo(paths[0]), skipped)
        except PictureError as error:
            skipped.append(str(error))
            paths = paths[1:]
    raise PictureError(skipped_text(skipped) or f"{given[-1].name} holds no photos.")


def read_bytes(content: bytes, name: str) -> Photo:
    """Read a picture that came without a file. Raises PictureError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return load_photo(path)


def skipped_text(skipped: list[str]) -> str:
    """Say what was skipped, in the window's words."""
    more = len(skipped) - NAMED
    rest = [f"{more} more files were skipped."] if more > 0 else []
    return " ".join(skipped[:NAMED] + rest)


def _listed(given: list[Path]) -> tuple[list[Path], list[str]]:
    paths: list[Path] = []
    skipped: list[str] = []
    for path in given:
        if path.is_dir():
            found, others = pictures_in(path)
            paths += found
            skipped += [f"Skipped {file.name}, which {reason}." for file, reason in others.items()]
        else:
            paths.append(path)
    return paths, skipped
