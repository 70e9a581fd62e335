"""A one-slot mailbox between two threads: what is put in replaces what was not yet taken."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Newest wins; free of Qt so that it can be tested under any interleaving."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._nudged = False
        self._closed = False

    def put(self, item: T) -> bool:
        """Put an item; return whether the slot was empty before."""
        with self._condition:
            was_empty = self._item is None
            self._item = item
            self._condition.notify_all()
            return was_empty

    def take(self) -> T | None:
        """Take the item if there is one, without waiting."""
        with self._condition:
            item, self._item = self._item, None
            return item

    def wait(self) -> None:
        """Wait until there is an item, or the box is nudged or closed."""
        with self._condition:
            while self._item is None and not self._nudged and not self._closed:
                self._condition.wait()
            self._nudged = False

    def nudge(self) -> None:
        """Let the present or next wait return, because there is something else to do."""
        with self._condition:
            self._nudged = True
            self._condition.notify_all()

    def close(self) -> None:
        """Let every present and future wait return at once."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def is_full(self) -> bool:
        """Whether an item is waiting."""
        with self._condition:
            return self._item is not None

    @property
    def is_closed(self) -> bool:
        """Whether the box has been closed."""
        with self._condition:
            return self._closed
