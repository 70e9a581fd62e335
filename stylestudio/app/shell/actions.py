"""Every command of the window in one table; menus and shortcuts follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QMenu


@dataclass(frozen=True)
class ActionSpec:
    """One command: its name in code, where it stands, and what people read and press."""

    id: str
    menu: str
    text: str
    tip: str
    shortcuts: tuple[str, ...] = ()
    checkable: bool = False
    separator_before: bool = False


MENUS = ("&File", "&Edit", "&Clip", "&View", "&Help")

ACTIONS = (
    ActionSpec("open", "&File", "&Open…", "Open a model, a picture or a recipe", ("Ctrl+O",)),
    ActionSpec(
        "save",
        "&File",
        "&Save picture…",
        "Save the picture as PNG, with its recipe inside",
        ("Ctrl+S",),
        separator_before=True,
    ),
    ActionSpec(
        "save_recipe",
        "&File",
        "Save &recipe…",
        "Save how the picture is made, as a small text file",
        ("Ctrl+Shift+S",),
    ),
    ActionSpec(
        "save_session",
        "&File",
        "Save s&ession…",
        "Save the look and the timeline, to go on another day",
        ("Ctrl+Alt+S",),
    ),
    ActionSpec(
        "paint_still",
        "&File",
        "&Paint this still…",
        "Paint the picture after a painting, step by step, and save it as PNG",
        separator_before=True,
    ),
    ActionSpec("quit", "&File", "&Quit", "Close the studio", ("Ctrl+Q",), separator_before=True),
    ActionSpec(
        "copy",
        "&Edit",
        "&Copy picture",
        "Copy the picture to the clipboard",
        ("Ctrl+C",),
        separator_before=True,
    ),
    ActionSpec(
        "randomize", "&Edit", "&Roll a seed", "Go to a random seed", ("R",), separator_before=True
    ),
    ActionSpec(
        "reset", "&Edit", "Reset &everything", "Keep the seed, and undo every other change at once"
    ),
    ActionSpec("insert_key", "&Clip", "&Insert keyframe", "Make the picture a keyframe", ("K",)),
    ActionSpec("play", "&Clip", "&Play or pause", "Play the timeline in the window", ("L",)),
    ActionSpec(
        "record",
        "&Clip",
        "&Record or stop",
        "Record what your hand does, to be exported frame by frame",
        ("Ctrl+R",),
    ),
    ActionSpec(
        "export_video",
        "&Clip",
        "&Export video…",
        "Render every frame of the timeline to a video",
        ("Ctrl+E",),
        separator_before=True,
    ),
    ActionSpec("fit", "&View", "&Fit in window", "Show the whole picture", ("Ctrl+0",)),
    ActionSpec("actual_size", "&View", "&Actual size", "One pixel for one pixel", ("Ctrl+1",)),
    ActionSpec("zoom_in", "&View", "Zoom &in", "Enlarge the picture", ("Ctrl++", "Ctrl+=")),
    ActionSpec("zoom_out", "&View", "Zoom &out", "Shrink the picture", ("Ctrl+-",)),
    ActionSpec(
        "pin",
        "&View",
        "&Pin for comparison",
        "Remember this picture as the one to compare with",
        ("P",),
        separator_before=True,
    ),
    ActionSpec(
        "compare",
        "&View",
        "&Compare with the pinned picture",
        "Show both, with a line to drag between them",
        ("C",),
        checkable=True,
    ),
    ActionSpec(
        "full_screen",
        "&View",
        "F&ull screen",
        "Fill the screen",
        ("F11",),
        checkable=True,
        separator_before=True,
    ),
    ActionSpec(
        "light_theme", "&View", "&Light theme", "Bright panels instead of dark", checkable=True
    ),
    ActionSpec("reset_layout", "&View", "Reset &layout", "Put every panel back in its place"),
    ActionSpec("about", "&Help", "&About StyleStudio", "Version and licence"),
)


def build_menus(
    window: QMainWindow, handlers: Mapping[str, object]
) -> tuple[dict[str, QMenu], dict[str, QAction]]:
    """Fill the menu bar from the table; `handlers` maps ids to what is called."""
    menus = {title: window.menuBar().addMenu(title) for title in MENUS}
    actions = {}
    for spec in ACTIONS:
        menu = menus[spec.menu]
        if spec.separator_before:
            menu.addSeparator()
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        action.setToolTip(spec.tip)
        action.setStatusTip(spec.tip)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setCheckable(spec.checkable)
        signal = action.toggled if spec.checkable else action.triggered
        signal.connect(handlers[spec.id])
        menu.addAction(action)
        actions[spec.id] = action
    return menus, actions
