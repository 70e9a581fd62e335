"""All that makes clips in the window: the timeline and its panel, playing, export, sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from stylestudio.app.clip import Clip
from stylestudio.app.export_dialog import ExportDialog
from stylestudio.app.exporting import Exporter, portable
from stylestudio.app.panels.timeline import TimelinePanel
from stylestudio.app.player import Player
from stylestudio.app.saving import suggested_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.document import Document
    from stylestudio.app.exporting import Order
    from stylestudio.app.settings import Settings
    from stylestudio.app.thumbnails import Thumbnails
    from stylestudio.app.worker import RenderWorker
    from stylestudio.render import Assets
    from stylestudio.video import Session


class Film(QObject):
    """Builds the parts, joins them, and asks the few questions about files."""

    noted = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        banks: Assets,
        worker: RenderWorker,
        thumbnails: Thumbnails,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._banks = banks
        self._settings = settings
        self._window = window
        self.clip = Clip(document, settings.folder / "last-session.json", self)
        self.player = Player(document, self.clip, self)
        self.exporter = Exporter(banks, self)
        self.panel = TimelinePanel(document, self.clip, self.player, self.exporter, thumbnails)
        self.dialog: ExportDialog | None = None
        worker.rendered.connect(self.player.frame_shown)
        self.panel.export_asked.connect(self.ask_export)
        self.clip.failed.connect(self.failed)
        self.exporter.ended.connect(self._on_ended)

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        """What the window's commands about clips call, by their ids."""
        return {
            "save_session": self.save_session,
            "insert_key": self.panel.insert.click,
            "play": self.panel.play.click,
            "record": self.panel.record.click,
            "export_video": self.ask_export,
        }

    @Slot(object)
    def open_session(self, session: Session) -> None:
        """Take over the timeline of a session that was opened."""
        self.player.pause()
        self.clip.set(session.timeline, "Open a session")

    @Slot()
    def save_session(self) -> None:
        """Ask where, then save the look and the timeline."""
        look = self._document.look
        if look is None:
            return
        folder = Path(self._settings.directory("sessions"))
        dialog = QFileDialog(self._window, "Save session", str(folder), "Session (*.session)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(".session")
        dialog.selectFile(suggested_name(look) + ".session")
        if dialog.exec():
            path = Path(dialog.selectedFiles()[0])
            self._settings.set_directory("sessions", path.parent)
            self.save_session_as(path)

    def save_session_as(self, path: Path) -> None:
        """Write the session there."""
        try:
            portable(self.clip.session, self._banks).save(path)
        except OSError as error:
            self.failed.emit(f"{path.name} cannot be written: {error.strerror or error}.")
        else:
            self.noted.emit(f"Saved {path.name}")

    @Slot()
    def ask_export(self) -> None:
        """Ask what kind of video, then export it."""
        look, timeline, obstacle = self._document.look, self.clip.timeline, self.clip.obstacle
        if self.exporter.is_running:
            obstacle = "An export is under way; wait for it, or cancel it."
        if look is None or timeline is None or obstacle:
            self.failed.emit(obstacle)
            return
        self.player.pause()
        self.dialog = ExportDialog(look, self.clip.session, timeline, self._settings, self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.ordered.connect(self._on_ordered)
        self.dialog.open()

    def close(self) -> None:
        """End what moves; an export keeps its frames, so that it can go on another day."""
        self.player.pause()
        self.clip.stop_recording()
        self.clip.save()
        self.exporter.close()

    @Slot(object)
    def _on_ordered(self, order: Order) -> None:
        self.exporter.start(order)

    @Slot(str, bool)
    def _on_ended(self, sentence: str, failed: bool) -> None:
        (self.failed if failed else self.noted).emit(sentence)
