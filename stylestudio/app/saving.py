"""Saving the picture and the recipe, and putting the picture on the clipboard."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from stylestudio.files import replacing
from stylestudio.recipe import SeedSource, save_png
from stylestudio.render import DeltaError, Renderer

if TYPE_CHECKING:
    from stylestudio.app.document import Document, Look
    from stylestudio.app.jobs import JobRunner
    from stylestudio.app.settings import Settings
    from stylestudio.render import Assets


def suggested_name(look: Look) -> str:
    """Name a file after what it shows, e.g. "horizons-seed7"."""
    source = look.recipe.source
    detail = f"seed{source.seed}" if isinstance(source, SeedSource) else "study"
    return re.sub(r"[^\w.-]+", "-", f"{look.model.name}-{detail}").strip("-").lower()


class Saver(QObject):
    """Renders again for the file, at full quality, so a moving slider never gets into it."""

    saved = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        jobs: JobRunner,
        settings: Settings,
        banks: Assets,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._banks = banks
        self._jobs = jobs
        self._settings = settings
        self._window = window

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
        recipe = self._document.recipe
        if path is None or recipe is None:
            return
        try:
            with replacing(path) as temporary:
                temporary.write_text(recipe.to_json(), encoding="utf-8")
            self._banks.export(recipe, path.parent)
        except OSError as error:
            self.failed.emit(f"{path.name} cannot be written: {error.strerror}.")
        except DeltaError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(f"Saved {path.name}")

    def save_picture_as(self, path: Path) -> None:
        """Render the look as it is now and write it."""
        look = self._document.look
        if look is not None:
            work = partial(_write, look, self._banks, path)
            self._jobs.start(work, self._on_written, self._on_failure)

    def _ask(self, title: str, suffix: str, kinds: str) -> Path | None:
        look = self._document.look
        if look is None:
            return None
        proposal = Path(self._settings.directory("pictures")) / (suggested_name(look) + suffix)
        dialog = QFileDialog(self._window, title, str(proposal.parent), kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)  # so that the dialog asks before it replaces that file
        dialog.selectFile(proposal.name)
        if not dialog.exec():
            return None
        path = Path(dialog.selectedFiles()[0])
        self._settings.set_directory("pictures", path.parent)
        return path

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.saved.emit(f"Saved {path.name}")

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)


def _write(look: Look, banks: Assets, path: Path) -> Path:
    pixels = Renderer(look.model, cache_bytes=0, assets=banks).render(look.recipe).pixels
    try:
        save_png(path, pixels, look.recipe)
        banks.export(look.recipe, path.parent)
    except OSError as error:
        raise OSError(f"{path.name} cannot be written: {error.strerror or error}.") from None
    return path
