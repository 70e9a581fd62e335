"""The bar below the picture: which tool is in the hand, and how it works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.keys import keys_named
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from stylestudio.app.core.canvas_tools import CanvasTools, ToolSet

OPTIONS_WIDTH = 260


class OptionsBar(QFrame):
    """Shows the tools of the feature that has the picture, and the options of the active one.

    It is there only while a feature has tools on a picture, and lies over the lower edge of the
    widget it is given, which keeps its size: a picture that is fitted leaves it the room.
    """

    def __init__(self, canvas_tools: CanvasTools, over: QWidget) -> None:
        super().__init__(over)
        over.installEventFilter(self)
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # it is no place to paint on
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas_tools = canvas_tools
        self._shown: ToolSet | None = None
        self.title = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.buttons: dict[str, QToolButton] = {}  # by the title of the tool
        self.options: QWidget | None = None  # of the active tool
        self.clear = QToolButton()
        self.clear.setText("Clear")
        clears = "Remove the marks of this tool; Ctrl+Z brings them back"
        self.clear.setToolTip(keys_named(clears))
        self.clear.clicked.connect(canvas_tools.clear)
        self.done = QToolButton()
        self.done.setText("Done")
        self.done.setToolTip("Leave the tool (Esc)")
        self.done.clicked.connect(lambda: canvas_tools.stop())
        for button in (self.clear, self.done):
            button.setProperty("framed", True)
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 2, 6, 2)
        self._row.addWidget(self.title, 1)
        self._row.addWidget(self.clear)
        self._row.addWidget(self.done)
        canvas_tools.changed.connect(self._refresh)
        self.hide()

    @Slot()
    def _refresh(self) -> None:
        tools = self._canvas_tools.current
        if tools is not self._shown:
            self._show_set(tools)
        if tools is None:
            return
        self._drop_options()
        active = tools.active
        self.buttons[active.title].setChecked(True)
        self.title.set_tip(keys_named(active.tip))
        self.clear.setVisible(not active.pans)
        self.options = active.options()
        if self.options is not None:
            self.options.setMaximumWidth(OPTIONS_WIDTH)
            self._row.insertWidget(self._row.indexOf(self.clear), self.options, 2)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge while the picture's place changes its size."""
        # By Qt, as attributes may be gone while a closed window is taken apart.
        if watched is self.parentWidget() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over = self.parentWidget()
        assert over is not None
        height = self.sizeHint().height()
        self.setGeometry(0, over.height() - height, over.width(), height)

    def _show_set(self, tools: ToolSet | None) -> None:
        self._shown = tools
        self._drop_options()
        for button in self.buttons.values():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = {}
        self.setVisible(tools is not None)
        if tools is None:
            return
        self.title.setText(tools.title)
        for tool in tools.tools:
            button = QToolButton()
            button.setIcon(icon(tool.icon))
            button.setIconSize(QSize(16, 16))
            button.setCheckable(True)
            button.setAccessibleName(tool.title)
            tip = keys_named(tool.tip)
            button.setToolTip(f"{tool.title}: {tip[0].lower()}{tip[1:]}")
            button.clicked.connect(partial(self._canvas_tools.choose, tool))
            self._group.addButton(button)
            self._row.insertWidget(1 + len(self.buttons), button)
            button.setVisible(len(tools.tools) > 1)  # in the bar, or it would be a window
            self.buttons[tool.title] = button

    def _drop_options(self) -> None:
        if self.options is not None:
            self._row.removeWidget(self.options)
            self.options.deleteLater()
            self.options = None
