"""Paints the mask of an intervention on the picture, and shows how far the layers spread it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import marks_at, mask_in
from stylestudio.app.core.task import FILES
from stylestudio.app.widgets.brush import RecipeBrush
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe import Mask, Region, interventions_of
from stylestudio.render import influence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.widgets.canvas_tool import PictureArea
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import AnyIntervention
    from stylestudio.render import Model

SOFTNESS = 0.5  # of the brush, at first


class MaskBrush(RecipeBrush):
    """A brush whose region has a dashed line around what it can change.

    Both are drawn while the pointer is over the picture, which is free to be looked at otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reach: NDArray[np.bool_] | None = None
        self.softness = SOFTNESS

    def show_reach(self, reach: NDArray[np.bool_] | None) -> None:
        """Draw a line around these places [R, R] of the picture; None for none."""
        self._reach = reach
        self.changed.emit()

    def paint(self, painter: QPainter, area: PictureArea, *, active: bool) -> None:
        """Draw the region, and the line around what it can change."""
        if self._pointer is None:
            return
        super().paint(painter, area, active=active)
        if self._reach is None or self._reach.all() or not self._reach.any():
            return
        rows, columns = (np.flatnonzero(self._reach.any(axis)) for axis in (1, 0))
        side = len(self._reach)
        corner = area.rect.topLeft()
        across, down = area.rect.width() / side, area.rect.height() / side
        left, right = columns[0] * across, (columns[-1] + 1) * across
        top, bottom = rows[0] * down, (rows[-1] + 1) * down
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(current_theme().accent), 1, Qt.PenStyle.DashLine))
        painter.drawRect(
            round(corner.x() + left),
            round(corner.y() + top),
            round(right - left),
            round(bottom - top),
        )


class MaskPainter(QObject):
    """Gives the hand a brush for the mask of one intervention at a time.

    Each stroke is a step to undo; the brush follows.
    """

    painted = Signal(str, object, object)  # name, Mask or None for everywhere, gesture token
    changed = Signal(str)  # the name of what is painted now, "" for none
    reached = Signal(str, float)  # name, the share of the picture that it can change

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self.name = ""
        self._cleared = 0  # times
        self._given: Mask | None = None  # what the brush shows
        self._task: Task | None = None
        self._looked_at: tuple[object, ...] = ()  # what decides how far it reaches
        self.brush = MaskBrush()
        self.brush.painted.connect(self._on_painted)
        self._tools = ToolSet("Paint a mask", (self.brush,), studio.view.canvas, self)
        self._tools.ended.connect(self._on_ended)
        studio.document.recipe_changed.connect(self._follow)

    def start(self, name: str) -> None:
        """Paint the mask of an intervention of the recipe on show."""
        tools = self._studio.canvas_tools
        tools.stop(self._tools)
        found = self._intervention(name)
        if found is None:
            return
        self.name = name
        self._show(found.mask)
        tools.start(self._tools)
        self._look_how_far(found)
        self.changed.emit(name)

    def stop(self) -> None:
        """Put the brush away."""
        self._studio.canvas_tools.stop(self._tools)

    def _intervention(self, name: str) -> AnyIntervention | None:
        recipe = self._studio.document.recipe
        return None if recipe is None else interventions_of(recipe.interventions).get(name)

    def _show(self, mask: Mask | None) -> None:
        """Let the brush go on from a mask; none yet is an empty one."""
        self._given = mask
        self.brush.show_marks(marks_at(mask, self._studio.view.canvas.image.size()))

    @Slot(object)
    def _on_painted(self, marks: QImage | None) -> None:
        found = self._intervention(self.name) if self.name else None
        if found is None or self._studio.canvas_tools.current is not self._tools:
            return
        mask = Mask.from_array(np.zeros((1, 1)) if marks is None else mask_in(marks))
        self._given = mask
        # What takes back that all was cleared is one with it, and leaves no step.
        self._cleared += marks is None
        step = "paint", self.name, self.brush.strokes, self._cleared
        self.painted.emit(self.name, mask, step)

    @Slot(object)
    def _follow(self) -> None:
        """Show what undo, a session or another look brought, and how far what was changed now
        reaches; stop where it is gone.
        """
        if not self.name:
            return
        found = self._intervention(self.name)
        if found is None:
            self.stop()
            return
        if found.mask != self._given:
            self._show(found.mask)
        if _places(found) != self._looked_at:
            self._look_how_far(found)

    @Slot()
    def _on_ended(self) -> None:
        self._drop_task()
        self.name = ""
        self.brush.show_reach(None)
        self.changed.emit("")

    def _look_how_far(self, found: AnyIntervention) -> None:
        """Find out, beside the window, which places it can change."""
        self._drop_task()
        self._looked_at = _places(found)
        model = self._studio.document.model
        if model is None or found.mask is None or found.mask.is_empty:
            self.brush.show_reach(None)
            return
        task = self._studio.tasks.start(
            f"Find what {found.name} can change",
            partial(_reach, model, found),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        self._task = task
        task.succeeded.connect(partial(self._on_reach, found.name))

    def _on_reach(self, name: str, reach: NDArray[np.bool_]) -> None:
        if name == self.name:
            self.brush.show_reach(reach)
            self.reached.emit(name, float(reach.mean()))

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None


def _places(found: AnyIntervention) -> tuple[object, ...]:
    """What decides which places it can change, whatever it does there."""
    if isinstance(found, Region):
        return found.mask, found.first, found.last, found.feather, found.right, found.down
    return found.mask, found.step


def _reach(
    model: Model,
    found: AnyIntervention,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> NDArray[np.bool_]:
    return influence(model, found)
