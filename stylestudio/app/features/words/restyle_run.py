"""The work of one task: words on their way to a style. Knows no Qt."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import torch

from stylestudio.app.core.learned_styles import Learned, add_to_bank
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.app.features.words.runs import Searching
from stylestudio.recipe import BankRef, Style
from stylestudio.render import StyleError, StyleModel, open_styles
from stylestudio.text.prompts import title_of
from stylestudio.text.restyling import Restyle
from stylestudio.text.worlds import check_speaks_of
from stylestudio.transfer.learning import read_bank
from stylestudio.video.frames import over_white

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets
    from stylestudio.text import TextModel
    from stylestudio.text.restyling import FoundStyle, RestyleSettings


class OwnStyle(NamedTuple):
    """A new style, in a bank that grew by it."""

    learned: Learned
    style: Style


class RestyleRun(Searching):
    """A search for a style.

    A blend is a part of the recipe at once; a style of its own is shown by what it paints, and
    added to a bank at the end.
    """

    verb = "Restyle"

    def __init__(
        self,
        pair: ModelRecipe,
        text: Callable[[], TextModel],
        settings: RestyleSettings,
        places: Sequence[str],
        assets: Assets,
        folder: Path,
    ) -> None:
        """`places` are where banks lie, the one on show first; grown ones go into `folder`."""
        super().__init__(pair.model, title_of(settings.wishes), settings.nearness)
        self.settings = settings
        self._pair, self._text, self._places = pair, text, places
        self._assets, self._folder = assets, folder
        self._bank: BankRef | None = None

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> OwnStyle | None:
        """Run until it is done or told to finish early; return a style of its own.

        Raises Cancelled, TextModelError, StyleError, CheckpointError and OSError.
        """
        text = self._text().to(self.model.device)
        check_speaks_of(text, self.model)
        bank, place = self._open()
        self._bank = BankRef.of(bank)
        style = self._pair.recipe.style
        same = style is not None and style.bank.sha256 == bank.sha256
        start = {k: w for k, w in style.weights if w} if style is not None and same else None
        work = Restyle(bank, text, self.settings, self._picture(), start)
        for progress in work.run(cancel):
            work.nearness = self.nearness
            if progress.found is not None:
                self.found.append(progress.found)
            report(progress)
        return None if self.settings.blend else self._added(place)

    def look(self, recipe: Recipe, point: FoundStyle) -> Recipe:
        """A recipe in a blend that was found."""
        assert self._bank is not None
        assert point.weights is not None
        old = recipe.style
        strength, colours = (old.strength, old.colours) if old else (1.0, 0.0)
        style = Style(self._bank, tuple(point.weights.items()), strength or 1.0, colours)
        return recipe.replace(style=style)

    def part_of(self, recipe: Recipe) -> Style | None:
        """The style."""
        return recipe.style

    @property
    def is_live(self) -> bool:
        """Whether each point of it can be a part of the recipe."""
        return self.settings.blend

    def _open(self) -> tuple[StyleModel, str]:
        """The bank to work with and its place. Raises StyleError and CheckpointError."""
        style = self._pair.recipe.style
        if self.settings.blend and style is not None:
            return self._assets.style(style.bank), ""
        for place in self._places[:-1]:
            if self.settings.blend or _grows(place):
                return open_styles(place), place
        return open_styles(self._places[-1]), self._places[-1]

    def _picture(self) -> Tensor:
        """The picture on show without its style, over white, [1, 3, H, W] in 0..1."""
        model, recipe = self._pair
        pixels = render_in_full(ModelRecipe(model, recipe.replace(style=None)), self._assets)
        return torch.from_numpy(over_white(pixels)).permute(2, 0, 1)[None].float() / 255

    def _added(self, place: str) -> OwnStyle:
        """Add the last style that was found to its bank, under the words as its name."""
        base = read_bank(place)
        name, path = add_to_bank(base, self.title, self.found[-1].row, self._folder)
        bank = self._assets.remember(open_styles(path))
        return OwnStyle(Learned(name, path, place), Style.of(bank, name))


def _grows(place: str) -> bool:
    """Whether styles can be added to a bank."""
    with contextlib.suppress(StyleError):
        read_bank(place)
        return True
    return False
