"""Clips: the timeline and its panel, playing, export, sessions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot

from stylestudio.app.core.feature import (
    BOTTOM,
    EXPLORE,
    FILM,
    About,
    Action,
    Dock,
    Feature,
    RecipeFile,
    RecipeKind,
)
from stylestudio.app.core.session_parts import SessionPart
from stylestudio.app.features.timeline.autokey import Autokey
from stylestudio.app.features.timeline.clip import Clip
from stylestudio.app.features.timeline.commands import CLIP, StripMenu, clip_actions
from stylestudio.app.features.timeline.export_dialog import ExportDialog
from stylestudio.app.features.timeline.exporting import Exporter
from stylestudio.app.features.timeline.panel import TimelinePanel
from stylestudio.app.features.timeline.player import Player
from stylestudio.app.features.timeline.resume_question import ask_to_resume
from stylestudio.recipe import unread_note
from stylestudio.render import StageError
from stylestudio.video import read_session
from stylestudio.video.export import side_of

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.timeline.exporting import Order
    from stylestudio.app.features.timeline.unfinished import UnfinishedExport
    from stylestudio.video import Session, Timeline

UNDER_WAY = "An export is under way; wait for it, or cancel it in the Tasks dock."
PATTERNS = ("*.session", "*.json", "*.mp4", "*.mov", "*.webm", "*.mkv", "*.gif", "*.webp")


class TimelineFeature(Feature):
    """Builds the parts, joins them, and asks the few questions about files."""

    id = "timeline"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        document = studio.document
        file = studio.own_files.path("last-session.json")
        self.clip = Clip(document, studio.tasks, file, self)
        self.player = Player(document, self.clip, self)
        self.exporter = Exporter(studio, self)
        self.panel = TimelinePanel(document, self.clip, self.player, studio.thumbnails)
        self.autokey = Autokey(document, self.clip, self.player, self)
        self.menu = StripMenu(self.panel, studio.window)
        timeline = SessionPart(lambda: self.clip.timeline, self._show_timeline, self.autokey.settle)
        studio.session.add_part("timeline", timeline)
        self._interrupted: list[UnfinishedExport] | None = None  # until the first picture
        self.dialog: ExportDialog | None = None
        self.docks = (
            Dock(
                "timeline",
                "Timeline",
                self.panel,
                BOTTOM,
                tabbed_with="history",
                in_front=True,
                workspaces=(EXPLORE, FILM),
                about=About(
                    (
                        "Keyframes place pictures in time, and the clip moves between them.",
                        "Insert the current picture, change it, insert it again, and play.",
                    ),
                    ("Shoemake (1985): Animating Rotation with Quaternion Curves",),
                ),
            ),
        )
        self.actions = self._actions()
        self.kinds = (
            RecipeKind(
                "session", "Videos and text sessions", PATTERNS, "session", self.open_session
            ),
        )
        studio.rendered.connect(self.player.on_rendered)
        studio.document.model_changed.connect(self._ask_about_interrupted)
        self.player.playing_changed.connect(self._on_playing)
        self.panel.export_asked.connect(self.ask_export)
        self.panel.keys.said.connect(self._on_said)
        self.panel.autokey.toggled.connect(self.autokey.switch)
        self.autokey.switched.connect(self.panel.show_autokey)
        self.autokey.said.connect(studio.done)
        self.autokey.said.connect(self.panel.keys.choose_at_playhead)
        self.clip.failed.connect(studio.failed)
        self.clip.noted.connect(studio.noted)
        self.exporter.started.connect(studio.done)
        self.exporter.exported.connect(studio.noted)
        self.exporter.ended.connect(self._ask_about_next)
        if problem := self.clip.load():
            QTimer.singleShot(0, self, partial(studio.failed.emit, problem))  # once it is heard
        self.panel.choose_last()

    def _actions(self) -> tuple[Action, ...]:
        return (
            *clip_actions(self.panel, self.autokey),
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

    def _show_timeline(self, timeline: Timeline | None) -> None:
        """Have the timeline of a session that was opened in place of another."""
        self.player.pause()
        self.clip.give_up_recording()
        self.clip.show(timeline)
        self.panel.choose_last()

    def _take_session(self, session: Session) -> None:
        self.player.pause()
        self.clip.set(session.timeline, "Open a session")
        self.panel.choose_last()

    @Slot()
    def ask_export(self) -> None:
        """Ask what kind of video, then export it."""
        self.autokey.settle()  # so that the last change is in it
        current, timeline = self.studio.document.current, self.clip.timeline
        obstacle = self.clip.obstacle
        if self.exporter.is_running:
            obstacle = UNDER_WAY
            self.studio.dock_wanted.emit("tasks")
        if current is None or timeline is None or obstacle:
            self.studio.failed.emit(obstacle)
            return
        self.player.pause()
        session, studio = self.clip.session, self.studio
        try:
            side = side_of(current.model, timeline, studio.assets)
        except StageError as error:
            studio.failed.emit(str(error))
            return
        self.dialog = ExportDialog(current, session, timeline, side, studio.settings, studio.window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.ordered.connect(self._on_ordered)
        self.dialog.open()

    def close(self) -> None:
        """End what moves, and begin to save the timeline."""
        self.player.pause()
        self.autokey.settle()
        self.clip.stop_recording()
        self.clip.save()

    @Slot(object)
    def _on_ordered(self, order: Order) -> None:
        self.exporter.start(order)

    @Slot(str)
    def _on_said(self, sentence: str) -> None:
        self.studio.dock_wanted.emit("timeline")
        self.studio.done.emit(sentence)

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        """Have frames rendered for playing; the one it stops at comes in full quality."""
        timeline = self.clip.timeline
        if playing and timeline is not None:
            self.studio.worker.playing_rate = float(timeline.rate)
        else:
            self.studio.worker.playing_rate = None
            self.studio.render()

    # --- exports that were interrupted -----------------------------------------------------

    @Slot()
    def _ask_about_interrupted(self) -> None:
        """With the first model on show, ask about what earlier runs left."""
        if self._interrupted is None:
            self._interrupted = self.exporter.interrupted
            self._ask_about_next()

    @Slot()
    def _ask_about_next(self) -> None:
        if not self._interrupted or self.exporter.is_running:
            return
        export = self._interrupted.pop(0)
        ask_to_resume(
            self.studio.window,
            export,
            partial(self.exporter.resume, export),
            partial(self.exporter.discard, export),
            self._ask_about_next,
        )
