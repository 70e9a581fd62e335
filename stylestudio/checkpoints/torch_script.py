"""The weights of a TorchScript archive, without running the program in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints.errors import Unreadable
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.pickle_values import Call, Global

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array, Budget

_MAX_DEPTH = 30  # modules within modules


def is_script(value: Any) -> bool:
    """Whether this stands for a module of a TorchScript archive."""
    return (
        isinstance(value, Call)
        and isinstance(value.func, Global)
        and value.func.module.split(".")[0] == "__torch__"
    )


def script_tensors(root: Any, budget: Budget) -> dict[str, Array]:
    """The tensors of a module and of those within it, by their dotted names.

    Raises Unreadable where they have no end.
    """
    found: dict[str, Array] = {}
    _collect(root, "", found, budget, 0)
    return found


def _collect(module: Any, prefix: str, found: dict[str, Array], budget: Budget, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Unreadable("is damaged: its modules are nested endlessly")
    for name, value in (as_mapping(module.state) or {}).items():
        budget.work(1)
        if not isinstance(name, str):
            continue
        if is_script(value):
            _collect(value, f"{prefix}{name}.", found, budget, depth + 1)
        else:
            array = budget.tensor(value)
            if array is not None:
                found[prefix + name] = array
