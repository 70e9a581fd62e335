"""The line at the bottom: what is on show, how fast it comes, and how large it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar

from stylestudio.app.core.folders import NO_FOLDER, show_in_folder
from stylestudio.app.shell.readout import SpeedReadout
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.render.device import device_label

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.render import Model

DONE_MS = 5000
LONGEST_PIXEL = "9999, 9999   #dddddd   255 255 255"
PADDING = 10  # of a label, as the style sheet says, and a little more


class StatusBar(QStatusBar):
    """Names the model; beside it, the speed and the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.speed, self.zoom = ElidedLabel(), SpeedReadout(), QLabel()
        self.zoom.setToolTip("Screen pixels per picture pixel")
        self.zoom.setAccessibleName("Zoom")
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pixel = QLabel()
        self.pixel.setToolTip("The pixel at the pointer: its place, and its colour in sRGB")
        self.pixel.setAccessibleName("Pixel at the pointer")
        self.pixel.hide()
        self.folder = QPushButton("Show in folder")
        self.folder.setFlat(True)
        self.folder.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it goes by itself
        self.folder.setToolTip("Show the file that was saved in its folder")
        self.folder.hide()
        self.folder.clicked.connect(self._show_folder)
        self._saved: Path | None = None  # the file that the button shows
        self._standing = ""  # what is said while there is no message
        # Qt would draw messages where the labels leave room, and they leave none.
        self.addPermanentWidget(self.state, 2)
        self.addPermanentWidget(self.folder)
        self.addPermanentWidget(self.pixel)
        self.addPermanentWidget(self.speed, 3)
        self.addPermanentWidget(self.zoom)
        self.messageChanged.connect(self._refresh)

    def changeEvent(self, event: QEvent) -> None:
        """Keep room for the longest texts, so that no text changes the size of anything."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._make_room()

    def _make_room(self) -> None:
        self.zoom.ensurePolished()
        for label, longest in ((self.zoom, "9999%"), (self.pixel, LONGEST_PIXEL)):
            label.setFixedWidth(label.fontMetrics().horizontalAdvance(longest) + 2 * PADDING)

    @Slot(object)
    def name_model(self, model: Model) -> None:
        """Say which model is on show, and what renders it."""
        sides = f"{model.resolution} × {model.resolution}"
        self.say(f"{model.name} · {sides} · {device_label(model.device)}")

    def say(self, sentence: str) -> None:
        """Say something until something else is said."""
        self._standing = sentence
        self._refresh()

    @Slot(str)
    def say_done(self, sentence: str) -> None:
        """Say for a while what was done."""
        self.showMessage(sentence, DONE_MS)

    @Slot(object)
    def say_saved(self, path: Path) -> None:
        """Say for a while what was saved, beside a button that shows where."""
        self.say_done(f"Saved {path.name}")
        self._saved = path
        self.folder.show()

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        """Show how large a pixel of the picture is drawn, in pixels of the screen."""
        self.zoom.setText(f"{zoom * self.devicePixelRatioF():.0%}")

    @Slot(str)
    def show_pixel(self, said: str) -> None:
        """Say which pixel is at the pointer, "" for none."""
        self.pixel.setText(said)
        self.pixel.setVisible(bool(said))

    @Slot()
    def _show_folder(self) -> None:
        if self._saved is not None and not show_in_folder(self._saved):
            self.say_done(NO_FOLDER)

    @Slot()
    def _refresh(self) -> None:
        if not self.currentMessage():
            self.folder.hide()
        self.state.setText(self.currentMessage() or self._standing)
