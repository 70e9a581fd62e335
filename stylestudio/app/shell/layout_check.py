"""Whether a saved layout of docks is whole: Qt crashes over some that are not."""

from __future__ import annotations

import struct

VERSION_MARK, DOCKS, TOOL_BARS = 0xFF, 0xFD, 0xFC
TABS, SEQUENCE, WIDGET = 0xFA, 0xFC, 0xFB
VISIBLE, FLOATING, CLOSED_TAB = 1, 2, 8  # a dock's flags; the last for one closed among tabs
FLAGS = tuple(
    shown | floating | closed
    for shown in (0, VISIBLE)
    for floating in (0, FLOATING)
    for closed in (0, CLOSED_TAB)
)
LARGEST = 2**25  # pixels; Qt goes a little beyond QWIDGETSIZE_MAX, 2**24 - 1
MOST = 1000  # docks in one place
DEEPEST = 50  # places within places


def is_whole(state: bytes) -> bool:
    """Whether these bytes have the form that QMainWindow.saveState writes."""
    reader = _Reader(state)
    try:
        _check_window(reader)
    except (struct.error, ValueError):
        return False
    return reader.at_end


class _Reader:
    """Reads what QDataStream wrote; raises struct.error at the end and ValueError by `expect`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._data)

    def _take(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._data, self._place)
        self._place += struct.calcsize(form)
        return int(value)

    def byte(self, *among: int) -> int:
        """Read one of these bytes."""
        value = self._take("B")
        if value not in among:
            raise ValueError(value)
        return value

    def integer(self, low: int, high: int) -> int:
        """Read a whole number within these bounds."""
        value = self._take(">i")
        if not low <= value <= high:
            raise ValueError(value)
        return value

    def sizes(self, count: int) -> None:
        """Read lengths in pixels; -1 stands for none."""
        for _ in range(count):
            self.integer(-1, LARGEST)

    def text(self) -> None:
        """Read a text."""
        length = self.integer(0, len(self._data) - self._place)
        self._data[self._place : self._place + length].decode("utf-16-be")
        self._place += length


def _check_window(reader: _Reader) -> None:
    reader.integer(VERSION_MARK, VERSION_MARK)
    reader.integer(0, LARGEST)
    reader.byte(DOCKS)
    sides = [-1]
    for _ in range(reader.integer(0, 4)):
        sides.append(reader.integer(sides[-1] + 1, 3))
        reader.sizes(2)
        _check_docks(reader)
    reader.sizes(2)  # of the middle
    for _ in range(4):
        reader.integer(1, 8)  # whom a corner belongs to
    reader.byte(TOOL_BARS)
    for _ in range(reader.integer(0, MOST)):
        _check_tool_bars(reader)


def _check_tool_bars(reader: _Reader) -> None:
    """A line of tool bars, none of which floats."""
    reader.integer(0, 3)  # its side
    for _ in range(reader.integer(0, MOST)):
        reader.text()
        reader.byte(0, 1)
        reader.sizes(2)
        reader.integer(0, 0)
        reader.integer(0, 0)


def _check_docks(reader: _Reader, depth: int = 0) -> None:
    """A row or column of docks, or several in tabs."""
    if depth > DEEPEST:
        raise ValueError(depth)
    front = reader.integer(-1, MOST) if reader.byte(SEQUENCE, TABS) == TABS else -1
    reader.byte(1, 2)  # horizontal or vertical
    count = reader.integer(0, MOST)
    if front >= count:
        raise ValueError(front)
    for _ in range(count):
        if reader.byte(SEQUENCE, WIDGET) == SEQUENCE:
            reader.sizes(4)
            _check_docks(reader, depth + 1)
            continue
        reader.text()
        if reader.byte(*FLAGS) & FLOATING:
            reader.integer(-LARGEST, LARGEST)
            reader.integer(-LARGEST, LARGEST)
            reader.sizes(2)
        else:
            reader.sizes(4)
