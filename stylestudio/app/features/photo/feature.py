"""Finding a photo in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import Dock, Feature, FileKind
from stylestudio.app.features.photo.inverter import Inverter
from stylestudio.app.features.photo.panel import InversionPanel
from stylestudio.recipe import NoRecipeError, RecipeError, may_hold_recipe, read_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio

PATTERNS = ("*.png", "*.jpg", "*.jpeg", "*.webp")


class PhotoFeature(Feature):
    """A dock that opens photos, inverts them, and shows what was found."""

    id = "photo"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.inverter = Inverter(
            studio.jobs, studio.settings.folder / "unfinished.inversion", studio.assets, self
        )
        self.panel = InversionPanel(studio.document, self.inverter, studio.thumbnails)
        self.docks = (Dock("photo", "Photo", self.panel, scrolls=True, tabbed_with="style"),)
        # After videos, which may be pictures that move; before pictures with a recipe.
        self.kinds = (FileKind("photo", "Photos", PATTERNS, is_photo, self.open, order=1),)
        self.inverter.failed.connect(studio.failed)
        self.inverter.photo_opened.connect(self._on_photo)
        self.panel.compare_asked.connect(self._compare)

    def open(self, paths: list[Path]) -> None:
        """Open the last of several photos."""
        self.inverter.open_photo(paths[-1])

    def close(self) -> None:
        """End the inversion; it can be gone on with in a later run."""
        self.inverter.wait()

    @Slot(object)
    def _on_photo(self, _photo: object) -> None:
        self.studio.dock_wanted.emit("photo")

    @Slot(object)
    def _compare(self, photo: QImage | None) -> None:
        """Show the photo left of a wipe, or only the picture."""
        self.studio.view.canvas.compare_with(photo, "Photo")


def is_photo(path: Path) -> bool:
    """Whether a file is a picture that holds no recipe. Raises OSError where it cannot be read."""
    if not path.is_file() or not may_hold_recipe(path):
        return False
    try:
        read_recipe(path)
    except NoRecipeError:
        return True
    except RecipeError:
        return False
    return False
