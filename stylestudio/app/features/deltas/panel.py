"""The Weights dock: what changes the weights of the whole model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.part_row import PartRows
from stylestudio.app.features.deltas.row import DeltaRow, form_of
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import DeltaUse, MapperEdit, Unknown
from stylestudio.recipe.deltas import known_deltas, with_another, with_delta

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.features.deltas.library import DeltaLibrary
    from stylestudio.recipe import Recipe

EMPTY = (
    "The model's own weights make the picture. Crossfade with a model that was trained "
    "from it, or add or drop a file of changed weights."
)
FILE = "A file…"


class DeltasPanel(Panel):
    """A row for each delta; those of a recipe that can't be read have none, and stay."""

    def __init__(self, document: Document, library: DeltaLibrary) -> None:
        super().__init__(document)
        self._library = library
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self.crossfade = QPushButton(icon("layers"), "Crossfade")
        self.crossfade.setToolTip("Blend the weights with those of another model of the same shape")
        self.crossfade.setAccessibleName("Crossfade with a model")
        self.add = QPushButton(icon("add"), "Delta")
        self.add.setToolTip("Open a file of changed weights")
        self.add.setAccessibleName("Add a delta")
        self._models, self._deltas = QMenu(self.crossfade), QMenu(self.add)
        self.crossfade.setMenu(self._models)
        self.add.setMenu(self._deltas)
        self._parts: PartRows[DeltaRow] = PartRows(before=self.add)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self.crossfade, self.add):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        self.column.addWidget(self.empty)
        self.column.addLayout(self._parts.column)
        self.column.addStretch(1)
        self._models.aboutToShow.connect(self._fill_models)
        self._models.triggered.connect(self._on_model)
        self._deltas.aboutToShow.connect(self._fill_deltas)
        self._deltas.triggered.connect(self._on_delta)
        library.changed.connect(self._refresh)

    @property
    def rows(self) -> dict[str, DeltaRow]:
        """The rows by the names of their deltas."""
        return self._parts.by_name

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter: those of rows come and go with them."""
        return self._parts.control(path)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each delta, in their order."""
        deltas, model = known_deltas(recipe.deltas), self.document.model
        assert model is not None
        self._parts.show_parts(deltas, lambda delta: form_of(delta, model), self._make_row)
        self._library.look_at([delta.weights for delta in deltas.values()], model)
        for name, delta in deltas.items():
            sha256 = delta.weights.sha256
            row = self.rows[name]
            row.show_recipe(recipe)
            row.show_delta(
                delta,
                self._library.facts.get(sha256),
                recipe.model.num_ws,
                missing=sha256 in self._library.missing,
            )
        self.empty.setVisible(not deltas)

    def put(self, delta: DeltaUse | MapperEdit) -> None:
        """Change the weights by one more delta; what holds a mapper becomes an edit."""
        recipe = self.document.recipe
        if recipe is not None and isinstance(delta, MapperEdit):
            look = self.document.edit_solo.with_edit(recipe, delta)
            self.document.set(look, f"Add {delta.name}")
        elif recipe is not None and isinstance(delta, DeltaUse):
            self.edit(f"Add {delta.name}", deltas=with_another(recipe.deltas, delta))

    def _change(self, name: str, text: str, gesture: object = None, **fields: object) -> None:
        recipe = self.document.recipe
        delta = None if recipe is None else known_deltas(recipe.deltas).get(name)
        if recipe is not None and delta is not None:
            changed = with_delta(recipe.deltas, replace(delta, **fields))
            self.edit(text, gesture, deltas=changed)

    def _make_row(self, delta: DeltaUse) -> DeltaRow:
        model = self.document.model
        assert model is not None
        row = DeltaRow(delta, self.document, model)
        row.muted.connect(self._on_muted)
        row.removed.connect(self._on_removed)
        row.shared.connect(self._on_shared)
        return row

    # --- what the hand does --------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        if self.document.recipe is not None:
            self.show_recipe(self.document.recipe)

    @Slot()
    def _fill_models(self) -> None:
        self._models.clear()
        for file in self._library.models():
            self._models.addAction(file.name.replace("&", "&&")).setData(file.path)
        self._models.addSeparator()
        self._models.addAction(FILE)

    @Slot("QAction*")
    def _on_model(self, action: QAction) -> None:
        if action.data() is None:
            self._library.ask_for_sibling(self)
        else:
            self._library.open_sibling(action.data())

    @Slot()
    def _fill_deltas(self) -> None:
        self._deltas.clear()
        for file in self._library.files():
            self._deltas.addAction(file.name.replace("&", "&&")).setData(file.path)
        self._deltas.addSeparator()
        self._deltas.addAction(FILE)

    @Slot("QAction*")
    def _on_delta(self, action: QAction) -> None:
        if action.data() is None:
            self._library.ask_for_deltas(self)
        else:
            self._library.open_deltas([Path(action.data())])

    @Slot(str, bool)
    def _on_muted(self, name: str, on: bool) -> None:
        self._change(name, "Mute a delta" if on else "Unmute a delta", muted=on)

    @Slot(str, object, object)
    def _on_shared(self, name: str, shares: tuple[float, ...], gesture: object) -> None:
        layers = None if all(share == 1.0 for share in shares) else shares
        self._change(name, f"Layers of {name}", (name, gesture), layers=layers)

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            kept = (e for e in recipe.deltas if isinstance(e, Unknown) or e.name != name)
            self.edit(f"Remove {name}", deltas=tuple(kept))
