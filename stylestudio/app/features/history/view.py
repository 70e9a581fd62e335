"""The steps as pictures: a tree where there is room, a film strip where it is low."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QApplication

from stylestudio.app.features.history.layout import Cells, Links, as_path, as_tree, in_rows
from stylestudio.app.features.history.model import NOWHERE, StepModel
from stylestudio.app.features.history.painting import CELL, Look, StepPainter
from stylestudio.app.widgets.keys import DELETE_KEYS, keys_named
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe.history import TOP

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from stylestudio.app.core.history import DocumentHistory
    from stylestudio.app.features.history.model import AnyIndex

MARGIN = 4
NOTHING = (
    "Every change of the picture is kept here; click one to go back to it. Change something first."
)
NO_MATCH = "No step matches. Change the filter on the left."
Move = QAbstractItemView.CursorAction
Flag = QItemSelectionModel.SelectionFlag
Key = Qt.Key


class StepView(QAbstractItemView):
    """Paints what is in sight and nothing else, however many steps there are."""

    taken = Signal(int)  # a step to be shown
    favoured = Signal(int)  # to be made a favourite, or no longer
    naming = Signal(int)
    removing = Signal(int)

    def __init__(self, history: DocumentHistory) -> None:
        super().__init__()
        self._history = history
        self.steps = StepModel(history, self)
        self._cells: Cells | None = None  # None until they are asked for
        self._at: dict[tuple[int, int], int] = {}
        self._links: Links | None = None
        self._columns = self._rows = 0
        self._now: int | None = None  # the step on show that was followed last
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self.setAccessibleName("History")
        tip = "Every step; click one to go to it, Ctrl+click another to compare both"
        self.setToolTip(keys_named(tip))
        self.setModel(self.steps)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(CELL.height() + 2 * MARGIN + 14)
        self.clicked.connect(self._on_clicked)
        history.changed.connect(self._on_change)

    # --- where things lie ----------------------------------------------------------------

    @property
    def is_strip(self) -> bool:
        """Whether there is room for one row alone, so that one path is shown."""
        return self.viewport().height() < 2 * CELL.height()

    @property
    def cells(self) -> Cells:
        """Column and row of each step that is shown."""
        if self._cells is None:
            self._cells = self._laid_out()
            self._at = {cell: id for id, cell in self._cells.items()}
            self._columns = max((column for column, _ in self._cells.values()), default=-1) + 1
            self._rows = max((row for _, row in self._cells.values()), default=-1) + 1
            tree, is_flat = self._history.tree, self.steps.filter.is_set
            self._links = None if tree is None or is_flat else Links(tree, self._cells)
            nothing = NO_MATCH if self.steps.filter.is_set else NOTHING
            self.setAccessibleDescription("" if self._cells else nothing)
        return self._cells

    def _laid_out(self) -> Cells:
        tree, ids = self._history.tree, self.steps.ids
        if tree is None or not ids:
            return {}
        if self.steps.filter.is_set:
            room = self.viewport().width() - 2 * MARGIN
            return in_rows(ids, len(ids) if self.is_strip else room // CELL.width())
        if self.is_strip:
            here = self.focused
            return as_path(tree, ids[-1] if here is None else here, self._history.undo_path)
        return as_tree(tree)

    @property
    def focused(self) -> int | None:
        """The step that keys act on: the one with the focus, else the one on show."""
        id = self.steps.id_at(self.currentIndex())
        tree = self._history.tree
        if id is None and tree is not None and tree.current != TOP:
            return tree.current
        return id

    @property
    def chosen(self) -> list[int]:
        """The steps that are selected, the earliest first."""
        return sorted(self.steps.ids[index.row()] for index in self.selectedIndexes())

    def focus_on(self, id: int) -> None:
        """Bring a step in sight, and let keys act on it; it alone is chosen then."""
        index = self.steps.index_of(id)
        self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)
        if index.isValid():
            self.scrollTo(index)

    def cell_rect(self, id: int) -> QRect:
        """Where a step is on the viewport; nowhere where it isn't shown."""
        cell = self.cells.get(id)
        if cell is None:
            return QRect()
        x = MARGIN + cell[0] * CELL.width() - self.horizontalOffset()
        y = MARGIN + cell[1] * CELL.height() - self.verticalOffset()
        return QRect(QPoint(x, y), CELL)

    def visualRect(self, index: AnyIndex) -> QRect:
        """Where a step is on the viewport."""
        id = self.steps.id_at(index)
        return QRect() if id is None else self.cell_rect(id)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The step there."""
        column, row = self._cell_at(point)
        id = self._at.get((column, row)) if self.cells else None
        return NOWHERE if id is None else self.steps.index_of(id)

    def _cell_at(self, point: QPoint) -> tuple[int, int]:
        x = point.x() - MARGIN + self.horizontalOffset()
        y = point.y() - MARGIN + self.verticalOffset()
        return x // CELL.width(), y // CELL.height()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        """Whether it lies beside the path that is shown."""
        return self.steps.id_at(index) not in self.cells

    def horizontalOffset(self) -> int:
        """Pixels that are scrolled away."""
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        """Pixels that are scrolled away."""
        return self.verticalScrollBar().value()

    def scrollTo(
        self,
        index: AnyIndex,
        _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a step in sight, with what is beside it."""
        self._lay_out()
        rect, view = self.visualRect(index), self.viewport().rect()
        if rect.isNull():
            return
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        beside = min(CELL.width(), max(0, (view.width() - CELL.width()) // 2))
        if rect.left() - beside < 0:
            across.setValue(across.value() + rect.left() - beside)
        elif rect.right() + beside > view.right():
            across.setValue(across.value() + rect.right() + beside - view.right())
        if rect.top() < 0:
            down.setValue(down.value() + rect.top() - MARGIN)
        elif rect.bottom() > view.bottom():
            down.setValue(down.value() + rect.bottom() + MARGIN - view.bottom())

    def updateGeometries(self) -> None:
        """Let the bars scroll over everything."""
        super().updateGeometries()
        self._lay_out()

    def _lay_out(self) -> None:
        assert self.cells is not None
        view = self.viewport()
        bars = (
            (self.horizontalScrollBar(), self._columns * CELL.width(), view.width(), CELL.width()),
            (self.verticalScrollBar(), self._rows * CELL.height(), view.height(), CELL.height()),
        )
        for bar, content, room, step in bars:
            bar.setRange(0, max(0, content + 2 * MARGIN - room))
            bar.setPageStep(room)
            bar.setSingleStep(step)

    def _forget_cells(self) -> None:
        self._cells = None
        self._lay_out()
        self.viewport().update()

    # --- what changes --------------------------------------------------------------------

    @Slot()
    def _on_change(self) -> None:
        """Follow the step on show; the model has followed before."""
        tree = self._history.tree
        now = TOP if tree is None else tree.current
        self._forget_cells()
        if now != self._now:
            self._now = now
            self.focus_on(now)

    def reset(self) -> None:
        """Lay out what the model has now; the focus goes back to the step on show."""
        super().reset()
        self._now = None
        self._forget_cells()

    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        """Make room."""
        super().rowsInserted(parent, start, end)
        self._forget_cells()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be a tree where there is room for one."""
        self._cells = None
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Show the path of the step with the focus, where one path is shown."""
        id = self.steps.id_at(current)
        if self.is_strip and id is not None and id not in self.cells:
            self._forget_cells()
        super().currentChanged(current, previous)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self.viewport())
        view = self.viewport().rect()
        if not self.cells:
            painter.setPen(QColor(current_theme().muted))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(
                view.adjusted(8, 8, -8, -8), int(wrapped), self.accessibleDescription()
            )
            return
        left, top = self._cell_at(view.topLeft())
        right, bottom = self._cell_at(view.bottomRight())
        on_path, brush = {*self._history.undo_path}, StepPainter(painter, self._history)
        if self._links is not None:
            columns = range(max(left, 1), right + 2)
            for parent, child in self._links.within(columns, top, bottom):
                brush.join(self.cell_rect(parent), self.cell_rect(child), on_path=False)
            for parent, child in self._links.among(on_path):
                here, there = self.cell_rect(parent), self.cell_rect(child)
                if here.united(there).intersects(view):
                    brush.join(here, there, on_path=True)
        chosen, focus = set(self.chosen), self.steps.id_at(self.currentIndex())
        for column in range(max(left, 0), right + 1):
            for row in range(max(top, 0), bottom + 1):
                if (id := self._at.get((column, row))) is not None:
                    look = Look(
                        on_path=id in on_path,
                        is_chosen=id in chosen and len(chosen) > 1,
                        has_focus=id == focus and self.hasFocus(),
                        counts_branches=self.is_strip,
                    )
                    brush.step(self.cell_rect(id), id, look)

    # --- keys and the mouse --------------------------------------------------------------

    def moveCursor(self, action: Move, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Left and right along the path, up and down among what came out of the same step."""
        tree, id = self._history.tree, self.focused
        if tree is None or id is None or id not in tree.nodes:
            return NOWHERE if not self.steps.ids else self.steps.index(0)
        if self.steps.filter.is_set or id not in self.cells:
            return self.steps.index_of(self._beside(id, action))
        return self.steps.index_of(self._along(id, action))

    def _along(self, id: int, action: Move) -> int:
        tree = self._history.tree
        assert tree is not None
        path = as_path(tree, id, self._history.undo_path)
        steps = [*path]
        place = steps.index(id)
        if action in (Move.MoveLeft, Move.MovePrevious):
            return steps[max(0, place - 1)]
        if action in (Move.MoveRight, Move.MoveNext):
            return steps[min(len(steps) - 1, place + 1)]
        if action == Move.MoveHome:
            return steps[0]
        if action == Move.MoveEnd:
            return steps[-1]
        siblings = tree.children(tree.nodes[id].parent)
        by = -1 if action in (Move.MoveUp, Move.MovePageUp) else 1
        other = siblings.index(id) + by
        if 0 <= other < len(siblings):
            return siblings[other]
        return self._beside(id, action)

    def _beside(self, id: int, action: Move) -> int:
        """The step that stands there, or nearest to it."""
        ids = [*self.cells]
        if not ids or id not in self.cells:
            return ids[0] if ids else id
        column, row = self.cells[id]
        if action == Move.MoveHome:
            return ids[0]
        if action == Move.MoveEnd:
            return ids[-1]
        if action in (Move.MoveLeft, Move.MovePrevious, Move.MoveRight, Move.MoveNext):
            by = -1 if action in (Move.MoveLeft, Move.MovePrevious) else 1
            return (
                self._at.get((column + by, row))
                or ids[min(max(ids.index(id) + by, 0), len(ids) - 1)]
            )
        by = -1 if action in (Move.MoveUp, Move.MovePageUp) else 1
        row += by
        while 0 <= row < self._rows:
            there = [c for c in range(self._columns) if (c, row) in self._at]
            if there:
                return self._at[min(there, key=lambda c: abs(c - column)), row]
            row += by
        return id

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return shows a step, F makes it a favourite, F2 names it, Delete removes its branch."""
        id = self.focused
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        signals = {
            Key.Key_Return: self.taken,
            Key.Key_Enter: self.taken,
            Key.Key_F: self.favoured,
            Key.Key_F2: self.naming,
            **dict.fromkeys(DELETE_KEYS, self.removing),
        }
        signal = signals.get(Key(event.key()))
        if signal is not None and not held and id is not None:
            signal.emit(id)
        else:
            super().keyPressEvent(event)

    def setSelection(self, rect: QRect, command: Flag) -> None:
        """Choose what lies in a rectangle."""
        area = rect.normalized()
        first, last = self._cell_at(area.topLeft()), self._cell_at(area.bottomRight())
        found = QItemSelection()
        for (column, row), id in self._at.items():
            if first[0] <= column <= last[0] and first[1] <= row <= last[1]:
                index = self.steps.index_of(id)
                found.select(index, index)
        self.selectionModel().select(found, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Where what is chosen lies."""
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Note whether the click only chooses."""
        self._modifiers = event.modifiers()
        super().mouseReleaseEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll along where there is nothing below."""
        if self.verticalScrollBar().maximum():
            super().wheelEvent(event)
        else:
            QApplication.sendEvent(self.horizontalScrollBar(), event)

    @Slot("QModelIndex")
    def _on_clicked(self, index: QModelIndex) -> None:
        """Go there, unless a key is held to choose several."""
        id = self.steps.id_at(index)
        if id is not None and self._modifiers == Qt.KeyboardModifier.NoModifier:
            self.taken.emit(id)
