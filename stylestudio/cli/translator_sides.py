"""The two sides between which translators are trained: folders of pictures, or looks of models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from stylestudio.cli.render import adapted
from stylestudio.cli.sessions import model_for
from stylestudio.cli.train_folder import read_with_bar
from stylestudio.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from stylestudio.render import Assets, Model
    from stylestudio.training.adversarial.pictures import Pictures

PSI = 0.7  # of a model without a look


class Side(Protocol):
    """One of two kinds of pictures."""

    @property
    def name(self) -> str:
        """What it is called."""

    def known(self, side: int) -> Pictures:
        """Pictures to learn from, of `side` pixels."""

    def unseen(self, side: int) -> Pictures:
        """Others, to judge by."""


class FolderSide:
    """The middle squares of the pictures in a folder."""

    def __init__(self, folder: Path, work: Path) -> None:
        from stylestudio.measures.looks import split_files

        self.folder, self.name = folder, folder.resolve().name
        self._known, self._unseen = split_files(folder, work)

    def known(self, side: int) -> Pictures:
        """All but those held back."""
        return read_with_bar(self.folder, self._known, side)

    def unseen(self, side: int) -> Pictures:
        """Those held back; ClickException where the folder has too few."""
        from stylestudio.measures.looks import HELD_BACK

        if not self._unseen:
            raise click.ClickException(
                f"{self.folder} has too few pictures to judge by; it takes {HELD_BACK} or more."
            )
        return read_with_bar(self.folder, self._unseen, side)


class LookSide:
    """A look on many seeds of a model; what is drawn once is kept in a folder."""

    def __init__(
        self,
        model: Model,
        look: Recipe,
        name: str,
        assets: Assets,
        kept: Path,
        drawn_side: int,
        count: int,
        first: int,
    ) -> None:
        self._model, self._look, self.name, self._assets = model, look, name, assets
        self._kept, self._drawn_side, self._count, self._first = kept, drawn_side, count, first

    def known(self, side: int) -> Pictures:
        """So many as were asked for."""
        return self._drawn(self._kept, side, self._count, self._first)

    def unseen(self, side: int) -> Pictures:
        """Of further seeds."""
        from stylestudio.measures.looks import FIRST_UNSEEN, UNSEEN

        kept = self._kept.with_name(f"{self._kept.name}-unseen")
        return self._drawn(kept, side, UNSEEN, self._first + FIRST_UNSEEN)

    def _drawn(self, kept: Path, side: int, count: int, first: int) -> Pictures:
        from stylestudio.measures.looks import DrawnLook
        from stylestudio.measures.pictures import ModelPictures

        pictures = ModelPictures(
            self._model, count, look=self._look, first=first, assets=self._assets
        )
        drawn = DrawnLook(pictures, kept, self._drawn_side)
        lacking = drawn.lacking
        hidden = not lacking or not sys.stderr.isatty()
        label = f"Drawing {self.name}"
        with click.progressbar(lacking, label=label, file=sys.stderr, hidden=hidden) as numbers:
            for number in numbers:
                drawn.draw(number)
        return read_with_bar(kept, drawn.files, side)


def open_side(
    text: str,
    look: Path | None,
    assets: Assets,
    kept: Path,
    drawn_side: int,
    count: int,
    place: int,
) -> Side:
    """A side as the command line names it: a folder, a recipe, or a model with or without a look.

    `assets` holds what its look is made with. `kept` is where samples go, of `drawn_side` pixels;
    `place` is 0 or 1. Raises UsageError and ClickException.
    """
    path = Path(text)
    is_recipe = path.suffix.lower() in (".json", ".png")
    if look and (path.is_dir() or is_recipe):
        kind = "recipe" if is_recipe else "folder"
        raise click.UsageError(f"{text} is a {kind}, which takes no look; name a model.")
    if path.is_dir():
        return FolderSide(path, kept.parent)
    from stylestudio.measures.looks import APART
    from stylestudio.render import open_model

    file = look
    if is_recipe:
        file, recipe = path, read_recipe(path)
        how = "name its model, and the recipe with --look-a or --look-b"
        model = model_for(recipe.model, None, file.parent, how)
    else:
        model = open_model(text)
        recipe = Recipe.from_seed(0, model, truncation_psi=PSI)
        if look:
            recipe = adapted(read_recipe(look), model)
    if file:
        assets.adopt(recipe, file.absolute().parent)
    name = file.stem if file else model.name
    return LookSide(model, recipe, name, assets, kept, drawn_side, count, place * APART)
