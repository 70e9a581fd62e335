"""What is half typed in a field that goes away while something else is shown."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _HalfTyped:
    """Fields ask it when they lose the focus."""

    def __init__(self) -> None:
        self._depth = 0

    @property
    def is_given_up(self) -> bool:
        """Whether a field is left because it goes away, and not by hand."""
        return self._depth > 0

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Meanwhile, a field that is hidden, greyed or removed takes nothing over.

        Else the undo that takes it away would be followed by a new change at once.
        """
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


half_typed = _HalfTyped()
