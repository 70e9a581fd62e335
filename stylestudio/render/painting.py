"""The picture stage between synthesis and 8 bits: the finished picture repainted in a style."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.render.colours import keep_colours

if TYPE_CHECKING:
    from stylestudio.recipe import BankRef, Style
    from stylestudio.render.style_banks import StyleBanks

PaintKey = tuple["BankRef", dict[str, float]]


class Painter:
    """Repaints one picture after the other, and only when picture or blend changed.

    The last painting is kept, so that a change of strength or of colours costs next to nothing.
    """

    def __init__(self, banks: StyleBanks, dtype: torch.dtype) -> None:
        self._banks = banks
        self._dtype = dtype  # what banks paint in, where they can
        self._picture: Tensor | None = None  # what was painted last, and how
        self._key: PaintKey | None = None
        self._painted: Tensor | None = None
        self._kept: Tensor | None = None  # the same in the picture's own colours, once asked for

    def prepare(self, style: Style | None) -> None:
        """Raise StyleError, before any work, where the bank of a style is not at hand."""
        if style is not None and style.coverage:
            self._banks.find(style.bank)

    def paint(self, img: Tensor, style: Style | None) -> Tensor:
        """Repaint img [1, C, R, R], nominally -1..1; the result is like it, gray becomes RGB.

        Where the style covers nothing, the very same img comes back. Transparency stays as it is.
        Raises StyleError where the style cannot be had.
        """
        if style is None or not style.coverage:
            return img
        key = (style.bank, style.shares())
        if img is not self._picture or key != self._key:
            self._painted = self._kept = None
            self._painted = self._repaint(img, style)
            self._picture, self._key = img, key
        rgb = torch.lerp(_rgb(img), self._coloured(img, style.colours), style.coverage)
        return torch.cat([rgb, img[:, 3:]], dim=1)

    def _repaint(self, img: Tensor, style: Style) -> Tensor:
        bank = self._banks.find(style.bank).to(img.device)
        picture = (_rgb(img) + 1) / 2
        return bank.stylize(picture, style.shares(), dtype=self._dtype) * 2 - 1

    def _coloured(self, img: Tensor, colours: float) -> Tensor:
        """The last painting, so far in the colours of img."""
        assert self._painted is not None
        if not colours:
            return self._painted
        if self._kept is None:
            self._kept = keep_colours((self._painted + 1) / 2, (_rgb(img) + 1) / 2) * 2 - 1
        return torch.lerp(self._painted, self._kept, colours)


def _rgb(img: Tensor) -> Tensor:
    """The colours of img [1, C, R, R] as [1, 3, R, R] in -1..1."""
    return img[:, :3].to(torch.float32).clamp(-1, 1).expand(-1, 3, -1, -1)
