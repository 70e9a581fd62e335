"""Which models a text model can speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.editing import DirectionError, directions_of
from stylestudio.recipe import ModelRef
from stylestudio.text.tokenizer import TextModelError

if TYPE_CHECKING:
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel


def world_of(model: Model) -> ModelRef | None:
    """The built-in world that a model is by content, whatever it is called; None for others."""
    try:
        return directions_of(ModelRef.of(model)).model  # which ship for all of these, no others
    except DirectionError:
        return None


def is_world(model: Model) -> bool:
    """Whether this is one of the built-in worlds, by content."""
    return world_of(model) is not None


def check_speaks_of(text: TextModel, model: Model) -> None:
    """Raise TextModelError where words say nothing about the pictures of a model.

    A text model with a list of words of its own knows the built-in worlds alone.
    """
    if text.words and not is_world(model):
        raise TextModelError(only_worlds(text.name))


def only_worlds(name: str) -> str:
    """Why a text model of that kind can't be used with other models."""
    return f"{name.capitalize()} knows only StyleStudio's own worlds; open a CLIP file for others."
