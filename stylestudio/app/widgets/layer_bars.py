"""A value for each layer, as bars to paint over, under handles for the three layer groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.render import LayerInfo

GROUP_HEIGHT = 20
LABEL_HEIGHT = 14
MEAN_HEIGHT = 4  # of what shows a group's mean, below its name
GAP = 3.0
STEP = 0.05
TIP = "Drag over the bars to set values; drag a group's name up or down to set the whole group"


class LayerBars(QWidget):
    """Edits one number in 0..maximum for each layer.

    Drag over the bars to paint values; drag a group's handle up or down to set the whole group;
    arrow keys choose a bar and change it; a double click restores the default.
    """

    edited = Signal(object, object)  # tuple of values, gesture token

    def __init__(self, name: str, *, maximum: float, default: float) -> None:
        super().__init__()
        self._layers: tuple[LayerInfo, ...] = ()
        self._values: tuple[float, ...] = ()
        self._maximum = maximum
        self._default = default
        self._reason = ""
        self._current = 0
        self.setToolTip(TIP)
        self._drag: str | None = None  # "bars", or the name of the group being dragged
        self._last = QPointF()  # where the stroke has come to; of a group, where it began
        self._held = 0.0  # the group's mean where its handle was taken
        self._gesture = Gesture()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for a bar that a hand can hit, and both label rows."""
        return QSize(240, 104)

    minimumSizeHint = sizeHint

    @property
    def values(self) -> tuple[float, ...]:
        """The values shown, one a layer."""
        return self._values

    def set_layers(self, layers: Sequence[LayerInfo]) -> None:
        """Show these layers, all at the default."""
        self._drag = None  # what was being dragged may not exist any more
        self._layers = tuple(layers)
        self._values = (self._default,) * len(self._layers)
        self._current = min(self._current, max(0, len(self._layers) - 1))
        self.update()

    def set_values(self, values: Sequence[float]) -> None:
        """Show values, without telling of an edit."""
        if tuple(values) != self._values:  # painting takes milliseconds of the hand's
            self._values = tuple(values)
            self.update()

    def set_available(self, reason: str = "") -> None:
        """Grey the bars out for a reason, or with none make them usable."""
        if reason != self._reason:
            self._reason = reason
            self.setEnabled(not reason)
            self.setToolTip(reason or TIP)
            self.update()

    def bar_rect(self, index: int) -> QRectF:
        """Return the trough of one bar."""
        width = (self.width() + GAP) / max(1, len(self._layers))
        top = GROUP_HEIGHT + GAP
        return QRectF(index * width, top, width - GAP, self.height() - top - LABEL_HEIGHT)

    def group_rect(self, group: str) -> QRectF:
        """Return the handle over a group's bars; empty where the model lacks the group."""
        members = self._members(group)
        if not members:
            return QRectF()
        left, right = self.bar_rect(members[0]), self.bar_rect(members[-1])
        return QRectF(left.left(), 0, right.right() - left.left(), GROUP_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw handles, bars and the resolutions below them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        if self._reason:
            painter.setOpacity(0.35)
        for group in ("coarse", "middle", "fine"):
            self._paint_group(painter, group)
        for index in range(len(self._layers)):
            self._paint_bar(painter, index)
        self._paint_resolutions(painter)

    def _paint_group(self, painter: QPainter, group: str) -> None:
        theme = current_theme()
        rect, members = self.group_rect(group), self._members(group)
        if not members:
            return
        share = min(max(self._mean(members) / self._maximum, 0.0), 1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.base))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setBrush(QColor(getattr(theme, group)))
        # Below the text, which a fill behind it would cut in two.
        painter.drawRect(
            QRectF(rect.left(), rect.bottom() - MEAN_HEIGHT, rect.width() * share, MEAN_HEIGHT)
        )
        first, last = self._layers[members[0]].resolution, self._layers[members[-1]].resolution
        sizes = str(first) if first == last else f"{first}–{last}"
        text = f"{group.capitalize()} {sizes}"
        if painter.fontMetrics().horizontalAdvance(text) > rect.width() - 6:
            text = group.capitalize()
        painter.setPen(QColor(theme.text))
        above = rect.adjusted(0, 0, 0, -MEAN_HEIGHT)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_bar(self, painter: QPainter, index: int) -> None:
        theme = current_theme()
        rect = self.bar_rect(index)
        focused = self.hasFocus() and index == self._current
        painter.setPen(QPen(QColor(theme.accent), 1) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.base))
        painter.drawRoundedRect(rect, 3, 3)
        share = min(max(self._values[index] / self._maximum, 0.0), 1.0)  # files may hold others
        height = rect.height() * share
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme, self._layers[index].group)))
        painter.drawRoundedRect(
            QRectF(rect.left(), rect.bottom() - max(height, 2), rect.width(), max(height, 2)), 3, 3
        )

    def _paint_resolutions(self, painter: QPainter) -> None:
        """Name each resolution once, where it begins, as far as there is room."""
        painter.setPen(QColor(current_theme().muted))
        for place, text in self.resolution_labels(painter.fontMetrics()):
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def resolution_labels(self, metrics: QFontMetrics) -> list[tuple[QRectF, str]]:
        """Return where resolutions are written; no two of them touch."""
        labels: list[tuple[QRectF, str]] = []
        named, free = "", 0.0
        for index, layer in enumerate(self._layers):
            text, bar = str(layer.resolution), self.bar_rect(index)
            width = metrics.horizontalAdvance(text)
            left = min(max(bar.center().x() - width / 2, 0.0), self.width() - width)
            if text != named and left >= free:
                labels.append((QRectF(left, bar.bottom(), width, LABEL_HEIGHT), text))
                named, free = text, left + width + GAP
        return labels

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start painting bars, or dragging a group."""
        if event.button() != Qt.MouseButton.LeftButton or not self._layers:
            return
        self._gesture.begin()
        self._drag = "bars"
        self._last = event.position()
        for group in ("coarse", "middle", "fine"):
            if self.group_rect(group).contains(event.position()):
                self._drag = group
                self._held = self._mean(self._members(group))
        if self._drag == "bars":
            self._drag_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on painting or dragging."""
        if self._drag is not None:
            self._drag_to(event.position())
        elif self._layers:
            self._name_layer(self._bar_at(event.position()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the gesture."""
        self._drag = None
        self._gesture.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Restore the default of a bar, or of a group by its handle."""
        targets = [self._bar_at(event.position())]
        for group in ("coarse", "middle", "fine"):
            if self.group_rect(group).contains(event.position()):
                targets = self._members(group)
        self._edit(targets, self._default)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose a bar, up and down change it, shift by more, ctrl by less."""
        key, last = event.key(), len(self._layers) - 1
        step = STEP * self._maximum
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= 4
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step /= 5
        if key == Qt.Key.Key_Left:
            self._current = max(0, self._current - 1)
        elif key == Qt.Key.Key_Right:
            self._current = min(last, self._current + 1)
        elif key == Qt.Key.Key_Up and self._layers:
            self._edit([self._current], self._values[self._current] + step)
        elif key == Qt.Key.Key_Down and self._layers:
            self._edit([self._current], self._values[self._current] - step)
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which bar the keys act on."""
        super().focusInEvent(event)
        self.update()

    def _name_layer(self, index: int) -> None:
        layer = self._layers[index]
        size = f"{layer.resolution} × {layer.resolution}"
        self.setToolTip(f"Layer {index} · {size} · {layer.group} · {self._values[index]:.2f}")

    def _members(self, group: str) -> list[int]:
        return [i for i, layer in enumerate(self._layers) if layer.group == group]

    def _mean(self, members: list[int]) -> float:
        return sum(self._values[i] for i in members) / len(members)

    def _bar_at(self, position: QPointF) -> int:
        index = int(position.x() / (self.width() + GAP) * len(self._layers))
        return min(max(index, 0), len(self._layers) - 1)

    def _drag_to(self, position: QPointF) -> None:
        if self._drag == "bars":
            self._paint_to(position)
        elif self._drag is not None:
            risen = (self._last.y() - position.y()) / self.bar_rect(0).height()
            self._edit(self._members(self._drag), self._held + risen * self._maximum)

    def _paint_to(self, position: QPointF) -> None:
        """Set every bar that the stroke has crossed, to its height there, however fast it was."""
        start, self._last = self._last, position
        first, last = self._bar_at(start), self._bar_at(position)
        values = {}
        for index in range(min(first, last), max(first, last) + 1):
            rect = self.bar_rect(index)
            share = 1.0
            if first != last and index != last:
                share = (rect.center().x() - start.x()) / (position.x() - start.x())
            if first == last or index != first:
                y = start.y() + (position.y() - start.y()) * min(max(share, 0.0), 1.0)
                values[index] = (rect.bottom() - y) / rect.height() * self._maximum
        self._current = last
        self._change(values)

    def _edit(self, targets: list[int], value: float) -> None:
        self._change(dict.fromkeys(targets, value))

    def _change(self, changed: dict[int, float]) -> None:
        values = list(self._values)
        for index, value in changed.items():
            values[index] = round(min(max(value, 0.0), self._maximum), 3)
        if tuple(values) != self._values:
            self.set_values(values)
            self.edited.emit(self._values, self._gesture.token())
