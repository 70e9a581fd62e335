"""The part of the strip that is in sight: scrolling and zooming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea

from stylestudio.app.features.timeline.time_scale import TimeScale

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

    from stylestudio.app.features.timeline.keyframe_strip import KeyframeStrip

NOTCH = 120.0  # what a wheel tells of one of its notches
PER_NOTCH = 1.25
PER_KEY = 1.5
SCROLL = 90  # pixels a notch
BESIDE = 24  # pixels that stay in sight beside what is followed


class StripView(QScrollArea):
    """Scrolls a strip with the wheel, and with Ctrl zooms it at the pointer."""

    def __init__(self, strip: KeyframeStrip) -> None:
        super().__init__()
        self._strip = strip
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes it
        self.setWidget(strip)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(strip.height() + 10)
        self.horizontalScrollBar().valueChanged.connect(self._on_scrolled)
        strip.pointed.connect(self.follow)

    @Slot()
    def zoom_in(self) -> None:
        """Spread time around the playhead, or around the middle where that is out of sight."""
        self._zoom(PER_KEY, self._centre())

    @Slot()
    def zoom_out(self) -> None:
        """Show more of the clip."""
        self._zoom(1 / PER_KEY, self._centre())

    @Slot()
    def fit(self) -> None:
        """Show the whole clip."""
        if self._strip.timeline is not None:
            seconds = self._strip.timeline.seconds
            self._set_scale(TimeScale.fitting(seconds, self.viewport().width()))

    @Slot(float)
    def follow(self, x: float) -> None:
        """Keep a place of the strip in sight."""
        self.ensureVisible(round(x), 0, BESIDE, 0)

    def follow_key(self, index: int) -> None:
        """Keep a keyframe in sight."""
        rect = self._strip.key_rect(index)
        self.ensureVisible(round(rect.center().x()), 0, round(rect.width() / 2) + BESIDE, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll along the time; with Ctrl zoom."""
        turn, bar = event.angleDelta().y() or event.angleDelta().x(), self.horizontalScrollBar()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(PER_NOTCH ** (turn / NOTCH), event.position().x())
        else:
            bar.setValue(bar.value() - round(turn / NOTCH * SCROLL))
            event.setAccepted(bar.maximum() > 0)  # else the panel around it scrolls
            return
        event.accept()

    def _centre(self) -> float:
        """Where keys zoom, on the viewport."""
        at = self._strip.x_of(self._strip.position) - self.horizontalScrollBar().value()
        width = self.viewport().width()
        return at if 0 <= at <= width else width / 2

    def _zoom(self, factor: float, at: float) -> None:
        """Zoom, and leave the time at a place of the viewport where it is."""
        strip, bar = self._strip, self.horizontalScrollBar()
        seconds = strip.scale.time_at(bar.value() + at)
        self._set_scale(strip.scale.zoomed(factor))
        bar.setValue(round(strip.x_of(seconds) - at))

    def _set_scale(self, scale: TimeScale) -> None:
        strip = self._strip
        strip.set_scale(scale)
        width = max(strip.minimumWidth(), self.viewport().width())
        strip.resize(width, strip.height())  # at once, so that the bar knows how far it goes

    @Slot()
    def _on_scrolled(self) -> None:
        """Paint anew what stands still in sight: frames, and words beside the hand."""
        self._strip.update()
