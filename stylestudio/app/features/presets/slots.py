"""The nine slots: what is in them, every change as a step that can be undone, kept on disk."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal, Slot
from PySide6.QtGui import QImage, QUndoCommand

from stylestudio.app.core.autosave import Saver
from stylestudio.recipe.presets import Preset, Presets, PresetsError, read_presets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe


class SetPresets(QUndoCommand):
    """Go from some presets to others."""

    def __init__(self, slots: PresetSlots, before: Presets, after: Presets, text: str) -> None:
        super().__init__(text)
        self.slots, self.before, self.after = slots, before, after

    def redo(self) -> None:
        """Have the later ones."""
        self.slots.show(self.after)

    def undo(self) -> None:
        """Have the earlier ones."""
        self.slots.show(self.before)


class PresetSlots(QObject):
    """Owns the presets. A stored recipe gets its picture as soon as that is rendered."""

    changed = Signal(object)  # Presets
    failed = Signal(str)

    def __init__(self, studio: Studio, file: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._thumbnails = studio.document, studio.thumbnails
        self._file = file
        self._presets = Presets()
        self._kept: Presets | None = Presets()  # on disk or on its way there; None is anything else
        self._is_loaded = False  # or need not be, as others were shown first
        self._saver = Saver(studio.tasks, file, self._compose, self)
        self._saver.failed.connect(self.failed)
        studio.thumbnails.ready.connect(self._on_thumbnail)

    @property
    def presets(self) -> Presets:
        """What is in the slots."""
        return self._presets

    def load(self) -> str:
        """Take what the last run kept, unless others were shown before.

        Returns a sentence where it can't be read.
        """
        if self._is_loaded or not self._file.exists():
            return ""
        self._is_loaded = True
        try:
            self._kept = read_presets(self._file)
        except PresetsError as error:
            kept = self._file.with_name(f"kept-{self._file.name}")
            with suppress(OSError):
                self._file.replace(kept)
            return f"Your presets can't be read, and their file is kept as {kept.name}: {error}"
        self.show(self._kept)
        return ""

    def store(self, number: int) -> None:
        """Keep the recipe on show in a slot."""
        current = self._document.current
        if current is None:
            return
        image = self._thumbnails.get(current, first=True)
        preset = Preset(current.recipe, b"" if image is None else _png(image))
        self._set(self._presets.slots | {number: preset}, f"Store preset {number}")

    def clear(self, number: int) -> None:
        """Empty a slot."""
        kept = {n: preset for n, preset in self._presets.slots.items() if n != number}
        self._set(kept, f"Clear preset {number}")

    def take(self, slots: dict[int, Preset], text: str) -> None:
        """Put other presets in their slots; the other slots stay as they are."""
        self._set(self._presets.slots | slots, text)

    def show(self, presets: Presets) -> None:
        """Have other presets without recording a step (the undo stack calls this)."""
        if not self._is_loaded:  # what the last run kept is given up
            self._is_loaded, self._kept = True, None
        pictured = {n: self._with_picture(preset) for n, preset in presets.slots.items()}
        self._presets = replace(presets, slots=pictured)
        self._saver.save_soon()
        self.changed.emit(self._presets)

    def save(self) -> None:
        """Begin to write now."""
        self._saver.save()

    def _set(self, slots: dict[int, Preset], text: str) -> None:
        after = replace(self._presets, slots=slots)
        if after != self._presets:
            self._document.undo_stack.push(SetPresets(self, self._presets, after, text))

    def _with_picture(self, preset: Preset) -> Preset:
        """The preset with its picture, which may have come after a step was recorded."""
        image = None if preset.picture else self._thumbnails.kept(preset.recipe)
        return preset if image is None else replace(preset, picture=_png(image))

    def _compose(self) -> Callable[[], str] | None:
        if self._presets == self._kept and not self._saver.is_failing:
            return None
        self._kept = self._presets
        return partial(_text, self._presets)

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if any(_is_without(preset, pair.recipe) for preset in self._presets.slots.values()):
            self.show(self._presets)


def _is_without(preset: Preset, recipe: Recipe) -> bool:
    return not preset.picture and preset.recipe == recipe


def _text(presets: Presets) -> str:
    return presets.to_json()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
