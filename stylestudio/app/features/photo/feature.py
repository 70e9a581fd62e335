"""Finding a photo in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import Dock, Feature, FileKind
from stylestudio.app.features.photo.inverter import Inverter
from stylestudio.app.features.photo.panel import InversionPanel
from stylestudio.pictures import SUFFIXES
from stylestudio.video import kind_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio

PATTERNS = tuple(f"*{suffix}" for suffix in sorted(SUFFIXES))


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
    """Whether a file is a picture without a recipe or a session, by its content.

    Raises OSError where it cannot be read.
    """
    return path.is_file() and kind_of_file(path) == "photo"
