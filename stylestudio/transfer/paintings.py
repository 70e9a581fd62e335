"""The paintings that styles are learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.pictures import SUFFIXES, PictureError, pictures_in
from stylestudio.render import StyleError
from stylestudio.transfer.pictures import longest_side, read_picture, shortest_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from torch import Tensor

PAINTING_SIDE = 320  # pixels of the shorter side: brushwork then is about a pixel to a dozen wide
PHOTO_SIDE = 768  # pixels of the longer side, at most
PICTURES = SUFFIXES


def find_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder, by content or name, in order of their names.

    Raises StyleError where there are none.
    """
    found, _ = pictures_in(folder)
    if not found:
        raise StyleError(f"{folder} holds no pictures; put PNG, JPEG or WebP files into it.")
    return found


def read_painting(
    path: Path, side: int = PAINTING_SIDE, note: Callable[[str], object] | None = None
) -> Tensor:
    """A painting [3, H, W] in 0..1 whose shorter side is `side`.

    Brushwork is learned at the size that it then has. `note` is told what was left out of the file.
    Raises PictureError for what is not a picture.
    """
    return read_picture(path, shortest_side(side), note)[0]


def read_photos(
    paths: Iterable[Path],
    side: int = PHOTO_SIDE,
    skip: Callable[[Path, PictureError], object] | None = None,
    note: Callable[[str], object] | None = None,
) -> Iterator[tuple[Path, Tensor]]:
    """Yield photos [3, H, W] in 0..1 to practise on, the longer side at most `side`.

    One at a time, as thousands of them would not fit in memory. `skip` is told of those that can't
    be read, `note` of what was left out of a file. Raises StyleError where none can be read.
    """
    read, unread = 0, 0
    for path in paths:
        try:
            photo = read_picture(path, longest_side(side, enlarge=False), note)[0]
        except PictureError as error:
            unread += 1
            if skip:
                skip(path, error)
            continue
        read += 1
        yield path, photo
    if unread and not read:
        raise StyleError("None of these photos can be read; choose others.")
