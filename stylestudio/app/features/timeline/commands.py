"""The commands of the timeline, and the menu that a right click on its strip brings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Slot
from PySide6.QtWidgets import QMenu

from stylestudio.app.core.feature import Action, StandardKey
from stylestudio.app.features.timeline.keyframe_strip import FAST

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.features.timeline.autokey import Autokey
    from stylestudio.app.features.timeline.panel import TimelinePanel

CLIP, KEYFRAMES, PLAYHEAD, LOOK = "&Clip", "&Clip/&Keyframes", "&Clip/&Go to", "&Clip/&Zoom"
NO_CLIP = "Insert a keyframe first, or open the model that the clip was made with."
NO_KEYS = "There are no keyframes. Insert one first."
NO_TIMELINE = "There is no clip. Insert a keyframe first."


def clip_actions(panel: TimelinePanel, autokey: Autokey) -> tuple[Action, ...]:
    """What makes and plays a clip, but for its export."""
    return (
        Action(
            "insert_key",
            CLIP,
            "keys",
            "&Insert keyframe",
            "Insert the current picture as a keyframe",
            panel.insert.click,
            ("K",),
            on_picture="timeline",
        ),
        Action(
            "update_key",
            CLIP,
            "keys",
            "&Update keyframe",
            "Put the current picture into the selected keyframe",
            panel.update_key.click,
            ("Shift+K",),
            enabled_by=panel.has_keys,
            lacking=NO_KEYS,
            on_picture="timeline",
        ),
        Action(
            "autokey",
            CLIP,
            "keys",
            "&Autokey",
            "Let changes of the picture become keyframes at the playhead",
            autokey.switch,
            ("Ctrl+K",),
            checkable=True,
            checked_by=autokey.switched,
        ),
        Action(
            "play",
            CLIP,
            "play",
            "&Play or pause",
            "Play the timeline in the window",
            panel.play.click,
            ("L", "Space"),
        ),
        Action(
            "record",
            CLIP,
            "play",
            "&Record or stop",
            "Record a live performance, and export it frame by frame",
            panel.record.click,
            ("Ctrl+R",),
        ),
        *_key_actions(panel),
        *_playhead_actions(panel),
        *_look_actions(panel),
    )


def _key_actions(panel: TimelinePanel) -> tuple[Action, ...]:
    """Those on the selected keyframes."""
    keys, strip = panel.keys, panel.strip

    def action(
        id: str, text: str, tip: str, run: Callable[[], None], *shortcuts: str | StandardKey,
        focus: QWidget | None = strip,
    ) -> Action:  # fmt: skip
        return Action(
            id, KEYFRAMES, "keys", text, tip, run, shortcuts,
            enabled_by=panel.has_keys, lacking=NO_KEYS, focus=focus,
        )  # fmt: skip

    return (
        action(
            "duplicate_keys",
            "&Duplicate keyframes",
            "Put copies of the selected keyframes behind them",
            keys.duplicate,
            "Ctrl+D",
            focus=None,
        ),
        Action(
            "remove_keys",
            KEYFRAMES,
            "keys",
            "&Remove keyframes",
            "Remove the selected keyframes, or a recording",
            keys.remove,
            ("Del", "Backspace"),
            enabled_by=panel.has_timeline,
            lacking=NO_TIMELINE,
            focus=strip,
        ),
        action(
            "select_all_keys",
            "&Select all keyframes",
            "Select every keyframe of the clip",
            keys.select_all,
            StandardKey.SelectAll,
        ),
        action(
            "move_keys_earlier",
            "Move keyframes &earlier",
            "Put the selected keyframes before the one before them",
            keys.move_earlier,
            "Ctrl+Left",
        ),
        action(
            "move_keys_later",
            "Move keyframes &later",
            "Put the selected keyframes after the one after them",
            keys.move_later,
            "Ctrl+Right",
        ),
    )


def _playhead_actions(panel: TimelinePanel) -> tuple[Action, ...]:
    keys = panel.keys
    table: tuple[tuple[str, str, str, Callable[[], None], str], ...] = (
        ("previous_frame", "&Previous frame", "Go back by a frame", partial(keys.step, -1), ","),
        ("next_frame", "&Next frame", "Go on by a frame", partial(keys.step, 1), "."),
        ("back_frames", "&Back by ten frames", "Go back by ten frames",
         partial(keys.step, -FAST), "Shift+,"),
        ("on_frames", "&On by ten frames", "Go on by ten frames",
         partial(keys.step, FAST), "Shift+."),
        ("previous_key", "Pr&evious keyframe", "Go to the keyframe before the playhead",
         partial(keys.walk, -1), "PgUp"),
        ("next_key", "Ne&xt keyframe", "Go to the keyframe after the playhead",
         partial(keys.walk, 1), "PgDown"),
        ("clip_start", "&Start of the clip", "Go to the start of the clip",
         keys.to_start, "Home"),
        ("clip_end", "En&d of the clip", "Go to the end of the clip", keys.to_end, "End"),
    )  # fmt: skip

    def action(id: str, text: str, tip: str, run: Callable[[], None], key: str) -> Action:
        return Action(
            id, PLAYHEAD, "playhead", text, tip, run, (key,),
            enabled_by=panel.has_clip, lacking=NO_CLIP,
        )  # fmt: skip

    return tuple(action(*row) for row in table)


def _look_actions(panel: TimelinePanel) -> tuple[Action, ...]:
    """How the strip shows the clip."""
    return (
        Action(
            "zoom_timeline_in",
            LOOK,
            "zoom",
            "Zoom the timeline &in",
            "Show less of the clip, wider",
            panel.area.zoom_in,
            ("+", "="),
            focus=panel.strip,
        ),
        Action(
            "zoom_timeline_out",
            LOOK,
            "zoom",
            "Zoom the timeline &out",
            "Show more of the clip, narrower",
            panel.area.zoom_out,
            ("-",),
            focus=panel.strip,
        ),
        Action(
            "fit_timeline",
            LOOK,
            "zoom",
            "&Fit the timeline",
            "Show the whole clip on the timeline",
            panel.area.fit,
            ("F",),
            focus=panel.strip,
        ),
        Action(
            "snap",
            LOOK,
            "snap",
            "&Snap",
            "Let the playhead and durations snap to frames, whole seconds and keyframes",
            panel.snap.setChecked,
            ("S",),
            checkable=True,
            checked=True,
            checked_by=panel.snaps,
            focus=panel.strip,
        ),
    )


ON_KEYFRAMES = (
    ("update_key", "duplicate_keys", "remove_keys"),
    ("move_keys_earlier", "move_keys_later", "select_all_keys"),
)
ON_STRIP = (
    ("play", "autokey", "snap"),
    ("select_all_keys", "zoom_timeline_in", "zoom_timeline_out", "fit_timeline"),
)


class StripMenu(QObject):
    """Brings up the commands that fit a place of the strip, and two that need the place."""

    def __init__(self, panel: TimelinePanel, window: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._window = window  # whose actions the commands are
        panel.strip.menu_wanted.connect(self._show)

    @Slot(QPoint, QPointF)
    def _show(self, at: QPoint, place: QPointF) -> None:
        self.menu_at(place).popup(at)

    def menu_at(self, place: QPointF) -> QMenu:
        """Make the menu of a place."""
        strip, keys = self._panel.strip, self._panel.keys
        menu = QMenu(strip)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        commands = {action.objectName(): action for action in self._window.actions()}
        is_key = strip.key_at(place) is not None
        if not strip.count:
            menu.addAction(commands["insert_key"])
        elif not is_key:
            seconds = strip.time_at(place.x())
            insert = menu.addAction(f"Insert keyframe at {seconds:.2f} s")
            insert.triggered.connect(partial(keys.insert_at, seconds))
            go = menu.addAction("Move the playhead here")
            go.triggered.connect(partial(keys.seek, seconds))
        for group in ON_KEYFRAMES if is_key else ON_STRIP:
            menu.addSeparator()
            for name in group:
                menu.addAction(commands[name])
        return menu
