"""Styles as pictures: a click paints in one alone, the strip below a picture is its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from stylestudio.app.widgets.context_menu import Choice, offer_items
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.keys import DELETE_KEYS
from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtGui import QKeyEvent, QMouseEvent

PICTURE = 64
MARGIN, SIDE = 3, 8
STRIP = 13  # height of a weight
NAME_SIZE, LINE, LINES = 11, 13, 2  # pixels of a letter and of a line of a name; lines at most
CELL = QSize(PICTURE + 2 * SIDE, MARGIN + PICTURE + 3 + STRIP + LINES * LINE + 3)
STEP = 0.05  # of a key
WEIGHT, IS_NEW = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
STYLE_MIME = "application/x-stylestudio-style"  # a style's name, on its way to a corner

Index = QModelIndex | QPersistentModelIndex


class StyleGrid(QListWidget):
    """Shows styles with their weights, and tells what the hand does to them.

    Click or Return plays a style alone, ctrl-click or space takes it into the mix or out of it.
    Dragging along a strip, plus, minus, Delete and Backspace change a weight; a double click on
    the strip or F2 types it. Pictures can be dragged away.
    """

    soloed = Signal(str)
    toggled = Signal(str)
    weighted = Signal(str, float, object)  # name, weight 0..1, gesture token

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._gesture = Gesture()
        self._sliding: str | None = None  # the style whose weight is being dragged
        self._pressed: QListWidgetItem | None = None
        self._delegate = _Tile(self)
        self.setItemDelegate(self._delegate)
        offer_items(self, self._choices)
        self.setAccessibleName("Styles")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setMinimumHeight(CELL.height() + 2 * self.frameWidth())
        self._delegate.typed.connect(self._on_typed)

    def set_styles(self, names: Sequence[str]) -> None:
        """Show these styles, without pictures yet and without weight."""
        self._names = tuple(names)
        self.clear()
        flag = Qt.ItemFlag
        for name in names:
            item = QListWidgetItem(name, self)
            item.setSizeHint(CELL)
            item.setFlags(
                flag.ItemIsEnabled
                | flag.ItemIsSelectable
                | flag.ItemIsDragEnabled
                | flag.ItemIsEditable
            )
        self.set_weights({})

    @property
    def names(self) -> tuple[str, ...]:
        """The styles on show, in their order."""
        return self._names

    def set_order(self, names: Sequence[str]) -> None:
        """Show the same styles in another order, the first in sight."""
        items = {self.item(0).text(): self.takeItem(0) for _ in self._names}
        for name in names:
            self.addItem(items[name])
        self._names = tuple(names)
        self.scrollToTop()

    def point_out(self, name: str) -> None:
        """Mark a style as new until it is used, have keys act on it, and bring it into sight."""
        row = self._names.index(name)
        self.setCurrentRow(row, QItemSelectionModel.SelectionFlag.NoUpdate)  # it is not in use
        self.currentItem().setData(IS_NEW, True)
        self.currentItem().setToolTip(f"{name} is new\nClick to paint in this style alone")
        self.scrollToItem(self.currentItem())

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Show weights without telling of an edit; what is not named weighs nothing."""
        for row, name in enumerate(self._names):
            weight, item = weights.get(name, 0.0), self.item(row)
            if item.data(WEIGHT) != weight:
                item.setData(WEIGHT, weight)
                item.setData(IS_NEW, item.data(IS_NEW) and not weight)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, weight {weight:.2f}")
                item.setToolTip(f"{name} · {weight:.2f}\nClick to use only this style")

    def set_picture(self, name: str, image: QImage) -> None:
        """Show what a style looks like."""
        if name in self._names:
            self.item(self._names.index(name)).setIcon(QIcon(QPixmap.fromImage(image)))

    def visible_names(self) -> list[str]:
        """The styles in sight, from the first on."""
        sight = self.viewport().rect()
        rows = range(len(self._names))
        return [
            self._names[row]
            for row in rows
            if self.visualItemRect(self.item(row)).intersects(sight)
        ]

    def strip_rect(self, name: str) -> QRect:
        """Where the weight of a style is drawn, in the viewport."""
        return strip_of(self.visualItemRect(self.item(self._names.index(name))))

    def picture_rect(self, name: str) -> QRect:
        """Where the picture of a style is drawn, in the viewport."""
        return picture_of(self.visualItemRect(self.item(self._names.index(name))))

    def mimeTypes(self) -> list[str]:
        """What a dragged style carries."""
        return [STYLE_MIME]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """Carry the name of the style."""
        data = QMimeData()
        data.setData(STYLE_MIME, items[0].text().encode())
        return data

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a weight, or of a picture."""
        item = self.itemAt(event.position().toPoint())
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        strip = strip_of(self.visualItemRect(item))
        if strip.adjusted(0, -2, 0, 2).contains(event.position().toPoint()):
            self.setCurrentItem(item)
            self._sliding = item.text()
            self._gesture.begin()
            self._slide_to(event.position().x())
        else:
            self._pressed = item
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a weight, or a picture away."""
        if self._sliding is None:
            super().mouseMoveEvent(event)
        else:
            self._slide_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a press and release on one picture is a click."""
        if self._sliding is not None:
            self._sliding = None
            self._gesture.end()
            return
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is not None and item is self._pressed:
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self.toggled if control else self.soloed).emit(item.text())
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type a weight."""
        item = self.itemAt(event.position().toPoint())
        if item is not None and strip_of(self.visualItemRect(item)).contains(
            event.position().toPoint()
        ):
            self.editItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the current style; the arrow keys choose one."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Plus: STEP, Qt.Key.Key_Equal: STEP, Qt.Key.Key_Minus: -STEP}
        typing = self.state() == QAbstractItemView.State.EditingState  # Return then ends that
        if self.currentRow() < 0 or typing:
            super().keyPressEvent(event)
            return
        item = self.currentItem()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.soloed.emit(item.text())
        elif key == Qt.Key.Key_Space:
            self.toggled.emit(item.text())
        elif key in steps:
            self._weigh(item.text(), item.data(WEIGHT) + steps[key])
        elif key in DELETE_KEYS:
            self._weigh(item.text(), 0.0)
        else:
            super().keyPressEvent(event)

    def _choices(self, item: QListWidgetItem) -> tuple[Choice, ...]:
        name = item.text()
        return (
            Choice("Use this style alone", lambda: self.soloed.emit(name)),
            Choice("Part of the blend", lambda: self.toggled.emit(name), item.data(WEIGHT) > 0),
        )

    def _slide_to(self, x: float) -> None:
        assert self._sliding is not None
        strip = self.strip_rect(self._sliding)
        self._weigh(self._sliding, (x - strip.left()) / strip.width())

    def _on_typed(self, name: str, weight: float) -> None:
        self._weigh(name, weight)

    def _weigh(self, name: str, weight: float) -> None:
        weight = round(min(max(weight, 0.0), 1.0), 2)
        self.weighted.emit(name, weight, self._gesture.token())


class _Tile(QStyledItemDelegate):
    """Draws a style: its picture, its weight, its name; edits the weight as a number."""

    typed = Signal(str, float)  # name, weight

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one style."""
        theme, rect = current_theme(), option.rect
        weight = index.data(WEIGHT) or 0.0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not option.state & QStyle.StateFlag.State_Enabled:
            painter.setOpacity(0.35)
        picture = picture_of(rect)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        painter.fillRect(picture, QColor(theme.window))
        if icon is not None:
            painter.drawPixmap(picture, icon.pixmap(picture.size()))
        has_focus = option.state & QStyle.StateFlag.State_HasFocus
        if weight:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(picture)
        elif has_focus:  # the keys act on it, and that is all
            painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
            painter.drawRect(picture)
        if index.data(IS_NEW):
            self._paint_tag(painter, picture)
        self._paint_strip(painter, strip_of(rect), weight)
        name = index.data(Qt.ItemDataRole.DisplayRole)
        font = painter.font()
        font.setPixelSize(NAME_SIZE)
        painter.setFont(font)
        painter.setPen(QColor(theme.text if weight else theme.muted))
        top = strip_of(rect).bottom() + 1
        for number, line in enumerate(name_lines(name, QFontMetrics(font), rect.width())):
            place = QRect(rect.left(), top + number * LINE, rect.width(), LINE)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, line)
        painter.restore()

    def _paint_tag(self, painter: QPainter, picture: QRect) -> None:
        theme, tag = current_theme(), QRect(picture.left() + 3, picture.top() + 3, 30, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.text))
        painter.drawRoundedRect(tag, 3, 3)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(theme.window))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, "New")

    def _paint_strip(self, painter: QPainter, strip: QRect, weight: float) -> None:
        theme = current_theme()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(strip, 3, 3)
        painter.setBrush(QColor(theme.accent))
        filled = QRect(strip)
        filled.setWidth(round(strip.width() * weight))
        painter.drawRoundedRect(filled, 3, 3)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        if weight:
            painter.setPen(QColor(theme.on_accent if weight > 0.6 else theme.text))
            painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, f"{weight:.2f}")

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All are equal."""
        return CELL

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index
    ) -> QWidget:
        """Type a weight."""
        box = NumberBox(parent)
        box.setRange(0.0, 1.0)
        box.setSingleStep(STEP)
        box.setAccessibleName("Weight")
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Start from the weight there is."""
        assert isinstance(editor, NumberBox)
        editor.setValue(index.data(WEIGHT))
        editor.selectAll()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        """Stand where the weight is."""
        editor.setGeometry(strip_of(option.rect).adjusted(0, -6, 0, 6))

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        """Tell what was typed."""
        assert isinstance(editor, NumberBox)
        self.typed.emit(index.data(Qt.ItemDataRole.DisplayRole), editor.value())


def name_lines(name: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Break a name into lines that fit, at most LINES; what still does not fit is elided."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or len(lines) == LINES or metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]


def picture_of(rect: QRect) -> QRect:
    """Where the picture stands in the rectangle of a style."""
    left = rect.left() + (rect.width() - PICTURE) // 2
    return QRect(left, rect.top() + MARGIN, PICTURE, PICTURE)


def strip_of(rect: QRect) -> QRect:
    """Where the weight stands in the rectangle of a style."""
    picture = picture_of(rect)
    return QRect(picture.left(), picture.bottom() + 4, PICTURE, STRIP)
