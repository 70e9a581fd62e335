"""Thumbnails for the panels: asked for by recipe, answered when the render thread is idle."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from stylestudio.app.core.images import to_qimage

if TYPE_CHECKING:
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.worker import RenderWorker
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model
    from stylestudio.render.pixels import Pixels

CACHED = 2000  # 16 KiB each
RETRY_SECONDS = 2.0  # after a failure; what always fails must not keep the render thread busy


class Thumbnails(QObject):
    """Keeps the latest thumbnails; `ready` tells that one more can be had.

    One that failed is asked for again when somebody wants it later.
    """

    ready = Signal(object, QImage)  # ModelRecipe, image

    def __init__(self, worker: RenderWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        # By recipe, which names its model: a model here would stay in memory once it is closed.
        self._images: OrderedDict[Recipe, QImage] = OrderedDict()
        self._asked: set[Recipe] = set()
        self._failed: dict[Recipe, float] = {}  # when, by time.monotonic
        worker.thumbnail_done.connect(self._keep)
        worker.thumbnail_failed.connect(self._on_failure)

    def get(self, pair: ModelRecipe, *, first: bool = False, last: bool = False) -> QImage | None:
        """Return the thumbnail, or None and emit `ready` with it later.

        It comes soon if `first`, and after all others if `last`.
        """
        recipe = pair.recipe
        image = self.kept(recipe)
        if image is None and recipe not in self._asked and not self._has_just_failed(recipe):
            self._asked.add(recipe)
            self._worker.request_thumbnail(pair, last=last)
        if image is None and first:
            self._worker.hurry_thumbnail(pair)
        return image

    @property
    def nbytes(self) -> int:
        """Bytes of the thumbnails that are kept."""
        return sum(image.sizeInBytes() for image in self._images.values())

    def kept(self, recipe: Recipe) -> QImage | None:
        """Return the thumbnail if it is there, without asking for it."""
        image = self._images.get(recipe)
        if image is not None:
            self._images.move_to_end(recipe)
        return image

    @Slot(object)
    def forget_model(self, model: Model) -> None:
        """Drop what was asked for of a model that is being closed."""
        for recipe in self._worker.forget_thumbnails_of(model):
            self._asked.discard(recipe)

    def _has_just_failed(self, recipe: Recipe) -> bool:
        return time.monotonic() - self._failed.get(recipe, -RETRY_SECONDS) < RETRY_SECONDS

    @Slot(object, object)
    def _keep(self, pair: ModelRecipe, pixels: Pixels) -> None:
        self._asked.discard(pair.recipe)
        self._failed.pop(pair.recipe, None)
        image = to_qimage(pixels)
        self._images[pair.recipe] = image
        while len(self._images) > CACHED:
            self._images.popitem(last=False)
        self.ready.emit(pair, image)

    @Slot(object)
    def _on_failure(self, recipe: Recipe) -> None:
        self._asked.discard(recipe)
        now = time.monotonic()
        self._failed = {r: t for r, t in self._failed.items() if now - t < RETRY_SECONDS}
        self._failed[recipe] = now
