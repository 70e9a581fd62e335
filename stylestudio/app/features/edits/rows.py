"""The list of edits: those of the recipe, and suggested ones that a touch adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stylestudio.app.features.edits import moves
from stylestudio.app.features.edits.browser import DIRECTION_MIME
from stylestudio.app.features.edits.row import EditRow
from stylestudio.app.widgets.tab_order import put_after, tab_stops
from stylestudio.recipe import Edit
from stylestudio.recipe.edit_lists import edits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import AnyEdit, Recipe

EMPTY = "No edits yet. Double-click a direction below or drag it here."


class EditRows(QWidget):
    """Rows stay in the order in which they came, whether suggested or in the recipe."""

    dropped = Signal(str)  # the name of a direction
    refined = Signal(object)  # an Edit that others are to be removed from
    locks_changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.rows: dict[str, EditRow] = {}
        self._suggested: dict[str, AnyEdit] = {}  # at hand, with an amount of 0
        self._locked: set[str] = set()
        self._edit_solo = document.edit_solo
        self._lacking = ""
        self.below: tuple[QWidget, ...] = ()  # what Tab goes on to
        self.setAcceptDrops(True)
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.empty)

    # --- what the panel tells ------------------------------------------------------------

    def start_over(self, lacking: str) -> None:
        """Forget all rows, for another model; `lacking` says why it has no use for any."""
        self._lacking = lacking
        self._suggested, self._locked = {}, set()
        for name in [*self.rows]:
            self._drop_row(name)

    @property
    def locked(self) -> list[AnyEdit]:
        """Those that are to stay as they are."""
        return [edit for edit in self.at_hand() if edit.name in self._locked]

    def suggest(self, edits: Sequence[AnyEdit]) -> None:
        """Put these at hand in place of those that were and that nobody touched."""
        self._suggested = {edit.name: replace(edit, amount=0.0) for edit in edits}

    def add(self, edit: AnyEdit) -> None:
        """Put an edit into the recipe; one that already exists is pointed out instead."""
        recipe = self._document.recipe
        if recipe is None:
            return
        old = edits_of(recipe).get(edit.name)
        if old is not None and old.direction == edit.direction:
            self.rows[old.name].amount.slider.setFocus()
            return
        changed, name = moves.put_beside(self._edit_solo.ended(recipe), edit)
        self._document.set(changed, f"Add {moves.spoken(name)}")
        self.rows[name].amount.slider.setFocus()

    def reset(self) -> None:
        """Bring all amounts back to 0, except for those that are locked."""
        recipe = self._document.recipe
        if recipe is not None:
            self._document.set(moves.reset(recipe, self._locked), "Reset the edits")

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each edit, and for each suggestion."""
        edits = edits_of(recipe)
        wanted, solo = self._suggested | edits, self._edit_solo.of(recipe)
        for name in [*self.rows]:
            if name not in wanted:
                self._drop_row(name)
        for name in wanted:
            if name not in self.rows:
                self._add_row(name)
        for name, edit in wanted.items():
            self.rows[name].show_edit(
                edit,
                is_suggested=name not in edits,
                is_locked=name in self._locked,
                is_solo=name == solo,
                lacking=self._lacking,
            )
        self.empty.setVisible(not wanted and not self._lacking)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a direction; anything else passes to the window."""
        event.setAccepted(event.mimeData().hasFormat(DIRECTION_MIME))

    def dropEvent(self, event: QDropEvent) -> None:
        """Make a row of it."""
        event.acceptProposedAction()
        self.dropped.emit(bytes(event.mimeData().data(DIRECTION_MIME).data()).decode())

    # --- rows ----------------------------------------------------------------------------

    def _add_row(self, name: str, place: int | None = None) -> None:
        """Make a row, as the last or at some place."""
        model = self._document.model
        assert model is not None
        row = EditRow(name, model.layers)
        for signal, slot in (
            (row.moved, self._on_moved),
            (row.shared, self._on_shared),
            (row.muted, self._on_muted),
            (row.soloed, self._on_soloed),
            (row.locked, self._on_locked),
            (row.renamed, self._on_renamed),
            (row.duplicated, self._on_duplicated),
            (row.refined, self._on_refined),
            (row.removed, self._on_removed),
        ):
            signal.connect(slot)
        place = len(self.rows) if place is None else place
        rows = [*self.rows.items()]
        self.rows = dict([*rows[:place], (name, row), *rows[place:]])
        self._column.insertWidget(1 + place, row)  # below the sentence
        stops = [stop for each in (*self.rows.values(), *self.below) for stop in tab_stops(each)]
        put_after(stops[0], stops[1:])

    def _drop_row(self, name: str) -> None:
        row = self.rows.pop(name)
        self._column.removeWidget(row)
        row.blockSignals(True)  # a name that is still being typed would end as a new name of it
        row.hide()
        row.deleteLater()

    def _edit(self, name: str) -> AnyEdit | None:
        """The one in the recipe, or else the suggested one."""
        recipe = self._document.recipe
        if recipe is None:
            return None
        return edits_of(recipe).get(name) or self._suggested.get(name)

    def _put(self, edit: AnyEdit, text: str, gesture: object = None) -> None:
        recipe = self._document.recipe
        if recipe is not None:
            if edit.name not in edits_of(recipe) and edit.name != self._edit_solo.of(recipe):
                recipe = self._edit_solo.ended(recipe)
            self._document.set(moves.put(recipe, edit), text, gesture)

    @Slot(str, float, object)
    def _on_moved(self, name: str, value: float, gesture: object) -> None:
        edit = self._edit(name)
        if edit is not None:
            text = f"Change {moves.spoken(name)}"
            self._put(replace(edit, amount=value), text, ("edit", name, gesture))

    @Slot(str, object, object)
    def _on_shared(self, name: str, shares: tuple[float, ...], gesture: object) -> None:
        edit = self._edit(name)
        if edit is not None:
            text = f"Change the layers of {moves.spoken(name)}"
            gesture = gesture and ("edit layers", name, gesture)
            self._put(replace(edit, layers=moves.shares(shares)), text, gesture)

    @Slot(str, bool)
    def _on_muted(self, name: str, on: bool) -> None:
        recipe, edit = self._document.recipe, self._edit(name)
        if recipe is not None and edit is not None:
            self._put(replace(edit, muted=on), "Mute an edit" if on else "Unmute an edit")
            recipe = self._document.recipe or recipe
            self._edit_solo.mean(recipe)  # whoever mutes by hand means that, not a solo
            self.show_recipe(recipe)

    @Slot(str, bool)
    def _on_soloed(self, name: str, on: bool) -> None:
        """Mute all others, or give back what was muted before."""
        recipe = self._document.recipe
        if recipe is None:
            return
        solo = self._edit_solo
        changed = solo.begun(recipe, name) if on else solo.ended(recipe)
        self._document.set(changed, "Solo an edit" if on else "End solo")
        self.show_recipe(self._document.recipe or recipe)  # where nothing changed

    @Slot(str, bool)
    def _on_locked(self, name: str, on: bool) -> None:
        (self._locked.add if on else self._locked.discard)(name)
        if self._document.recipe is not None:
            self.show_recipe(self._document.recipe)
        self.locks_changed.emit()

    @Slot(str, str)
    def _on_renamed(self, old: str, new: str) -> None:
        recipe = self._document.recipe
        if recipe is None:
            return
        changed, name = moves.rename(recipe, old, new)
        self._edit_solo.rename(old, name)
        self._suggested.pop(old, None)
        if name != old and name in self.rows:  # of a suggestion, which gives way
            self._suggested.pop(name, None)
            self._drop_row(name)
        place = [*self.rows].index(old)
        is_open = self.rows[old].open.isChecked()
        self._drop_row(old)
        self._add_row(name, place)
        self.rows[name].open.setChecked(is_open)
        self._document.set(changed, "Rename an edit")

    @Slot(str)
    def _on_duplicated(self, name: str) -> None:
        if self._document.recipe is None:
            return
        recipe = self._edit_solo.ended(self._document.recipe)
        edit = edits_of(recipe).get(name) or self._suggested.get(name)
        if edit is not None:
            self._document.set(moves.put_beside(recipe, edit)[0], "Duplicate an edit")

    @Slot(str)
    def _on_refined(self, name: str) -> None:
        edit = self._edit(name)
        if isinstance(edit, Edit):
            self.refined.emit(edit)

    def at_hand(self) -> list[AnyEdit]:
        """The directions of all rows."""
        return [edit for name in self.rows if (edit := self._edit(name)) is not None]

    @Slot(object)
    def replace_direction(self, edit: Edit) -> None:
        """Give the edit of this name, which may be on show as a suggestion only, a new vector."""
        old = self._edit(edit.name)
        if isinstance(old, Edit):
            renewed = replace(old, vector=edit.vector, rows=edit.rows)
            self._put(renewed, f"Refine {moves.spoken(edit.name)}")

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        recipe = self._document.recipe
        if recipe is None:
            return
        self._suggested.pop(name, None)
        self._locked.discard(name)
        if name in edits_of(recipe):
            recipe = self._edit_solo.ended(recipe)
        self._document.set(moves.remove(recipe, name), f"Remove {moves.spoken(name)}")
        self.show_recipe(self._document.recipe or recipe)  # where it was only suggested
