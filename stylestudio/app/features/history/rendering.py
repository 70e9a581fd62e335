"""Pictures for a dialog, one after the other, off the window's thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import render_in_full
from stylestudio.app.core.task import FILES
from stylestudio.render import Thumbnailer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets
    from stylestudio.render.pixels import Pixels


class Rendering(QObject):
    """Renders recipes in their order; others that are asked for take the place of those left."""

    ready = Signal(int, object)  # the place of a recipe, QImage

    def __init__(self, studio: Studio, side: int | None, parent: QObject) -> None:
        """`side` is in pixels, None for pictures in full."""
        super().__init__(parent)
        self._studio, self._side = studio, side
        self._pairs: Sequence[ModelRecipe] = ()
        self._task: Task | None = None

    def start(self, pairs: Sequence[ModelRecipe]) -> None:
        """Render these."""
        self.stop()
        self._pairs = pairs
        self._next(0)

    def stop(self) -> None:
        """Render no more."""
        if self._task is not None:
            self._task.drop()
            self._task = None

    def _next(self, place: int) -> None:
        if place >= len(self._pairs):
            self._task = None
            return
        self._task = self._studio.tasks.start(
            "Render a step of the history",
            partial(_rendered, self._pairs[place], self._side, self._studio.assets),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        self._task.succeeded.connect(partial(self._on_rendered, place))

    def _on_rendered(self, place: int, pixels: Pixels) -> None:
        self.ready.emit(place, to_qimage(pixels))
        self._next(place + 1)


def _rendered(
    pair: ModelRecipe,
    side: int | None,
    assets: Assets,
    _report: Callable[[Progress], None],
    cancel: Cancel,
) -> Pixels:
    if side is None:
        return render_in_full(pair, assets)
    stop = lambda: cancel.is_cancelled  # noqa: E731
    return Thumbnailer(side, assets).render(pair.model, pair.recipe, stop)
