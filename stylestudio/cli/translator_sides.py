"""The two sides between which translators are trained: folders of pictures, or looks of models."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
import numpy as np
from PIL import Image

from stylestudio.cli.render import adapted
from stylestudio.cli.sessions import model_for
from stylestudio.cli.train_folder import read_with_bar
from stylestudio.files import replacing
from stylestudio.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from stylestudio.measures.pictures import ModelPictures
    from stylestudio.render import Assets, Model
    from stylestudio.training.adversarial.pictures import Pictures

UNSEEN = 128  # pictures of each side that no training looks at
HELD_BACK = 10  # of a folder's pictures one in so many, at most `UNSEEN`
PSI = 0.7  # of a model without a look
APART = 10_000_000  # between the seeds of one side and the other
FIRST_UNSEEN = 5_000_000  # between those to learn from and the others


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

    def __init__(self, folder: Path) -> None:
        from stylestudio.training.adversarial.pictures import find_files

        self.folder, self.name = folder, folder.resolve().name
        files = find_files(folder)
        order = np.random.RandomState(0).permutation(len(files))
        count = min(UNSEEN, len(files) // HELD_BACK)
        self._unseen = [files[index] for index in order[:count]]
        self._known = [files[index] for index in sorted(order[count:])]

    def known(self, side: int) -> Pictures:
        """All but those held back."""
        return read_with_bar(self.folder, self._known, side)

    def unseen(self, side: int) -> Pictures:
        """Those held back; ClickException where the folder has too few."""
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
        kept = self._kept.with_name(f"{self._kept.name}-unseen")
        return self._drawn(kept, side, UNSEEN, self._first + FIRST_UNSEEN)

    def _drawn(self, kept: Path, side: int, count: int, first: int) -> Pictures:
        from stylestudio.measures.pictures import ModelPictures

        pictures = ModelPictures(
            self._model, count, look=self._look, first=first, assets=self._assets
        )
        files = draw(pictures, kept, self._drawn_side, f"Drawing {self.name}")
        return read_with_bar(kept, files, side)


def draw(pictures: ModelPictures, folder: Path, side: int, label: str) -> list[Path]:
    """Draw the pictures of a look that a folder lacks, and forget those of another look."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "look.txt"
    identity = hashlib.sha256(repr((pictures.identity, side)).encode()).hexdigest()
    if not mark.is_file() or mark.read_text(encoding="utf-8") != identity:
        for old in folder.glob("sample*.png"):
            old.unlink()
        with replacing(mark) as temporary:
            temporary.write_text(identity, encoding="utf-8")
    files = [folder / f"sample{number:05d}.png" for number in range(len(pictures))]
    lacking = [number for number, path in enumerate(files) if not path.exists()]
    hidden = not lacking or not sys.stderr.isatty()
    with click.progressbar(lacking, label=label, file=sys.stderr, hidden=hidden) as numbers:
        for number in numbers:
            picture = Image.fromarray(pictures.read(number).permute(1, 2, 0).numpy())
            small = picture.resize((side, side), Image.Resampling.LANCZOS)
            with replacing(files[number]) as temporary:
                small.save(temporary, format="PNG")
    return files


def open_side(
    text: str, look: Path | None, kept: Path, drawn_side: int, count: int, place: int
) -> Side:
    """A side as the command line names it: a folder, a recipe, or a model with or without a look.

    `kept` is where samples go, of `drawn_side` pixels; `place` is 0 or 1. Raises UsageError and
    ClickException.
    """
    path = Path(text)
    is_recipe = path.suffix.lower() in (".json", ".png")
    if look and (path.is_dir() or is_recipe):
        kind = "recipe" if is_recipe else "folder"
        raise click.UsageError(f"{text} is a {kind}, which takes no look; name a model.")
    if path.is_dir():
        return FolderSide(path)
    from stylestudio.render import Assets, open_model

    assets, file = Assets(), look
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
