"""A pad with a style at each corner: the closer the handle, the more of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QToolButton, QWidget

from stylestudio.app.features.styles.grid import STYLE_MIME
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import (
        QAction,
        QDragEnterEvent,
        QDropEvent,
        QFocusEvent,
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
    )

CORNERS = ("top left", "top right", "bottom left", "bottom right")
UNPAINTED = "Unpainted"  # what a corner without a style stands for
STEP = 0.05
COARSE = 4  # shift + arrow, in steps
ICON = 36
SIDE = 122
CORNER = QSize(72, 60)

Point = tuple[float, float]  # x to the right, y down, both 0..1
Names = tuple[str | None, ...]  # the styles of the four corners, in the order of CORNERS


def corner_weights(x: float, y: float) -> tuple[float, float, float, float]:
    """How much of each corner is at a point; bilinear, and together 1."""
    return (1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y


class CornerPad(QWidget):
    """Blends up to four styles, of which a corner without one is the unpainted picture.

    Styles come to a corner by its menu, or are dropped on it.
    """

    edited = Signal(object, object)  # {name: weight}, gesture token

    def __init__(self) -> None:
        super().__init__()
        self._names: Names = (None,) * 4
        self._styles: tuple[str, ...] = ()
        self.square = PadSquare()
        self.corners = [_Corner(i) for i in range(4)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.square, 0, 1, 2, 1)
        for corner, (row, column) in zip(
            self.corners, ((0, 0), (0, 2), (1, 0), (1, 2)), strict=True
        ):
            grid.addWidget(corner, row, column)
            corner.chosen.connect(self._on_chosen)
        grid.setColumnStretch(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.square.edited.connect(self._on_moved)

    @property
    def names(self) -> Names:
        """The styles of the corners, None for the unpainted picture."""
        return self._names

    def set_styles(self, styles: Sequence[str]) -> None:
        """Offer these styles, the first four of them at the corners."""
        self._styles = tuple(styles)
        for corner in self.corners:
            corner.set_styles(self._styles)
        self._put((*self._styles[:4], *[None] * 4)[:4])
        self.square.set_point(None)

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Put the handle where these weights are, if they are anywhere; tells of no edit."""
        point = self._point_of(weights)
        if point is None and len(weights) == 4 and set(weights) <= set(self._styles):
            self._put(tuple(weights))  # four styles are a mix of the pad, in its order
            point = self._point_of(weights)
        self.square.set_point(point)

    def set_picture(self, name: str, image: QImage) -> None:
        """Show what a style looks like."""
        for corner in self.corners:
            corner.set_picture(name, image)

    def assign(self, corner: int, name: str | None) -> None:
        """Put a style at a corner; one that stood at another corner changes places with it."""
        names = list(self._names)
        if name is not None and name in names:
            names[names.index(name)] = names[corner]
        names[corner] = name
        self._put(tuple(names))
        point = self.square.point
        if point is not None:
            self.edited.emit(self._weights_at(point), None)

    def _put(self, names: Names) -> None:
        self._names = names
        for corner, name in zip(self.corners, names, strict=True):
            corner.set_name(name)

    def _weights_at(self, point: Point) -> dict[str, float]:
        shares = zip(self._names, corner_weights(*point), strict=True)
        return {name: round(share, 4) for name, share in shares if name is not None}

    def _point_of(self, weights: Mapping[str, float]) -> Point | None:
        """The point that has these weights; None where no point has."""
        held = {name: weight for name, weight in weights.items() if weight}
        if not held or not set(held) <= set(self._names):
            return None
        shares = [0.0 if name is None else held.get(name, 0.0) for name in self._names]
        bare = [i for i, name in enumerate(self._names) if name is None]
        points = [self.square.point] if self.square.point else []
        if len(bare) == 1:
            shares[bare[0]] = max(0.0, 1.0 - sum(shares))
        points.append((min(1.0, shares[1] + shares[3]), min(1.0, shares[2] + shares[3])))
        for point in points:
            there = self._weights_at(point)
            if all(abs(there.get(name, 0.0) - held.get(name, 0.0)) < 2e-3 for name in self._styles):
                return point
        return None

    @Slot(int, object)
    def _on_chosen(self, corner: int, name: str | None) -> None:
        self.assign(corner, name)

    @Slot(object, object)
    def _on_moved(self, point: Point, gesture: object) -> None:
        self.edited.emit(self._weights_at(point), gesture)


class PadSquare(QWidget):
    """Edits a point of a square; arrow keys move it, shift by more, ctrl by less."""

    edited = Signal(object, object)  # Point, gesture token

    def __init__(self) -> None:
        super().__init__()
        self.point: Point | None = None  # None where the mix is not one of the corners
        self._gesture = Gesture()
        self._held = False
        self.setAccessibleName("Style pad")
        self.setToolTip("Drag to blend four styles; double-click for the middle")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(SIDE, SIDE)

    def set_point(self, point: Point | None) -> None:
        """Move the handle, or take it away, without telling of an edit."""
        self.point = point
        where = "not in use" if point is None else f"{point[0]:.2f} right, {point[1]:.2f} down"
        self.setAccessibleDescription(where)
        self.update()

    def field(self) -> QRectF:
        """Where the handle may go."""
        return QRectF(self.rect()).adjusted(8, 8, -8, -8)

    def place_of(self, point: Point) -> QPointF:
        """Where a point is drawn."""
        field = self.field()
        return QPointF(
            field.left() + field.width() * point[0], field.top() + field.height() * point[1]
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the field, its middle lines and the handle."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.line), 1))
        painter.setBrush(QColor(theme.base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setPen(QPen(QColor(theme.line), 1))
        for ends in (((0.5, 0.0), (0.5, 1.0)), ((0.0, 0.5), (1.0, 0.5))):
            painter.drawLine(self.place_of(ends[0]), self.place_of(ends[1]))
        if self.point is None:
            painter.setPen(QPen(QColor(theme.muted), 1.5, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place_of((0.5, 0.5)), 7, 7)
        else:
            painter.setPen(QPen(QColor(theme.on_accent), 2))
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(self.place_of(self.point), 8, 8)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self._gesture.begin()
            self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self._held:
            self._move_to(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._held = False
        self._gesture.end()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Go to the middle."""
        self._edit(0.5, 0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the handle."""
        key = Qt.Key
        moves = {
            key.Key_Left: (-1, 0),
            key.Key_Right: (1, 0),
            key.Key_Up: (0, -1),
            key.Key_Down: (0, 1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        step = STEP
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= COARSE
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step /= 5
        x, y = self.point or (0.5, 0.5)
        self._edit(x + move[0] * step, y + move[1] * step)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys act here."""
        super().focusInEvent(event)
        self.update()

    def _move_to(self, position: QPointF) -> None:
        field = self.field()
        self._edit(
            (position.x() - field.left()) / field.width(),
            (position.y() - field.top()) / field.height(),
        )

    def _edit(self, x: float, y: float) -> None:
        point = (round(min(max(x, 0.0), 1.0), 3), round(min(max(y, 0.0), 1.0), 3))
        self.set_point(point)
        self.edited.emit(point, self._gesture.token())


class _Corner(QToolButton):
    """The style of one corner, with a menu to choose another."""

    chosen = Signal(int, object)  # corner, name or None

    def __init__(self, corner: int) -> None:
        super().__init__()
        self._corner = corner
        self._styles: tuple[str, ...] = ()
        self._pictures: dict[str, QImage] = {}
        self.name: str | None = None
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.fill)
        self._menu.triggered.connect(self._on_triggered)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(ICON, ICON))
        self.setFixedSize(CORNER)
        self.setStyleSheet(
            "QToolButton { padding: 1px; font-size: 11px; }"
            "QToolButton::menu-indicator { image: none; }"  # it would lie over the name
        )
        self.setAcceptDrops(True)
        self.set_name(None)

    def set_styles(self, styles: tuple[str, ...]) -> None:
        """Offer these styles, whose pictures are to come."""
        self._styles = styles
        self._pictures.clear()

    def set_name(self, name: str | None) -> None:
        """Show a style, or that the corner has none."""
        self.name = name
        shown = name or UNPAINTED
        self.ensurePolished()  # its letters are smaller than those of other buttons
        elide = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(shown, elide, CORNER.width() - 14))
        self.setAccessibleName(f"Style at the {CORNERS[self._corner]}: {shown}")
        self.setToolTip(f"{shown}\nChoose a style for this corner, or drop one here")
        self._show_picture()

    def set_picture(self, name: str, image: QImage) -> None:
        """Show what a style looks like."""
        self._pictures[name] = image
        if name == self.name:
            self._show_picture()

    @Slot()
    def fill(self) -> None:
        """List what can stand here."""
        self._menu.clear()
        self._menu.addAction("The unpainted picture").setData("")
        self._menu.addSeparator()
        for name in self._styles:
            self._menu.addAction(name.replace("&", "&&")).setData(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take styles."""
        if event.mimeData().hasFormat(STYLE_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put a style here."""
        name = bytes(event.mimeData().data(STYLE_MIME).data()).decode()
        if name in self._styles:
            self.chosen.emit(self._corner, name)
        event.acceptProposedAction()

    def _show_picture(self) -> None:
        image = self._pictures.get(self.name or "")
        if image is not None:
            self.setIcon(QIcon(QPixmap.fromImage(image)))
        else:
            self.setIcon(QIcon())

    @Slot("QAction*")
    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(self._corner, action.data() or None)
