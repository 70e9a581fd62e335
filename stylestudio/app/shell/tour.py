"""The tour: a light cover over the window with a hole around one control after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPen, QRegion, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.shell.docks import bring_in_sight
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QAction, QPaintEvent
    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from stylestudio.app.core.feature import TourStep
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.shell.folding import Folding

SEEN = "tour_seen"  # in the settings
WIDTH = 300  # pixels of the text
GAP = 10  # pixels between it and what it is about
RING = 3  # pixels around the hole
SHADE = QColor(0, 0, 0, 110)
LOOK_MS = 100  # how soon the hole follows what moves


class Card(QFrame):
    """Two sentences, and the buttons that lead on."""

    def __init__(self, tour: Tour) -> None:
        super().__init__(tour)
        self._tour = tour
        self.setObjectName("tour")
        self.setFixedWidth(WIDTH)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.place = QLabel()
        self.place.setProperty("muted", True)
        self.back, self.next = QPushButton("&Back"), QPushButton("&Next")
        self.skip = QPushButton("&Skip")
        self.skip.setToolTip("End the tour (Esc); Help > Tour of the window shows it again")
        self.back.setToolTip("The step before")
        self.next.setToolTip("The next step; Tab leads from here to the control")
        for button in (self.back, self.next, self.skip):
            button.setAutoDefault(True)  # so that Enter presses it
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(12)
        column.addWidget(self.text)
        column.addLayout(row)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Let Tab lead from the last button to the control that the step is about."""
        if next and self.next.hasFocus() and self._tour.focus_control():
            return True
        return super().focusNextPrevChild(next)


class Tour(QWidget):
    """Lies over the window while the tour is on. The control in the hole can be used.

    Docks and bars that a step needs are opened and unfolded; at the end all are as before.
    """

    def __init__(
        self,
        window: QMainWindow,
        steps: Iterable[TourStep],
        docks: Mapping[str, QDockWidget],
        folding: Folding,
        actions: Mapping[str, QAction],
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._docks, self._actions = window, docks, actions
        self._folding, self._settings = folding, settings
        self._steps = sorted(steps, key=lambda step: step.order)
        self._index = 0
        self._before: QByteArray | None = None  # where everything lay
        self._unfolded: set[str] = set()  # docks that were folded
        self._focus: QWidget | None = None  # had the focus
        self._control: QWidget = window
        self._hole = QRect()
        self.setAccessibleName("Tour of the window")
        self.card = Card(self)
        self.card.next.clicked.connect(self._on_next)
        self.card.back.clicked.connect(self._on_back)
        self.card.skip.clicked.connect(self.leave)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.leave)
        self._eye = QTimer(self)
        self._eye.setInterval(LOOK_MS)
        self._eye.timeout.connect(self._look)
        self.hide()

    @property
    def is_seen(self) -> bool:
        """Whether it was on show on this machine, in this run or an earlier one."""
        return bool(self._settings.text(SEEN))

    @property
    def hole(self) -> QRect:
        """What the step is about, in the window."""
        return self._hole

    @Slot()
    def start(self) -> None:
        """Begin with the first step."""
        if not self._steps:
            return
        self.leave()
        self._settings.set_text(SEEN, "yes")
        self._before = self._window.saveState(LAYOUT_VERSION)
        self._focus = QApplication.focusWidget()
        self._go_to(0)
        self._eye.start()

    @Slot()
    def leave(self) -> None:
        """End it, and put everything back."""
        before, self._before = self._before, None
        if before is None:
            return
        self._eye.stop()
        self.hide()
        while self._unfolded:
            self._folding.fold(self._unfolded.pop(), True)
        if self._window.saveState(LAYOUT_VERSION) != before:
            self._window.restoreState(before, LAYOUT_VERSION)
        focus, self._focus = self._focus, None
        if focus is not None and focus.isVisible():
            focus.setFocus()

    def focus_control(self) -> bool:
        """Give the focus to what the step is about, or the first part of it that takes one."""
        for widget in (self._control, *self._control.findChildren(QWidget)):
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            if takes and widget.isVisible() and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shade everything but the hole, and draw a ring around that."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), SHADE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(current_theme().accent), RING))
        painter.drawRoundedRect(self._hole.adjusted(-2, -2, 2, 2), 5, 5)

    @Slot()
    def _on_next(self) -> None:
        if self._index + 1 < len(self._steps):
            self._go_to(self._index + 1)
        else:
            self.leave()

    @Slot()
    def _on_back(self) -> None:
        self._go_to(self._index - 1)

    def _go_to(self, index: int) -> None:
        self._index, step, card = index, self._steps[index], self.card
        self._control = self._find(step)
        is_last = index + 1 == len(self._steps)
        card.text.setText(step.text)
        card.place.setText(f"{index + 1} of {len(self._steps)}")
        card.back.setEnabled(index > 0)
        card.next.setText("&Done" if is_last else "&Next")
        card.skip.setVisible(not is_last)
        for button in (card.next, card.back, card.skip):
            button.setAccessibleDescription(step.text)
        self._hole = QRect()
        self._look()
        self.show()
        self.raise_()
        self._take_focus()
        QTimer.singleShot(0, self, self._take_focus)  # once a dock has come back into the window

    @Slot()
    def _take_focus(self) -> None:
        self._window.activateWindow()
        self.card.next.setFocus(Qt.FocusReason.PopupFocusReason)

    def _find(self, step: TourStep) -> QWidget:
        """Bring what a step is about in sight."""
        if step.command:
            action = self._actions[step.command]
            for bar in self._window.findChildren(QToolBar):
                button = bar.widgetForAction(action)
                if button is not None:
                    bar.show()
                    return button
        if step.dock in self._docks:
            dock = self._docks[step.dock]
            dock.setFloating(False)
            if self._folding.is_folded(step.dock):
                self._unfolded.add(step.dock)
                self._folding.fold(step.dock, False)
            bring_in_sight(self._window, dock)
        return self._window.menuBar() if step.control is None else step.control()

    @Slot()
    def _look(self) -> None:
        """Follow the control and the window wherever they have gone."""
        hole = self._place_of(self._control)
        if hole == self._hole and self.size() == self._window.size():
            return
        self._hole = hole
        self.setGeometry(self._window.rect())
        self.card.adjustSize()
        self.card.setGeometry(_beside(hole, self.card.size(), self.rect()))
        cover = QRegion(self.rect()).subtracted(QRegion(hole))
        self.setMask(cover.united(QRegion(self.card.geometry())))
        self.update()

    def _place_of(self, control: QWidget) -> QRect:
        """The part of a control that is in sight, in the window."""
        place = QRect(control.mapTo(self._window, QPoint()), control.size())
        around = control.parentWidget()
        while around is not None and around is not self._window:
            if isinstance(around, QScrollArea):
                sight = around.viewport()
                place &= QRect(sight.mapTo(self._window, QPoint()), sight.size())
            around = around.parentWidget()
        return place & self._window.rect()


def _beside(hole: QRect, size: QSize, room: QRect) -> QRect:
    """Where a card of this size stands: beside the hole, or else in its lower part."""
    room = room.adjusted(GAP, GAP, -GAP, -GAP)
    middle = QPoint(hole.center().x() - size.width() // 2, hole.center().y() - size.height() // 2)
    below_top = max(room.top(), min(hole.top(), room.bottom() - size.height()))
    places = (
        QPoint(hole.right() + GAP, below_top),
        QPoint(hole.left() - GAP - size.width(), below_top),
        QPoint(middle.x(), hole.bottom() + GAP),
        QPoint(middle.x(), hole.top() - GAP - size.height()),
    )
    for place in places:
        card = QRect(place, size)
        card.moveLeft(max(room.left(), min(card.left(), room.right() - size.width())))
        if room.contains(card) and not card.intersects(hole):
            return card
    return QRect(QPoint(middle.x(), hole.bottom() - GAP - size.height()), size)
