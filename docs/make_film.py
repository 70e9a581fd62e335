"""Records the animation of the README from the real window: drag, mix, style.

    python docs/make_film.py    # writes docs/pictures/tour.webp, off screen; takes minutes

One frame for each movement of the hand, once its image has arrived, played at FPS.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import torch  # noqa: F401 - before Qt
from PIL import Image
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtTest import QTest

from stylestudio.app.core.settings import Settings
from stylestudio.app.features.mixing.feature import MixingFeature
from stylestudio.app.features.source.feature import SourceFeature
from stylestudio.app.features.styles.feature import StylesFeature
from stylestudio.app.features.styles.grid import picture_of
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.automation.windows import feature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

OUT = Path(__file__).parent / "pictures" / "tour.webp"
WINDOW = (1180, 740)
ASIDE = (  # docks that are not shown
    *("timeline", "history", "variations", "tasks"),
    *("noise", "placement", "stages"),
)
WIDTH = 960
FPS = 12
PATIENCE = 300  # seconds
LEFT = Qt.MouseButton.LeftButton


class Film:
    """Moves the hand in a window and keeps what is seen."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.frames: list[Image.Image] = []

    def wait(self, condition: Callable[[], object]) -> None:
        """Serve events until it holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError
            pause(20)

    def settle(self) -> None:
        """Wait for the full image of what the document asks for."""
        studio = self.window.studio
        pause(30)
        self.wait(lambda: studio.view.shown_recipe == studio.document.recipe)

    def take(self, widget: QWidget, at: QPoint, count: int = 1) -> None:
        """Keep the window as it looks, with a hand drawn at a point of a widget."""
        image = self.window.grab().toImage()
        place = QPointF(widget.mapTo(self.window, at))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("black"), 1.5))
        painter.setBrush(QColor(255, 255, 255, 220))
        painter.drawEllipse(place, 7, 7)
        painter.end()
        self.frames += [small(image)] * count

    def drag(self, widget: QWidget, path: Sequence[QPoint]) -> None:
        """Press, move along a path, and let go; a frame for each point."""
        QTest.mousePress(widget, LEFT, pos=path[0])
        for point in path:
            QTest.mouseMove(widget, point)
            self.settle()
            self.take(widget, point)
        QTest.mouseRelease(widget, LEFT, pos=path[-1])
        self.settle()
        self.take(widget, path[-1], 4)


def record(film: Film) -> None:
    """Drag the image, mix a seed in, paint in styles."""
    window = film.window
    for dock in ASIDE:
        window.docks[dock].hide()
    window.statusBar().hide()  # how fast this machine was is not the film's to say
    film.wait(lambda: window.studio.view.shown_recipe)
    source = feature_of(window, SourceFeature)
    film.wait(lambda: source.panel.plane is not None and source.panel.plane.is_full())
    pause(5000)  # pictures of the directions
    canvas, centre = window.canvas, window.canvas.rect().center()
    turns = [2 * math.pi * i / 34 for i in range(35)]
    film.drag(
        canvas,
        [centre + QPoint(round(300 * math.sin(t)), round(120 * math.sin(2 * t))) for t in turns],
    )
    window.show_dock("mixing-console")
    row = feature_of(window, MixingFeature).panel.rows[0]
    row.seed.edited.emit(30, None)
    film.settle()
    bars = row.bars
    for group in ("fine", "coarse"):
        rect = bars.group_rect(group)
        film.drag(
            bars,
            [
                rect.center().toPoint() - QPoint(0, round(bars.bar_rect(0).height() * share))
                for share in (0.08 * i for i in range(13))
            ],
        )
    window.show_dock("style")
    panel = feature_of(window, StylesFeature).panel
    film.wait(panel.grid.count)
    film.wait(lambda: not panel.grid.item(0).icon().isNull())
    pause(3000)  # pictures of the others
    for name in panel.grid.visible_names()[:8:2]:
        item = panel.grid.item(panel.grid.names.index(name))
        place = picture_of(panel.grid.visualItemRect(item)).center()
        QTest.mouseClick(panel.grid.viewport(), LEFT, pos=place)
        film.settle()
        film.take(panel.grid.viewport(), place, 10)


def small(image: QImage) -> Image.Image:
    """A QImage as a Pillow picture, at the width of the film."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    row = image.bytesPerLine()
    picture = Image.frombuffer(
        "RGB", (image.width(), image.height()), bytes(image.constBits()), "raw", "RGB", row
    )
    height = round(WIDTH * image.height() / image.width())
    return picture.resize((WIDTH, height), Image.Resampling.LANCZOS)


def pause(milliseconds: int) -> None:
    """Serve events for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    """Record and write."""
    app = make_application()
    apply_theme(app, "dark")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder)))
        window.resize(*WINDOW)
        window.show()
        window.start([])
        film = Film(window)
        try:
            record(film)
        finally:
            window.quit()
    first, *others = film.frames
    pace = {"duration": round(1000 / FPS), "loop": 0, "quality": 62, "method": 4}
    first.save(OUT, save_all=True, append_images=others, **pace)


if __name__ == "__main__":
    main()
