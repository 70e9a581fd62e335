"""The seed plane: a map of seeds with their pictures, and a mark to move between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253 - this module is imported late, after the first picture
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from stylestudio.app.widgets.context_menu import Choice, offer
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe.sources import MAX_SEED, PLANE_ROW

if TYPE_CHECKING:
    from collections.abc import Callable

CELLS = 4.2  # columns on show at first
TILE = 0.92  # of a cell
MAX_TILES = 120
MAX_CELLS = 90  # cells on show when zoomed out, those cut at the edges not counted
EDGE = 0.54  # of a cell, from the middle of a tile to beyond its border
SETTLE_MS = 120


class SeedPlane(QWidget):
    """Edits a position whose whole-numbered points are seeds x + 100 y.

    Drag the mark anywhere, click a picture to go to its seed, middle-drag to look around, wheel
    to see more. `tile` is asked for the picture of a seed and returns None where it is not there
    yet.
    """

    edited = Signal(float, float, object)  # x, y, gesture token

    def __init__(self, tile: Callable[[int, int], QImage | None]) -> None:
        super().__init__()
        theme = current_theme()
        self._tile = tile
        self._gesture = Gesture()
        self._tiles: dict[tuple[int, int], _Tile] = {}
        self._position = (0.0, 0.0)
        self._columns = CELLS
        self._looks_away = False  # the hand has moved the map, and the mark is not on it
        self._box = _PlaneBox(self)
        self._plot = pg.PlotWidget(viewBox=self._box, background=theme.base)
        self._plot.hideAxis("left")
        self._plot.hideAxis("bottom")
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        expand, ignore = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored
        self._plot.setSizePolicy(expand, ignore)  # it takes what is left, and asks for nothing
        for widget in (self._plot, self._plot.viewport()):
            widget.setAccessibleName("Seed plane")
            widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # keys type the place instead
            widget.setToolTip(
                "A map of seeds: click one to go there, drag to move between them, drag with the "
                "middle button to look around, turn the wheel to see more"
            )
        offer(self._plot, self._choices)
        self._box.setAspectLocked(True)
        self._box.invertY(True)
        self._mark = pg.TargetItem(
            (0, 0), size=18, pen=pg.mkPen(theme.accent, width=3), movable=False
        )
        self._mark.setZValue(10)
        self._box.addItem(self._mark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.refresh_tiles)
        self._box.sigRangeChanged.connect(self._on_range)
        self._box.sigRangeChangedManually.connect(self._on_zoomed)
        self._box.sigResized.connect(self._on_resized)
        self._look_at(0.0, 0.0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, which pyqtgraph does not."""
        if event.type() == QEvent.Type.PaletteChange:
            theme = current_theme()
            self._plot.setBackground(theme.base)
            self._mark.setPen(pg.mkPen(theme.accent, width=3))
        super().changeEvent(event)

    def set_position(self, x: float, y: float) -> None:
        """Move the mark without telling of an edit; the map follows when it leaves the view.

        Seeds have places beyond the first and last column, too; a mark on one stays there.
        """
        if _seed_at(x, y) is not None and _seed_at(x, y) == _seed_at(*self._position):
            return
        self._position = (x, y)
        self._mark.setPos(x, y)
        self._looks_away = False
        if not self._shows_mark():
            self._look_at(x, y)

    def set_mark_visible(self, visible: bool) -> None:
        """Show the mark, or hide it for a source that lies nowhere on the plane."""
        self._mark.setVisible(visible)

    def forget_tiles(self) -> None:
        """Drop the pictures, because they are of another model."""
        for item in self._tiles.values():
            self._box.removeItem(item)
        self._tiles.clear()
        self._settle.start()

    @Slot()
    def refresh_tiles(self) -> None:
        """Fill the part on show with pictures, as far as they are there."""
        wanted = self._wanted()
        # What is asked for last comes first, and the hand is most likely to go nearby.
        for place in sorted(wanted, key=lambda place: -math.dist(place, self._position)):
            if place not in self._tiles:
                image = self._tile(*place)
                if image is not None:
                    self._tiles[place] = _Tile(image, place)
                    self._box.addItem(self._tiles[place])
        for place in [place for place in self._tiles if place not in wanted]:
            self._box.removeItem(self._tiles.pop(place))

    def is_full(self) -> bool:
        """Whether every picture on show has arrived."""
        return all(place in self._tiles for place in self._wanted())

    def _wanted(self) -> list[tuple[int, int]]:
        view = self._box.viewRect()
        columns = range(round(view.left()), round(view.right()) + 1)
        rows = range(round(view.top()), round(view.bottom()) + 1)
        if len(columns) * len(rows) > MAX_TILES:
            return []  # too small to be told apart
        return [(x, y) for y in rows for x in columns if _seed_at(x, y) is not None]

    def _look_at(self, x: float, y: float) -> None:
        """Bring a point to the middle, with as many columns on show as before.

        Near the first seed, that comes to the corner; there is nothing to see before it.
        """
        ratio = max(self._box.width(), 1) / max(self._box.height(), 1)
        widest = math.sqrt(MAX_CELLS * ratio)  # as many seeds as can have pictures, and no more
        half = min(self._columns, widest) / 2
        edge = min(-EDGE, y - EDGE)
        self._box.setLimits(maxXRange=widest, maxYRange=widest / ratio, yMin=edge)
        top = max(y - half / ratio, edge)
        left = x - half
        if top < EDGE:  # in the rows below, seeds of the row before stand further left
            left = max(left, min(-EDGE, x - EDGE))
        self._box.setRange(
            xRange=(left, left + 2 * half), yRange=(top, top + 2 * half / ratio), padding=0
        )

    def _choices(self, place: QPoint) -> list[Choice]:
        """What can be done at a place of the map."""
        point = self._box.mapSceneToView(self._plot.mapToScene(place))
        x, y = round(point.x()), round(point.y())
        seed, clipboard = _seed_at(x, y), QGuiApplication.clipboard()
        choices = []
        if seed is not None:
            choices += [
                Choice(
                    f"Go to seed {seed}",
                    lambda: self.move_to(QPointF(x, y), starts=True, ends=True),
                ),
                Choice(f"Copy {seed}", lambda: clipboard.setText(str(seed))),
            ]
        if self._mark.isVisible():
            choices.append(
                Choice("Show where the picture is", lambda: self._look_at(*self._position))
            )
        return choices

    @Slot()
    def _on_range(self, *_range: object) -> None:
        self._settle.start()

    @Slot()
    def _on_zoomed(self, *_range: object) -> None:
        self._columns = self._box.viewRect().width()
        self._looks_away = not self._shows_mark()

    @Slot()
    def _on_resized(self, *_box: object) -> None:
        centre = self._box.viewRect().center()
        self._look_at(centre.x(), centre.y())
        if not self._looks_away and not self._shows_mark():
            self._look_at(*self._position)

    def _shows_mark(self) -> bool:
        seen = self._box.viewRect().adjusted(0.3, 0.3, -0.3, -0.3)
        return bool(seen.contains(QPointF(*self._position)))

    def move_to(self, point: QPointF, *, starts: bool, ends: bool) -> None:
        """Edit the position by hand (the view box calls this)."""
        if starts:
            self._gesture.begin()
        x, y = _on_map(round(point.x(), 3), round(point.y(), 3))
        self._position = (x, y)
        self._mark.setPos(x, y)
        self.edited.emit(x, y, self._gesture.token())
        if ends:
            self._gesture.end()


def _seed_at(x: float, y: float) -> int | None:
    """The seed at a whole-numbered point; None between them, and where the seeds have ended."""
    seed = x + PLANE_ROW * y
    return int(seed) if x == int(x) and y == int(y) and 0 <= seed <= MAX_SEED else None


def _on_map(x: float, y: float) -> tuple[float, float]:
    """The nearest point among the seeds: recipes wrap at their two ends, the map does not."""
    y = min(max(y, 0.0), float(MAX_SEED // PLANE_ROW))
    least, most = -PLANE_ROW * math.floor(y), MAX_SEED - PLANE_ROW * math.ceil(y)
    return min(max(x, float(least)), float(most)), y


class _Tile(pg.ImageItem):  # type: ignore[misc]
    """One seed's picture, centred on its point."""

    def __init__(self, image: QImage, place: tuple[int, int]) -> None:
        rgb = image.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), -1)
        pixels = rows[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3)
        super().__init__(pixels.copy(), axisOrder="row-major")
        self.setRect(QRectF(place[0] - TILE / 2, place[1] - TILE / 2, TILE, TILE))


class _PlaneBox(pg.ViewBox):  # type: ignore[misc]
    """Gives the left button to the mark; the rest stays pyqtgraph's."""

    def __init__(self, plane: SeedPlane) -> None:
        super().__init__(enableMenu=False)
        self._plane = plane

    def mouseClickEvent(self, event: Any) -> None:
        """Put the mark on the seed whose picture was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            point = self.mapSceneToView(event.scenePos())
            point = QPointF(round(point.x()), round(point.y()))
            if _seed_at(point.x(), point.y()) is not None:
                self._plane.move_to(point, starts=True, ends=True)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Drag the mark with the left button, the map with the others."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        point = self.mapSceneToView(event.scenePos())
        self._plane.move_to(point, starts=event.isStart(), ends=event.isFinish())
