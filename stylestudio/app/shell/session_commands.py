"""The commands about the session as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import Action, StandardKey
from stylestudio.app.shell.menus import FILE

if TYPE_CHECKING:
    from stylestudio.app.core.session import WorkingSession


def session_actions(session: WorkingSession) -> tuple[Action, ...]:
    """New, open, save."""
    return (
        Action(
            "new_session",
            FILE,
            "session",
            "&New session",
            "Begin an empty session with this model",
            session.new,
            (StandardKey.New,),
        ),
        Action(
            "open_session",
            FILE,
            "session",
            "Open s&ession…",
            "Open a session in place of this one, or a copy of the one inside a video or picture",
            session.ask_open,
            ("Ctrl+Shift+O",),
        ),
        Action(
            "save_session",
            FILE,
            "session",
            "&Save session",
            "Save everything in one file: picture, history, timeline, presets and what they need",
            lambda: session.save(),
            (StandardKey.Save,),
            repeats=False,
        ),
        Action(
            "save_session_as",
            FILE,
            "session",
            "Save session &as…",
            "Save the session under another name, and continue in that file",
            lambda: session.save_as(),
            (StandardKey.SaveAs, "Ctrl+Shift+S"),
            repeats=False,
        ),
    )
