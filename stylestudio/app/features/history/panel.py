"""The undo history: a picture of every settled recipe; a click goes back, or forward again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from stylestudio.app.core.document import SetRecipe

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.recipe import Recipe

SETTLE_MS = 350
PICTURE = 64


class HistoryPanel(QWidget):
    """Follows the undo stack once the hand rests."""

    def __init__(self, document: Document, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._document = document
        self._thumbnails = thumbnails
        self._recipes: list[Recipe] = []
        self._steps: list[int] = []  # of the undo stack, at which each recipe was reached
        self.list = QListWidget()
        self.list.setAccessibleName("History")
        self.list.setToolTip("Every step so far; click one to return to it")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setWrapping(False)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setIconSize(QSize(PICTURE, PICTURE))
        self.list.setSpacing(2)
        self.list.setFixedHeight(PICTURE + 26)
        self.list.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 6, 6)
        column.addWidget(self.list)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._refresh)
        document.recipe_changed.connect(self._on_change)
        thumbnails.ready.connect(self._on_thumbnail)
        self.list.itemClicked.connect(self._on_clicked)
        self.list.itemActivated.connect(self._on_clicked)

    @Slot(object)
    def _on_change(self, _recipe: object) -> None:
        self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        """Replace what differs from the undo stack, from the first difference on."""
        stack = self._document.undo_stack
        commands = [(i + 1, stack.command(i)) for i in range(stack.count())]
        changes = [(i, command) for i, command in commands if isinstance(command, SetRecipe)]
        recipes = [command.after for _, command in changes]
        if changes:
            recipes.insert(0, changes[0][1].before)
        elif self._document.recipe is not None:
            recipes = [self._document.recipe]
        self._steps = [i for i, _ in changes]
        self._steps.insert(0, self._steps[0] - 1 if changes else 0)
        same = 0
        for before, now in zip(self._recipes, recipes, strict=False):
            if before != now:
                break
            same += 1
        while self.list.count() > same:
            self.list.takeItem(self.list.count() - 1)
        for index in range(same):
            if self.list.item(index).icon().isNull():  # it may have failed, or its model was closed
                self._want_picture(self.list.item(index), recipes[index])
        for index in range(same, len(recipes)):
            text = stack.text(self._steps[index] - 1) if index else "Start"
            self.list.addItem(self._item(recipes[index], text))
        self._recipes = recipes
        here = sum(step <= stack.index() for step in self._steps) - 1
        self.list.setCurrentRow(max(here, 0))
        current = self.list.currentItem()
        if current is not None:
            self.list.scrollToItem(current)

    def _item(self, recipe: Recipe, text: str) -> QListWidgetItem:
        item = QListWidgetItem()
        item.setToolTip(text)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
        item.setSizeHint(QSize(PICTURE + 8, PICTURE + 8))
        self._want_picture(item, recipe)
        return item

    def _want_picture(self, item: QListWidgetItem, recipe: Recipe) -> None:
        """Show a step's picture, or ask for it where the model is open."""
        image, pair = self._thumbnails.kept(recipe), self._document.with_model(recipe)
        if image is None and pair is not None:
            image = self._thumbnails.get(pair)
        if image is not None:
            item.setIcon(_icon(image))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        for index, known in enumerate(self._recipes):
            if known == pair.recipe:
                self.list.item(index).setIcon(_icon(image))

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._document.undo_stack.setIndex(self._steps[self.list.row(item)])


def _icon(image: QImage) -> QIcon:
    pixmap = QPixmap.fromImage(image)
    result = QIcon(pixmap)
    result.addPixmap(pixmap, QIcon.Mode.Selected)  # the style would tint the selected one
    return result
