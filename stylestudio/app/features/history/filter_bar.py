"""Which steps of the history are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from stylestudio.app.features.history.model import StepFilter
from stylestudio.app.widgets.small_button import small_button

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.render import Model

WIDTH = 116


class FilterBar(QWidget):
    """Words to look for, and marks; a narrow column, as the dock is low."""

    changed = Signal(object)  # StepFilter

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.text = QLineEdit()
        self.text.setPlaceholderText("Find a step")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Find a step")
        self.text.setToolTip("Show the steps whose name, or what was done, has these letters")
        self.favourites = small_button("star", "Show favourites only (F makes one)", "Favourites")
        self.named = small_button("name", "Show named steps only (F2 names one)", "Named steps")
        self.this_model = small_button(
            "cube", "Show steps of the model on show only", "Steps of this model"
        )
        marks = QHBoxLayout()
        marks.setSpacing(4)
        for button in (self.favourites, self.named, self.this_model):
            marks.addWidget(button)
            button.toggled.connect(self._tell)
        marks.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.text)
        column.addLayout(marks)
        column.addStretch(1)
        self.setFixedWidth(WIDTH)
        self.text.textChanged.connect(self._tell)
        document.model_changed.connect(self._on_model)

    @property
    def chosen(self) -> StepFilter:
        """What is chosen."""
        model = self._document.model
        return StepFilter(
            self.text.text().strip(),
            self.favourites.isChecked(),
            self.named.isChecked(),
            model.sha256 if model is not None and self.this_model.isChecked() else "",
        )

    def clear(self) -> None:
        """Show all steps."""
        self.text.clear()
        for button in (self.favourites, self.named, self.this_model):
            button.setChecked(False)

    @Slot()
    def _tell(self) -> None:
        self.changed.emit(self.chosen)

    @Slot(object)
    def _on_model(self, _model: Model) -> None:
        self._tell()
