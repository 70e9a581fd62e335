"""The figures of a training over its time: scores, augmentation, and FID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg  # noqa: TID253 - this module is imported late, with the first figures
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.training.adversarial.figures import Figures

HEIGHT = 84  # pixels of a plot
# What stands above a plot, and its figures: the first in the accent's colour, the other muted.
PLOTS = (
    ("Scores: {fake_score} of fakes, {real_score} of real pictures", ("fake_score", "real_score")),
    ("Augmentation p {p}, overfitting r_t {r_t}", ("p", "r_t")),
    ("FID {fid}: lower is better", ("fid",)),
)


class Curves(QWidget):
    """Shows figures over thousands of pictures; hidden until there are some."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[QLabel] = []
        self._plots: list[pg.PlotWidget] = []
        self._lines: dict[str, pg.PlotDataItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for title, names in PLOTS:
            label = QLabel()
            label.setWordWrap(True)
            label.setProperty("muted", True)
            plot = pg.PlotWidget()
            plot.setMenuEnabled(False)
            plot.setMouseEnabled(x=False, y=False)
            plot.hideButtons()
            # pyqtgraph takes the wheel even where it zooms nothing; the panel is to scroll.
            plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            plot.setAccessibleName(title.partition(":")[0].partition(" {")[0])
            plot.setFixedHeight(HEIGHT)
            self._lines |= {name: plot.plot(connect="finite") for name in names}
            self.labels.append(label)
            self._plots.append(plot)
            column.addWidget(label)
            column.addWidget(plot)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, which pyqtgraph does not."""
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def show_figures(self, figures: Sequence[Figures]) -> None:
        """Draw them anew."""
        kimg = np.array([each.kimg for each in figures], float)
        last = {}
        for name, line in self._lines.items():
            values = np.array([getattr(each, name) for each in figures], float)
            known = np.isfinite(values)
            if name == "fid":  # of few points: a line through them
                line.setData(kimg[known], values[known])
            else:
                line.setData(kimg, values)
            last[name] = f"{values[known][-1]:.3g}" if known.any() else "not measured yet"
        for label, (title, _) in zip(self.labels, PLOTS, strict=True):
            label.setText(title.format(**self._coloured(last)))

    def _coloured(self, last: dict[str, str]) -> dict[str, str]:
        """Texts in the colours of their lines, which so need no legend."""
        return {
            name: f'<b style="color:{self._lines[name].opts["pen"].color().name()}">{text}</b>'
            for name, text in last.items()
        }

    def drawn(self, name: str) -> list[tuple[float, float]]:
        """What is drawn of a figure: kimg and value."""
        x, y = self._lines[name].getOriginalDataset()
        return [] if x is None else list(zip(x.tolist(), y.tolist(), strict=True))

    def _dress(self) -> None:
        theme = current_theme()
        for plot, (_, names) in zip(self._plots, PLOTS, strict=True):
            plot.setBackground(theme.base)
            for name, colour in zip(names, (theme.accent, theme.text), strict=False):
                self._lines[name].setPen(pg.mkPen(colour, width=2))
            for side in ("left", "bottom"):
                plot.getAxis(side).setTextPen(theme.muted)
                plot.getAxis(side).setPen(theme.line)
        fid = self._lines["fid"]
        fid.setSymbol("o")
        fid.setSymbolSize(5)
        fid.setSymbolBrush(theme.accent)
        fid.setSymbolPen(None)
