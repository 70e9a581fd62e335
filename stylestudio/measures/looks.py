"""Looks of models and folders of pictures as two kinds of pictures, between which to translate."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from stylestudio.files import replacing
from stylestudio.training.adversarial.pictures import find_files

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.measures.pictures import ModelPictures

UNSEEN = 128  # pictures of each kind that no training looks at
HELD_BACK = 10  # of a folder's pictures one in so many, at most `UNSEEN`
APART = 10_000_000  # between the seeds of one kind and the other
FIRST_UNSEEN = 5_000_000  # between those to learn from and the others


def split_files(folder: Path, work: Path | None = None) -> tuple[list[Path], list[Path]]:
    """The files of a folder to learn from, and those held back; see `find_files`.

    Raises PicturesError.
    """
    files = find_files(folder, work)
    order = np.random.RandomState(0).permutation(len(files))
    count = min(UNSEEN, len(files) // HELD_BACK)
    held_back = [files[index] for index in order[:count]]
    return [files[index] for index in sorted(order[count:])], held_back


class DrawnLook:
    """The pictures of a look, each drawn once and kept in a folder as a PNG."""

    def __init__(self, pictures: ModelPictures, folder: Path, side: int) -> None:
        """Files are of `side` pixels; those of another look are removed. Raises OSError."""
        self._pictures, self._side = pictures, side
        folder.mkdir(parents=True, exist_ok=True)
        mark = folder / "look.txt"
        identity = hashlib.sha256(repr((pictures.identity, side)).encode()).hexdigest()
        if not mark.is_file() or mark.read_text(encoding="utf-8") != identity:
            for old in folder.glob("sample*.png"):
                old.unlink()
            with replacing(mark) as temporary:
                temporary.write_text(identity, encoding="utf-8")
        self.files = [folder / f"sample{number:05d}.png" for number in range(len(pictures))]

    @property
    def lacking(self) -> list[int]:
        """Numbers of the pictures that are still to be drawn."""
        return [number for number, path in enumerate(self.files) if not path.exists()]

    def draw(self, number: int) -> None:
        """Draw one. Raises OSError."""
        picture = Image.fromarray(self._pictures.read(number).permute(1, 2, 0).numpy())
        small = picture.resize((self._side, self._side), Image.Resampling.LANCZOS)
        with replacing(self.files[number]) as temporary:
            small.save(temporary, format="PNG")
