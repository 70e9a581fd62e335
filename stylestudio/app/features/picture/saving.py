"""Saving the picture and the recipe."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.recipes import render_in_full, suggested_name
from stylestudio.files import replacing
from stylestudio.recipe import save_png
from stylestudio.render import DeltaError

if TYPE_CHECKING:
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.render import Assets


class Saver(QObject):
    """Renders again for the file, at full quality, so a moving slider never gets into it."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    @Slot()
    def save_picture(self) -> None:
        """Ask where, then save."""
        path = self._ask("Save picture", ".png", "PNG picture (*.png)")
        if path is not None:
            self.save_picture_as(path)

    @Slot()
    def save_recipe(self) -> None:
        """Ask where, then save the recipe as text."""
        path = self._ask("Save recipe", ".json", "Recipe (*.json)")
        recipe = self._studio.document.recipe
        if path is None or recipe is None:
            return
        try:
            with replacing(path) as temporary:
                temporary.write_text(recipe.to_json(), encoding="utf-8")
            self._studio.assets.export(recipe, path.parent)
        except OSError as error:
            self._studio.failed.emit(f"{path.name} cannot be written: {error.strerror}.")
        except DeltaError as error:
            self._studio.failed.emit(str(error))
        else:
            self._studio.done.emit(f"Saved {path.name}")

    def save_picture_as(self, path: Path) -> None:
        """Render the picture as it is now and write it."""
        current = self._studio.document.current
        if current is not None:
            work = partial(_write, current, self._studio.assets, path)
            self._studio.jobs.start(work, self._on_written, self._on_failure)

    def _ask(self, title: str, suffix: str, kinds: str) -> Path | None:
        current = self._studio.document.current
        if current is None:
            return None
        folder = Path(self._studio.settings.directory("pictures"))
        proposal = folder / (suggested_name(current) + suffix)
        dialog = QFileDialog(self._studio.window, title, str(proposal.parent), kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)  # so that the dialog asks before it replaces that file
        dialog.selectFile(proposal.name)
        if not dialog.exec():
            return None
        path = Path(dialog.selectedFiles()[0])
        self._studio.settings.set_directory("pictures", path.parent)
        return path

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self._studio.done.emit(f"Saved {path.name}")

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self._studio.failed.emit(sentence)


def _write(pair: ModelRecipe, assets: Assets, path: Path) -> Path:
    pixels = render_in_full(pair, assets)
    try:
        save_png(path, pixels, pair.recipe)
        assets.export(pair.recipe, path.parent)
    except OSError as error:
        raise OSError(f"{path.name} cannot be written: {error.strerror or error}.") from None
    return path
