"""Built-in models and banks of styles by name: rooms that can't open them ask here.

The package says who opens them (`stylestudio/__init__.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["model", "bank"]

_OPENERS: dict[Kind, Callable[[str], Any]] = {}


def open_names_with(kind: Kind, opener: Callable[[str], Any]) -> None:
    """Let `opener` open what is named of this kind; it raises one sentence for no such name."""
    _OPENERS[kind] = opener


def open_named(kind: Kind, name: str) -> Any:
    """The built-in of this kind and name, opened. Raises what its opener raises."""
    return _OPENERS[kind](name)
