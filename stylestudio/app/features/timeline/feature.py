"""Clips: the timeline and its panel, playing, export, sessions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import BOTTOM, Action, Dock, Feature, RecipeFile, RecipeKind
from stylestudio.app.core.recipes import suggested_name
from stylestudio.app.features.timeline.clip import Clip
from stylestudio.app.features.timeline.export_dialog import ExportDialog
from stylestudio.app.features.timeline.exporting import Exporter, portable
from stylestudio.app.features.timeline.panel import TimelinePanel
from stylestudio.app.features.timeline.player import Player
from stylestudio.recipe import unread_note
from stylestudio.video import kind_of_file, read_session

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.timeline.exporting import Order
    from stylestudio.video import Session

CLIP = "&Clip"
PATTERNS = ("*.session", "*.json", "*.mp4", "*.mov", "*.webm", "*.mkv", "*.gif", "*.webp")


class TimelineFeature(Feature):
    """Builds the parts, joins them, and asks the few questions about files."""

    id = "timeline"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        document = studio.document
        self.clip = Clip(document, studio.settings.folder / "last-session.json", self)
        self.player = Player(document, self.clip, self)
        self.exporter = Exporter(studio.assets, self)
        self.panel = TimelinePanel(
            document, self.clip, self.player, self.exporter, studio.thumbnails
        )
        self.dialog: ExportDialog | None = None
        self.docks = (
            Dock("timeline", "Timeline", self.panel, BOTTOM, tabbed_with="history", in_front=True),
        )
        self.actions = self._actions()
        self.kinds = (
            RecipeKind(
                "session", "Sessions and videos", PATTERNS, holds_session, self.open_session
            ),
        )
        studio.worker.rendered.connect(self.player.frame_shown)
        self.panel.export_asked.connect(self.ask_export)
        self.clip.failed.connect(studio.failed)
        self.exporter.ended.connect(self._on_ended)
        self.clip.load()

    def _actions(self) -> tuple[Action, ...]:
        return (
            Action(
                "save_session",
                "&File",
                "save",
                "Save s&ession…",
                "Save the picture's recipe and the timeline, to go on another day",
                self.save_session,
                ("Ctrl+Alt+S",),
            ),
            Action(
                "insert_key",
                CLIP,
                "keys",
                "&Insert keyframe",
                "Make the picture a keyframe",
                self.panel.insert.click,
                ("K",),
            ),
            Action(
                "play",
                CLIP,
                "keys",
                "&Play or pause",
                "Play the timeline in the window",
                self.panel.play.click,
                ("L",),
            ),
            Action(
                "record",
                CLIP,
                "keys",
                "&Record or stop",
                "Record what your hand does, to be exported frame by frame",
                self.panel.record.click,
                ("Ctrl+R",),
            ),
            Action(
                "export_video",
                CLIP,
                "export",
                "&Export video…",
                "Render every frame of the timeline to a video",
                self.ask_export,
                ("Ctrl+E",),
            ),
        )

    def open_session(self, path: Path) -> RecipeFile:
        """Read a session with its tuned weights; called on a thread of a task.

        Raises SessionError, DeltaError, and OSError where its tuned weights cannot be kept.
        """
        session = read_session(path)
        recipe = session.look
        try:
            self.studio.assets.unpack(session.deltas)
            if recipe is not None:
                self.studio.assets.adopt(recipe, path.parent)
        except OSError as error:
            sentence = f"The tuned weights of {path.name} cannot be kept: {error.strerror}."
            raise OSError(sentence) from None
        take = partial(self._take_session, session)
        return RecipeFile(recipe, unread_note(session.unread), take)

    def _take_session(self, session: Session) -> None:
        self.player.pause()
        self.clip.set(session.timeline, "Open a session")

    @Slot()
    def save_session(self) -> None:
        """Ask where, then save the recipe on show and the timeline."""
        current, settings = self.studio.document.current, self.studio.settings
        if current is None:
            return
        folder = settings.directory("sessions")
        dialog = QFileDialog(self.studio.window, "Save session", folder, "Session (*.session)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(".session")
        dialog.selectFile(suggested_name(current) + ".session")
        if dialog.exec():
            path = Path(dialog.selectedFiles()[0])
            settings.set_directory("sessions", path.parent)
            self.save_session_as(path)

    def save_session_as(self, path: Path) -> None:
        """Write the session there."""
        try:
            portable(self.clip.session, self.studio.assets).save(path)
        except OSError as error:
            self.studio.failed.emit(f"{path.name} cannot be written: {error.strerror or error}.")
        else:
            self.studio.noted.emit(f"Saved {path.name}")

    @Slot()
    def ask_export(self) -> None:
        """Ask what kind of video, then export it."""
        current, timeline = self.studio.document.current, self.clip.timeline
        obstacle = self.clip.obstacle
        if self.exporter.is_running:
            obstacle = "An export is under way; wait for it, or cancel it."
        if current is None or timeline is None or obstacle:
            self.studio.failed.emit(obstacle)
            return
        self.player.pause()
        session, settings = self.clip.session, self.studio.settings
        self.dialog = ExportDialog(current, session, timeline, settings, self.studio.window)
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
        (self.studio.failed if failed else self.studio.noted).emit(sentence)


def holds_session(path: Path) -> bool:
    """Whether a file is a video, or a session as text. Raises OSError where it is unreadable."""
    return path.is_file() and kind_of_file(path) == "session"
