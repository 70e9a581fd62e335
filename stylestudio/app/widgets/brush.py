"""The brush: a region painted over a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from stylestudio.app.widgets.canvas_tool import CanvasTool
from stylestudio.app.widgets.theme import current_theme
from stylestudio.app.widgets.value_row import FineSlider

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent

    from stylestudio.app.widgets.canvas_tool import PictureArea

SIZE = 12.0  # percent of the picture's shorter side, across
SIZES = (1.0, 50.0)
GROWTH = 1.2  # of the size, by [ and ]
RINGS = 12  # lines of different widths that a soft stroke is made of
NUDGE = QPointF(0.01, 0)  # a line of no length is not drawn


class BrushTool(CanvasTool):
    """The left button paints a region, the right one erases, or the other way around.

    What was painted is a QImage of Format_Grayscale8, white on black, of the picture's size; None
    for nothing.
    """

    painted = Signal(object)  # what there is after each stroke, and when a stroke was taken back
    options_changed = Signal()

    title = "Brush"
    icon = "brush"
    tip = "Paint a region; the right button erases, and [ and ] change the size"

    def __init__(self) -> None:
        super().__init__()
        self._mask = QImage()
        self._before = QImage()  # the stroke
        self._stroke: str = ""  # "stroke" or "erasure" while a button is pressed
        self._last = QPointF()
        self._pointer: QPointF | None = None
        self._measured: tuple[object, QRect | None] = (None, None)  # which mask, and its extent
        self.size = SIZE
        self.softness = 0.0  # share of the radius over which a stroke fades out
        self.erases = False  # with the left button
        self.shows_region = True  # also between strokes

    @property
    def marks(self) -> QImage | None:
        """What was painted."""
        return None if self._mask.isNull() else self._mask

    def set_marks(self, marks: object) -> None:
        """Put another region in its place, and tell of it."""
        earlier = QImage() if marks is None else marks
        assert isinstance(earlier, QImage)
        if earlier.cacheKey() != self._mask.cacheKey():
            self._mask = earlier
            self.changed.emit()
            self.painted.emit(self.marks)

    def options(self) -> BrushOptions:
        """Size, softness, and what the left button does."""
        return BrushOptions(self)

    def set_options(
        self,
        size: float | None = None,
        softness: float | None = None,
        *,
        erases: bool | None = None,
    ) -> None:
        """Change how it paints."""
        if size is not None:
            self.size = min(max(size, SIZES[0]), SIZES[1])
        self.softness = self.softness if softness is None else softness
        self.erases = self.erases if erases is None else erases
        self.options_changed.emit()
        self.changed.emit()

    def press(self, place: QPointF, area: PictureArea, button: Qt.MouseButton) -> None:
        """Begin a stroke."""
        erases = (button == Qt.MouseButton.RightButton) != self.erases
        self._stroke = "erasure" if erases else "stroke"
        self._before = self._mask
        if self._mask.isNull():
            self._mask = QImage(area.size, QImage.Format.Format_Grayscale8)
            self._mask.fill(0)
        else:
            self._mask = QImage(self._before)  # painting detaches it
        self._last = place
        self._paint_line(place, place, area)

    def move(self, place: QPointF, area: PictureArea) -> None:
        """Continue with the stroke, or show where one would begin."""
        self._pointer = place
        if self._stroke:
            self._paint_line(self._last, place, area)
            self._last = place
        self.changed.emit()

    def release(self) -> None:
        """Finish the stroke."""
        stroke, self._stroke = self._stroke, ""
        if stroke:
            before = None if self._before.isNull() else self._before
            self.marked.emit(stroke, before, self.marks)
            self.painted.emit(self.marks)

    def leave(self) -> None:
        """Show no outline any more."""
        self._pointer = None
        self.changed.emit()

    def key(self, event: QKeyEvent, area: PictureArea) -> bool:  # noqa: ARG002
        """The keys [ and ] change the size, as in other programs."""
        growth = {Qt.Key.Key_BracketLeft: 1 / GROWTH, Qt.Key.Key_BracketRight: GROWTH}
        factor = growth.get(Qt.Key(event.key()))
        if factor is not None:
            self.set_options(self.size * factor)
        return factor is not None

    def extent(self, size: QSize) -> QRect | None:
        """The rectangle around what was painted, soft edges included."""
        if self._mask.isNull():
            return None
        key = (self._mask.cacheKey(), size.width(), size.height())
        if key != self._measured[0]:
            self._measured = key, _bounds(self._mask, size)
        return self._measured[1]

    def _paint_line(self, start: QPointF, end: QPointF, area: PictureArea) -> None:
        """Add a line to the region, or take it away; where lines cross, the stronger counts."""
        scale = self._mask.width() / area.rect.width()
        width = self._width(area) * scale
        erases = self._stroke == "erasure"
        mode = QPainter.CompositionMode
        painter = QPainter(self._mask)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setCompositionMode(
            mode.CompositionMode_Darken if erases else mode.CompositionMode_Lighten
        )
        corner = area.rect.topLeft()
        rings = RINGS if self.softness else 1
        for ring in range(1, rings + 1):  # the widest and faintest first
            shade = round(255 * ring / rings)
            shade = 255 - shade if erases else shade
            share = 1 - self.softness * (ring - 1) / rings
            pen = QPen(QColor(shade, shade, shade), width * share)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine((start - corner) * scale, (end - corner) * scale + NUDGE)
        painter.end()
        self.changed.emit()

    def paint(self, painter: QPainter, area: PictureArea, *, active: bool) -> None:
        """Draw what was painted over the picture, and the outline of the brush."""
        if not self._mask.isNull() and (self.shows_region or self._stroke):
            painter.setOpacity(0.45)
            painter.drawImage(area.rect, _tinted(self._mask))
            painter.setOpacity(1.0)
        if active and self._pointer is not None:
            radius = self._width(area) / 2
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, inset in ((QColor(0, 0, 0, 160), 0.0), (QColor(255, 255, 255, 200), 1.0)):
                painter.setPen(QPen(colour, 1))
                painter.drawEllipse(self._pointer, radius - inset, radius - inset)

    def _width(self, area: PictureArea) -> float:
        return self.size / 100 * min(area.rect.width(), area.rect.height())


def levels_in(mask: QImage) -> NDArray[np.uint8]:
    """What was painted, of Format_Grayscale8, as uint8 [H, W]."""
    lines = np.frombuffer(mask.constBits(), np.uint8)
    return lines.reshape(mask.height(), mask.bytesPerLine())[:, : mask.width()]


def _bounds(mask: QImage, size: QSize) -> QRect | None:
    """The rectangle around what isn't black, in pixels of a picture of another size."""
    painted = levels_in(mask) > 0
    across, down = np.flatnonzero(painted.any(0)), np.flatnonzero(painted.any(1))
    if not across.size:
        return None
    x, y = size.width() / mask.width(), size.height() / mask.height()
    left, top = int(across[0] * x), int(down[0] * y)
    right, bottom = math.ceil((across[-1] + 1) * x), math.ceil((down[-1] + 1) * y)
    return QRect(left, top, right - left, bottom - top)


def marked_thumbnail(picture: QImage, marks: QImage, size: QSize) -> QImage:
    """A picture in small, with what was painted on it."""
    small = picture.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(small)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setOpacity(0.6)
    painter.drawImage(small.rect(), _tinted(marks))
    painter.end()
    return small


def _tinted(marks: QImage) -> QImage:
    """What was painted in the theme's colour, clear elsewhere."""
    tint = QImage(marks.size(), QImage.Format.Format_ARGB32_Premultiplied)
    tint.fill(QColor(current_theme().accent))
    tint.setAlphaChannel(marks)
    return tint


class RecipeBrush(BrushTool):
    """A brush whose strokes are steps of the recipe, not marks to be taken back beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.strokes = 0  # so far

    def show_marks(self, marks: QImage | None) -> None:
        """Go on from what the recipe has, which nobody has painted just now."""
        self._mask = QImage() if marks is None else marks
        self.changed.emit()

    def press(self, place: QPointF, area: PictureArea, button: Qt.MouseButton) -> None:
        """Begin a stroke."""
        self.strokes += 1
        super().press(place, area, button)

    def release(self) -> None:
        """Finish the stroke."""
        stroke, self._stroke = self._stroke, ""
        if stroke:
            self.painted.emit(self.marks)


class BrushOptions(QWidget):
    """The controls of a brush, in a row."""

    def __init__(self, brush: BrushTool) -> None:
        super().__init__()
        self._brush = brush
        self.size_slider = FineSlider()
        self.size_slider.setRange(round(SIZES[0]), round(SIZES[1]))
        self.size_slider.setAccessibleName("Brush size")
        self.softness = FineSlider()
        self.softness.setRange(0, 100)
        self.softness.fine_steps = 5
        self.softness.setAccessibleName("Brush softness")
        self.erase = QToolButton()
        self.erase.setText("Erase")
        self.erase.setCheckable(True)
        self.erase.setProperty("framed", True)
        self.erase.setToolTip("Erase with the left button; the right one then paints")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for name, slider in (("Size", self.size_slider), ("Soft", self.softness)):
            slider.setMinimumWidth(44)
            row.addWidget(QLabel(name))
            row.addWidget(slider, 1)
        row.addWidget(self.erase)
        brush.options_changed.connect(self._show)
        self.size_slider.valueChanged.connect(lambda value: brush.set_options(size=value))
        self.size_slider.double_clicked.connect(lambda: brush.set_options(size=SIZE))
        self.softness.valueChanged.connect(lambda value: brush.set_options(softness=value / 100))
        self.softness.double_clicked.connect(lambda: brush.set_options(softness=0.0))
        self.erase.toggled.connect(lambda on: brush.set_options(erases=on))
        self._show()

    @Slot()
    def _show(self) -> None:
        brush = self._brush
        with QSignalBlocker(self.size_slider), QSignalBlocker(self.softness):
            self.size_slider.setValue(round(brush.size))
            self.softness.setValue(round(100 * brush.softness))
        self.erase.setChecked(brush.erases)
        self.size_slider.setToolTip(
            f"Brush size: {brush.size:.0f} % of the picture; the keys [ and ] change it, too"
        )
        self.softness.setToolTip(
            f"Softness: a stroke fades out over {100 * brush.softness:.0f} % of its radius"
        )
