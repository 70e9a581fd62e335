"""What a file that somebody brings is to be opened as, told by its content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stylestudio.pictures import SUFFIXES, picture_format
from stylestudio.recipe import may_hold_recipe
from stylestudio.recipe.pictures import RECIPE_KEY, open_header
from stylestudio.video.carrying import session_text
from stylestudio.video.session import may_hold_session

if TYPE_CHECKING:
    import os

FileContent = Literal["session", "recipe", "photo", "latents", "other"]

_ALSO_VIDEOS = ("GIF", "WEBP")  # formats of pictures that exported clips have, too


def kind_of_file(path: str | os.PathLike[str]) -> FileContent:
    """What to open a file as: a session (also inside a video), a recipe, a photo, latents.

    A picture is a photo unless it carries a session or a recipe, and so is a folder of files named
    as pictures; a video is taken for a session, so that reading it says what it lacks. "latents"
    are those of other tools, or directions; "other" may be a model, a style or nothing.
    Raises OSError where the file cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        are_photos = any(file.suffix.lower() in SUFFIXES for file in path.iterdir())
        return "photo" if are_photos else "other"
    name = picture_format(path)
    if name in _ALSO_VIDEOS and session_text(path) is not None:
        return "session"
    if name:
        return "recipe" if name == "PNG" and _carries_recipe(path) else "photo"
    if may_hold_session(path):
        return "session"
    if may_hold_recipe(path):
        return "recipe"
    from stylestudio.checkpoints import holds_latents

    return "latents" if holds_latents(path) else "other"


def _carries_recipe(path: Path) -> bool:
    try:
        with open_header(path, formats=("PNG",)) as image:
            return isinstance(image.info.get(RECIPE_KEY), str)
    except Exception:  # noqa: BLE001 - a damaged picture is refused by whoever reads the photo
        return False
