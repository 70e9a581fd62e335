"""What is done with the picture: saved, opened, copied, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage

from stylestudio.app.core.feature import (
    Action,
    Feature,
    RecipeFile,
    RecipeKind,
    StandardKey,
    TourStep,
)
from stylestudio.app.core.folders import NO_FOLDER, show_in_folder
from stylestudio.app.core.saving import PictureSaver
from stylestudio.app.core.taking import take
from stylestudio.app.features.picture.drag_out import DragOut
from stylestudio.app.features.picture.still_dialog import StillDialog
from stylestudio.recipe import read_recipe, unread_note
from stylestudio.render import StageError, enlargement

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.picture.still_dialog import StillOrder

FILE, EDIT, VIEW = "&File", "&Edit", "&View"
NOTHING_TO_PASTE = (
    "There is no picture on the clipboard, and no recipe or file; copy one, then paste."
)
PINNED = "Pinned"  # over its side of the wipe


class PictureFeature(Feature):
    """Commands about the picture on show; opens pictures and texts that hold a recipe."""

    id = "picture"

    has_pin = Signal(bool)
    has_saved = Signal(bool)
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
        self.tour = (
            TourStep(
                5,
                "Save the picture with all that made it: drop the file on this window later, and "
                "everything comes back. For a clip, insert keyframes (K), then Clip > Export.",
                command="save",
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
                ("Ctrl+Shift+E",),
                icon="save",
                on_picture="save",
            ),
            Action(
                "save_still",
                FILE,
                "save",
                "Save st&ill…",
                "Save the picture as PNG, JPEG or WebP, of 8 or 16 bits, of any size",
                self.ask_still,
                ("Ctrl+Alt+E",),
                on_picture="save",
            ),
            Action(
                "save_recipe",
                FILE,
                "save",
                "Save &recipe…",
                "Save the recipe of the picture as a small text file",
                self.saver.save_recipe,
                ("Ctrl+Alt+S",),
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
                "show_in_folder",
                FILE,
                "save",
                "Sho&w in folder",
                "Show the file that was saved last in its folder",
                self.show_in_folder,
                enabled_by=self.has_saved,
                lacking="Nothing has been saved yet.",
                on_picture="save",
            ),
            Action(
                "copy",
                EDIT,
                "copy",
                "&Copy picture",
                "Copy the picture to the clipboard",
                self.copy,
                (StandardKey.Copy,),
                icon="copy",
                on_picture="copy",
            ),
            Action(
                "copy_recipe",
                EDIT,
                "copy",
                "Copy &recipe",
                "Copy the picture's recipe to the clipboard, as text that can be pasted anywhere",
                self.copy_recipe,
                ("Ctrl+Shift+C",),
                on_picture="copy",
            ),
            Action(
                "paste",
                EDIT,
                "copy",
                "&Paste",
                "Show the recipe on the clipboard, or open its picture or files",
                self.paste,
                (StandardKey.Paste,),
                on_picture="copy",
            ),
            Action(
                "pin",
                VIEW,
                "compare",
                "&Pin for comparison",
                "Keep this picture to compare others with",
                self.pin,
                ("P",),
                icon="pin",
                on_picture="compare",
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
                lacking="Pin a picture first, to compare others with it.",
                icon="compare",
                on_picture="compare",
            ),
        )
        self.drag_out = DragOut(studio, self)
        self.drag_out.noted.connect(studio.noted)
        self._saved: Path | None = None  # the file that was saved last
        studio.saved.connect(self._on_saved)
        studio.view.canvas.compared.connect(lambda title: self.is_comparing.emit(title == PINNED))

    @Slot()
    def ask_still(self) -> None:
        """Ask what a still of the picture on show should be like, then save it."""
        current = self.studio.document.current
        if current is not None:
            dialog = self.still_dialog = StillDialog(
                current, self._side_of(current), self.studio.settings, self.studio.window
            )
            dialog.ordered.connect(self._on_still)
            dialog.open()

    def _side_of(self, pair: ModelRecipe) -> int:
        """Pixels on each side of a picture, whether or not it is rendered yet."""
        try:
            return pair.model.resolution * enlargement(pair.recipe, self.studio.assets)
        except StageError:  # which whoever saves it is told
            return pair.model.resolution

    @Slot(object)
    def _on_still(self, order: StillOrder) -> None:
        self.saver.save_still(order.pair, order.path, order.format, order.side, order.quality)

    @Slot()
    def copy(self) -> None:
        """Copy the picture on show to the clipboard, in full quality."""
        self.studio.view.take(self._on_copy)

    @Slot()
    def copy_recipe(self) -> None:
        """Copy the recipe on show to the clipboard, as text."""
        recipe = self.studio.document.recipe
        if recipe is not None:
            QGuiApplication.clipboard().setText(recipe.to_json())
            self.studio.done.emit("Copied the recipe")

    @Slot()
    def paste(self) -> None:
        """Show the recipe on the clipboard, or open its picture or files."""
        if not take(self.studio, QGuiApplication.clipboard().mimeData(), "Pasted"):
            self.studio.noted.emit(NOTHING_TO_PASTE)

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

    @Slot()
    def show_in_folder(self) -> None:
        """Show the file that was saved last in its folder."""
        if self._saved is not None and not show_in_folder(self._saved):
            self.studio.failed.emit(NO_FOLDER)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._saved = path
        self.has_saved.emit(True)

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

    def close(self) -> None:
        """Remove what was only there to be dragged."""
        self.drag_out.close()

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
