"""Pictures, directions and rankings from words: a dock, and files of text models."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import LEFT, WORDS, About, Dock, Feature, FileKind
from stylestudio.app.features.words.maker import Maker
from stylestudio.app.features.words.panel import WordsPanel
from stylestudio.app.features.words.text_models import PATTERNS, TextModels, holds

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp);;All files (*)"


class WordsFeature(Feature):
    """A dock that works with words."""

    id = "words"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.texts = TextModels(studio, self)
        self.maker = Maker(studio.tasks, self)
        self.panel = WordsPanel(studio, self.maker, self.texts)
        self.docks = (
            Dock(
                "words",
                "Words",
                self.panel,
                LEFT,
                tabbed_with="source",
                working_height=420,
                workspaces=(WORDS,),
                leads=(WORDS,),
                about=About(
                    (
                        "Type what you want to see: words find or imagine a picture, make a "
                        "slider, choose a style, or rank what you have.",
                        "Each can have a weight.",
                    ),
                    (
                        "Radford et al. (2021): Learning Transferable Visual Models From "
                        "Natural Language Supervision",
                        "Patashnik, Wu, Shechtman, Cohen-Or and Lischinski (2021): "
                        "StyleCLIP: Text-Driven Manipulation of StyleGAN Imagery",
                        "Ramesh et al. (2021): Zero-Shot Text-to-Image Generation",
                    ),
                ),
            ),
        )
        # Before other files of weights, as it takes only a glance to tell.
        self.kinds = (
            FileKind(
                "text_models",
                "Text models",
                PATTERNS,
                holds,
                self.texts.open_paths,
                order=-1,
            ),
        )
        self.panel.text.file_asked.connect(partial(self.texts.ask_for_file, studio.window))
        self.panel.text.folder_asked.connect(partial(self.texts.ask_for_folder, studio.window))
        self.panel.ask.picture_asked.connect(self.ask_for_picture)
        self.panel.results.directions_made.connect(studio.directions_made)
        self.panel.results.said.connect(studio.done)
        self.texts.opened.connect(self._show_dock)

    @Slot()
    def ask_for_picture(self) -> None:
        """Let the user choose a picture to rank by."""
        settings = self.studio.settings
        folder = settings.directory("pictures")
        chosen, _ = QFileDialog.getOpenFileName(
            self.studio.window, "Rank by a picture", folder, PICTURES
        )
        if chosen:
            settings.set_directory("pictures", Path(chosen).parent)
            self.panel.ask.take_picture(Path(chosen))

    @Slot()
    def _show_dock(self) -> None:
        self.studio.dock_wanted.emit("words")
