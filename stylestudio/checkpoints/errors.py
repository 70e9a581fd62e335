"""How a reader says that a file will not do."""

from __future__ import annotations

from stylestudio.errors import StyleStudioError


class CheckpointError(StyleStudioError):
    """A model file cannot be opened or written; `str()` is one sentence that names the file."""


class Unreadable(Exception):
    """Inside the readers: the rest of the sentence that begins with the file's name."""


# What malformed data raises in the code that takes it apart: Unicode, JSON and recursion
# errors, overflows and failed look-ups are all subclasses of these.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def shown(text: object, limit: int = 60) -> str:
    """Text from a file, made fit to stand in a message: printable, one line, not long."""
    line = "".join(ch if ch.isprintable() else "?" for ch in str(text)[: limit + 1])
    return line if len(line) <= limit else line[: limit - 3] + "..."
