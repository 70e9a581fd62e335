"""What is done with the picture: saved, opened, copied, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage

from stylestudio.app.core.feature import Action, Feature, RecipeFile, RecipeKind, StandardKey
from stylestudio.app.core.saving import PictureSaver
from stylestudio.recipe import read_recipe, unread_note

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.studio import Studio

FILE, EDIT, VIEW = "&File", "&Edit", "&View"
PINNED = "Pinned"  # over its side of the wipe


class PictureFeature(Feature):
    """Commands about the picture on show; opens pictures and texts that hold a recipe."""

    id = "picture"

    has_pin = Signal(bool)
    is_comparing = Signal(bool)  # with the pinned picture

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.saver = PictureSaver(studio, self)
        self.pinned: QImage | None = None
        patterns = ("*.png", "*.json")
        # What feature it is that a picture may belong to is asked before.
        self.kinds = (
            RecipeKind(
                "recipe",
                "Pictures and recipes",
                patterns,
                "recipe",
                self.read_with_deltas,
                order=2,
            ),
        )
        self.actions = (
            Action(
                "save",
                FILE,
                "save",
                "&Save picture…",
                "Save the picture as PNG, with its recipe inside",
                self.saver.save_picture,
                (StandardKey.Save,),
            ),
            Action(
                "save_recipe",
                FILE,
                "save",
                "Save &recipe…",
                "Save the recipe of the picture as a small text file",
                self.saver.save_recipe,
                (StandardKey.SaveAs, "Ctrl+Shift+S"),
            ),
            Action(
                "save_latent",
                FILE,
                "save",
                "Save &latent…",
                "Save the w of each layer, after truncation and mixing, for other tools",
                self.saver.save_latent,
            ),
            Action(
                "copy",
                EDIT,
                "copy",
                "&Copy picture",
                "Copy the picture to the clipboard",
                self.copy,
                (StandardKey.Copy,),
            ),
            Action(
                "pin",
                VIEW,
                "compare",
                "&Pin for comparison",
                "Keep this picture to compare others with",
                self.pin,
                ("P",),
            ),
            Action(
                "compare",
                VIEW,
                "compare",
                "&Compare with the pinned picture",
                "Show both pictures, with a divider to drag; Esc ends it",
                self.compare,
                ("C",),
                checkable=True,
                enabled_by=self.has_pin,
                checked_by=self.is_comparing,
            ),
        )
        studio.view.canvas.compared.connect(lambda title: self.is_comparing.emit(title == PINNED))

    @Slot()
    def copy(self) -> None:
        """Copy the picture on show to the clipboard, in full quality."""
        self.studio.view.take(self._on_copy)

    @Slot()
    def pin(self) -> None:
        """Keep the picture on show as the one to compare with, in full quality."""
        self.studio.view.pin(self._on_pin)

    @Slot(bool)
    def compare(self, on: bool) -> None:
        """Show the pinned picture left of a wipe, or only the picture."""
        canvas = self.studio.view.canvas
        if on:
            canvas.compare_with(self.pinned, PINNED)
        elif canvas.before_title == PINNED:  # and no photo has taken its place
            canvas.compare_with(None)

    def read_with_deltas(self, path: Path) -> RecipeFile:
        """Read a recipe, and adopt the tuned weights that lie beside its file; in any thread.

        Raises RecipeError, DeltaError, and OSError where the weights cannot be kept.
        """
        recipe = read_recipe(path)
        try:
            self.studio.assets.adopt(recipe, path.parent)
        except OSError as error:
            sentence = f"The tuned weights of {path.name} cannot be kept: {error.strerror}."
            raise OSError(sentence) from None
        return RecipeFile(recipe, unread_note(recipe.unread))

    def _on_copy(self, picture: QImage) -> None:
        QGuiApplication.clipboard().setImage(picture)
        self.studio.done.emit("Copied the picture")

    def _on_pin(self, picture: QImage) -> None:
        self.pinned = picture
        self.has_pin.emit(True)
        self.studio.done.emit("Pinned; press C to compare")
        canvas = self.studio.view.canvas
        if canvas.before_title == PINNED:
            canvas.compare_with(self.pinned, PINNED)
