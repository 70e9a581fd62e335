"""Built-in models and banks by name, where an opened one is meant."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from stylestudio.recipe.recipe import ModelLike
    from stylestudio.recipe.style import BankLike


def opened_model(model: ModelLike | str) -> ModelLike:
    """The model itself, or the built-in one of this name.

    Raises RecipeError for what is neither, ModelError for a name that is none.
    """
    if isinstance(model, str):
        # Only a room above this one can open models; whoever uses names has it.
        named: ModelLike = importlib.import_module("stylestudio.render").builtin_model(model)
        return named
    if not hasattr(model, "num_ws"):
        raise RecipeError(f"{described(model)} is not a model; ss.open_model opens one.")
    return model


def opened_bank(bank: BankLike | str) -> BankLike:
    """The bank itself, or the built-in one of this name.

    Raises RecipeError for what is neither, StyleError for a name that is none.
    """
    if isinstance(bank, str):
        named: BankLike = importlib.import_module("stylestudio.render").builtin_bank(bank)
        return named
    if not hasattr(bank, "names"):
        raise RecipeError(f"{described(bank)} is not a bank of styles; ss.open_styles opens one.")
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
