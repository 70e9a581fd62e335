"""Nine neighbours of the picture, along directions or towards seeds; a click goes there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.edits.ways import FARTHEST, GROUPS, Along, mixed_ways, seed_ways
from stylestudio.app.widgets.context_menu import Choice, offer_items
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe.edit_lists import edits_of, muted_names

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.edits.library import DirectionLibrary
    from stylestudio.app.features.edits.rows import EditRows
    from stylestudio.app.features.edits.ways import Way
    from stylestudio.recipe import Recipe

SETTLE_MS = 450
PICTURE = 64
CELL = QSize(PICTURE + 18, PICTURE + 24)
COUNT = 9
TIP = "Click to go there, Shift-click to go halfway"
USUAL = 1.5  # sigmas


class VariationsPanel(QWidget):
    """Follows the picture once the hand rests. Where directions are found, the strongest begin."""

    def __init__(
        self,
        document: Document,
        library: DirectionLibrary,
        rows: EditRows,
        thumbnails: Thumbnails,
    ) -> None:
        super().__init__()
        self._document = document
        self._library = library
        self._rows = rows
        self._thumbnails = thumbnails
        self._is_behind = True  # what is shown may not be what the document has
        self._ways: list[Way] = []
        self._stale = True  # others are to be drawn
        self._wanted: list[tuple[int, ModelRecipe]] = []  # pictures that have not been asked for
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._refresh)
        document.model_changed.connect(self._on_model)
        document.recipe_changed.connect(self._on_change)
        library.changed.connect(self._on_library)
        rows.locks_changed.connect(self._on_locks)
        thumbnails.ready.connect(self._on_thumbnail)
        self.list.taken.connect(self._on_taken)
        self.distance.edited.connect(self._on_change)
        self.others.clicked.connect(self._on_others)
        self.kind.currentIndexChanged.connect(self._on_kind)

    def _build(self) -> None:
        self.distance = ValueRow(
            "Distance",
            (0.1, FARTHEST),
            USUAL,
            tip="How far away they are, in sigmas; 3 is the full distance",
        )
        self.kind = QComboBox()
        self.kind.addItems(["Directions", "Style mixing", "Seeds"])
        self.kind.setAccessibleName("Kind of variations")
        self.kind.setToolTip("The kind of neighbours to show")
        self.distance.label.hide()  # its row has to fit beside a small picture
        self.others = QPushButton(icon("dice"), "Others")
        self.others.setToolTip("Show different neighbours")
        self.list = _Sheet()
        self.list.setAccessibleName("Variations")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setWrapping(False)
        self.list.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setIconSize(QSize(PICTURE, PICTURE))
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(PICTURE + 36)
        head = QHBoxLayout()
        head.addWidget(self.kind)
        head.addWidget(self.distance, 1)
        head.addWidget(self.others)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 6)
        column.addLayout(head)
        column.addWidget(self.list)
        column.addStretch(1)

    def sizeHint(self) -> QSize:
        """As tall as the timeline, whose place it shares; else that would begin with less."""
        return QSize(380, 198)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Catch up with what was not followed while nobody looked."""
        super().paintEvent(event)
        if self._is_behind:
            self._is_behind = False
            QTimer.singleShot(0, self._refresh)

    def is_full(self) -> bool:
        """Whether all neighbours have their pictures."""
        return bool(self._ways) and not self._wanted

    @Slot()
    def _on_model(self) -> None:
        self._ways, self._wanted, self._stale = [], [], True
        self.list.clear()

    @Slot()
    def _on_change(self) -> None:
        self._timer.start()

    @Slot()
    def _on_library(self) -> None:
        self._stale = True
        self._timer.start()

    @Slot()
    def _on_locks(self) -> None:
        if self.kind.currentIndex() == 0:
            self._stale = True
            self._refresh()  # at once, so no click moves what is locked

    @Slot()
    def _on_kind(self) -> None:
        self._stale = True
        self._refresh()

    @Slot()
    def _on_others(self) -> None:
        directions = self._library.directions
        if self.kind.currentIndex():
            self._draw([])
        elif directions is not None:
            self._draw(random.sample(directions.names, len(directions)))
        self._refresh()

    def _draw(self, names: list[str]) -> None:
        """Take other ways: if along directions, the first of these that are not locked."""
        self._stale = False
        if kind := self.kind.currentIndex():
            current = self._document.current
            assert current is not None
            groups = sorted({layer.group for layer in current.model.layers}, key=GROUPS.index)
            self._ways = mixed_ways(COUNT, groups) if kind == 1 else seed_ways(COUNT)
            return
        directions = self._library.directions
        assert directions is not None
        locked = [edit.direction for edit in self._rows.locked]
        edits = (directions.edit(name, 0.0) for name in names)
        free = (edit for edit in edits if edit.direction not in locked)
        signs = random.choices((-1, 1), k=COUNT)
        self._ways = [Along(edit, sign) for edit, sign in zip(free, signs, strict=False)]

    @Slot()
    def _refresh(self) -> None:
        """Show the neighbours of the picture on show."""
        current = self._document.current
        if current is None or not self.isVisible() or self.visibleRegion().isEmpty():
            self._is_behind = True
            return
        along, mixing = (self.kind.currentIndex() == kind for kind in (0, 1))
        if along and self._library.look():
            return  # it tells when it has found something
        directions = self._library.directions
        # A model without W has neither directions nor layers to mix.
        lacks = directions is None if along else mixing and not current.model.capabilities.has_w
        self.list.setEnabled(not lacks)
        self.others.setEnabled(not lacks)
        self.setToolTip(self._library.lacking if lacks else "")
        if lacks:
            self._ways, self._stale = [], True
            self.list.clear()
            return
        if self._stale:
            ordered = [*directions.names] if directions else []  # the strongest first, where found
            if directions is self._library.named:
                random.shuffle(ordered)
            self._draw(ordered)
            self.list.clear()
        while self.list.count() > len(self._ways):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(self._ways):
            nothing = QPixmap(PICTURE, PICTURE)
            nothing.fill(Qt.GlobalColor.transparent)
            self.list.addItem(QListWidgetItem(QIcon(nothing), ""))
        for row, way in enumerate(self._ways):
            self.list.item(row).setText(way.words)
            self.list.item(row).setSizeHint(CELL)
            self.list.item(row).setToolTip(f"{way.words}\n{TIP}")
        distance = self.distance.value()
        self._wanted = [
            (row, ModelRecipe(current.model, self._taken(way, current.recipe, distance)))
            for row, way in enumerate(self._ways)
        ]
        self._ask_for_one()

    def _taken(self, way: Way, recipe: Recipe, distance: float) -> Recipe:
        """The picture along a way; one that adds an edit, or a muted one, ends a solo."""
        earlier = self._document.last_of_seeds()
        taken = way.taken(recipe, distance, earlier)
        if edits_of(taken).keys() == edits_of(recipe).keys() and not (
            muted_names(recipe) - muted_names(taken)
        ):
            return taken
        return way.taken(self._document.edit_solo.ended(recipe), distance, earlier)

    def _ask_for_one(self) -> None:
        while self._wanted:
            row, pair = self._wanted[0]
            image = self._thumbnails.get(pair, last=True)
            if image is None:
                return
            del self._wanted[0]
            picture = QPixmap.fromImage(image).scaled(
                PICTURE,
                PICTURE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self.list.item(row).setIcon(QIcon(picture))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if self._wanted and pair == self._wanted[0][1]:
            self._ask_for_one()

    @Slot(int, bool)
    def _on_taken(self, row: int, half: bool) -> None:
        recipe = self._document.recipe
        if recipe is not None:
            way = self._ways[row]
            distance = self.distance.value() * (0.5 if half else 1.0)
            self._document.set(self._taken(way, recipe, distance), way.change)


class _Sheet(QListWidget):
    """Pictures that a click takes, or Return; with Shift by halves."""

    taken = Signal(int, bool)  # row, whether by halves

    def __init__(self) -> None:
        super().__init__()
        self.itemClicked.connect(self._on_clicked)
        offer_items(self, self._choices)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return takes the current one; the arrow keys choose."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            half = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.taken.emit(self.currentRow(), half)
        else:
            super().keyPressEvent(event)

    def _choices(self, item: QListWidgetItem) -> tuple[Choice, ...]:
        row = self.row(item)
        return (
            Choice("Go there", lambda: self.taken.emit(row, False)),
            Choice("Go halfway", lambda: self.taken.emit(row, True)),
        )

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        half = bool(QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.taken.emit(self.row(item), half)
