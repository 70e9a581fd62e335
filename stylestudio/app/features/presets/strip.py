"""The row of slots beside the tool bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe.presets import SLOTS

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPaintEvent

    from stylestudio.recipe.presets import Presets

SIDE = 30  # pixels of a slot
LONGEST = 60.0  # seconds of a recall


class SlotButton(QToolButton):
    """A slot: its picture and its number. A click recalls, or stores where it is empty."""

    recalled = Signal(int)
    stored = Signal(int)
    cleared = Signal(int)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self._is_filled = False
        self.setFixedSize(SIDE, SIDE)
        self.setIconSize(QSize(SIDE - 4, SIDE - 4))
        self.clicked.connect(self._on_click)
        self.show_preset(False, QImage())

    def show_preset(self, filled: bool, picture: QImage) -> None:
        """Show what is in the slot; its picture may still be to come."""
        self._is_filled = filled
        self.setIcon(_untinted(QPixmap.fromImage(picture)) if filled else QIcon())
        n = self.number
        here = f"Click or press {n} to recall it" if filled else "Click to store the picture here"
        self.setToolTip(f"Preset {n}: {'stored' if filled else 'empty'}\n{here}; Shift stores")
        self.setAccessibleName(f"Preset {n}{'' if filled else ', empty'}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the number in a corner of the picture, or in the middle of an empty slot."""
        super().paintEvent(event)
        painter, theme = QPainter(self), current_theme()
        if not self._is_filled:
            painter.setPen(QColor(theme.edge))
            painter.drawRoundedRect(self.rect().adjusted(2, 2, -3, -3), 4, 4)
            painter.setPen(QColor(theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self.number))
            return
        font = self.font()
        font.setPixelSize(10)
        font.setBold(True)
        painter.setFont(font)
        corner = self.rect().adjusted(SIDE - 13, SIDE - 14, -2, -2)
        painter.fillRect(corner, QColor(0, 0, 0, 150))
        painter.setPen(QColor("white"))
        painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, str(self.number))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """With Shift, store."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stored.emit(self.number)
            event.accept()
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the slot."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        recall = menu.addAction("&Recall")
        recall.triggered.connect(lambda: self.recalled.emit(self.number))
        store = menu.addAction("&Store the picture here")
        store.triggered.connect(lambda: self.stored.emit(self.number))
        clear = menu.addAction("&Clear")
        clear.triggered.connect(lambda: self.cleared.emit(self.number))
        recall.setEnabled(self._is_filled)
        clear.setEnabled(self._is_filled)
        menu.popup(event.globalPos())

    def _on_click(self) -> None:
        (self.recalled if self._is_filled else self.stored).emit(self.number)


class PresetStrip(QWidget):
    """All slots, and how many seconds a recall takes."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Presets")
        self.buttons = {number: SlotButton(number) for number in SLOTS}
        self.seconds = NumberBox()
        self.seconds.setRange(0.0, LONGEST)
        self.seconds.setSingleStep(0.5)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.seconds.setFixedWidth(64)
        self.seconds.setAccessibleName("Recall time in seconds")
        self.seconds.setToolTip("How long a recall takes; 0 shows the preset at once")
        # So that digits recall again.
        self.seconds.lineEdit().returnPressed.connect(self.seconds.clearFocus)
        label = QLabel("Over")
        label.setProperty("muted", True)
        label.setBuddy(self.seconds)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(2)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(label)
        row.addWidget(self.seconds)

    def show_presets(self, presets: Presets) -> None:
        """Show what is in the slots."""
        for number, button in self.buttons.items():
            preset = presets.slots.get(number)
            picture = QImage() if preset is None else QImage.fromData(preset.picture)
            button.show_preset(preset is not None, picture)


def _untinted(pixmap: QPixmap) -> QIcon:
    """The style would tint the picture of a button that is pressed or under the pointer."""
    icon = QIcon(pixmap)
    for mode in (QIcon.Mode.Selected, QIcon.Mode.Active, QIcon.Mode.Disabled):
        icon.addPixmap(pixmap, mode)
    return icon
