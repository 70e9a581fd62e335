"""Built-in models and banks by name, where an opened one is meant."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from stylestudio.recipe.edits import Edit
    from stylestudio.recipe.model_ref import ModelLike, ModelRef
    from stylestudio.recipe.style import BankLike


class DirectionsLike(Protocol):
    """What a recipe needs to know of directions by name."""

    def edit(self, name: str, amount: float) -> Edit: ...  # noqa: D102


def opened_model(model: ModelLike | str) -> ModelLike:
    """The model itself, or the built-in one of this name.

    Raises RecipeError for what is neither, ModelError for a name that is none.
    """
    if isinstance(model, str):
        # Only a room above this one can open models; whoever uses names has it.
        named: ModelLike = importlib.import_module("stylestudio.render").builtin_model(model)
        return named
    if not hasattr(model, "num_ws"):
        raise RecipeError(
            f"{described(model)} stands where a model is meant; ss.open_model opens one."
        )
    return model


def opened_directions(model: ModelRef) -> DirectionsLike:
    """The directions that ship for a built-in model.

    Raises DirectionError where the model is none, or has none.
    """
    found: DirectionsLike = importlib.import_module("stylestudio.editing").directions_of(model)
    return found


def opened_bank(bank: BankLike | str) -> BankLike:
    """The bank itself, or the built-in one of this name.

    Raises RecipeError for what is neither, StyleError for a name that is none.
    """
    if isinstance(bank, str):
        named: BankLike = importlib.import_module("stylestudio.render").builtin_bank(bank)
        return named
    if not hasattr(bank, "names"):
        raise RecipeError(
            f"{described(bank)} stands where a bank of styles is meant; ss.open_styles opens one."
        )
    return bank


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
