"""Taking the model to another domain: a dock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import TEACH, WORDS, About, Dock, Feature
from stylestudio.app.features.adapt.adapter import Adapter
from stylestudio.app.features.adapt.panel import AdaptPanel
from stylestudio.app.widgets.begin_anew import ask_to_begin_anew
from stylestudio.pictures import SUFFIXES
from stylestudio.text.adapt_folder import AdaptFolder

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class AdaptFeature(Feature):
    """A dock that adapts the model by words or pictures."""

    id = "adapt"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        folder = AdaptFolder(studio.own_files.path("adapting"))
        self.adapter = Adapter(studio.tasks, folder, studio.assets, self)
        self.panel = AdaptPanel(studio.document, self.adapter, studio.settings)
        self.docks = (
            Dock(
                "adapt",
                "Adapt",
                self.panel,
                scrolls=True,
                tabbed_with="photo",
                working_height=560,
                workspaces=(WORDS, TEACH),
                about=About(
                    (
                        "Teach a copy of the model another manner, by words or by a few pictures.",
                        "What it learns is kept as a delta, whose amount you choose.",
                    ),
                    (
                        "Gal, Patashnik, Maron, Bermano, Chechik and Cohen-Or (2022): "
                        "StyleGAN-NADA: CLIP-Guided Domain Adaptation of Image Generators",
                    ),
                ),
            ),
        )
        self.adapter.said.connect(studio.done)
        self.adapter.failed.connect(studio.failed)
        self.panel.pictures_asked.connect(self._ask_for_pictures)
        self.panel.dropping_asked.connect(self._ask_to_drop)
        self.panel.said.connect(studio.done)
        self.panel.started.connect(self._show_dock)

    @Slot()
    def _show_dock(self) -> None:
        """Give it the room that the samples need."""
        self.studio.dock_wanted.emit("adapt")

    @Slot()
    def _ask_to_drop(self) -> None:
        """Begin anew only once it may take the place of what can be continued."""
        ask_to_begin_anew(self.studio.window, "adaptation", self.panel.begin, "snapshots")

    @Slot()
    def _ask_for_pictures(self) -> None:
        settings = self.studio.settings
        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(SUFFIXES))});;All files (*)"
        chosen, _ = QFileDialog.getOpenFileNames(
            self.studio.window,
            "Pictures in the manner you want",
            settings.directory("pictures"),
            kinds,
        )
        if chosen:
            settings.set_directory("pictures", Path(chosen[0]).parent)
            self.panel.pictures.put([Path(path) for path in chosen])
