"""The distance to the photo over the steps, on a logarithmic scale, with a mark at one step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg  # noqa: TID253 - this module is imported late, with the first photo
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence


class LossCurve(QWidget):
    """Shows pairs of step and loss."""

    def __init__(self) -> None:
        super().__init__()
        self._plot = pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        # pyqtgraph takes the wheel even where it zooms nothing; the panel is to scroll.
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setLogMode(y=True)
        self._plot.setAccessibleName("Distance over the steps")
        self._curve = self._plot.plot()
        self._marked: list[tuple[float, str]] = []
        self._mark = pg.InfiniteLine(angle=90)
        self._plot.addItem(self._mark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setFixedHeight(110)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, which pyqtgraph does not."""
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def show_losses(self, losses: Sequence[tuple[int, float]]) -> None:
        """Draw the curve anew."""
        data = np.array(losses, dtype=float).reshape(-1, 2)
        self._curve.setData(data[:, 0], data[:, 1])
        self._marked = [(math.log10(loss), f"{loss:.2g}") for loss in _ends(data[:, 1].tolist())]
        self._plot.getAxis("left").setTicks([self._marked])

    def losses(self) -> list[tuple[float, float]]:
        """Return what is drawn."""
        steps, losses = self._curve.getOriginalDataset()
        return [] if steps is None else list(zip(steps.tolist(), losses.tolist(), strict=True))

    def labels(self) -> list[str]:
        """Return what is written beside the curve."""
        return [text for _, text in self._marked]

    def show_step(self, step: int) -> None:
        """Move the mark."""
        self._mark.setPos(step)

    def _dress(self) -> None:
        theme = current_theme()
        self._plot.setBackground(theme.base)
        self._curve.setPen(pg.mkPen(theme.accent, width=2))
        self._mark.setPen(pg.mkPen(theme.muted, width=1))
        for side in ("left", "bottom"):
            self._plot.getAxis(side).setTextPen(theme.muted)
            self._plot.getAxis(side).setPen(theme.line)


def _ends(losses: Sequence[float]) -> list[float]:
    """The values to name beside the curve: its ends, since others have no room in a low chart."""
    known = [loss for loss in losses if loss > 0]
    if not known:
        return []
    low, high = min(known), max(known)
    return [low, high] if high > 1.01 * low else [high]
