"""Whether everything that is read in a window has the room that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QRect

READ = (QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QTabBar)


def cut_texts(window: QWidget) -> list[str]:
    """Say which visible labels, buttons, fields and tabs of a window are narrower than their text.

    Labels that end in "…" by design are left out: their tip says the rest.
    """
    return [said for widget in _read(window) for said in _problems(widget)]


def _read(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if isinstance(widget, READ) and not isinstance(widget, ElidedLabel):
            inner = isinstance(widget, QToolButton) and isinstance(widget.parent(), QTabBar)
            picture = isinstance(widget, QLabel) and not widget.text()
            if widget.isVisible() and not (inner or picture):
                yield widget


def _problems(widget: QWidget) -> Iterator[str]:
    room = widget.size()
    if isinstance(widget, QTabBar):
        for index in range(widget.count()):
            needed = widget.fontMetrics().horizontalAdvance(widget.tabText(index))
            if widget.tabRect(index).width() < needed:
                yield _said(widget, widget.tabText(index), needed, widget.tabRect(index).width())
        return
    if isinstance(widget, QComboBox):
        text, given = widget.currentText(), _field(widget).width()
        needed = widget.fontMetrics().horizontalAdvance(text)
    elif isinstance(widget, QAbstractSpinBox):
        line = widget.findChild(QLineEdit)
        assert line is not None
        text, given = line.text(), line.contentsRect().width()
        needed = line.fontMetrics().horizontalAdvance(text)
    elif isinstance(widget, QLabel):
        text, given, needed = widget.text(), room.width(), widget.minimumSizeHint().width()
        if widget.wordWrap():
            needed_height = widget.heightForWidth(room.width())
            if needed_height > room.height():
                yield _said(widget, text, needed_height, room.height(), "high")
    else:
        assert isinstance(widget, QAbstractButton)
        text, given, size = widget.text(), room.width(), widget.sizeHint()
        if not text and not widget.icon().isNull():
            size = widget.iconSize()
        elif len(text) < 2:  # a letter, or a face that is painted by hand
            size = QSize()
        needed = size.width()
        if size.height() > room.height():
            yield _said(widget, text, size.height(), room.height(), "high")
    if needed > given:
        yield _said(widget, text, needed, given)
    parent = widget.parentWidget()
    if parent is not None and not _lies_in(widget, parent):
        yield f"{_name(widget, text)} lies outside of {_name(parent, '')}"


def _lies_in(widget: QWidget, parent: QWidget) -> bool:
    area = parent.rect()
    return area.contains(widget.geometry())


def _field(box: QComboBox) -> QRect:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box)


def _said(widget: QWidget, text: str, needed: int, given: int, way: str = "wide") -> str:
    return f"{_name(widget, text)} is {given} px {way} and needs {needed}"


def _name(widget: QWidget, text: str) -> str:
    return f"{type(widget).__name__} “{text or widget.accessibleName() or widget.objectName()}”"
