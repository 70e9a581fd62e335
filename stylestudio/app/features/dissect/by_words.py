"""Words in place of a brush: a line for them, and which text model looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.text.model import BUILT_IN
from stylestudio.text.worlds import is_world, only_worlds

if TYPE_CHECKING:
    from stylestudio.app.core.settings import Settings
    from stylestudio.render import Model

TEXT_MODELS = "text models"  # of the settings: files that were opened for words
EMPTY = "Type what you mean, such as glasses or hair."


class WordsRow(QWidget):
    """Asks for the regions of words; says why where that can't be."""

    asked = Signal(str, str)  # the words, and the place of the text model
    said = Signal(str)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._lacking = ""  # why Lexicon says nothing of the model on show
        self.line = QLineEdit()
        self.line.setPlaceholderText("or type it: glasses")
        self.line.setAccessibleName("Words for what you mean")
        self.line.setToolTip(
            "Samples are made by themselves: images that show what you type, with its place brushed"
        )
        self.line.setMaxLength(LONGEST_NAME - len("Ablate "))
        self.line.setClearButtonEnabled(True)
        self.text_model = ChoiceBox(
            "Text model", "What looks for the words; the Words panel opens CLIP and SigLIP files"
        )
        self.look = QPushButton("Look")
        self.look.setStyleSheet("padding: 5px 6px")
        self.look.setToolTip("Make samples from the words, and find the units that draw them")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 3)
        row.addWidget(self.text_model, 2)
        row.addWidget(self.look)
        self.line.returnPressed.connect(self.look.click)
        self.look.clicked.connect(self._on_look)

    def show_choices(self, model: Model | None) -> None:
        """Offer Lexicon where it knows the model, and the files that were opened."""
        now = self.text_model.currentData()
        self._lacking = "" if model is None or is_world(model) else only_worlds(BUILT_IN)
        with QSignalBlocker(self.text_model):
            self.text_model.clear()
            self.text_model.addItem(BUILT_IN.capitalize(), BUILT_IN)
            for file in self._settings.recents(TEXT_MODELS):
                self.text_model.addItem(file.name, file.path)
            self.text_model.setCurrentIndex(max(0, self.text_model.findData(now)))
        self.text_model.set_lacking(0, self._lacking)

    @Slot()
    def _on_look(self) -> None:
        words, place = self.line.text().strip(), self.text_model.currentData()
        if not words:
            self.said.emit(EMPTY)
            self.line.setFocus()
        elif place == BUILT_IN and self._lacking:
            self.said.emit(self._lacking)
        else:
            self.asked.emit(words, place)
