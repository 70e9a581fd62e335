"""Keyframes, what lies between them, playing, recording, and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.timeline.key_actions import KeyActions
from stylestudio.app.features.timeline.keyframe_strip import KeyframeStrip
from stylestudio.app.features.timeline.movement_dialog import MovementDialog
from stylestudio.app.features.timeline.strip_view import StripView
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.video import Keyframe, Timeline
from stylestudio.video.paths import Easing
from stylestudio.video.timeline import SECONDS_RANGE
from stylestudio.video.timeline import Path as PathKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.timeline.clip import Clip
    from stylestudio.app.features.timeline.player import Player
    from stylestudio.render import Model

EASINGS: dict[Easing, str] = {
    "even": "Even pace",
    "smooth": "Smooth",
    "in": "Start slowly",
    "out": "End slowly",
    "hold": "Hold, then cut",
}
PATHS: dict[PathKind, tuple[str, str]] = {  # what people read, and the term of the papers
    "line": ("Straight", "Linear in W from keyframe to keyframe"),
    "spline": ("Smooth curve", "One spline in W through all keyframes"),
    "z line": ("Straight in Z", "Linear in Z, between seeds; linear in W elsewhere"),
    "z arc": ("Arc", "Slerp in Z, between seeds; linear in W elsewhere"),
}
RECORD_TIP = (
    "Record a live performance. The recording takes the place of the keyframes; undo "
    "to get them back"
)
AUTOKEY_TIP = "Autokey: changes of the picture become keyframes at the playhead"
SNAP_TIP = "Snap to frames, whole seconds and the playhead; hold Shift to move freely"
WIDEST_TIME = "8888.88 / 8888.88 s"
RATES = (12.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0)
DURATION = 2.0  # seconds
SEGMENTS = (0.1, 30.0)  # seconds that the slider reaches
assert set(EASINGS) == set(get_args(Easing))
assert set(PATHS) == set(get_args(PathKind))


class TimelinePanel(Panel):
    """The strip of keyframes between a row of tools and a row for the keyframe chosen."""

    export_asked = Signal()
    has_clip = Signal(bool)  # whether there is a clip that can be played
    has_timeline = Signal(bool)
    has_keys = Signal(bool)  # whether there are keyframes
    snaps = Signal(bool)

    def __init__(
        self,
        document: Document,
        clip: Clip,
        player: Player,
        thumbnails: Thumbnails,
    ) -> None:
        super().__init__(document)
        self._clip = clip
        self._player = player
        self._thumbnails = thumbnails
        self._movement: MovementDialog | None = None
        self.column.setContentsMargins(8, 2, 8, 6)
        self.column.setSpacing(4)
        self._build_tools()
        self.strip = KeyframeStrip()
        self.area = StripView(self.strip)
        self.column.addWidget(self.area)
        self.keys = KeyActions(document, clip, player, self.strip)
        self._build_key_row()
        self._build_clip_row()
        self._connect()
        self._show(clip.timeline)

    def _build_tools(self) -> None:
        self.play = _tool("play", "Play", "Play in the window at the clip's rate")
        self.play.setCheckable(True)
        self.record = _tool("record", "Record", RECORD_TIP, "alarm")
        self.record.setCheckable(True)
        self.loop = _tool("loop", "Seamless loop", "Seamless loop: return to the first keyframe")
        self.loop.setCheckable(True)
        self.movement = _tool(
            "flow", "Movement", "Flowing noise, oscillating psi, a wandering source"
        )
        self.time = QLabel()
        self.time.setProperty("muted", True)
        self.time.setAccessibleName("Time")
        self.time.setFixedWidth(self.time.fontMetrics().horizontalAdvance(WIDEST_TIME))
        self.export = _tool("film", "Export video", "Render every frame to a video")
        self.export.setProperty("framed", True)
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        widgets = (self.play, self.record, self.loop, self.movement, self.time)
        row = _row(*widgets)
        row.addStretch(1)
        row.addWidget(self.export)
        self.column.addLayout(row)

    def _build_key_row(self) -> None:
        self.insert = _tool("add", "Insert keyframe", "Insert the current picture at the playhead")
        self.update_key = _tool(
            "capture", "Update keyframe", "Put this picture into the selected keyframe"
        )
        self.remove = _tool("remove", "Remove keyframe", "Remove the selected keyframes")
        self.autokey = _tool("autokey", "Autokey", AUTOKEY_TIP)
        self.autokey.setCheckable(True)
        self.autokey.setProperty("alarm", True)
        self.snap = _tool("snap", "Snap", SNAP_TIP)
        self.snap.setCheckable(True)
        self.snap.setChecked(True)
        self.seconds = ValueRow(
            "Seconds",
            SECONDS_RANGE,
            DURATION,
            step=0.1,
            decimals=2,
            tip="Time from the selected keyframe to the next",
        )
        self.seconds.set_bounds(SECONDS_RANGE, DURATION, SEGMENTS)
        self.seconds.box.setFixedWidth(self.seconds.box.sizeHint().width())  # holds an hour
        self.seconds.label.setMinimumWidth(0)
        self.seconds.setMaximumWidth(460)
        row = _row(self.insert, self.update_key, self.remove, self.autokey, self.snap)
        row.addWidget(self.seconds, 1)
        self.column.addLayout(row)

    def _build_clip_row(self) -> None:
        self.easing = _combo("Easing", EASINGS.values())
        self.easing.setToolTip("Pace from the selected keyframe to the next")
        self.path = _combo("Path", [text for text, _ in PATHS.values()])
        for index, (_, term) in enumerate(PATHS.values()):
            self.path.setItemData(index, term, Qt.ItemDataRole.ToolTipRole)
        self.path.setToolTip(
            "Interpolation between keyframes:\n"
            + "\n".join(f"{text}: {term}" for text, term in PATHS.values())
        )
        self.rate = _combo("Frames a second", ())
        for rate in RATES:
            self.rate.addItem(f"{rate:g} fps", rate)
        self.rate.setToolTip("Frames a second, in the window and in the video")
        row = _row(self.easing, self.path, self.rate)
        row.addStretch(1)
        self.column.addLayout(row)

    def _connect(self) -> None:
        self._clip.changed.connect(self._on_timeline)
        self._clip.recording_changed.connect(self._on_recording)
        self._player.moved.connect(self._on_moved)
        self._player.playing_changed.connect(self._on_playing)
        self._thumbnails.ready.connect(self._on_thumbnail)
        self.strip.selected.connect(self._on_selected)
        self.keys.chose.connect(self._on_selected)
        self.insert.clicked.connect(self.keys.insert)
        self.update_key.clicked.connect(self.keys.update)
        self.remove.clicked.connect(self.keys.remove)
        self.snap.toggled.connect(self._on_snap)
        self.play.clicked.connect(self._on_play)
        self.record.clicked.connect(self._on_record)
        self.loop.clicked.connect(self._on_loop)
        self.path.activated.connect(self._on_path)
        self.rate.activated.connect(self._on_rate)
        self.movement.clicked.connect(self._on_movement)
        self.export.clicked.connect(self.export_asked)
        self.seconds.edited.connect(self._on_seconds)
        self.easing.activated.connect(self._on_easing)

    def show_model(self, _model: Model) -> None:
        """Show whether the timeline can be played on it."""
        self._on_timeline(self._clip.timeline)

    # --- what the clip and the player tell -----------------------------------------------

    @Slot(object)
    def _on_timeline(self, timeline: Timeline | None) -> None:
        self.strip.set_timeline(timeline)
        self._show(timeline)
        self._want_pictures()

    def _want_pictures(self) -> None:
        """Show the keyframes' pictures that are there, and ask for the others before all else."""
        timeline, model = self._clip.timeline, self.document.model
        if timeline is None or model is None or self._clip.obstacle:
            return
        for index in self.strip.without_image():
            pair = ModelRecipe(model, timeline.keyframes[index].recipe)
            image = self._thumbnails.get(pair, first=True)
            if image is not None:
                self.strip.set_image(index, image)

    def _show(self, timeline: Timeline | None) -> None:
        """Show the settings, and grey out what cannot act."""
        obstacle = self._clip.obstacle
        performs = timeline is not None and timeline.performance is not None
        for_all: tuple[QWidget, ...] = (self.play, self.loop, self.rate, self.movement, self.export)
        for_keys: tuple[QWidget, ...] = (self.update_key, self.path, self.easing, self.seconds)
        for widget in for_all:
            widget.setEnabled(not obstacle)
        for widget in for_keys:
            widget.setEnabled(not obstacle and not performs)
        self.remove.setEnabled(timeline is not None)
        self.has_timeline.emit(timeline is not None)
        self.has_clip.emit(not obstacle)
        self.has_keys.emit(not obstacle and not performs)
        self.strip.setToolTip(obstacle if timeline is not None else "")
        self._show_time()
        if timeline is None and self.document.recipe is not None:
            timeline = Timeline(keyframes=(Keyframe(self.document.recipe),))  # as it will begin
        if timeline is None:
            return
        self.loop.setChecked(timeline.loop)
        with QSignalBlocker(self.path), QSignalBlocker(self.rate), QSignalBlocker(self.easing):
            self.path.setCurrentIndex(list(PATHS).index(timeline.path))
            self._show_rate(timeline.fps)
            if not performs:
                key = timeline.keyframes[self.strip.current]
                self.easing.setCurrentIndex(list(EASINGS).index(key.easing))
                self.seconds.set_value(key.seconds)

    def _show_rate(self, fps: float) -> None:
        """Choose the clip's rate; one that isn't offered is added while the clip has it."""
        while self.rate.count() > len(RATES):
            self.rate.removeItem(len(RATES))
        text = f"{fps:g} fps"
        if self.rate.findText(text) < 0:
            self.rate.addItem(text, fps)
        self.rate.setCurrentIndex(self.rate.findText(text))

    def _show_time(self) -> None:
        """Show the time in a label whose width never changes; its tool tip counts frames."""
        timeline = self._clip.timeline
        text = tip = ""
        if self._clip.is_recording:
            text, tip = "Recording…", "Recording a live performance"
        elif timeline is not None:
            text = f"{self._player.position:.2f} / {timeline.seconds:.2f} s"
            begun = int(self._player.position * timeline.frames_a_second + 1e-6)
            frame = min(begun, timeline.frame_count - 1)
            tip = f"Frame {frame} of {timeline.frame_count}"
        self.time.setText(text)
        self.time.setToolTip(tip)

    @Slot(float)
    def _on_moved(self, seconds: float) -> None:
        self.strip.set_position(seconds)
        self._show_time()
        if not self.strip.hand.is_busy:
            self.area.follow(self.strip.x_of(seconds))

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        self.play.setChecked(playing)
        self.play.setIcon(icon("pause" if playing else "play"))
        if not playing:
            self.keys.choose_at_playhead()

    @Slot(bool)
    def _on_recording(self, recording: bool) -> None:
        self.record.setChecked(recording)
        self.record.setToolTip("Stop recording" if recording else RECORD_TIP)
        self._show_time()

    @Slot(object, QImage)
    def _on_thumbnail(self, _look: ModelRecipe, _image: QImage) -> None:
        self._want_pictures()

    # --- what the hand does --------------------------------------------------------------

    def choose_last(self) -> None:
        """Choose the last keyframe, after which the next one is inserted."""
        self.strip.set_current(max(self.strip.count - 1, 0))
        self._show(self._clip.timeline)

    @Slot()
    def _on_selected(self) -> None:
        """Show the settings of the keyframe that is the current one now, and bring it in sight."""
        self._show(self._clip.timeline)
        if self.strip.count and not self.strip.hand.is_busy:
            self.area.follow_key(self.strip.current)

    @Slot(bool)
    def _on_snap(self, on: bool) -> None:
        self.strip.snaps = on
        self.snaps.emit(on)

    @Slot(bool)
    def show_autokey(self, on: bool) -> None:
        """Mark in red whether changes of the picture become keyframes."""
        self.autokey.setChecked(on)
        self.autokey.setIcon(icon("autokey", "on_accent" if on else "text"))
        self.strip.keys_itself = on
        self.strip.update()

    @Slot(bool)
    def _on_play(self, on: bool) -> None:
        self._player.play() if on else self._player.pause()
        self.play.setChecked(self._player.is_playing)

    @Slot(bool)
    def _on_record(self, on: bool) -> None:
        self._player.pause()
        self._clip.record() if on else self._clip.stop_recording()
        self.record.setChecked(self._clip.is_recording)

    @Slot(bool)
    def _on_loop(self, on: bool) -> None:
        self._clip.edit("Loop" if on else "Stop looping", loop=on)

    @Slot(int)
    def _on_path(self, index: int) -> None:
        self._clip.edit("Change the path", path=list(PATHS)[index])

    @Slot(int)
    def _on_rate(self, index: int) -> None:
        self._clip.edit("Change the rate", fps=self.rate.itemData(index))

    @Slot(float, object)
    def _on_seconds(self, value: float, gesture: object) -> None:
        self._clip.edit_keys(
            self.strip.selection.all, "Change a duration", ("seconds", gesture), seconds=value
        )

    @Slot(int)
    def _on_easing(self, index: int) -> None:
        easing = list(EASINGS)[index]
        self._clip.edit_keys(self.strip.selection.all, "Change the easing", easing=easing)

    @Slot()
    def _on_movement(self) -> None:
        if self._movement is None:
            self._movement = MovementDialog(self)
            self._movement.edited.connect(self._on_movement_edited)
            self._clip.changed.connect(self._movement.show_timeline)
        self._movement.show_timeline(self._clip.timeline)
        self._movement.show()
        self._movement.raise_()

    @Slot(object, object)
    def _on_movement_edited(self, fields: dict[str, object], gesture: object) -> None:
        timeline = self._clip.timeline
        if timeline is not None:
            self._clip.set(replace(timeline, **fields), "Change the movement", gesture)


def _tool(name: str, text: str, tip: str, colour: str = "text") -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(name, colour))
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)
    return row


def _combo(name: str, items: Iterable[str]) -> QComboBox:
    combo = QComboBox()
    combo.addItems(list(items))
    combo.setAccessibleName(name)
    WheelGuard(combo)
    return combo
