"""Thumbnails for the panels: asked for by look, answered when the render thread is idle."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from stylestudio.app.core.images import to_qimage

if TYPE_CHECKING:
    from stylestudio.app.core.document import Look
    from stylestudio.app.core.worker import RenderWorker
    from stylestudio.recipe import Recipe
    from stylestudio.render.renderer import Pixels

CACHED = 2000  # 16 KiB each


class Thumbnails(QObject):
    """Keeps the latest thumbnails; `ready` tells that one more can be had."""

    ready = Signal(object, QImage)  # Look, image

    def __init__(self, worker: RenderWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        # By recipe, which names its model: a look would keep models alive that were long closed.
        self._images: OrderedDict[Recipe, QImage] = OrderedDict()
        self._asked: set[Recipe] = set()
        worker.thumbnail_done.connect(self._keep)

    def get(self, look: Look, *, first: bool = False) -> QImage | None:
        """Return the thumbnail, or None and emit `ready` with it later, soon if `first`."""
        image = self._images.get(look.recipe)
        if image is not None:
            self._images.move_to_end(look.recipe)
        elif look.recipe not in self._asked:
            self._asked.add(look.recipe)
            self._worker.request_thumbnail(look)
        if image is None and first:
            self._worker.hurry_thumbnail(look)
        return image

    @Slot(object, object)
    def _keep(self, look: Look, pixels: Pixels) -> None:
        self._asked.discard(look.recipe)
        image = to_qimage(pixels)
        self._images[look.recipe] = image
        while len(self._images) > CACHED:
            self._images.popitem(last=False)
        self.ready.emit(look, image)
