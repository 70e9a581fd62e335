"""What features contribute to the session: parts of it, and the files that they know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.recipe.session import FileRef

PartName = Literal["timeline", "presets", "history"]


@dataclass(frozen=True)
class SessionPart:
    """A part of the session that a feature owns.

    `gather` is called in the window's thread. `show` takes what a session file holds of it, None
    for nothing, and records no step to undo. Of a history, that is its folder; `gather` gives a
    History, or its folder. Before the session is saved, `settle` does what still waits for the
    hand to rest.
    """

    gather: Callable[[], Any]
    show: Callable[[Any], None]
    settle: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class FileOwner:
    """Who knows where files of a kind lie: by SHA-256, "" for none; and is told of found ones."""

    find: Callable[[str], str]
    remember: Callable[[FileRef, str], None]
