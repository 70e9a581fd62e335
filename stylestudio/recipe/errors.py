"""The errors that this room raises, and the checks that share its wording."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from stylestudio.errors import StyleStudioError, hint_of_choice

if TYPE_CHECKING:
    from collections.abc import Sequence


class RecipeError(StyleStudioError, ValueError):
    """A recipe cannot be what was asked; the message is one sentence for the user."""


class StyleError(StyleStudioError, ValueError):
    """A style cannot be used as asked; the message is one sentence for the user."""


class StageError(StyleStudioError, ValueError):
    """A picture or a setting that a stage can't take; the message is one sentence for the user."""


class HistoryError(StyleStudioError, ValueError):
    """A history, or a step of it, cannot be read; the message is one sentence for the user."""


class NoRecipeError(RecipeError):
    """A picture holds no recipe: it is a photo, or was saved by another program."""


def check_sha256(text: str) -> None:
    """Raise RecipeError for what is no SHA-256 in hexadecimal digits."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise RecipeError("sha256 must be 64 hexadecimal digits.")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise RecipeError unless low <= value <= high (so never for NaN)."""
    try:
        if isinstance(value, bool):  # a number to Python, but not to files
            raise TypeError
        inside = bool(low <= value <= high)
    except TypeError:
        raise RecipeError(f"{name} is {value!r}; it must be a number.") from None
    if not inside:
        raise RecipeError(f"{name} is {value}; it must be between {low} and {high}.")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise RecipeError unless a value is one of the words in `choices`."""
    if hint := hint_of_choice(value, choices):
        raise RecipeError(f"{name} is {value!r}; {hint}")


def check_finite(name: str, value: float) -> None:
    """Raise RecipeError for NaN, infinities and what is no number."""
    try:
        finite = math.isfinite(value)
    except TypeError:
        raise RecipeError(f"{name} is {value!r}; it must be a number.") from None
    if not finite:
        raise RecipeError(f"{name} is {value}; it must be a finite number.")


def as_number(name: str, value: Any) -> float:
    """A number as callers bring it, as a float. Raises RecipeError for what is none."""
    check_finite(name, value)
    return float(value)


def in_plain_words(error: Exception, within: str = "") -> str:
    """Turn msgspec's `Expected ... - at `$.a.b[...]`` into words an artist can follow.

    `within` names the field that was being read, if it was one alone.
    """
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    message = str(error).rstrip(".")
    match = re.fullmatch(r"(?s)(.*) - at `\$(.*)`", message)
    problem, path = match.groups() if match else (message, "")
    problem, field = problem.rstrip("."), (within + path).removeprefix(".")
    return f"in {field}: {problem}" if field else problem[:1].lower() + problem[1:]
