"""The banks of styles that recipes can name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.style_opening import builtin_style_paths, open_styles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stylestudio.recipe import BankRef


class StyleBanks:
    """The banks that ship with the program, and those that were opened beside them.

    A built-in bank is read when a recipe first asks for it. Threads may share one of these.
    """

    def __init__(self, opened: Iterable[StyleModel] = ()) -> None:
        self._opened = {bank.sha256: bank for bank in opened}

    def add(self, bank: StyleModel) -> None:
        """Let recipes name this bank, too."""
        self._opened[bank.sha256] = bank

    def find(self, ref: BankRef) -> StyleModel:
        """The bank that a recipe means, by content. Raises StyleError where it is not at hand."""
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


@cache
def _builtin(path: Path) -> StyleModel:
    return open_styles(path)
