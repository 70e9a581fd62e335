"""Units as a grid of small pictures with ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from stylestudio.app.core.images import to_qimage
from stylestudio.app.features.dissect.maps import SIDE
from stylestudio.app.widgets.context_menu import Choice, offer_items

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from stylestudio.app.features.dissect.maps import UnitPictures

UNIT = Qt.ItemDataRole.UserRole
CELL = QSize(SIDE + 22, SIDE + 26)


class UnitGrid(QListWidget):
    """The units of a step; a click or the space bar ticks one."""

    ticked = Signal()  # the ticks have changed by hand

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Units")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(CELL)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMinimumHeight(2 * CELL.height() + 2 * self.frameWidth())
        self.itemChanged.connect(lambda _item: self.ticked.emit())
        self.itemDoubleClicked.connect(self._toggle)
        offer_items(self, self._choices)

    def set_units(self, scores: Mapping[int, float | None], chosen: Collection[int]) -> None:
        """Show units with their scores, None for one that has none; pictures follow."""
        with QSignalBlocker(self):
            self.clear()
            for unit, score in scores.items():
                item = QListWidgetItem(str(unit), self)
                item.setData(UNIT, unit)
                item.setSizeHint(CELL)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(_state(unit in chosen))
                about = "" if score is None else f", score {score:.2f}"
                item.setToolTip(f"Unit {unit}{about}\nTick it to include it")

    def set_pictures(self, pictures: UnitPictures) -> None:
        """Show the maps of the units that are there."""
        images = dict(zip(pictures.units, pictures.pictures, strict=True))
        with QSignalBlocker(self):
            for row in range(self.count()):
                item = self.item(row)
                if item.data(UNIT) in images:
                    image = to_qimage(images[item.data(UNIT)])
                    item.setIcon(QIcon(QPixmap.fromImage(image)))

    def units(self) -> tuple[int, ...]:
        """All that are shown."""
        return tuple(self.item(row).data(UNIT) for row in range(self.count()))

    def chosen(self) -> tuple[int, ...]:
        """Those that are ticked, in their order."""
        items = [self.item(row) for row in range(self.count())]
        return tuple(
            item.data(UNIT) for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def tick(self, on: bool) -> None:
        """Tick all, or none."""
        with QSignalBlocker(self):
            for row in range(self.count()):
                self.item(row).setCheckState(_state(on))
        self.ticked.emit()

    def _choices(self, item: QListWidgetItem) -> tuple[Choice, ...]:
        is_ticked = item.checkState() == Qt.CheckState.Checked
        return (
            Choice("Use this unit", lambda: self._toggle(item), is_ticked),
            Choice("Use this unit alone", lambda: self._tick_alone(item)),
        )

    def _tick_alone(self, item: QListWidgetItem) -> None:
        with QSignalBlocker(self):
            for row in range(self.count()):
                self.item(row).setCheckState(_state(self.item(row) is item))
        self.ticked.emit()

    def _toggle(self, item: QListWidgetItem) -> None:
        item.setCheckState(_state(item.checkState() != Qt.CheckState.Checked))


def _state(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
