"""The base of all errors whose message is one sentence for the user."""

from __future__ import annotations

import difflib
import operator
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# How torch says it, by device and system; its own class of error is not asked for, as that would
# load torch.
_NO_MEMORY = re.compile(
    r"out of memory|not enough memory|can't allocate memory|_STATUS_ALLOC_FAILED", re.IGNORECASE
)
_LONGEST = 200  # characters of what a library says


class StyleStudioError(Exception):
    """Something can't be done as asked; `str()` is one sentence that says what and why.

    Every error that StyleStudio raises on purpose derives from it, so a script can catch them all:

    >>> import stylestudio as ss
    >>> try:
    ...     ss.open_model("no-such-model.pkl")
    ... except ss.StyleStudioError as error:
    ...     print(type(error).__name__)
    CheckpointError
    """


def lacks_memory(problem: BaseException) -> bool:
    """Whether this says that there was no memory left, of the processor's or of a card's."""
    return isinstance(problem, MemoryError) or _NO_MEMORY.search(str(problem)) is not None


def sentence_of(problem: Exception) -> str:
    """What an error says, in one line that fits a message; the log and the traceback have all."""
    if isinstance(problem, StyleStudioError):
        return str(problem)
    if isinstance(problem, OSError) and problem.strerror:
        where = f"{problem.filename}: " if problem.filename else ""
        return f"{where}{problem.strerror}."
    if isinstance(problem, OSError) and str(problem):  # a sentence of our own
        return str(problem)
    if isinstance(problem, MemoryError):
        return "There isn't enough memory for this; close other programs, then try again."
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    reason = f"{type(problem).__name__}: {lines[0]}" if lines else type(problem).__name__
    return f"{reason[:_LONGEST].rstrip('.')}."


def whole_number(name: str, value: Any, lowest: int, error: type[Exception]) -> int:
    """A whole number of Python's or NumPy's, from `lowest` on; else raise `error`, naming it."""
    try:
        whole = None if isinstance(value, bool) else operator.index(value)
    except TypeError:  # so, too, for arrays
        whole = None
    if whole is None or whole < lowest:
        raise error(f"{name} is {value!r}; it must be a whole number from {lowest}.")
    return whole


def hint_of_choice(value: Any, choices: Sequence[str]) -> str:
    """What to choose in place of a value, as the end of a sentence; empty if it is a choice."""
    if isinstance(value, str) and value in choices:
        return ""
    near = difflib.get_close_matches(str(value).lower(), choices, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(choices)}."
