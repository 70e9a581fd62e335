"""A sheet of children of two steps; a click shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
)

from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.history.rendering import Rendering
from stylestudio.app.widgets.enter_list import EnterList
from stylestudio.app.widgets.theme import current_theme, icon
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe.children import children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

COUNT, COLUMNS = 8, 4
PICTURE = 144  # pixels
CELL = PICTURE + 12
USUAL = 0.15
HINT = "Click one to take it; the sheet stays open, and undo leads back."


class ChildrenDialog(QDialog):
    """Stays open beside the window, so that several can be tried."""

    taken = Signal(object)  # Recipe

    def __init__(
        self, studio: Studio, model: Model, parents: Sequence[Recipe], titles: Sequence[str]
    ) -> None:
        super().__init__(studio.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Children of {titles[0]} and {titles[1]}")
        self._model, self._parents = model, parents
        self._seed = 0
        self.recipes: tuple[Recipe, ...] = ()
        self._build()
        self._rendering = Rendering(studio, PICTURE, self)
        self._rendering.ready.connect(self._on_picture)
        self.variation.edited.connect(self._on_variation)
        self.others.clicked.connect(self._on_others)
        self.sheet.itemClicked.connect(self._on_taken)
        self.sheet.entered_item.connect(self._on_taken)
        self._make()

    def _build(self) -> None:
        self.sheet = EnterList()
        self.sheet.setAccessibleName("Children")
        self.sheet.setViewMode(QListView.ViewMode.IconMode)
        self.sheet.setMovement(QListView.Movement.Static)
        self.sheet.setIconSize(QSize(PICTURE, PICTURE))
        self.sheet.setGridSize(QSize(CELL, CELL))
        self.sheet.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sheet.setMinimumSize(COLUMNS * CELL + 28, COUNT // COLUMNS * CELL + 12)
        self.variation = ValueRow(
            "Variation", (0.0, 1.0), USUAL, tip="How much of something new is laid over each child"
        )
        self.others = QPushButton(icon("dice"), "&Others")
        self.others.setToolTip("Cross the two in other ways")
        self.others.setAutoDefault(False)
        self.note = QLabel(HINT)
        self.note.setProperty("muted", True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        head = QHBoxLayout()
        head.addWidget(self.variation, 1)
        head.addWidget(self.others)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.sheet, 1)
        column.addLayout(foot)

    def done(self, result: int) -> None:
        """Render no more."""
        self._rendering.stop()
        super().done(result)

    def _make(self) -> None:
        """Cross both parents anew, and have the pictures made."""
        a, b = self._parents
        self.recipes = children(
            a,
            b,
            COUNT,
            self._seed,
            variation=self.variation.value(),
            by_layers=self._model.capabilities.has_w,
        )
        while self.sheet.count() < COUNT:
            self.sheet.addItem(_empty(self.sheet.count() + 1))
        self._rendering.start([ModelRecipe(self._model, recipe) for recipe in self.recipes])

    @Slot()
    def _on_variation(self) -> None:
        self._make()

    @Slot()
    def _on_others(self) -> None:
        self._seed += 1
        self._make()

    @Slot(int, object)
    def _on_picture(self, place: int, picture: QImage) -> None:
        pixmap = QPixmap.fromImage(picture)
        shown = QIcon(pixmap)
        shown.addPixmap(pixmap, QIcon.Mode.Selected)  # the style would tint the selected one
        self.sheet.item(place).setIcon(shown)

    @Slot(QListWidgetItem)
    def _on_taken(self, item: QListWidgetItem) -> None:
        self.taken.emit(self.recipes[self.sheet.row(item)])


def _empty(number: int) -> QListWidgetItem:
    nothing = QPixmap(PICTURE, PICTURE)
    nothing.fill(QColor(current_theme().line))
    item = QListWidgetItem(QIcon(nothing), "")
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Child {number}")
    item.setToolTip(f"Child {number}")
    return item
