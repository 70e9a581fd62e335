"""PNG files that carry their recipe: the picture is the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from stylestudio.files import replacing
from stylestudio.recipe.errors import NoRecipeError, RecipeError
from stylestudio.recipe.recipe import Recipe

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray

RECIPE_KEY = "stylestudio.recipe"
PERCEPTUAL = b"\0"  # the rendering intent that the sRGB chunk of a PNG asks for
MAX_RECIPE_BYTES = 64 << 20
PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


def save_png(path: str | os.PathLike[str], pixels: NDArray[np.uint8], recipe: Recipe) -> None:
    """Write pixels [H, W, 3 or 4] with the recipe in a text chunk; all of the file or nothing.

    The file says that its colours are sRGB.
    """
    info = PngInfo()
    info.add(b"sRGB", PERCEPTUAL)
    info.add_itxt("Software", "StyleStudio")
    info.add_itxt(RECIPE_KEY, recipe.to_json())
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG", pnginfo=info)


def may_hold_recipe(path: str | os.PathLike[str]) -> bool:
    """Tell by the first bytes whether a file is a picture, or a text as recipes are.

    Raises OSError where it cannot be read.
    """
    with Path(path).open("rb") as file:
        start = file.read(16)
    # safetensors, too, may have a brace there, but after a length, whose last byte is zero.
    is_text = start.lstrip()[:1] == b"{" and b"\0" not in start
    return is_text or start.startswith(PICTURE_STARTS)


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read the recipe of a picture that the studio exported, or of a JSON file.

    Raises NoRecipeError for a picture without one and RecipeError for any other file without
    one, or that cannot be read; both name the file.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            is_text = file.read(16).lstrip()[:1] == b"{"
        if is_text and path.stat().st_size > MAX_RECIPE_BYTES:
            raise RecipeError(f"{path.name} is too large to hold a recipe.")
        text: str | bytes = path.read_bytes() if is_text else _recipe_text(path)
    except OSError as error:
        raise RecipeError(f"{path.name} cannot be read: {error.strerror}.") from None
    try:
        return Recipe.from_json(text)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from None


def _recipe_text(path: Path) -> str:
    try:
        with Image.open(path) as image:
            text = image.info.get(RECIPE_KEY)
    except UnidentifiedImageError:
        raise RecipeError(f"{path.name} is neither a picture nor a recipe.") from None
    except Image.DecompressionBombError:
        text = None  # whoever takes it for a photo will say that it is too large
    except Exception as error:  # noqa: BLE001 - Pillow raises many kinds on damaged files
        raise RecipeError(f"{path.name} is damaged and cannot be read: {error}.") from None
    if not isinstance(text, str):
        raise NoRecipeError(
            f"{path.name} holds no recipe; pictures exported by StyleStudio carry one."
        )
    return str(text)  # Pillow's own kind of text is not taken as text by everyone
