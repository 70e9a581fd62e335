"""The base of all errors whose message is one sentence for the user."""

from __future__ import annotations


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
