"""Takes units away, boosts or inserts them on the picture on show, where it is brushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import marks_at, mask_in
from stylestudio.app.widgets.brush import RecipeBrush
from stylestudio.recipe import Intervention, Mask, free_name, interventions_of

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import UnitSet
    from stylestudio.recipe import AnyIntervention, Recipe

SOFTNESS = 0.5  # of the brush, at first
EVERYWHERE = "Acts everywhere; paint on the picture to limit it"
FOUND = "Acts where the thing is found; paint on the picture to limit it"
NOWHERE = "Paint where to insert the units"


class UnitBrush(QObject):
    """Puts interventions with units into the recipe, and their masks as they are painted.

    One press of a button and its first stroke are one step to undo, each further stroke another;
    the brush follows.
    """

    said = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._name = ""  # of the intervention whose mask is painted
        self._empty: Mask | None = None  # its mask where nothing is painted
        self._given: Mask | None = None  # what the brush shows
        self._session = 0
        self._cleared = 0  # times
        self.brush = RecipeBrush()
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
        own = intervention.name
        intervention = _beside_others(intervention, recipe)
        self._session += 1
        self.brush.strokes = 0
        self._given = intervention.mask
        self._put(intervention)
        self._name, self._empty = intervention.name, empty
        tools.start(self._tools)
        named = "" if intervention.name == own else f"Named {intervention.name}. "
        self.said.emit(f"{named}{hint}")

    @Slot(object)
    def _on_painted(self, marks: QImage | None) -> None:
        recipe = self._studio.document.recipe
        found = None if recipe is None else self._painted_in(recipe)
        if found is None:
            return
        painted = None if marks is None else mask_in(marks)
        mask = self._empty if painted is None or not painted.any() else Mask.from_array(painted)
        self._given = mask
        # What takes back that all was cleared is one with it, and leaves no step.
        self._cleared += marks is None
        self._put(replace(found, mask=mask))

    def _painted_in(self, recipe: Recipe) -> Intervention | None:
        """The intervention whose mask is painted, as a recipe has it."""
        found = interventions_of(recipe.interventions).get(self._name) if self._name else None
        return found if isinstance(found, Intervention) else None

    def _put(self, intervention: Intervention) -> None:
        recipe = self._studio.document.recipe
        assert recipe is not None
        step = "units", self._session, max(1, self.brush.strokes), self._cleared
        self._studio.document.set(recipe.intervene(intervention), intervention.name, step)

    @Slot(object)
    def _follow(self, recipe: Recipe) -> None:
        """Show the mask that undo, or a hand, brought; put the brush away where it is gone."""
        if not self._name:
            return
        found = self._painted_in(recipe)
        if found is None:
            self._studio.canvas_tools.stop(self._tools)
        elif found.mask != self._given:
            self._given = found.mask
            self.brush.show_marks(marks_at(found.mask, self._studio.view.canvas.image.size()))

    @Slot()
    def _on_ended(self) -> None:
        self._name = ""


def _beside_others(intervention: Intervention, recipe: Recipe) -> Intervention:
    """The intervention, under a free name where its own is that of what acts on other units."""
    known = interventions_of(recipe.interventions)
    others = [name for name, each in known.items() if not _share_units(each, intervention)]
    return replace(intervention, name=free_name(intervention.name, others))


def _share_units(one: AnyIntervention, other: Intervention) -> bool:
    """Whether both act on the same step, with some units in common."""
    if not isinstance(one, Intervention) or one.step != other.step:
        return False
    # None stands for all units.
    return one.units is None or not set(one.units).isdisjoint(other.units or ())
