"""The files that a session needs and that are not where they were: named, and looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileInfo, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.session_work import WORDS

if TYPE_CHECKING:
    from stylestudio.app.core.session import WorkingSession
    from stylestudio.app.core.session_work import Read
    from stylestudio.recipe.session import FileRef, Match

WIDTH = 560
Role = QDialogButtonBox.ButtonRole


class MissingFilesDialog(QDialog):
    """Lists what is missing. Files are known by their content, whatever they are called now."""

    def __init__(self, session: WorkingSession, found: Read, parent: QWidget) -> None:
        super().__init__(parent)
        self.found = found
        self._session = session
        self._folder = self._nearest_folder(found.missing[0])  # to search
        self.setWindowTitle(f"Files that {found.path.name} needs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH)
        column = QVBoxLayout(self)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        column.addWidget(self.text)
        self.list = QTreeWidget()
        self.list.setHeaderLabels(["Missing", "Kind", "Where it was"])
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(0)
        self.list.setStyleSheet("QTreeView::item { padding: 4px 6px; }")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setAccessibleName("Missing files")
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setMinimumHeight(self.list.fontMetrics().height() * 8)
        column.addWidget(self.list, 1)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        column.addWidget(self.said)
        buttons = QDialogButtonBox()
        self.find_one = buttons.addButton("&Find…", Role.ActionRole)
        self.find_one.setToolTip("Choose the file for the selected line")
        self.find_one.clicked.connect(self.ask_for_file)
        self.look = buttons.addButton("Search a f&older…", Role.ActionRole)
        self.look.setToolTip("Look for all of them in a folder and those in it")
        self.look.clicked.connect(self.ask_for_folder)
        self.open_rest = buttons.addButton("Open the &rest", Role.AcceptRole)
        self.open_rest.setToolTip("Open what is there; the file keeps the rest until you save")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.accepted.connect(self._bring)
        self._fill()

    @Slot()
    def ask_for_file(self) -> None:
        """Ask where the file of the marked line is."""
        ref = self.found.missing[max(0, self.list.currentIndex().row())]
        folder = self._nearest_folder(ref)
        chosen, _ = QFileDialog.getOpenFileName(self, f"Find {ref.name}", folder)
        if chosen:
            self.search((ref,), Path(chosen))

    @Slot()
    def ask_for_folder(self) -> None:
        """Ask for a folder to look in for all of them."""
        chosen = QFileDialog.getExistingDirectory(self, "Search a folder", self._folder)
        if chosen:
            self._folder = chosen
            self.search(self.found.missing, Path(chosen))

    def search(self, wanted: tuple[FileRef, ...], place: Path) -> None:
        """Look in a folder, or at a file; files that are found leave the list."""
        self._set_busy(True)
        self.said.setText(f"Looking in {place.name}…")
        task = self._session.places.search(wanted, place)
        task.succeeded.connect(self._on_found)
        task.failed.connect(self.said.setText)
        task.ended.connect(self._on_ended)
        self.finished.connect(task.cancel)

    def _nearest_folder(self, ref: FileRef) -> str:
        """Return the folder that a file lay in, or what is left of its path; else the session's."""
        for parent in Path(ref.path).parents:
            if parent != Path(parent.anchor) and QFileInfo(str(parent)).isDir():
                return str(parent)
        return str(self.found.path.parent)

    @Slot(object)
    def _on_found(self, matches: list[Match]) -> None:
        self._session.places.remember(matches)
        self.found = self.found.with_files(matches)
        self.said.setText("" if matches else "None of the files is in that folder.")
        if self.found.missing:
            self._fill()
        else:
            self.accept()

    @Slot()
    def _on_ended(self) -> None:
        self._set_busy(False)

    @Slot()
    def _bring(self) -> None:
        self._session.bring(self.found)

    def _set_busy(self, busy: bool) -> None:
        for button in (self.find_one, self.look, self.open_rest):
            button.setEnabled(not busy)

    def _fill(self) -> None:
        missing, name = self.found.missing, self.found.path.name
        self.text.setText(
            f"{name} needs a file that can't be found. Find it, or open the session without it."
            if len(missing) == 1
            else f"{name} needs {len(missing)} files that can't be found. "
            "Find them, or open the session without them."
        )
        self.list.clear()
        for ref in missing:
            item = QTreeWidgetItem([ref.name, WORDS[ref.kind], ref.path or "not known"])
            item.setToolTip(2, ref.path)
            self.list.addTopLevelItem(item)
        self.list.setCurrentIndex(self.list.model().index(0, 0))
