"""The mixing console: a row for each further source, an amount for each layer."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.drops import accept_copy
from stylestudio.app.core.images import local_files
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe, finest_amounts
from stylestudio.app.core.sources_at_hand import AtHand, of_recipe
from stylestudio.app.features.mixing import moves
from stylestudio.app.features.mixing.chooser import SourceChooser
from stylestudio.app.features.mixing.files import MixFiles
from stylestudio.app.features.mixing.row import MixingRow
from stylestudio.app.widgets.seed_box import DICE_SEEDS
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.tab_order import put_after, tab_stops
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import MixRow, SeedSource, find_parameter
from stylestudio.recipe.mixing import heard
from stylestudio.recipe.numbers import FIRST_PSI
from stylestudio.recipe.words import describe_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QShowEvent

    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe, Source
    from stylestudio.render import Model

SCROLLED = 24  # pixels beyond the pointer, while a row is dragged
SETTLE_MS = 300  # of rest, before it is shown what each source contributes
ADD = "Mix in another seed, starting with its finest layers"
FROM = "Mix in a source from history, presets, photos or files"
ROLL = "New seeds for all sources that aren't locked; photos and latents stay"
EMPTY = (
    "Nothing is mixed in. Add another seed, choose a source from history and presets, or drop a "
    "picture or a file of latents here."
)


class MixingPanel(Panel):
    """Rows lie over each other: each pulls its layers towards its source by its amounts."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.document)
        self._studio = studio
        self._thumbnails = studio.thumbnails
        self._model: Model | None = None
        self._lacking = ""  # why the model has no use for it
        self._place: int | None = None  # where the row that is dragged would go
        self.rows: list[MixingRow] = []
        self.files = MixFiles(studio, self)
        self.chooser: SourceChooser | None = None
        self.setAcceptDrops(True)
        self._build()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self._ask_for_contributions)
        self.add.clicked.connect(self._on_add)
        self.roll.clicked.connect(self.roll_seeds)
        self.files.read.connect(self._on_read)
        studio.thumbnails.ready.connect(self._on_thumbnail)

    def _build(self) -> None:
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.add = QPushButton(icon("add"), "Add a source")
        self.add.setToolTip(ADD)
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a Mac's click, too: it stays in sight
        self.add_from = QPushButton("From")
        self.add_from.setToolTip(FROM)
        self.add_from.setAccessibleName("Add a source from")
        self.add_menu = QMenu(self.add_from)
        self.add_menu.addAction("&Another seed", self._on_add)
        self.add_menu.addAction("&Choose a source…", self.choose)
        self.add_menu.addAction("From a &file…", self.ask_for_files)
        self.add_menu.addAction("The &main source", self._on_add_main)
        self.add_from.setMenu(self.add_menu)
        self.roll = small_button("dice", ROLL, "Roll the mixed sources", checkable=False)
        line = QHBoxLayout()
        line.setSpacing(4)
        for widget in (self.add, self.add_from, self.roll):
            line.addWidget(widget)
        line.addStretch(1)
        self.column.addWidget(self.empty)
        self.column.addLayout(self._list)
        self.column.addLayout(line)
        self.column.addStretch(1)

    def control(self, path: str) -> QWidget | None:
        """Those of the sources come and go with them."""
        return next(filter(None, (row.control(path) for row in self.rows)), None)

    def show_model(self, model: Model) -> None:
        """Start over with the model's layers."""
        self._model = model
        assert self.document.recipe is not None
        psi = find_parameter(model, self.document.recipe, "truncation_psi")
        self._lacking = psi.available(model)  # both take place in W
        for button, tip in ((self.add, ADD), (self.add_from, FROM), (self.roll, ROLL)):
            button.setEnabled(not self._lacking)
            button.setToolTip(self._lacking or tip)
        self.empty.setText(self._lacking or EMPTY)
        self._resize(0)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each source that is mixed in."""
        self._resize(len(recipe.mixing))
        taking_part = {id(row) for row in heard(recipe.mixing)}
        for widget, row in zip(self.rows, recipe.mixing, strict=True):
            is_heard = id(row) in taking_part
            widget.show_row(row, recipe, is_heard=is_heard, lacking=self._lacking)
            image = self._thumbnails.get(self._alone(recipe, row.source))
            if image is not None:
                widget.picture.show_image(image)
            image = self._thumbnails.kept(_only(recipe, row))
            if image is not None:
                widget.contribution.show_image(image)
        self.empty.setVisible(not recipe.mixing)
        self.roll.setVisible(bool(recipe.mixing))
        self._settling.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not asked for while nobody looked."""
        super().showEvent(event)
        self._settling.start()

    # --- pictures ------------------------------------------------------------------------

    def _alone(self, recipe: Recipe, source: Source) -> ModelRecipe:
        """Return one source by itself, independent of what the hand is moving."""
        assert self._model is not None
        return ModelRecipe(
            self._model,
            recipe.replace(
                source=source,
                mixing=(),
                truncation_psi=FIRST_PSI,
                truncation_cutoff=None,
                style=None,
            ),
        )

    @Slot()
    def _ask_for_contributions(self) -> None:
        recipe = self.document.recipe
        if recipe is None or self._model is None or not self.isVisible():
            return
        for widget, row in zip(self.rows, recipe.mixing, strict=True):
            image = self._thumbnails.get(ModelRecipe(self._model, _only(recipe, row)))
            if image is not None:
                widget.contribution.show_image(image)

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        recipe = self.document.recipe
        if recipe is None or pair.model is not self._model:
            return
        for widget, row in zip(self.rows, recipe.mixing, strict=False):
            if pair == self._alone(recipe, row.source):
                widget.picture.show_image(image)
            if pair.recipe == _only(recipe, row):
                widget.contribution.show_image(image)

    # --- rows ----------------------------------------------------------------------------

    def _resize(self, count: int) -> None:
        assert self._model is not None
        while len(self.rows) > count:
            widget = self.rows.pop()
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        while len(self.rows) < count:
            widget = MixingRow(len(self.rows), self._model, self.document)
            widget.edited.connect(self._on_row)
            widget.asked.connect(self._on_asked)
            widget.dragged.connect(self._on_dragged)
            widget.dropped.connect(self._on_dropped)
            widget.numbers.rebuilt.connect(self._put_tabs_in_order)
            self.rows.append(widget)
            self._list.addWidget(widget)
            self._put_tabs_in_order()

    @Slot()
    def _put_tabs_in_order(self) -> None:
        """Tab goes through the sources, and then to the buttons below them."""
        put_after(self.add, self.rows)
        QWidget.setTabOrder(tab_stops(self.rows[-1])[-1], self.add)

    @Slot(int, object, str, object)
    def _on_row(self, index: int, row: MixRow, text: str, gesture: object) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            gesture = gesture and ("mix", index, gesture)
            self.document.set(moves.changed(recipe, index, row), text, gesture)
            self.show_recipe(self.document.recipe or recipe)  # where nothing changed

    @Slot(int, str)
    def _on_asked(self, index: int, command: str) -> None:
        """Do what concerns more than the row itself."""
        recipe = self.document.recipe
        if recipe is None or index >= len(recipe.mixing):
            return
        row = recipe.mixing[index]
        if command in ("up", "down"):
            self.move_row(index, index + (1 if command == "down" else -1))
        elif command == "duplicate":
            self.document.set(moves.duplicated(recipe, index), "Duplicate a source")
            self._focus_near(index + 1)
        elif command == "remove":
            self.document.set(moves.removed(recipe, index), "Remove a source")
            self._focus_near(index)
        elif command == "main":
            main = moves.changed(recipe, index, replace(row, source=recipe.source))
            self.document.set(main, "Take the main source")
        elif command == "swap":
            self.document.set(moves.swapped(recipe, index), "Swap with the main source")
        elif command == "choose":
            self._choose(index)
        else:
            self._ask_for_files(index)

    def move_row(self, index: int, place: int) -> None:
        """Put a row at another place, with the keys still on it."""
        recipe = self.document.recipe
        if recipe is None or index == place or not 0 <= place < len(self.rows):
            return
        order = moves.order_after(len(self.rows), index, place)
        folded = [self.rows[i].fold.isChecked() for i in order]
        self.document.set(moves.moved(recipe, index, place), "Move a source")
        for widget, is_folded in zip(self.rows, folded, strict=True):
            widget.fold.setChecked(is_folded)
        self.rows[place].setFocus()

    def _focus_near(self, index: int) -> None:
        """Let the keys go on at a row, or where rows are added."""
        last = len(self.rows) - 1
        (self.rows[min(index, last)] if self.rows else self.add).setFocus()

    @Slot(int, QPoint)
    def _on_dragged(self, index: int, point: QPoint) -> None:
        """Show between which rows a dragged one would go, and scroll there."""
        y = self.mapFromGlobal(point).y()
        area = next(_areas_around(self), None)
        if area is not None:
            area.ensureVisible(0, y, 0, SCROLLED)
        above = sum(row.geometry().center().y() < y for row in self.rows)
        self._place = above - (above > index)
        for widget in self.rows:
            widget.show_mark("")
        if self._place < index:
            self.rows[self._place].show_mark("above")
        elif self._place > index:
            self.rows[self._place].show_mark("below")

    @Slot(int, bool)
    def _on_dropped(self, index: int, stays: bool) -> None:
        place, self._place = self._place, None
        for widget in self.rows:
            widget.show_mark("")
        if stays and place is not None:
            self.move_row(index, place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be added."""
        if not self._lacking and self._model is not None:
            self.add_menu.popup(event.globalPos())

    # --- sources -------------------------------------------------------------------------

    @Slot()
    def _on_add(self) -> None:
        source = SeedSource(random.randrange(DICE_SEEDS), self.document.label())
        self._put([source], None)

    @Slot()
    def _on_add_main(self) -> None:
        assert self.document.recipe is not None
        self._put([self.document.recipe.source], None)

    @Slot()
    def roll_seeds(self) -> None:
        """Give all rows of a seed that are not locked another one."""
        if self.document.recipe is not None:
            self.document.set(moves.rolled(self.document.recipe), "Roll the mixed sources")

    @Slot()
    def choose(self) -> None:
        """Let a source at hand be chosen for a new row."""
        self._choose(None)

    @Slot()
    def ask_for_files(self) -> None:
        """Ask for files, and mix in what they hold."""
        self._ask_for_files(None)

    def at_hand(self) -> list[AtHand]:
        """All sources that can be chosen: pinned, those of other panels, those of history."""
        recipe = self.document.recipe
        if recipe is None:
            return []
        found = of_recipe("Pinned", self._studio.view.pinned, recipe)
        found += self._studio.sources_at_hand.fitting(recipe)
        known = {each.source for each in found}
        for past in reversed(self.document.past()):
            if past.source not in known:
                known.add(past.source)
                found += of_recipe(describe_source(past.source), past, recipe)
        return found

    def _choose(self, index: int | None) -> None:
        recipe = self.document.recipe
        if recipe is None:
            return
        self.chooser = SourceChooser(
            self.at_hand(),
            lambda source: self._alone(recipe, source),
            self._thumbnails,
            self._studio.window,
        )
        self.chooser.chosen.connect(lambda each: self._put([each.source], index))
        self.chooser.open()

    def _ask_for_files(self, index: int | None) -> None:
        chosen = self._studio.opener.choose(self._studio.window, "Mix in", "latents")
        if chosen:
            self.files.open(chosen, index)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files; anything else passes to the window."""
        is_file = bool(local_files(event.mimeData())) and not self._lacking
        accept_copy(event, is_file)

    def dropEvent(self, event: QDropEvent) -> None:
        """Mix in what the files hold."""
        accept_copy(event)
        self.files.open(local_files(event.mimeData()))

    @Slot(object, object, int)
    def _on_read(self, index: int | None, first: list[AtHand], others: int) -> None:
        self._put([each.source for each in first], index)
        if others:
            self._studio.noted.emit(
                f"Mixed in {first[0].name}, the first of {others + 1}; press From, then Choose a "
                "source for the others."
            )

    def _put(self, sources: list[Source], index: int | None) -> None:
        """Mix sources in, or give the row at `index` the first of them."""
        recipe, model = self.document.recipe, self._model
        if recipe is None or model is None:
            return
        if index is None:
            self.document.set(moves.added(recipe, sources, finest_amounts(model)), "Add a source")
        elif index < len(recipe.mixing) and not recipe.mixing[index].locked:
            row = replace(recipe.mixing[index], source=sources[0])
            self.document.set(moves.changed(recipe, index, row), "Change a source")


def _areas_around(widget: QWidget) -> Iterator[QScrollArea]:
    """Those that a widget is scrolled in, the innermost first."""
    while (parent := widget.parentWidget()) is not None:
        widget = parent
        if isinstance(widget, QScrollArea):
            yield widget


def _only(recipe: Recipe, row: MixRow) -> Recipe:
    """The picture with one row mixed in and no other."""
    return replace(recipe, mixing=(MixRow(row.source, row.amounts, row.amount),))
