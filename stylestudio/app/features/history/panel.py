"""The history: every settled change, with its branches; a click goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from stylestudio.app.features.history.filter_bar import FilterBar
from stylestudio.app.features.history.view import StepView
from stylestudio.app.widgets.keys import keys_named

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.history import DocumentHistory

ON_SHOW = "The step on show is part of this branch; go to another one first."


class HistoryPanel(QWidget):
    """The view and what is filtered; what is asked for is told."""

    compared = Signal()  # the two that are chosen
    crossed = Signal()
    named = Signal(int)
    copied = Signal(int)
    removed = Signal(int)
    brought_back = Signal()

    def __init__(self, document: Document, history: DocumentHistory) -> None:
        super().__init__()
        self._history = history
        self.can_bring_back = False
        self.filter = FilterBar(document)
        self.view = StepView(history)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 6)
        row.setSpacing(6)
        row.addWidget(self.filter)
        row.addWidget(self.view, 1)
        self.filter.changed.connect(self.view.steps.set_filter)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.taken.connect(history.go_to)
        self.view.favoured.connect(self.favour)
        self.view.naming.connect(self.named)
        self.view.removing.connect(self.removed)

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(480, self.view.minimumHeight() + 8)

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two steps that are chosen, or the chosen one and that on show; None without two."""
        tree, chosen = self._history.tree, self.view.chosen
        if len(chosen) == 2:
            return chosen[0], chosen[1]
        here = self.view.focused
        if tree is None or here is None or len(chosen) > 2 or here not in tree.nodes:
            return None
        there = tree.current
        return (there, here) if there in tree.nodes and there != here else None

    @Slot(int)
    def favour(self, id: int) -> None:
        """Make a step a favourite, or no longer."""
        tree = self._history.tree
        if tree is not None and id in tree.nodes:
            self._history.mark(id, is_favourite=not tree.nodes[id].is_favourite)

    def menu_of(self, id: int) -> QMenu:
        """What can be done with a step."""
        tree = self._history.tree
        assert tree is not None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        pair = self.pair
        menu.addAction("&Show this step", lambda: self.view.taken.emit(id))
        menu.addSeparator()
        star = menu.addAction("&Favourite", lambda: self.favour(id))
        star.setCheckable(True)
        star.setChecked(tree.nodes[id].is_favourite)
        menu.addAction("&Name…", lambda: self.named.emit(id))
        menu.addAction("Copy &recipe", lambda: self.copied.emit(id))
        menu.addSeparator()
        both = "the two chosen" if len(self.view.chosen) == 2 else "the step on show"
        two = (
            menu.addAction(f"&Compare with {both}…", self.compared.emit),
            menu.addAction(f"C&hildren with {both}…", self.crossed.emit),
        )
        if len(self.view.chosen) == 2:
            two[0].setText("&Compare these two…")
            two[1].setText("C&hildren of these two…")
        for action in two:
            if pair is None:
                _grey(action, keys_named("Choose another step, or two by Ctrl and click."))
        menu.addSeparator()
        remove = menu.addAction("Re&move this branch", lambda: self.removed.emit(id))
        if tree.current in tree.branch(id):
            _grey(remove, ON_SHOW)
        back = menu.addAction("Bring &back the removed branch", self.brought_back.emit)
        if not self.can_bring_back:
            _grey(back, "No branch has been removed.")
        return menu

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        """The menu of the step there; by the keyboard, of the one with the focus."""
        index = self.view.indexAt(place)
        id = self.view.steps.id_at(index)
        if id is None:
            return
        if id not in self.view.chosen:
            self.view.focus_on(id)
        self.menu_of(id).popup(self.view.viewport().mapToGlobal(place))


def _grey(action: QAction, reason: str) -> None:
    action.setEnabled(False)
    action.setToolTip(reason)
