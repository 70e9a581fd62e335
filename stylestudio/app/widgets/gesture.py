"""Which edits belong together: a drag, or key presses and wheel turns in quick succession."""

from __future__ import annotations

import itertools
import time

PAUSE = 0.8  # seconds of rest that end a series of key presses

_numbers = itertools.count(1)


class Gesture:
    """Hands out a token an edit; edits with equal tokens become one undo step."""

    def __init__(self) -> None:
        self._token = 0
        self._held = False
        self._last = 0.0

    def begin(self) -> None:
        """Start a drag: every edit until `end` belongs to it."""
        self._token = next(_numbers)
        self._held = True

    def end(self) -> None:
        """End the drag."""
        self._held = False
        self._last = 0.0

    def token(self) -> int:
        """Return the token of an edit that happens now."""
        now = time.monotonic()
        if not self._held and now - self._last > PAUSE:
            self._token = next(_numbers)
        self._last = now
        return self._token
