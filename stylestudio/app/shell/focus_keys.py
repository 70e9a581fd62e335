"""Keys that the control with the focus takes before the command that has them."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QTabBar,
    QWidget,
)

from stylestudio.app.widgets.keys import OWN_KEYS

CHOOSERS = (QAbstractItemView, QComboBox, QTabBar)
RANGES = (*CHOOSERS, QAbstractSlider, QAbstractSpinBox)
TAKEN_BY: dict[Qt.Key, tuple[type[QWidget], ...]] = {
    Qt.Key.Key_Space: (*CHOOSERS, QAbstractButton),
    Qt.Key.Key_Home: RANGES,
    Qt.Key.Key_End: RANGES,
    Qt.Key.Key_PageUp: RANGES,
    Qt.Key.Key_PageDown: RANGES,
}
ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class FocusKeys(QObject):
    """Lets Space press the button with the focus, End move the slider with it, and so on.

    Fields for text see to that themselves, as Qt has it, except for AltGr. Widgets of ours name
    keys of their own by the property OWN_KEYS.

    Panels and tool bars may float. Keys pressed in one that does never reach the window, though
    Qt still looks for the window's commands.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusWindowChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key, before commands are looked for, that its control has not claimed."""
        if event.type() == QEvent.Type.KeyPress:
            return self._pass_on_esc(watched, event)
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        assert isinstance(event, QKeyEvent)
        widget = QApplication.focusWidget()
        if widget is None or not (_is_of(widget, event) or _is_typed(widget, event)):
            return False
        event.accept()
        return True

    @Slot()
    def _follow(self) -> None:
        """Look at the keys of what floats, too, from when it has them first."""
        active = QApplication.activeWindow()
        if active is None or active.parent() is not self.parent():
            return
        if active.windowType() == Qt.WindowType.Tool:  # dialogs see to their keys themselves
            active.installEventFilter(self)

    def _pass_on_esc(self, watched: QObject, event: QEvent) -> bool:
        """Give the window an Esc that nothing took in what floats; return whether it was one."""
        assert isinstance(watched, QWidget)
        assert isinstance(event, QKeyEvent)
        window = self.parent()
        floats = watched is not window and watched.isWindow()
        if window is None or not floats or event.key() != Qt.Key.Key_Escape:
            return False
        QApplication.sendEvent(window, event)
        return True


def _is_of(widget: QWidget, event: QKeyEvent) -> bool:
    """Whether a key moves or presses the control."""
    key = Qt.Key(event.key())
    own = widget.property(OWN_KEYS) or ()
    return event.modifiers() in BARE and (isinstance(widget, TAKEN_BY.get(key, ())) or key in own)


def _is_typed(widget: QWidget, event: QKeyEvent) -> bool:
    """Whether AltGr types a character into a field: Windows reports AltGr as Ctrl and Alt.

    Where those two are held for a command, they type nothing printable, except on Macs, which have
    no AltGr.
    """
    return (
        sys.platform != "darwin"
        and event.modifiers() & ALT_GR == ALT_GR
        and event.text().isprintable()
        and event.text() != ""
        and widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    )
