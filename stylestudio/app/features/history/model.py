"""The steps of the history as rows of a list, the earliest first, through a filter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Slot

from stylestudio.app.core.history import label

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from stylestudio.app.core.history import DocumentHistory
    from stylestudio.recipe.history import Node

Role = Qt.ItemDataRole
AnyIndex = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class StepFilter(NamedTuple):
    """Which steps are shown."""

    text: str = ""  # in what was done, or in the name
    favourites: bool = False
    named: bool = False
    model: str = ""  # SHA-256 of the one whose steps are shown, "" for any

    @property
    def is_set(self) -> bool:
        """Whether it may leave steps out."""
        return self != StepFilter()

    def takes(self, node: Node) -> bool:
        """Whether a step is shown."""
        return (
            (not self.favourites or node.is_favourite)
            and (not self.named or bool(node.name))
            and (not self.model or node.model == self.model)
            and (not self.text or self.text.casefold() in f"{node.name}\n{node.text}".casefold())
        )


class StepModel(QAbstractListModel):
    """Rows of ids; texts are made when they are asked for."""

    def __init__(self, history: DocumentHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history
        self._filter = StepFilter()
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        history.changed.connect(self._on_change)
        history.picture_changed.connect(self._on_picture)

    @property
    def ids(self) -> list[int]:
        """The steps, row by row."""
        return self._ids

    @property
    def filter(self) -> StepFilter:
        """Which steps are shown."""
        return self._filter

    def set_filter(self, chosen: StepFilter) -> None:
        """Show others."""
        if chosen != self._filter:
            self.beginResetModel()
            self._filter = chosen
            self._set(self._wanted())
            self.endResetModel()

    def index_of(self, id: int) -> QModelIndex:
        """Where a step is; nowhere where the filter leaves it out."""
        row = self._rows.get(id)
        return NOWHERE if row is None else self.index(row)

    def id_at(self, index: AnyIndex) -> int | None:
        """The step that is there."""
        return self._ids[index.row()] if index.isValid() else None

    def rowCount(self, parent: AnyIndex = NOWHERE) -> int:
        """As many as the filter takes."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> Any:
        """What a step is called, and all about it for tool tips and screen readers."""
        tree, id = self._history.tree, self.id_at(index)
        node = None if tree is None or id is None else tree.nodes.get(id)
        if node is None:
            return None
        if role == Role.DisplayRole:
            return label(node)
        if role == Role.AccessibleTextRole:
            return ", ".join(self._about(node))
        if role == Role.ToolTipRole:
            return "\n".join(self._about(node))
        return None

    def _about(self, node: Node) -> list[str]:
        tree = self._history.tree
        assert tree is not None
        branches = len(tree.children(node.id))
        return [
            *([node.name] if node.name else []),
            node.text,
            *(["on show"] if node.id == tree.current else []),
            *(["favourite"] if node.is_favourite else []),
            *([f"{branches} branches"] if branches > 1 else []),
            _time(node.time),
        ]

    @Slot()
    def _on_change(self) -> None:
        wanted, count = self._wanted(), len(self._ids)
        if wanted == self._ids:
            if wanted:
                self.dataChanged.emit(self.index(0), self.index(count - 1))
        elif wanted[:count] == self._ids:
            self.beginInsertRows(NOWHERE, count, len(wanted) - 1)
            self._set(wanted)
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._set(wanted)
            self.endResetModel()

    @Slot(int)
    def _on_picture(self, id: int) -> None:
        index = self.index_of(id)
        if index.isValid():
            self.dataChanged.emit(index, index, [Role.DecorationRole])

    def _wanted(self) -> list[int]:
        tree = self._history.tree
        if tree is None:
            return []
        nodes = tree.nodes.values()
        return sorted(node.id for node in nodes if self._filter.takes(node))

    def _set(self, ids: list[int]) -> None:
        self._ids = ids
        self._rows = {id: row for row, id in enumerate(ids)}


def _time(seconds: float) -> str:
    """A moment as people write it; "" for one that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(seconds):%d %B %Y, %H:%M}"
    except (OverflowError, OSError, ValueError):
        return ""
