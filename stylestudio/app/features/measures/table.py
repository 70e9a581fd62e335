"""A table of figures, each with its interval and what it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stylestudio.measures.report import number

if TYPE_CHECKING:
    from stylestudio.measures import Figure, Measurement

COLUMNS = ("Figure", "Value", "95 % interval")
ROW = 24  # pixels
TIPS = {
    "fid": "Distance between the features of both sets; lower is better",
    "kid": "Like FID, but unbiased for few pictures; lower is better, and 0 means no difference",
    "precision": "Share of the pictures that look like the reference: quality",
    "recall": "Share of the reference that the pictures cover: variety",
    "density": "Like precision, but less affected by outliers in the reference",
    "coverage": "Like recall, but less affected by outliers among the pictures",
    "ppl-wend": "How fast pictures change along paths in w; lower is smoother",
    "separability-z": "What planes in z leave open about attributes; 1 is nothing, more is worse",
    "separability-w": "What planes in w leave open about attributes; 1 is nothing, more is worse",
    "ppl-zfull": "How fast pictures change along paths in z; lower is smoother",
}


class FiguresView(QWidget):
    """Shows one measurement, and copies it as text; hidden until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.measurement: Measurement | None = None
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName("Figures")
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.note = QLabel()
        self.note.setProperty("muted", True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.copy = QPushButton("Copy as text")
        self.copy.setToolTip("Copy all figures with their settings")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.table, self.note):
            column.addWidget(widget)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignRight)
        self.copy.clicked.connect(self._on_copy)
        self.hide()

    def show_measurement(self, measurement: Measurement) -> None:
        """Show another one."""
        self.measurement = measurement
        against = f" against {measurement.reference}" if measurement.reference else ""
        self.title.setText(f"{measurement.subject}{against}: {_made_of(measurement.figures[0])}")
        self.table.setRowCount(len(measurement.figures))
        for row, figure in enumerate(measurement.figures):
            interval = f"{number(figure.low)} to {number(figure.high)}"
            for place, text in enumerate((figure.title, number(figure.value), interval)):
                item = QTableWidgetItem(text)
                item.setToolTip("\n".join(filter(None, (TIPS.get(figure.name), _made_of(figure)))))
                if place:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(row, place, item)
        rows = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + rows + 4)
        self.note.setText(_note(measurement))
        self.show()

    @Slot()
    def _on_copy(self) -> None:
        if self.measurement is not None:
            QGuiApplication.clipboard().setText(str(self.measurement))


def _made_of(figure: Figure) -> str:
    against = f" against {figure.reference_count:,}" if figure.reference_count else ""
    what = "pairs of pictures" if figure.name.startswith("ppl") else "pictures"
    return ", ".join(filter(None, (f"{figure.count:,} {what}{against}", figure.settings)))


def _note(measurement: Measurement) -> str:
    psi, mixed = (measurement.settings.get(key) for key in ("truncation_psi", "mixed"))
    parts = [f"Psi {psi:g}." if psi is not None else ""]
    parts += [f"{mixed} seeds mixed in each picture." if mixed and mixed > 1 else ""]
    parts += [f"{measurement.features}.", f"{measurement.interval}."]
    if measurement.skipped:
        parts.append(f"Skipped {len(measurement.skipped)} files: {measurement.skipped[0]}")
    return " ".join(filter(None, parts))
