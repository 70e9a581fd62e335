"""A folder of pictures, made square and equally large, and the order they are shown in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from stylestudio.errors import StyleStudioError
from stylestudio.pictures import PictureError, load_upright, plain_rgb, refuse_strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from torch import Tensor


class PicturesError(StyleStudioError, ValueError):
    """There is nothing to train on; the message is one sentence for the user."""


@dataclass(frozen=True)
class Pictures:
    """Pictures to train on, all in memory."""

    pixels: Tensor  # [N, 3, R, R], uint8
    skipped: Mapping[str, str] = field(default_factory=dict)  # names of files, and why

    def __len__(self) -> int:
        return self.pixels.shape[0]

    @property
    def resolution(self) -> int:
        """Side of the pictures."""
        return self.pixels.shape[-1]

    def fingerprint(self) -> str:
        """The same for the same pictures in the same order."""
        return hashlib.sha256(self.pixels.numpy().tobytes()).hexdigest()


def find_files(folder: Path, work: Path | None = None) -> list[Path]:
    """The files in a folder and its subfolders, in order of their names, hidden ones left out.

    So is the working folder `work` of the training, where it lies in there: it holds samples.
    Raises PicturesError where there are none, and where `work` is the folder itself.
    """
    if not folder.exists():
        raise PicturesError(
            f"{folder} does not exist; put it back, or choose the folder of the pictures anew."
        )
    own = work.resolve() if work is not None else None
    if own == folder.resolve():
        raise PicturesError(
            f"{folder} holds the pictures and can't be the working folder; choose another "
            "--work-dir."
        )
    if own is not None and not own.is_relative_to(folder.resolve()):
        own = None
    files = []
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        is_own = own is not None and path.resolve().is_relative_to(own)
        if path.is_file() and not hidden and not is_own:
            files.append(path)
    if not files:
        raise PicturesError(f"{folder} is empty; put the pictures to train on into it.")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def read_pictures(folder: Path, files: Iterable[Path], resolution: int) -> Pictures:
    """Read `files` of `folder` that are pictures; the others are listed as skipped.

    Raises PicturesError where no picture is left.
    """
    squares, skipped = [], {}
    for path in files:
        try:
            squares.append(read_square(path, resolution))
        except PictureError as error:
            skipped[path.relative_to(folder).as_posix()] = str(error)
    if not squares:
        raise PicturesError(
            f"{folder} holds no picture that can be read, only {_listed(list(skipped))}; "
            "put pictures such as PNG or JPEG into it."
        )
    pixels = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous()
    return Pictures(pixels, skipped)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def read_square(path: Path, resolution: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The middle square of a picture as [R, R, 3]: upright, transparency over white, Lanczos.

    Raises PictureError for what is not a picture.
    """
    # Large JPEGs need not be read in full.
    upright = load_upright(path, lambda _: (2 * resolution, 2 * resolution))
    refuse_strip(path.name, upright.size)
    side = min(upright.size)
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    square = plain_rgb(upright.crop((left, top, left + side, top + side)))
    return np.asarray(square.resize((resolution, resolution), Image.Resampling.LANCZOS))


class ShuffledPictures:
    """Pictures in random order: all of them, then all of them in another order.

    With `mirror` every picture comes twice, once mirrored. The order follows from the
    seed alone, so any stretch of it can be taken again.
    """

    def __init__(self, pictures: Pictures, *, seed: int, mirror: bool) -> None:
        self.pictures = pictures
        self.seed = seed
        self.length = len(pictures) * (2 if mirror else 1)

    def take(self, first: int, count: int) -> Tensor:
        """Numbers `first` to `first + count - 1` of that order: [count, 3, R, R] in -1..1."""
        start, last = first // self.length, (first + count - 1) // self.length
        order = torch.cat([self._shuffled(round_) for round_ in range(start, last + 1)])
        numbers = order[first - start * self.length :][:count]
        chosen = self.pictures.pixels[numbers % len(self.pictures)].float() / 127.5 - 1
        mirrored = (numbers >= len(self.pictures))[:, None, None, None]
        return torch.where(mirrored, chosen.flip(3), chosen)

    def _shuffled(self, round_: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + round_)
        return torch.randperm(self.length, generator=generator)
