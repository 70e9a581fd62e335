"""The picture stage of styles: the finished picture repainted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.render.colours import keep_colours, rgb_of

if TYPE_CHECKING:
    from stylestudio.recipe import BankRef, Recipe, Style
    from stylestudio.render.assets import Assets

PaintKey = tuple["BankRef", dict[str, float]]


class Painter:
    """The picture stage that repaints, and only when picture or blend changed.

    The last painting is kept, so that a change of strength or of colours costs next to nothing.
    """

    def __init__(self, assets: Assets, dtype: torch.dtype) -> None:
        self._assets = assets
        self._dtype = dtype  # what banks paint in, where they can
        self._picture: Tensor | None = None  # what was painted last, and how
        self._key: PaintKey | None = None
        self._painted: Tensor | None = None
        self._result: tuple[Style, Tensor] | None = None  # what the last frame got
        self._kept: Tensor | None = None  # the same in the picture's own colours, once asked for

    def prepare(self, recipe: Recipe) -> None:
        """Raise StyleError where the bank of a style is not at hand."""
        if self.key(recipe) is not None:
            assert recipe.style is not None
            self._assets.style(recipe.style.bank)

    def key(self, recipe: Recipe) -> object:
        """The style, where it covers anything."""
        return recipe.style if recipe.style is not None and recipe.style.coverage else None

    def apply(self, img: Tensor, recipe: Recipe) -> Tensor:
        """Repaint img [1, C, R, R], nominally -1..1; the result is like it, gray becomes RGB.

        Transparency stays as it is. Raises StyleError where the style cannot be had.
        """
        style = recipe.style
        assert style is not None
        key = (style.bank, style.shares())
        if img is not self._picture or key != self._key:
            self._painted = self._kept = self._result = None
            self._painted = self._repaint(img, style)
            self._picture, self._key = img, key
        if self._result is None or self._result[0] != style:
            rgb = torch.lerp(rgb_of(img), self._coloured(img, style.colours), style.coverage)
            self._result = style, torch.cat([rgb, img[:, 3:]], dim=1)
        return self._result[1]

    def _repaint(self, img: Tensor, style: Style) -> Tensor:
        bank = self._assets.style(style.bank).on(img.device)
        picture = (rgb_of(img) + 1) / 2
        return bank.repaint(picture, style.shares(), dtype=self._dtype) * 2 - 1

    def _coloured(self, img: Tensor, colours: float) -> Tensor:
        """The last painting, so far in the colours of img."""
        assert self._painted is not None
        if not colours:
            return self._painted
        if self._kept is None:
            self._kept = keep_colours((self._painted + 1) / 2, (rgb_of(img) + 1) / 2) * 2 - 1
        return torch.lerp(self._painted, self._kept, colours)
