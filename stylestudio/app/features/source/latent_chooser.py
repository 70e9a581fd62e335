"""Which of several latents is the source of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy

from stylestudio.app.widgets.wheel_guard import WheelGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.recipe import LatentSource, Source

SHOWN = 20  # entries of the open list; the others are scrolled to


class LatentChooser(QComboBox):
    """Lists the latents of the files that were opened last; hidden where there are not several."""

    chosen = Signal(object)  # LatentSource

    def __init__(self) -> None:
        super().__init__()
        self._sources: tuple[LatentSource, ...] = ()
        self.setAccessibleName("Latent")
        self.setToolTip("The latents of the file that was opened; the chosen one is the source")
        self.setMaxVisibleItems(SHOWN)
        self.setPlaceholderText("Choose a latent")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        WheelGuard(self)
        self.activated.connect(self._on_activated)
        self.hide()

    @property
    def has_choice(self) -> bool:
        """Whether there are several."""
        return len(self._sources) > 1

    def offer(self, named: Sequence[tuple[str, LatentSource]]) -> None:
        """Offer these latents instead of those before."""
        self._sources = tuple(source for _, source in named)
        self.clear()
        self.addItems([f"{number}: {name}" for number, (name, _) in enumerate(named, 1)])

    def show_source(self, source: Source) -> None:
        """Mark the source where it is one of them."""
        current = self.currentIndex()
        if not 0 <= current < len(self._sources) or self._sources[current] != source:
            self.setCurrentIndex(self._sources.index(source) if source in self._sources else -1)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self._sources[index])
