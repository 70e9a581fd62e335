"""Takes units away, boosts or inserts them on the picture on show, where it is brushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import mask_in
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.recipe import Intervention, Mask, interventions_of

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import UnitSet
    from stylestudio.recipe import Recipe

SOFTNESS = 0.5  # of the brush, at first
EVERYWHERE = "Acts everywhere; paint on the picture to limit it"
FOUND = "Acts where the thing is found; paint on the picture to limit it"
NOWHERE = "Paint where to insert the units"


class UnitBrush(QObject):
    """Puts interventions with units into the recipe, and their masks as they are painted.

    What one press of a button and the strokes after it do is one step to undo.
    """

    said = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._name = ""  # of the intervention whose mask is painted
        self._empty: Mask | None = None  # its mask where nothing is painted
        self._session = 0
        self.brush = BrushTool()
        self.brush.softness = SOFTNESS
        self.brush.shows_region = False  # the picture shows what it does
        self.brush.painted.connect(self._on_painted)
        self._tools = ToolSet("Paint where units act", (self.brush,), studio.view.canvas, self)
        self._tools.ended.connect(self._on_ended)
        studio.document.recipe_changed.connect(self._follow)

    def ablate(self, units: UnitSet) -> None:
        """Take units away where their thing is found, until something is painted.

        Units that were ticked by eye stand for no known thing, and are taken away everywhere.
        """
        self._begin(units.ablate(), None, FOUND if units.locator else EVERYWHERE)

    def boost(self, units: UnitSet) -> None:
        """Double units, everywhere until something is painted."""
        self._begin(units.boost(), None, EVERYWHERE)

    def insert(self, units: UnitSet) -> None:
        """Insert units where it will be painted."""
        nowhere = Mask.from_array(np.zeros((1, 1)))
        self._begin(units.insert(nowhere), nowhere, NOWHERE)

    def _begin(self, intervention: Intervention, empty: Mask | None, hint: str) -> None:
        recipe = self._studio.document.recipe
        if recipe is None:
            return
        tools = self._studio.canvas_tools
        tools.stop(self._tools)
        self.brush.clear()
        self._session += 1
        self._put(intervention)
        self._name, self._empty = intervention.name, empty
        tools.start(self._tools)
        self.said.emit(hint)

    @Slot(object)
    def _on_painted(self, marks: QImage | None) -> None:
        recipe = self._studio.document.recipe
        if recipe is None or not self._name:
            return
        found = interventions_of(recipe.interventions).get(self._name)
        if not isinstance(found, Intervention):
            return
        painted = None if marks is None else mask_in(marks)
        mask = self._empty if painted is None or not painted.any() else Mask.from_array(painted)
        self._put(replace(found, mask=mask))

    def _put(self, intervention: Intervention) -> None:
        recipe = self._studio.document.recipe
        assert recipe is not None
        self._studio.document.set(
            recipe.intervene(intervention), intervention.name, ("units", self._session)
        )

    @Slot(object)
    def _follow(self, recipe: Recipe) -> None:
        """Put the brush away once undo, or a hand, has taken away what it paints for."""
        if self._name and self._name not in interventions_of(recipe.interventions):
            self._studio.canvas_tools.stop(self._tools)

    @Slot()
    def _on_ended(self) -> None:
        self._name = ""
