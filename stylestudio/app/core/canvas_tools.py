"""Which tools the hand has on the picture: one feature's at a time, whose marks can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from stylestudio.app.widgets.canvas_tool import HandTool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.widgets.canvas_tool import CanvasTool

MARKS_LIMIT = 50


class Surface(Protocol):
    """A widget whose picture is marked."""

    can_pan: bool  # whether its picture can be moved by hand

    def show_tools(self, tools: Sequence[CanvasTool], active: CanvasTool | None) -> None:
        """Draw the marks of tools, and give the mouse to the active one; None takes it away."""


class ToolSet(QObject):
    """The tools that a feature uses together, and the picture that it uses them on.

    The tools stay the feature's own: it reads their marks, and clears them when it likes. The
    first one is active at first; a hand joins them where the picture can be moved. Give the set to
    `CanvasTools.start`; `ended` comes when the user leaves it, or another feature starts its own.
    """

    started = Signal()
    ended = Signal()

    def __init__(
        self, title: str, tools: Sequence[CanvasTool], surface: Surface, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.title = title  # what the tools are for, e.g. "Paint to find"
        self.tools = (*tools, HandTool()) if surface.can_pan else tuple(tools)
        self.surface = surface
        self.active = self.tools[0]


class CanvasTools(QObject):
    """Knows the tool set in use, and takes back its marks one by one.

    Without a set, the hand does what it always does on the canvas.
    """

    changed = Signal()  # the set in use, or its active tool

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.marks = QUndoStack(self)  # of the set in use
        self.marks.setUndoLimit(MARKS_LIMIT)
        self.current: ToolSet | None = None

    def start(self, tools: ToolSet) -> None:
        """Put a set to use, instead of any other."""
        if self.current is tools:
            return
        self.stop()
        self.current = tools
        for tool in tools.tools:
            tool.marked.connect(self._on_marked)
        self._show()
        tools.started.emit()

    @Slot()
    def stop(self, only: ToolSet | None = None) -> None:
        """Leave the set in use, or only this one where it is; its marks are no longer drawn."""
        tools = self.current
        if tools is None or only not in (None, tools):
            return
        self.current = None
        for tool in tools.tools:
            tool.marked.disconnect(self._on_marked)
        self.marks.clear()
        tools.surface.show_tools((), None)
        self.changed.emit()
        tools.ended.emit()

    def choose(self, tool: CanvasTool) -> None:
        """Make a tool of the set in use the active one."""
        if self.current is not None and tool in self.current.tools:
            self.current.active = tool
            self._show()

    @Slot()
    def clear(self) -> None:
        """Remove the marks of the active tool, which can be undone."""
        tool = self.current.active if self.current else None
        if tool is not None and tool.marks != tool.nothing:
            self.marks.push(_Mark(tool, "clear", tool.marks, tool.nothing))

    def _show(self) -> None:
        assert self.current is not None
        self.current.surface.show_tools(self.current.tools, self.current.active)
        self.changed.emit()

    @Slot(str, object, object)
    def _on_marked(self, what: str, before: object, after: object) -> None:
        tool = self.sender()
        self.marks.push(_Mark(tool, what, before, after))  # type: ignore[arg-type]


class _Mark(QUndoCommand):
    """Goes from the marks of a tool before to those after."""

    def __init__(self, tool: CanvasTool, what: str, before: object, after: object) -> None:
        super().__init__(what)
        self._tool, self._before, self._after = tool, before, after

    def redo(self) -> None:
        """Put it there; nothing to do the first time."""
        self._tool.set_marks(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._tool.set_marks(self._before)
