"""Styles that work of any kind has learned: written into a bank, and told to who shows banks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stylestudio.checkpoints import write_styles
from stylestudio.render import builtin_styles
from stylestudio.transfer.learning import plain_name, unused_name, with_style

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from stylestudio.checkpoints.style_networks import StyleBank

_UNFIT = re.compile(r'[<>:"/\\|?*]')  # in names of files, on some system
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\b", re.IGNORECASE)  # on Windows


@dataclass(frozen=True)
class Learned:
    """A style that was learned, and the file of the bank that has it."""

    name: str
    path: Path
    base: str  # the place of the bank that it was added to
    is_weak: bool = False  # whether it hardly shows


class LearnedStyles(QObject):
    """Where one feature brings a learned style, and another shows it."""

    brought = Signal(object)  # Learned

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        # Where the banks lie to which styles are to be added, the one on show first.
        self.places: Callable[[], tuple[str, ...]] = builtin_styles


def add_to_bank(base: StyleBank, name: str, row: Tensor, folder: Path) -> tuple[str, Path]:
    """Write a bank with one more style [D] into a folder; return the style's name and the file.

    The name is made one that styles may have and that the bank has not. Raises CheckpointError and
    OSError where it can't be written.
    """
    name = unused_name(plain_name(name), base.names)
    grown = with_style(base, name, row)
    folder.mkdir(parents=True, exist_ok=True)
    # Always another file: recipes know a bank by its content, so the old one has to stay.
    stem = unused_name(_stem(name), (path.stem for path in folder.iterdir()))
    path = folder / f"{stem}.safetensors"
    write_styles(path, grown.network, grown.names, half=True)
    return name, path


def _stem(name: str) -> str:
    """The name as a file of any system may have it; it is neither hidden nor a device."""
    stem = _UNFIT.sub("-", name).strip(". ") or "style"
    return f"style {stem}" if _DEVICE.match(stem) else stem
