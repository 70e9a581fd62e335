"""The banks of styles that recipes can name."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from stylestudio.checkpoints import CheckpointError
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.style_opening import builtin_style_paths, open_styles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stylestudio.recipe import BankRef


class StyleBanks:
    """The banks that ship with the program, and those that were opened beside them.

    What is not open yet is read when a recipe first asks for it. Threads may share one of these.
    """

    def __init__(self, opened: Iterable[StyleModel] = ()) -> None:
        self._opened = {bank.sha256: bank for bank in opened}
        self._files: dict[str, Path] = {}

    def add(self, bank: StyleModel) -> None:
        """Let recipes name this bank, too."""
        self._opened[bank.sha256] = bank

    def remember(self, sha256: str, path: Path) -> None:
        """Look for a bank of this content in a file, once a recipe names it."""
        self._files[sha256] = path

    def find(self, ref: BankRef) -> StyleModel:
        """The bank that a recipe means, by content. Raises StyleError where it is not at hand."""
        if ref.sha256 not in self._opened and ref.sha256 in self._files:
            self._open_again(self._files[ref.sha256])
        if ref.sha256 in self._opened:
            return self._opened[ref.sha256]
        paths = sorted(builtin_style_paths(), key=lambda path: path.stem != ref.name)
        for path in paths:
            bank = _builtin(path)
            if bank.sha256 == ref.sha256:
                return bank
        another = paths and paths[0].stem == ref.name
        raise StyleError(
            f"The picture is painted in styles of the bank {ref.name!r}, which is not open; "
            + ("the built-in bank of this name is another version: " if another else "")
            + "open the file of the bank, or clear the style."
        )

    def _open_again(self, path: Path) -> None:
        """Open a file that is known from before; it may be gone, or be another one by now."""
        with suppress(CheckpointError, StyleError):
            self.add(open_styles(path))


@cache
def _builtin(path: Path) -> StyleModel:
    return open_styles(path)
