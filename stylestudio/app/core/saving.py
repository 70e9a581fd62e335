"""Saving the picture and the recipe."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from stylestudio.app.core.recipes import render_deep, render_in_full, suggested_name
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.files import replacing, unwritable
from stylestudio.recipe import save_png
from stylestudio.recipe.stills import FORMATS, save_still
from stylestudio.render import save_latent

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe, Stage
    from stylestudio.render import Assets


LATENTS = "NumPy array (*.npy);;NumPy archive (*.npz)"


class PictureSaver(QObject):
    """Renders again for the file, at full quality, so a moving slider never gets into it."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    @Slot()
    def save_picture(self) -> None:
        """Ask where, then save."""
        pair = self._studio.document.current
        path = self._ask("Save picture", ".png", "PNG picture (*.png)")
        if path is not None and pair is not None:
            self._write_later(path, pair)

    def save_enlarged(self, stage: Stage) -> None:
        """Ask where, then save the picture as it is now after one more stage."""
        pair = self._studio.document.current
        path = self._ask("Save picture", ".png", "PNG picture (*.png)")
        if path is not None and pair is not None:
            self._write_later(path, pair._replace(recipe=pair.recipe.stage(stage)))

    @Slot()
    def save_recipe(self) -> None:
        """Ask where, then save the recipe as text."""
        pair = self._studio.document.current
        path = self._ask("Save recipe", ".json", "Recipe (*.json)")
        if path is not None and pair is not None:
            self._start(path, partial(_write_recipe, pair.recipe, self._studio.assets, path))
            self._studio.settings.add_recent_file(path)

    @Slot()
    def save_latent(self) -> None:
        """Ask where, then save the latent of the picture on show."""
        pair = self._studio.document.current
        path = self._ask("Save latent", ".npy", LATENTS)
        if path is not None and pair is not None:
            self._start(path, partial(save_latent, path, *pair, assets=self._studio.assets))

    def save_picture_as(self, path: Path) -> None:
        """Render the picture as it is now and write it."""
        current = self._studio.document.current
        if current is not None:
            self._write_later(path, current)

    def save_still(
        self, pair: ModelRecipe, path: Path, format: str, side: int, quality: int
    ) -> None:
        """Render a picture and write it as `save_still` of the recipe's room does."""
        write = partial(_write_still, pair, self._studio.assets, path, format, side, quality)
        self._start(path, write)
        if FORMATS[format].keeps_recipe:
            self._studio.settings.add_recent_file(path)

    def _write_later(self, path: Path, pair: ModelRecipe) -> None:
        self._start(path, partial(_write_picture, pair, self._studio.assets, path))
        self._studio.settings.add_recent_file(path)

    def _start(self, path: Path, write: Callable[[], None]) -> None:
        """Have a file written, after an earlier one of this name that is being written."""
        task = self._studio.tasks.start(
            f"Save {path.name}",
            lambda _report, _cancel: _in_words(path, write),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=("save", path.absolute()),
        )
        task.succeeded.connect(lambda _: self._studio.saved.emit(path))

    def _ask(self, title: str, suffix: str, kinds: str) -> Path | None:
        """Ask where; read what is to be saved before, as a clip may play on meanwhile."""
        current = self._studio.document.current
        if current is None:
            return None
        folder = Path(self._studio.settings.directory("pictures"))
        proposal = folder / (suggested_name(current) + suffix)
        path = ask_where(self._studio.window, title, proposal, kinds)
        if path is not None:
            self._studio.settings.set_directory("pictures", path.parent)
        return path


def _in_words(path: Path, write: Callable[[], None]) -> None:
    """Write, or raise OSError with a sentence."""
    try:
        write()
    except OSError as error:
        raise OSError(unwritable(path, error)) from error


def _write_picture(pair: ModelRecipe, assets: Assets, path: Path) -> None:
    save_png(path, render_in_full(pair, assets), pair.recipe)
    assets.export(pair.recipe, path.parent)


def _write_still(
    pair: ModelRecipe, assets: Assets, path: Path, format: str, side: int, quality: int
) -> None:
    render = render_deep if FORMATS[format].is_deep else render_in_full
    pixels = render(pair, assets)
    save_still(path, pixels, pair.recipe, format, side=side, quality=quality)
    if FORMATS[format].keeps_recipe:
        assets.export(pair.recipe, path.parent)


def _write_recipe(recipe: Recipe, assets: Assets, path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text(recipe.to_json(), encoding="utf-8")
    assets.export(recipe, path.parent)
