"""A region painted on the picture brings up the directions that change it most."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import mask_in
from stylestudio.app.core.task import FILES
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.editing import (
    DirectionError,
    Directions,
    find_channels,
    find_directions,
    rank_by_region,
)
from stylestudio.recipe import ChannelEdit, ModelRef
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.layers import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.features.edits.library import DirectionLibrary
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import AnyEdit
    from stylestudio.render import Assets, Model

BEST = 5  # that come up
BEST_CHANNELS = 2  # among them at most: these have numbers, and the others mostly names
CHANNELS = 12  # style channels that are looked at more closely
COUNT = 12  # of each group of layers, where no directions ship
HINT = "Paint over what should change; the right button erases"


class RegionFinder(QObject):
    """Ranks directions after each stroke on the canvas, by a task."""

    found = Signal(object)  # list of AnyEdit, the best first
    said = Signal(str)
    ended = Signal()  # the brush was put away

    def __init__(self, studio: Studio, library: DirectionLibrary, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._library = library
        self._number = 0  # of the region
        self._task: Task | None = None
        self.brush = BrushTool()
        self.brush.painted.connect(self._on_painted)
        self._tools = ToolSet("Paint to find", (self.brush,), studio.view.canvas, self)
        self._tools.ended.connect(self._on_ended)

    @Slot(bool)
    def set_painting(self, on: bool) -> None:
        """Let a region be painted on the picture, or forget it."""
        if on:
            self._number += 1
            self.brush.clear()
            self._studio.canvas_tools.start(self._tools)
            self.said.emit(HINT)
        else:
            self._studio.canvas_tools.stop(self._tools)

    @Slot()
    def _on_ended(self) -> None:
        self._drop_task()
        self.ended.emit()

    @Slot(object)
    def _on_painted(self, painted: QImage | None) -> None:
        """Look for what changes the region."""
        self._drop_task()
        current = self._studio.document.current
        if current is None or painted is None or not mask_in(painted).any():
            return
        task = self._studio.tasks.start(
            f"Find what changes region {self._number}",
            partial(_rank, current, mask_in(painted), self._library.named, self._studio.assets),
            lane=FILES,  # seconds, and nothing is lost where the window closes meanwhile
            owner=self,
        )
        self._task = task
        task.succeeded.connect(partial(self._on_ranked, self._number, current.model.sha256))

    def _on_ranked(self, number: int, sha256: str, best: list[AnyEdit]) -> None:
        recipe = self._studio.document.recipe
        if recipe is None or recipe.model.sha256 != sha256:
            return
        region = f" (region {number})"
        room = LONGEST_NAME - len(region)
        self.found.emit([replace(edit, name=f"{edit.name[:room]}{region}") for edit in best])

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None


def _rank(
    pair: ModelRecipe,
    mask: NDArray[np.float32],
    named: Directions | None,
    assets: Assets,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> list[AnyEdit]:
    """The best for a region, on a thread of a task."""
    directions = named or _of_each_group(pair.model, cancel)
    with contextlib.suppress(DirectionError):  # a network without styles
        channels = find_channels(pair.model, pair.recipe, mask, CHANNELS, cancel=cancel)
        directions = Directions.from_edits([*directions, *channels], ModelRef.of(pair.model))
    ranked = rank_by_region(
        pair.model, pair.recipe, mask, directions, assets=assets, on_progress=report, cancel=cancel
    )
    edits = [directions.edit(each.name) for each in ranked]
    of_channels = [edit for edit in edits if isinstance(edit, ChannelEdit)][:BEST_CHANNELS]
    others = [edit for edit in edits if not isinstance(edit, ChannelEdit)]
    chosen: list[AnyEdit] = [*of_channels, *others[: BEST - len(of_channels)]]
    return sorted(chosen, key=edits.index)


def _of_each_group(model: Model, cancel: Cancel) -> Directions:
    """SeFa's strongest of each group of layers, which are told apart by where they act."""
    groups = [group for group in GROUPS if any(layer.group == group for layer in model.layers)]
    found = [find_directions(model, "sefa", COUNT, group, cancel=cancel) for group in groups]
    names = tuple(name for each in found for name in each.names)
    rows = np.concatenate([each.rows for each in found])
    layers = np.concatenate([each.layers for each in found if each.layers is not None])
    return Directions(names, rows, layers, ModelRef.of(model), found[0].author)
