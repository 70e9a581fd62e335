"""Taking over what is dropped on the window, or pasted: files, a picture, a recipe as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.images import (
    ONLY_ADDRESS,
    image_in,
    is_address,
    local_files,
    offers_image,
)
from stylestudio.recipe import Recipe, RecipeError, unread_note

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from stylestudio.app.core.studio import Studio


def can_take(data: QMimeData) -> bool:
    """Whether there is anything for the window in what is dragged over it."""
    is_file_or_picture = bool(local_files(data)) or offers_image(data) or is_address(data)
    return is_file_or_picture or _is_like_recipe(data.text())


def take(studio: Studio, data: QMimeData, how: str) -> bool:
    """Open or show it; return whether there was anything. `how` is "Dropped" or "Pasted"."""
    files = local_files(data)
    image = None if files else image_in(data)
    if files:
        studio.opener.open_paths(files)
    elif image is not None:
        studio.image_taken.emit(image, f"{how} picture")
    elif is_address(data):
        studio.noted.emit(ONLY_ADDRESS)
    elif _is_like_recipe(data.text()):
        _take_recipe(studio, data.text(), how)
    else:
        return False
    return True


def _is_like_recipe(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def _take_recipe(studio: Studio, text: str, how: str) -> None:
    try:
        recipe = Recipe.from_json(text)
    except RecipeError as error:
        studio.failed.emit(f"The {how.lower()} text is no recipe: {error}")
        return
    note = unread_note(recipe.unread)
    studio.opener.open_recipe(recipe, f"the {how.lower()} recipe", note)
