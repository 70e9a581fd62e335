"""A row for a region that another source is painted into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from stylestudio.app.core.source_controls import SourceControls
from stylestudio.app.features.interventions.row import BendRow, step_box
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.small_button import small_button
from stylestudio.recipe import Region, SeedSource
from stylestudio.recipe.words import describe_source

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.interventions.sources import RegionSources
    from stylestudio.recipe import AnyIntervention, Recipe, Source
    from stylestudio.render import Model

PICTURE = 44
EMPTY = "Paint on the picture where it should go."
FIRST = "From here on the maps come from the source: early steps for shapes, late ones for colours"
LAST = "After this step the picture's own layers go on"
END = "the picture"
OTHERS = "Other sources: the picture's own, one from the history, or a latent"


class RegionRow(BendRow):
    """Its source, the steps that it covers, and how its edge fades."""

    source_chosen = Signal(str, object, object)  # name, Source, gesture token

    def __init__(
        self, shown: Region, document: Document, model: Model, sources: RegionSources
    ) -> None:
        super().__init__(shown, document, model)
        name = shown.name
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE, PICTURE)
        self.picture.setScaledContents(True)
        self.source = ElidedLabel("")
        self.source.setMinimumWidth(40)
        self.source.setProperty("muted", True)
        self.seed = SeedBox(f"Seed of {name}")
        self.choose = small_button("more", OTHERS, f"Source of {name}", checkable=False)
        self.choose.setMenu(sources.menu(name, self.choose))
        self.choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.choose.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        path = f"interventions.{name}.source"
        self.numbers = SourceControls(document, path, elsewhere=(f"{path}.seed",))
        self.first = step_box(model, f"First step of {name}", FIRST)
        self.last = step_box(model, f"Last step of {name}", LAST, end=END)
        self._lay_out()
        self.seed.edited.connect(self._on_seed)
        self.first.activated.connect(self._on_first)
        self.last.activated.connect(self._on_last)

    def _lay_out(self) -> None:
        of = QHBoxLayout()
        of.setSpacing(6)
        of.addWidget(self.picture)
        of.addWidget(self.source, 1)
        of.addWidget(self.seed, 1)
        of.addWidget(self.choose)
        steps = QHBoxLayout()
        steps.setSpacing(4)
        steps.addWidget(QLabel("From"))
        steps.addWidget(self.first, 1)
        steps.addWidget(QLabel("to"))
        steps.addWidget(self.last, 1)
        for layout in (of, steps):
            self.column.addLayout(layout)
        self.column.insertWidget(1, self.about)
        self.column.addWidget(self.numbers)
        for end, words, tip in (
            ("amount", "Amount", "0 leaves the picture as it is"),
            ("feather", "Feather", "How far its edge fades, to both sides"),
            ("right", "Right", "Moves the region"),
            ("down", "Down", "Moves the region"),
        ):
            self.column.addWidget(self.add_number(end, words, tip))

    def control(self, path: str) -> QWidget | None:
        """The widget that moves a parameter, None where this row has none."""
        if path == f"interventions.{self.name}.source.seed":
            return self.seed if isinstance(self._region.source, SeedSource) else None
        return super().control(path) or self.numbers.control(path)

    def show_intervention(self, shown: AnyIntervention, *, first: bool, last: bool) -> None:
        """Show where it stands, and of what it is."""
        super().show_intervention(shown, first=first, last=last)
        region = self._region
        source = region.source
        seed = source.seed if isinstance(source, SeedSource) else None
        self.seed.set_seed(seed)
        self.source.setText("Seed" if seed is not None else describe_source(source))
        with QSignalBlocker(self.first), QSignalBlocker(self.last):
            self.first.setCurrentIndex(self.first.findData(region.first))
            end = self.last.count() - 1
            self.last.setCurrentIndex(end if region.last is None else region.last)
        steps = len(self.model.network.synthesis.steps)
        if max(region.first, region.last or 0) >= steps:
            self.say(f"This model has steps 0 to {steps - 1} alone: choose others.")
        else:
            self.say(EMPTY if region.mask.is_empty else "")

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the numbers that a recipe has, those of the source too."""
        super().show_recipe(recipe)
        self.numbers.show_recipe(recipe)

    def show_picture(self, image: QImage) -> None:
        """Show what the source looks like by itself."""
        self.picture.setPixmap(QPixmap.fromImage(image))

    @property
    def _region(self) -> Region:
        assert isinstance(self._shown, Region)
        return self._shown

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        source: Source = SeedSource(seed, self.document.label(self._region.source))
        self.source_chosen.emit(self.name, source, gesture)

    @Slot(int)
    def _on_first(self, index: int) -> None:
        first, last = self.first.itemData(index), self._region.last
        last = last if last is None else max(first, last)
        self._put_steps(first, last)

    @Slot(int)
    def _on_last(self, index: int) -> None:
        last, first = self.last.itemData(index), self._region.first
        self._put_steps(first if last is None else min(first, last), last)

    def _put_steps(self, first: int, last: int | None) -> None:
        changed = replace(self._region, first=first, last=last)
        self.changed.emit(changed, f"Change the steps of {self.name}")
