"""Built-in models and banks by name, where an opened one is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from stylestudio.names import open_named
from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from stylestudio.names import Kind
    from stylestudio.recipe.edits import Edit
    from stylestudio.recipe.layers import Layers
    from stylestudio.recipe.model_ref import ModelLike, ModelRef
    from stylestudio.recipe.style import BankLike


class DirectionsLike(Protocol):
    """What a recipe needs to know of directions by name."""

    def edit(self, name: str, amount: float, layers: Layers | None = None) -> Edit: ...  # noqa: D102


def opened_model(model: ModelLike | str) -> ModelLike:
    """The model itself, or the built-in one of this name.

    Raises RecipeError for what is neither, ModelError for a name that is none.
    """
    found = _opened("model", model, "num_ws", "a model; ss.open_model")
    return cast("ModelLike", found)


def opened_directions(model: ModelRef) -> DirectionsLike:
    """The directions that ship for a built-in model.

    Raises DirectionError where the model is none, or has none.
    """
    return cast("DirectionsLike", open_named("directions", model))


def opened_bank(bank: BankLike | str) -> BankLike:
    """The bank itself, or the built-in one of this name.

    Raises RecipeError for what is neither, StyleError for a name that is none.
    """
    found = _opened("bank", bank, "names", "a bank of styles; ss.open_styles")
    return cast("BankLike", found)


def _opened(kind: Kind, value: Any, attribute: str, meant: str) -> Any:
    """What has this attribute, as all of its kind do, or the built-in of this name."""
    if isinstance(value, str):
        return open_named(kind, value)
    if not hasattr(value, attribute):
        raise RecipeError(f"{described(value)} is not {meant} opens one.")
    return value


def described(value: Any) -> str:
    """Name a value in a sentence, however large it is: "None", "a list", "the number 7"."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:37]}...")
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"an array of shape {list(value.shape)} ({dtype})"
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
