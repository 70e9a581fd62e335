"""What stands in a pickle that was read without its power: names, calls, text not decoded yet."""

from __future__ import annotations

from typing import Any, NamedTuple

from stylestudio.checkpoints.errors import Unreadable, shown

MAX_DECODINGS = 4  # of one long text; honest files need one


class Global(NamedTuple):
    """The name of something the file would have imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return shown(f"{self.module}.{self.name}")


class Call:
    """What the file would have called, and what it would have put into the result."""

    __slots__ = ("args", "func", "items", "members", "state")

    def __init__(self, func: Any, args: Any) -> None:
        self.func = func
        self.args = args
        self.state: Any = None
        self.items: dict[Any, Any] | None = None
        self.members: list[Any] | None = None


class LongText:
    """Text of the file, not decoded yet."""

    __slots__ = ("_encoding", "_left", "data")

    def __init__(self, data: memoryview, encoding: str = "utf-8") -> None:
        self.data = data
        self._encoding = encoding
        self._left = MAX_DECODINGS

    def decoded(self) -> str:
        """The whole text. Raises Unreadable where a file wants the same one again and again."""
        self._left -= 1
        if self._left < 0:
            raise Unreadable("is damaged: it repeats the same data too often")
        return str(self.data, self._encoding)


class OtherKey:
    """A dictionary key that is not text: kept, never looked up, hashed by identity only.

    Hashing what a file brings can recurse without end or collide on purpose.
    """

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key


def text_items(mapping: dict[Any, Any]) -> dict[str, Any]:
    """The entries of a dictionary built here whose keys are text."""
    return {key: value for key, value in mapping.items() if isinstance(key, str)}
