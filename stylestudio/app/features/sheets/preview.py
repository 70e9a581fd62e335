"""A sheet before it is rendered: small pictures, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.recipe import Recipe
    from stylestudio.recipe.sheets import Sheet

GAP = 2  # pixels
LARGEST = 96  # pixels of a picture


class SheetPreview(QWidget):
    """Draws the cells of a sheet as large as they fit."""

    def __init__(self) -> None:
        super().__init__()
        self._sheet: Sheet | None = None
        self._pictures: dict[Recipe, QImage] = {}
        self.setAccessibleName("Preview of the sheet")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Room for a few pictures."""
        return QSize(440, 360)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, with those of its pictures that are known."""
        self._sheet = sheet
        wanted = set(sheet.recipes)
        self._pictures = {each: p for each, p in self._pictures.items() if each in wanted}
        self.update()

    def set_picture(self, recipe: Recipe, image: QImage) -> None:
        """Show the picture of some cells."""
        if self._sheet is not None and recipe in self._sheet.recipes:
            self._pictures[recipe] = image
            self.update()

    def is_full(self) -> bool:
        """Whether all cells have their pictures."""
        return self._sheet is not None and len(self._pictures) == len(set(self._sheet.recipes))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cells, those without a picture yet as empty squares."""
        if self._sheet is None:
            return
        rows, columns = len(self._sheet.cells), len(self._sheet.cells[0])
        step = min(self.width() / columns, self.height() / rows, LARGEST)
        left = (self.width() - step * columns) / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        empty = QColor(current_theme().window).darker(115)
        for y, recipes in enumerate(self._sheet.cells):
            for x, recipe in enumerate(recipes):
                if recipe is None:
                    continue
                place = QRectF(left + x * step, y * step, step - GAP, step - GAP)
                image = self._pictures.get(recipe)
                if image is None:
                    painter.fillRect(place, empty)
                else:
                    painter.drawImage(place, image)
        painter.end()
