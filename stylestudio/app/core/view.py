"""What the canvas shows, and the same picture in full quality for whoever takes it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.app.core.task import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.core.worker import Rendered
    from stylestudio.app.widgets.canvas import Canvas
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets
    from stylestudio.render.pixels import Pixels

    Take = Callable[[QImage], None]

ZOOM_STEP = 1.25


class View(QObject):
    """Holds what the canvas shows; what is taken from it is taken in full quality."""

    full_shown = Signal()  # a picture of full quality

    def __init__(self, canvas: Canvas, tasks: Tasks, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self.shown_recipe: Recipe | None = None  # of the last picture of full quality
        self.is_draft = False  # the picture on the canvas
        self.pinned: Recipe | None = None  # of the picture that others are compared with
        self._tasks = tasks
        self._assets = assets
        self._taking: dict[Take, Task] = {}  # what was asked for last by each
        self._on_show: ModelRecipe | None = None  # draft or not

    def show(self, rendered: Rendered) -> None:
        """Put a frame on the canvas."""
        assert rendered.frame is not None
        self._on_show = rendered.pair
        self.canvas.set_image(to_qimage(rendered.frame.pixels), rendered.frame.side)
        self.is_draft = rendered.frame.draft is not None
        if not self.is_draft:
            self.shown_recipe = rendered.frame.recipe
            self.full_shown.emit()

    def pin(self, take: Take) -> None:
        """Note which picture others are compared with, and take it."""
        if self._on_show is not None:
            self.pinned = self._on_show.recipe
        self.take(take)

    def take(self, take: Take) -> None:
        """Call `take` with the picture on show in full quality: at once, or once it is rendered.

        Whatever the hand does meanwhile, it is the picture that was on show. Without a picture,
        nothing is called.
        """
        if self._on_show is None:
            return
        earlier = self._taking.pop(take, None)
        if earlier is not None:
            earlier.drop()  # it would come after this one
        if not self.is_draft:
            take(self.canvas.image.copy())
            return
        work = partial(_render, self._on_show, self._assets)
        title = "Render the picture on show"
        task = self._tasks.start(title, work, lane=FILES, owner=self, is_listed=False)
        task.succeeded.connect(lambda pixels: take(to_qimage(pixels)))
        self._taking[take] = task

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() * ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Shrink the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() / ZOOM_STEP)


def _render(
    pair: ModelRecipe, assets: Assets, _report: Callable[[Progress], None], _cancel: Cancel
) -> Pixels:
    return render_in_full(pair, assets)
