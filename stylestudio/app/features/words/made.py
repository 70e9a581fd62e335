"""The list of what words have made: a click uses it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from stylestudio.app.core.recipes import ModelRecipe, with_source_alone
from stylestudio.app.widgets.context_menu import Choice, offer_items
from stylestudio.recipe import AnyEdit, Source, Style

if TYPE_CHECKING:
    from stylestudio.app.core.edit_solo import EditSolo
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

PICTURE = 64
MADE = Qt.ItemDataRole.UserRole
MOST = 50


@dataclass(frozen=True)
class Made:
    """A source, an edit or a style that came of words, with the look that it was made in."""

    title: str
    what: Source | AnyEdit | Style
    look: Recipe  # in which it shows

    def used_in(self, recipe: Recipe, solo: EditSolo) -> Recipe:
        """A recipe of the same model with it; the same one where it has it already."""
        if isinstance(self.what, AnyEdit):
            return solo.with_edit(recipe, self.what)
        if isinstance(self.what, Style):
            return recipe.replace(style=self.what)
        if recipe.source == self.what:
            return recipe
        return with_source_alone(recipe, self.what)


class MadeList(QListWidget):
    """Shows what was made for the model on show; Delete takes an entry out of the list."""

    chosen = Signal(object)  # Made

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._model: Model | None = None
        self._made: list[Made] = []  # for all models, the latest last
        self.setAccessibleName("Made with words")
        self.setToolTip("Click one to use it again; Delete removes it from this list")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setSpacing(2)
        self.setFixedHeight(PICTURE + 26)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.hide()
        thumbnails.ready.connect(self._on_thumbnail)
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)
        offer_items(
            self,
            lambda item: (
                Choice("Use it again", lambda: self._on_chosen(item)),
                Choice("Remove from this list", lambda: self._remove(item)),
            ),
        )

    def show_model(self, model: Model) -> None:
        """List what was made for this model."""
        self._model = model
        self.clear()
        for made in self._made:
            self._show(made)
        self.setVisible(self.count() > 0)

    def add(self, made: Made) -> None:
        """Put it in front; what is the same but for its look gives way."""
        self._made = [each for each in self._made if each.what != made.what][1 - MOST :]
        self._made.append(made)
        if self._model is not None:
            self.show_model(self._model)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace take out what is selected."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self._remove(item)
        else:
            super().keyPressEvent(event)

    def _remove(self, item: QListWidgetItem) -> None:
        self._made.remove(item.data(MADE))
        self.takeItem(self.row(item))
        self.setVisible(self.count() > 0)

    def _show(self, made: Made) -> None:
        assert self._model is not None
        if made.look.model.sha256 != self._model.sha256:
            return
        item = QListWidgetItem()
        item.setData(MADE, made)
        item.setToolTip(made.title)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, made.title)
        item.setSizeHint(QSize(PICTURE + 8, PICTURE + 8))
        image = self._thumbnails.get(ModelRecipe(self._model, made.look))
        if image is not None:
            item.setIcon(picture_icon(image))
        self.insertItem(0, item)

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(MADE))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        for row in range(self.count()):
            if self.item(row).data(MADE).look == pair.recipe:
                self.item(row).setIcon(picture_icon(image))


def picture_icon(image: QImage) -> QIcon:
    """A picture that keeps its colours while it is selected."""
    pixmap = QPixmap.fromImage(image)
    result = QIcon(pixmap)
    result.addPixmap(pixmap, QIcon.Mode.Selected)  # the style would tint the selected one
    return result
