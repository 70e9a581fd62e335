"""The literals of the oldest pickles, protocols 0 and 1, which are lines of text."""

from __future__ import annotations

import re

from stylestudio.checkpoints.errors import Unreadable

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
TEXT_PICKLES = b"(c}]L"  # with which the pickles of protocol 0 and 1 begin that hold models
MAX_DIGITS = 160  # of an integer; as many as fit the longest binary one


def integer(line: bytes) -> int:
    """The value of an INT or LONG line; "00" and "01" are the two booleans."""
    if line in (b"00", b"01"):
        return line == b"01"
    if len(line) > MAX_DIGITS:
        raise Unreadable(f"contains an integer of {len(line)} digits; no model has one")
    return int(line.removesuffix(b"L"))


def string(line: bytes) -> str:
    """The text of a STRING line: quoted, escaped, in Python 2 also used for bytes."""
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
        raise Unreadable("is damaged: a text in it has no end")
    return _ESCAPE.sub(_unescaped, line[1:-1]).decode("latin-1")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code[1:], 16)]) if len(code) == 3 else _LETTERS.get(code, code)
