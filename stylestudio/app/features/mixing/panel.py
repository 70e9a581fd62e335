"""The mixing console: a row for each further source, an amount for each layer."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe, finest_amounts
from stylestudio.app.core.source_controls import SourceControls
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.seed_box import DICE_SEEDS, SeedBox
from stylestudio.app.widgets.tab_order import put_after, tab_stops
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import LatentSource, MixRow, SeedSource, find_parameter, label_of
from stylestudio.recipe.numbers import FIRST_PSI, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.recipe import Recipe
    from stylestudio.render import LayerInfo, Model

PICTURE = 44
ADD = "Mix in another seed, starting with its finest layers"


class MixingRow(QWidget):
    """One source: its picture, its seed, its amounts."""

    edited = Signal(int, object, object)  # index of the row, MixRow, gesture token
    removed = Signal(int)

    def __init__(self, index: int, layers: Sequence[LayerInfo], document: Document) -> None:
        super().__init__()
        self.index = index
        self._row: MixRow | None = None
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE, PICTURE)
        self.picture.setScaledContents(True)
        self.seed = SeedBox(f"Seed of source {index + 2}")
        self.remove = QToolButton()
        self.remove.setIcon(icon("remove"))
        self.remove.setToolTip("Remove this source from the mix")
        self.remove.setAccessibleName(f"Remove source {index + 2}")
        number = NUMBERS["mixing.amounts"]
        self.bars = LayerBars(
            f"Amounts of source {index + 2}", maximum=number.range[1], default=number.default
        )
        path = f"mixing.{index}.source"
        self.numbers = SourceControls(document, path, elsewhere=(f"{path}.seed",))
        self.bars.set_layers(layers)
        self.name = ElidedLabel(f"Source {index + 2}")
        self.name.setMinimumWidth(56)
        self.name.setProperty("muted", True)
        head = QHBoxLayout()
        head.addWidget(self.picture)
        head.addWidget(self.name, 1)
        head.addWidget(self.seed, 2)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.bars)
        column.addWidget(self.numbers)
        self.controls = {f"{path}.seed": self.seed, f"mixing.{index}.amounts": self.bars}
        self.seed.edited.connect(self._on_seed)
        self.bars.edited.connect(self._on_amounts)
        self.remove.clicked.connect(self._on_remove)

    def show_row(self, row: MixRow) -> None:
        """Show a source and its amounts."""
        self._row = row
        self.bars.set_values(row.amounts)
        self.seed.set_seed(row.source.seed if isinstance(row.source, SeedSource) else None)
        name = row.source.name if isinstance(row.source, LatentSource) else ""
        self.name.setText(name or f"Source {self.index + 2}")

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter."""
        own = self.controls.get(path) or self.controls.get(path.rpartition(".")[0])
        return own or self.numbers.control(path)

    def show_picture(self, image: QImage) -> None:
        """Show what the source looks like by itself."""
        self.picture.setPixmap(QPixmap.fromImage(image))

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        assert self._row is not None
        source = SeedSource(seed, label_of(self._row.source))
        self.edited.emit(self.index, MixRow(source, self._row.amounts), gesture)

    @Slot(object, object)
    def _on_amounts(self, amounts: tuple[float, ...], gesture: object) -> None:
        assert self._row is not None
        self.edited.emit(self.index, MixRow(self._row.source, amounts), gesture)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.index)


class MixingPanel(Panel):
    """Rows lie over each other: each pulls its layers towards its source by its amounts."""

    def __init__(self, document: Document, thumbnails: Thumbnails) -> None:
        super().__init__(document)
        self._thumbnails = thumbnails
        self._model: Model | None = None
        self._lacking = ""  # why the model has no use for it
        self.rows: list[MixingRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.add = QPushButton(icon("add"), "Add a source")
        self.add.setToolTip(ADD)
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a Mac's click, too: it stays in sight
        self.column.addLayout(self._list)
        self.column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)
        self.add.clicked.connect(self._on_add)
        thumbnails.ready.connect(self._on_thumbnail)

    def control(self, path: str) -> QWidget | None:
        """Those of the sources come and go with them."""
        return next(filter(None, (row.control(path) for row in self.rows)), None)

    def show_model(self, model: Model) -> None:
        """Start over with the model's layers."""
        self._model = model
        assert self.document.recipe is not None
        psi = find_parameter(model, self.document.recipe, "truncation_psi")
        self._lacking = psi.available(model)  # both take place in W
        self.add.setEnabled(not self._lacking)
        self.add.setToolTip(self._lacking or ADD)
        self._resize(0)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each source that is mixed in."""
        self._resize(len(recipe.mixing))
        for widget, row in zip(self.rows, recipe.mixing, strict=True):
            widget.show_row(row)
            widget.numbers.show_recipe(recipe)
            widget.bars.set_available(self._lacking)
            image = self._thumbnails.get(self._alone(recipe, row))
            if image is not None:
                widget.show_picture(image)

    def _alone(self, recipe: Recipe, row: MixRow) -> ModelRecipe:
        """Return one source by itself, independent of what the hand is moving."""
        assert self._model is not None
        return ModelRecipe(
            self._model,
            recipe.replace(
                source=row.source,
                mixing=(),
                truncation_psi=FIRST_PSI,
                truncation_cutoff=None,
                style=None,
            ),
        )

    def _resize(self, count: int) -> None:
        assert self._model is not None
        while len(self.rows) > count:
            widget = self.rows.pop()
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        while len(self.rows) < count:
            widget = MixingRow(len(self.rows), self._model.layers, self.document)
            widget.edited.connect(self._on_row)
            widget.removed.connect(self._on_removed)
            widget.numbers.rebuilt.connect(self._put_tabs_in_order)
            self.rows.append(widget)
            self._list.addWidget(widget)
            self._put_tabs_in_order()

    @Slot()
    def _put_tabs_in_order(self) -> None:
        """Tab goes through the sources, and then to the button below them."""
        put_after(self.add, self.rows)
        QWidget.setTabOrder(tab_stops(self.rows[-1])[-1], self.add)

    @Slot(int, object, object)
    def _on_row(self, index: int, row: MixRow, gesture: object) -> None:
        assert self.document.recipe is not None
        mixing = list(self.document.recipe.mixing)
        mixing[index] = row
        self.edit("Mix styles", ("mix", index, gesture), mixing=tuple(mixing))

    @Slot(int)
    def _on_removed(self, index: int) -> None:
        assert self.document.recipe is not None
        mixing = self.document.recipe.mixing
        self.edit("Remove a source", mixing=mixing[:index] + mixing[index + 1 :])

    @Slot()
    def _on_add(self) -> None:
        assert self.document.recipe is not None
        assert self._model is not None
        label = label_of(self.document.recipe.source)
        source = SeedSource(random.randrange(DICE_SEEDS), label)
        row = MixRow(source, finest_amounts(self._model))
        self.edit("Add a source", mixing=(*self.document.recipe.mixing, row))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        recipe = self.document.recipe
        if recipe is None or pair.model is not self._model:
            return
        for widget, row in zip(self.rows, recipe.mixing, strict=False):
            if pair == self._alone(recipe, row):
                widget.show_picture(image)
