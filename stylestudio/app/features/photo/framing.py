"""The part of the photo dock in which the square, the points and the mask are placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PySide6.QtCore import QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import mask_in, to_qimage
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.photo.photo_frame import PhotoFrame
from stylestudio.app.widgets.context_menu import Choice, of_buttons, offer
from stylestudio.inversion import Crop, Photo, crop_by_handles, cut
from stylestudio.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.app.core.canvas_tools import CanvasTools
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.photo.crop_finder import CropFinder
    from stylestudio.render import Model

FIND = "Find crop"
FIND_TIP = (
    "Look for what the model paints, such as a head: in the whole photo, or near the crop once you "
    "have moved it"
)
PREVIEW = 512  # pixels of the photo's longer side on show
ELSEWHERE = 0.1  # how much counts what is not painted, where something is
# Eyes and corners of the mouth, as portraits mostly have them; both sets are there to be dragged.
USUAL_POINTS = ((0.40, 0.47), (0.60, 0.47), (0.44, 0.64), (0.56, 0.64))


class FramePart(QWidget):
    """A photo to frame and to paint on, with the model's average picture for points."""

    chosen = Signal(object)  # Crop

    def __init__(
        self, thumbnails: Thumbnails, canvas_tools: CanvasTools, finder: CropFinder
    ) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._finder = finder
        self._canvas_tools = canvas_tools
        self._photo: Photo | None = None
        self._average: ModelRecipe | None = None
        self.frame = Crop()
        self.picture = PhotoFrame("Photo")
        self.picture.setMinimumHeight(190)
        self._tools = ToolSet("Mark what matters", (self.picture.brush,), self.picture, self)
        self.average = PhotoFrame("The model's average picture", framed=False)
        self.average.setFixedHeight(130)
        self.average.hide()
        self.find_crop = _tool(FIND, FIND_TIP, checkable=False)
        self.brush = _tool("Brush", "Paint the areas that matter; the right button erases")
        self.points = _tool("Points", "Place eyes and mouth on photo and model; the crop follows")
        self.reset = _tool("Reset crop", "Centre the crop on the photo", checkable=False)
        self.clear = _tool("Clear mask", "Erase the painted areas", checkable=False)
        tools = QGridLayout()  # two by two, since docks are narrow
        tools.addWidget(self.find_crop, 0, 0, 1, 2)
        for place, tool in enumerate(self._small_tools):
            tools.addWidget(tool, 1 + place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        column.addLayout(tools)  # above what comes and goes, so that no button moves
        column.addWidget(self.picture, 1)
        column.addWidget(self.average)
        self.picture.frame_edited.connect(self._on_frame)
        self.picture.points_edited.connect(self._on_points)
        self.average.points_edited.connect(self._on_points)
        self.brush.toggled.connect(self._on_brush)
        self._tools.ended.connect(lambda: self.brush.setChecked(False))
        self.points.toggled.connect(self._on_points_shown)
        self.find_crop.clicked.connect(self._on_find)
        finder.found.connect(self._on_found)
        finder.changed.connect(self._on_finder_changed)
        self.reset.clicked.connect(self._on_reset)
        self.clear.clicked.connect(self.picture.brush.clear)
        thumbnails.ready.connect(self._on_thumbnail)
        offer(self.picture, self._choices)

    @property
    def _small_tools(self) -> tuple[QPushButton, ...]:
        return self.points, self.brush, self.reset, self.clear

    def show_photo(self, photo: Photo) -> None:
        """Show another photo, framed in its middle."""
        self._finder.stop()
        self._photo = photo
        pixels = ((photo.pixels + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0)
        image = to_qimage(np.ascontiguousarray(pixels.numpy()))
        if max(image.width(), image.height()) > PREVIEW:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode
            image = image.scaled(PREVIEW, PREVIEW, keep, smooth.SmoothTransformation)
        self.picture.set_image(image)
        self.points.setChecked(False)
        self.brush.setChecked(False)
        self.set_frame(Crop())

    def set_available(self, *, has_photo: bool, busy: bool) -> None:
        """Let the hand place the square, unless the photo is being searched for."""
        if busy:
            self._finder.stop()
        for tool in (self.find_crop, *self._small_tools):
            tool.setEnabled(has_photo and not busy)
        self.picture.setEnabled(not busy)
        self.average.setEnabled(not busy)

    def show_average(self, model: Model) -> None:
        """Take over the average picture of another model."""
        self._finder.stop()
        self._average = ModelRecipe(model, Recipe.from_seed(0, model, truncation_psi=0.0))
        self.average.set_image(QImage())
        self.points.setChecked(False)

    def set_frame(self, frame: Crop) -> None:
        """Show a frame."""
        self.frame = frame
        self.picture.set_frame(frame)

    def weights(self, resolution: int, frame: Crop | None = None) -> Tensor | None:
        """What counts how much, [R, R], within the frame or another; None if nothing is painted."""
        image = self.picture.brush.marks
        if image is None or self._photo is None:
            return None
        painted = torch.from_numpy(mask_in(image))
        weights = ELSEWHERE + (1 - ELSEWHERE) * painted
        return cut(Photo(weights.expand(3, -1, -1)), frame or self.frame, resolution)[0, 0]

    def framed(self, frame: Crop, resolution: int) -> QImage:
        """What lies in a frame of the photo, as a picture."""
        assert self._photo is not None
        pixels = cut(self._photo, frame, resolution)[0].permute(1, 2, 0)
        return to_qimage(((pixels + 1) * 127.5).round().clamp(0, 255).byte().contiguous().numpy())

    def _choices(self, _place: QPoint) -> list[Choice]:
        """What can be done with the photo, unless the right button erases."""
        if self._canvas_tools.current is self._tools:
            return []
        choose = Choice("Choose a photo…", self.picture.asked.emit)
        return [choose, *of_buttons(self.find_crop, *self._small_tools)]

    @Slot(object)
    def _on_frame(self, frame: Crop) -> None:
        self._finder.stop()
        self.frame = frame
        self.chosen.emit(frame)

    @Slot()
    def _on_find(self) -> None:
        if self._finder.is_running:
            self._finder.stop()
        elif self._photo is not None and self._average is not None:
            self._finder.start(self._average.model, self._photo, self.frame)

    @Slot()
    def _on_finder_changed(self) -> None:
        self.find_crop.setText("Stop" if self._finder.is_running else FIND)

    @Slot(object)
    def _on_found(self, frame: Crop) -> None:
        self.points.setChecked(False)
        self.set_frame(frame)
        self.chosen.emit(frame)

    @Slot()
    def _on_points(self) -> None:
        if self._photo is None:
            return
        self._finder.stop()
        try:
            frame = crop_by_handles(self._photo, self.picture.points(), self.average.points())
        except ValueError:
            return  # points lie on top of each other for a moment
        self.set_frame(frame)
        self.chosen.emit(frame)

    @Slot(bool)
    def _on_brush(self, on: bool) -> None:
        if on:
            self._canvas_tools.start(self._tools)
        else:
            self._canvas_tools.stop(self._tools)

    @Slot(bool)
    def _on_points_shown(self, on: bool) -> None:
        self.average.setVisible(on)
        if not on or self._photo is None:
            self.picture.set_points(())
            return
        self.average.set_points(USUAL_POINTS)
        self.picture.set_points([self._on_photo(*point) for point in USUAL_POINTS])
        if self._average:
            image = self._thumbnails.get(self._average)
            if image is not None:
                self.average.set_image(image)

    def _on_photo(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the model's picture lies on the photo, in the present frame."""
        place = self.picture.place_in_frame(QPointF(x - 0.5, y - 0.5))
        return place.x(), place.y()

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        if pair == self._average and self.points.isChecked():
            self.average.set_image(image)

    @Slot()
    def _on_reset(self) -> None:
        self._finder.stop()
        self.points.setChecked(False)
        self.set_frame(Crop())
        self.chosen.emit(self.frame)


def _tool(text: str, tip: str, *, checkable: bool = True) -> QPushButton:
    tool = QPushButton(text)
    tool.setToolTip(tip)
    tool.setCheckable(checkable)
    tool.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return tool
