"""Thumbnails for the panels: asked for by look, answered when the render thread is idle."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from stylestudio.app.images import to_qimage

if TYPE_CHECKING:
    from stylestudio.app.document import Look
    from stylestudio.app.worker import RenderWorker
    from stylestudio.render.renderer import Pixels

CACHED = 2000  # 16 KiB each


class Thumbnails(QObject):
    """Keeps the latest thumbnails; `ready` tells that one more can be had."""

    ready = Signal(object, QImage)  # Look, image

    def __init__(self, worker: RenderWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._images: OrderedDict[Look, QImage] = OrderedDict()
        self._asked: set[Look] = set()
        worker.thumbnail_done.connect(self._keep)

    def get(self, look: Look) -> QImage | None:
        """Return the thumbnail, or None and emit `ready` with it later."""
        image = self._images.get(look)
        if image is not None:
            self._images.move_to_end(look)
        elif look not in self._asked:
            self._asked.add(look)
            self._worker.request_thumbnail(look)
        return image

    def forget_requests(self) -> None:
        """Drop what was asked for and not answered, because it is no longer on show."""
        self._asked.clear()
        self._worker.forget_thumbnails()

    @Slot(object, object)
    def _keep(self, look: Look, pixels: Pixels) -> None:
        self._asked.discard(look)
        image = to_qimage(pixels)
        self._images[look] = image
        while len(self._images) > CACHED:
            self._images.popitem(last=False)
        self.ready.emit(look, image)
