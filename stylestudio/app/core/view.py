"""What the canvas shows, and the same picture in full quality for whoever takes it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import ModelRecipe, render_in_full

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from stylestudio.app.core.jobs import JobRunner
    from stylestudio.app.core.worker import Rendered
    from stylestudio.app.widgets.canvas import Canvas
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets
    from stylestudio.render.renderer import Pixels

    Take = Callable[[QImage], None]

ZOOM_STEP = 1.25


class View(QObject):
    """Holds what the canvas shows; what is taken from it is taken in full quality."""

    failed = Signal(str)
    full_shown = Signal()  # a picture of full quality

    def __init__(self, canvas: Canvas, jobs: JobRunner, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self.shown_recipe: Recipe | None = None  # of the last picture of full quality
        self.is_draft = False  # the picture on the canvas
        self._jobs = jobs
        self._assets = assets
        self._on_show: ModelRecipe | None = None  # draft or not

    def show(self, rendered: Rendered) -> None:
        """Put a frame on the canvas."""
        assert rendered.frame is not None
        self._on_show = rendered.pair
        self.canvas.set_image(to_qimage(rendered.frame.pixels))
        self.is_draft = rendered.frame.draft is not None
        if not self.is_draft:
            self.shown_recipe = rendered.frame.recipe
            self.full_shown.emit()

    def take(self, take: Take) -> None:
        """Call `take` with the picture on show in full quality: at once, or once it is rendered.

        Whatever the hand does meanwhile, it is the picture that was on show. Without a picture,
        nothing is called.
        """
        if self._on_show is None:
            return
        if self.is_draft:
            work = partial(_render, take, self._on_show, self._assets)
            self._jobs.start(work, self._on_rendered, self._on_failure)
        else:
            take(self.canvas.image.copy())

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() * ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Shrink the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() / ZOOM_STEP)

    @Slot(object)
    def _on_rendered(self, taken: tuple[Take, Pixels]) -> None:
        take, pixels = taken
        take(to_qimage(pixels))

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)


def _render(take: Take, pair: ModelRecipe, assets: Assets) -> tuple[Take, Pixels]:
    return take, render_in_full(pair, assets)
