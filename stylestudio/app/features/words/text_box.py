"""The box of text models: Lexicon, files that were opened, and ways to open more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot

from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.text.model import BUILT_IN

if TYPE_CHECKING:
    from stylestudio.app.features.words.text_models import TextModels
    from stylestudio.render import Model

OPEN_FILE, OPEN_FOLDER = "file", "folder"  # of its last entries


class TextBox(ChoiceBox):
    """Shows which one is used; another is, once it has been read."""

    file_asked = Signal()
    folder_asked = Signal()

    def __init__(self, texts: TextModels) -> None:
        super().__init__("Text model")
        self.setToolTip(
            "What judges how well pictures fit words: Lexicon knows the built-in worlds, CLIP and "
            "SigLIP files know almost anything"
        )
        self._texts = texts
        self.activated.connect(self._on_activated)

    def show_choices(self, model: Model | None) -> None:
        """List the text models; those that don't know this model are grey."""
        choices = self._texts.choices()
        places = [choice.place for choice in choices]
        with QSignalBlocker(self):
            self.clear()
            for choice in choices:
                self.addItem(choice.name, choice)
            self.insertSeparator(self.count())
            self.addItem("Open a file…", OPEN_FILE)
            self.addItem("Open a folder…", OPEN_FOLDER)
            self.setCurrentIndex(places.index(self._texts.chosen.place))
        lacking = "" if model is None else self._texts.lexicon_lacks(model)
        self.set_lacking(places.index(BUILT_IN), lacking)

    @Slot(int)
    def _on_activated(self, row: int) -> None:
        chosen = self.itemData(row)
        with QSignalBlocker(self):  # what stays, until another one is read
            self.setCurrentText(self._texts.chosen.name)
        if chosen == OPEN_FILE:
            self.file_asked.emit()
        elif chosen == OPEN_FOLDER:
            self.folder_asked.emit()
        else:
            self._texts.choose(chosen)
