"""The Bend dock: what acts on feature maps, from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.part_row import PartRows
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.interventions import moves
from stylestudio.app.features.interventions.intervention_row import InterventionRow
from stylestudio.app.features.interventions.region_row import RegionRow
from stylestudio.app.features.interventions.row import form_of
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import Intervention, Region, interventions_of
from stylestudio.recipe.interventions import MOST_REGIONS, OPERATIONS
from stylestudio.recipe.numbers import FIRST_PSI

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QShowEvent

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.interventions.painter import MaskPainter
    from stylestudio.app.features.interventions.row import BendRow
    from stylestudio.app.features.interventions.sources import RegionSources
    from stylestudio.recipe import AnyIntervention, Mask, Recipe, Source
    from stylestudio.render import Model

HINT = (
    "Nothing is bent yet. Bend changes what a layer has made before the next one takes it. "
    "Paint a source into a region, and the rest of the picture stays."
)
PAINT = "Paint another seed, or a latent, into a part of the picture"
FULL = f"A picture takes up to {MOST_REGIONS} regions."


class BendPanel(Panel):
    """A row for each intervention and region; those that can't be read have none, and stay."""

    def __init__(self, studio: Studio, painter: MaskPainter, sources: RegionSources) -> None:
        super().__init__(studio.document)
        self._thumbnails = studio.thumbnails
        self._painter = painter
        self._sources = sources
        self._wanted = ""  # the row to be brought in sight
        self._is_following = False  # whether there is room for it
        self.empty = QLabel(HINT)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self.add = QPushButton(icon("add"), "Bend")
        self.add.setToolTip("Add an operation on the maps of a step")
        self.add.setAccessibleName("Add an operation")
        self.menu = QMenu(self.add)
        self.menu.setToolTipsVisible(True)
        for operation in OPERATIONS:
            action = self.menu.addAction(operation.capitalize())
            action.setToolTip(moves.TIPS[operation])
            action.setData(operation)
        self.add.setMenu(self.menu)
        self.paint = QPushButton(icon("brush", checked="on_accent"), "Paint a source")
        self.paint.setToolTip(PAINT)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.add)
        buttons.addWidget(self.paint)
        buttons.addStretch(1)
        self._parts: PartRows[BendRow] = PartRows(before=self.paint)
        self.column.addLayout(buttons)
        self.column.addWidget(self.empty)
        self.column.addLayout(self._parts.column)
        self.column.addStretch(1)
        self.menu.triggered.connect(self._on_add)
        self.paint.clicked.connect(self._on_paint)
        painter.painted.connect(self._on_painted)
        painter.changed.connect(self._show_brush)
        painter.reached.connect(self._on_reached)
        sources.chosen.connect(self._on_source)
        studio.thumbnails.ready.connect(self._on_thumbnail)

    @property
    def rows(self) -> dict[str, BendRow]:
        """The rows by the names of what they show."""
        return self._parts.by_name

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter: those of rows come and go with them."""
        return self._parts.control(path)

    def show_model(self, model: Model) -> None:  # noqa: ARG002 - rows ask the document
        """Start over: steps and units are the model's."""
        self._painter.stop()
        self._parts.clear()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each, in their order."""
        known = interventions_of(recipe.interventions)
        self._parts.show_parts(known, form_of, self._make_row)
        for place, (name, each) in enumerate(known.items()):
            row = self.rows[name]
            row.show_intervention(each, first=place == 0, last=place == len(known) - 1)
            row.show_recipe(recipe)
            if isinstance(row, RegionRow) and isinstance(each, Region):
                image = self._thumbnails.get(self._alone(recipe, each))
                if image is not None:
                    row.show_picture(image)
        self.empty.setVisible(not known)
        regions = sum(isinstance(each, Region) for each in known.values())
        self.paint.setEnabled(regions < MOST_REGIONS)
        self.paint.setToolTip(PAINT if regions < MOST_REGIONS else FULL)

    def _make_row(self, each: AnyIntervention) -> BendRow:
        model = self.document.model
        assert model is not None
        row: BendRow
        if isinstance(each, Region):
            row = RegionRow(each, self.document, model, self._sources)
            row.source_chosen.connect(self._on_seed)
        else:
            row = InterventionRow(each, self.document, model)
        row.changed.connect(self._put)
        row.muted.connect(self._on_muted)
        row.renamed.connect(self._on_renamed)
        row.moved.connect(self._on_moved)
        row.removed.connect(self._on_removed)
        row.painted.connect(self._on_brush)
        return row

    def _alone(self, recipe: Recipe, region: Region) -> ModelRecipe:
        """The source of a region by itself, independent of what the hand is moving."""
        model = self.document.model
        assert model is not None
        alone = recipe.replace(
            source=region.source,
            mixing=(),
            edits=(),
            interventions=(),
            stages=(),
            truncation_psi=FIRST_PSI,
            truncation_cutoff=None,
            style=None,
        )
        return ModelRecipe(model, alone)

    # --- what the hand does --------------------------------------------------------------

    def _found(self, name: str) -> AnyIntervention | None:
        recipe = self.document.recipe
        return None if recipe is None else interventions_of(recipe.interventions).get(name)

    @Slot(object, str)
    def _put(self, changed: AnyIntervention, text: str, gesture: object = None) -> None:
        recipe = self.document.recipe
        if recipe is not None and self._found(changed.name) is not None:
            self.document.set(moves.put(recipe, changed), text, gesture)

    @Slot("QAction*")
    def _on_add(self, action: QAction) -> None:
        recipe, model = self.document.recipe, self.document.model
        if recipe is not None and model is not None:
            changed, name = moves.with_operation(recipe, model, action.data())
            self._wanted = name
            self.document.set(changed, f"Add {name}")

    @Slot()
    def _on_paint(self) -> None:
        """Add a region that lies nowhere yet, and give the hand the brush for it."""
        recipe, model = self.document.recipe, self.document.model
        if recipe is not None and model is not None:
            changed, name = moves.with_region(recipe, model, self.document.label())
            self._wanted = name
            self.document.set(changed, f"Add {name}")
            self._painter.start(name)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the area that scrolls this panel, which the shell has put it into."""
        super().showEvent(event)
        area = self._area()
        if area is not None and not self._is_following:
            self._is_following = True
            area.verticalScrollBar().rangeChanged.connect(self._scroll)

    def _area(self) -> QScrollArea | None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        return above

    @Slot()
    def _scroll(self) -> None:
        """Scroll to a new row, now that there is room for it."""
        row, area = self.rows.get(self._wanted), self._area()
        if row is None or area is None:
            return
        area.ensureWidgetVisible(row, 0, 8)
        if row.visibleRegion().boundingRect().height() >= min(row.height(), area.height()):
            self._wanted = ""

    @Slot(str, bool)
    def _on_brush(self, name: str, on: bool) -> None:
        if on:
            self._painter.start(name)
        else:
            self._painter.stop()

    @Slot(str)
    def _show_brush(self, painted: str) -> None:
        for name, row in self.rows.items():
            row.brush.setChecked(name == painted)

    @Slot(str, object, object)
    def _on_painted(self, name: str, mask: Mask, gesture: object) -> None:
        found = self._found(name)
        if found is None:
            return
        # Where nothing is left, an operation acts everywhere again; a region has to lie somewhere.
        wanted = None if mask.is_empty and isinstance(found, Intervention) else mask
        self._put(replace(found, mask=wanted), f"Paint {name}", gesture)

    @Slot(str, float)
    def _on_reached(self, name: str, share: float) -> None:
        row = self.rows.get(name)
        if row is not None:
            row.say(f"Later layers spread it: it can change {100 * share:.0f} % of the picture.")

    @Slot(str, object, object)
    def _on_seed(self, name: str, source: Source, gesture: object) -> None:
        found = self._found(name)
        if isinstance(found, Region):
            self._put(replace(found, source=source), "Change seed", (name, gesture))

    @Slot(str, object, str)
    def _on_source(self, name: str, source: Source, text: str) -> None:
        found = self._found(name)
        if isinstance(found, Region):
            self._put(replace(found, source=source), text)

    @Slot(str, bool)
    def _on_muted(self, name: str, on: bool) -> None:
        found = self._found(name)
        if found is not None:
            self._put(replace(found, muted=on), f"{'Mute' if on else 'Unmute'} {name}")

    @Slot(str, str)
    def _on_renamed(self, old: str, new: str) -> None:
        recipe = self.document.recipe
        if recipe is not None and self._found(old) is not None:
            self._painter.stop()
            self.document.set(moves.rename(recipe, old, new), f"Rename {old}")

    @Slot(str, int)
    def _on_moved(self, name: str, places: int) -> None:
        recipe = self.document.recipe
        if recipe is not None and self._found(name) is not None:
            self.document.set(moves.move(recipe, name, places), f"Move {name}")

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            self.document.set(moves.remove(recipe, name), f"Remove {name}")

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        recipe = self.document.recipe
        if recipe is None or pair.model is not self.document.model:
            return
        for name, each in interventions_of(recipe.interventions).items():
            row = self.rows.get(name)
            if not isinstance(row, RegionRow) or not isinstance(each, Region):
                continue
            if pair == self._alone(recipe, each):
                row.show_picture(image)
