"""A contact sheet that was opened: a click on one of its pictures goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe.sheets import Cell, cell_at
from stylestudio.recipe.words import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

HINT = "Click a picture to go there; undo to come back."
LARGEST = QSize(1100, 760)  # of the picture in a new window
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class SheetViewer(QDialog):
    """Stays open beside the window."""

    def __init__(self, name: str, image: QImage, cells: Sequence[Cell], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Contact sheet {name}")
        self.picture = SheetPicture(image, cells)
        self.note = ElidedLabel(HINT, Qt.TextElideMode.ElideRight)
        self.note.setProperty("muted", True)
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        column.addWidget(self.note)
        self.picture.pointed.connect(self._on_pointed)

    def _on_pointed(self, cell: Cell) -> None:
        self.note.setText(summary(cell.recipe))


class SheetPicture(QWidget):
    """Shows the sheet as large as it fits, and the cell under the pointer in a frame."""

    chosen = Signal(object)  # Cell
    pointed = Signal(object)  # Cell

    def __init__(self, image: QImage, cells: Sequence[Cell]) -> None:
        super().__init__()
        self._image = image
        self._cells = cells
        self._current: Cell | None = None
        self.setAccessibleName("Contact sheet")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 120)

    def sizeHint(self) -> QSize:
        """The sheet in its own size, where the screen has room for it."""
        return self._image.size().boundedTo(
            self._image.size().scaled(LARGEST, Qt.AspectRatioMode.KeepAspectRatio)
        )

    @property
    def _place(self) -> QRectF:
        """Where the sheet is drawn."""
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, size.width(), size.height())

    def rect_of(self, cell: Cell) -> QRectF:
        """Where a cell is drawn."""
        place, scale = self._place, self._place.width() / self._image.width()
        left, top, right, bottom = (side * scale for side in cell.box)
        return QRectF(place.left() + left, place.top() + top, right - left, bottom - top)

    def _cell_at(self, point: QPointF) -> Cell | None:
        place, scale = self._place, self._place.width() / self._image.width()
        at = (point - place.topLeft()) / scale
        return cell_at(self._cells, at.x(), at.y())

    def _point_at(self, cell: Cell | None) -> None:
        if cell is not self._current:
            self._current = cell
            self.update()
            if cell is not None:
                self.pointed.emit(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Frame the cell under the pointer."""
        self._point_at(self._cell_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the cell under the pointer."""
        cell = self._cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._point_at(cell)
            self.chosen.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys go from cell to cell, and Return takes one."""
        key = Qt.Key(event.key())
        if key in ARROWS and self._cells:
            self._point_at(self._neighbour(*ARROWS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def _neighbour(self, dx: int, dy: int) -> Cell:
        """The cell beside the current one, where there is one."""
        here = self._current
        if here is None:
            return self._cells[0]
        x, y = (here.box[0] + here.box[2]) / 2, (here.box[1] + here.box[3]) / 2
        side = here.box[2] - here.box[0]
        for steps in range(1, len(self._cells) + 1):
            # Cells lie closer than one and a half sides, whatever stands between them.
            for reach in (1.0, 1.1, 1.25):
                distance = steps * side * reach
                found = cell_at(self._cells, x + dx * distance, y + dy * distance)
                if found is not None and found is not here:
                    return found
        return here

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sheet."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._place, self._image)
        if self._current is not None:
            painter.setPen(QPen(QColor(current_theme().accent), 3))
            painter.drawRect(self.rect_of(self._current))
        painter.end()
