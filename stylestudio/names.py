"""Built-in models, banks of styles and directions: rooms that can't open them ask here.

The package says who opens them (`stylestudio/__init__.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["model", "bank", "directions"]

_OPENERS: dict[Kind, Callable[[Any], Any]] = {}


def open_names_with(kind: Kind, opener: Callable[[Any], Any]) -> None:
    """Let `opener` open what is named of this kind; it raises one sentence for no such name.

    Directions go by the model that they are for.
    """
    _OPENERS[kind] = opener


def open_named(kind: Kind, name: Any) -> Any:
    """The built-in of this kind and name, opened. Raises what its opener raises."""
    return _OPENERS[kind](name)
