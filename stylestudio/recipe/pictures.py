"""PNG files that carry their recipe: the picture is the project."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PIL import Image, PngImagePlugin, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

from stylestudio.files import replacing
from stylestudio.pictures import PictureError
from stylestudio.recipe.errors import NoRecipeError, RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.recipe import Recipe
from stylestudio.recipe.session import RECIPE, SessionError, is_session_file, open_parts
from stylestudio.threads import software

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECIPE_KEY = "stylestudio.recipe"
PERCEPTUAL = b"\0"  # the rendering intent that the sRGB chunk of a PNG asks for
MAX_RECIPE_BYTES = 64 << 20
PNG_START = b"\x89PNG\r\n\x1a\n"
PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")

_raising = threading.Lock()  # of the limit for compressed texts, which all of Pillow shares


class FrameLike(Protocol):
    """A rendered picture with what made it."""

    @property
    def pixels(self) -> NDArray[np.uint8]: ...  # noqa: D102


def to_pil(picture: NDArray[np.uint8] | FrameLike | Image.Image) -> Image.Image:
    """A rendered picture, uint8 [H, W, 3 or 4] or a `Frame`, as a Pillow picture.

    Notebooks show it. Raises PictureError for anything else.

    >>> import stylestudio as ss
    >>> ss.to_pil(ss.render("portraits", ss.Recipe.from_seed(7, "portraits"))).size
    (256, 256)
    """
    if isinstance(picture, Image.Image):
        return picture
    pixels: Any = getattr(picture, "pixels", picture)
    fits = getattr(pixels, "ndim", 0) == 3 and pixels.shape[2] in (3, 4) and 0 not in pixels.shape
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or not fits:
        raise PictureError(
            f"{described(picture)} is not a picture, uint8 [H, W, 3 or 4] as "
            f"ss.render gives{_hint(pixels)}."
        )
    return Image.fromarray(pixels)


def _hint(pixels: Any) -> str:
    """How to get there from what is no picture yet."""
    kind = getattr(getattr(pixels, "dtype", None), "kind", "")
    shape = getattr(pixels, "shape", ())
    if kind == "f" and len(shape) == 3:
        return "; for values of 0 to 1, (x * 255).round().astype('uint8') makes one"
    if len(shape) == 4 or "torch" in type(pixels).__module__:
        return "; a tensor [N, 3, H, W] in -1..1, as synthesize gives, is not rounded yet"
    return ""


def save_png(
    path: str | os.PathLike[str],
    pixels: NDArray[np.uint8] | FrameLike | Image.Image,
    recipe: Recipe,
) -> None:
    """Write a picture [H, W, 3 or 4] with the recipe in a text chunk; all of the file or nothing.

    The file says that its colours are sRGB. A `Frame` or a Pillow picture will do, too.
    Raises PictureError for other pictures, or a name with another ending than .png, and RecipeError
    for what is no recipe.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> ss.save_png("seven.png", ss.render("portraits", recipe), recipe)
    >>> ss.read_recipe("seven.png")
    <Recipe of Portraits: seed 7>
    """
    if not isinstance(path, str | os.PathLike):
        raise PictureError(f"{described(path)} is not a path: ss.save_png(path, pixels, recipe).")
    if Path(path).suffix.lower() not in (".png", ""):
        raise PictureError(
            f"{Path(path).name} does not end in .png, the one format that keeps a recipe; "
            "ss.to_pil(picture).save(path) writes others without it."
        )
    if not isinstance(recipe, Recipe):
        raise RecipeError(
            f"{described(recipe)} is not a recipe: ss.save_png(path, pixels, recipe)."
        )
    picture = to_pil(pixels)
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    info = PngInfo()
    info.add(b"sRGB", PERCEPTUAL)
    info.add_itxt("Software", software())
    info.add_itxt(RECIPE_KEY, recipe.to_json())
    with replacing(path) as temporary:
        picture.save(temporary, format="PNG", pnginfo=info)


def may_hold_recipe(path: str | os.PathLike[str]) -> bool:
    """Tell by the first bytes whether a file is a picture, or a text as recipes are.

    Raises OSError where it cannot be read.
    """
    with Path(path).open("rb") as file:
        start = file.read(16)
    # safetensors, too, may have a brace there, but after a length, whose last byte is zero.
    is_text = start.lstrip()[:1] == b"{" and b"\0" not in start
    return is_text or start.startswith(PICTURE_STARTS)


def open_header(path: Path, formats: tuple[str, ...] | None = None) -> Image.Image:
    """Open a picture for its size and texts; those of a PNG may be larger than Pillow takes.

    Raises what Image.open raises.
    """
    with path.open("rb") as file:
        is_png = file.read(len(PNG_START)) == PNG_START
    if not is_png:
        return Image.open(path, formats=formats)
    with _raising:
        usual = PngImagePlugin.MAX_TEXT_CHUNK
        PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
        try:
            return PngImageFile(path)  # which leaves the number of pixels to whoever decodes them
        except SyntaxError as error:
            raise UnidentifiedImageError(str(error)) from error
        finally:
            PngImagePlugin.MAX_TEXT_CHUNK = usual


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read the recipe of a picture that the studio exported, of a JSON file or of a session file.

    Raises NoRecipeError for a picture without one and RecipeError for any other file without
    one, or that cannot be read; both name the file.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> ss.save_png("seven.png", ss.render("portraits", recipe), recipe)
    >>> ss.read_recipe("seven.png") == recipe
    True
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            is_text = file.read(16).lstrip()[:1] == b"{"
        if is_session_file(path):
            return _of_session(path)
        if is_text and path.stat().st_size > MAX_RECIPE_BYTES:
            raise RecipeError(f"{path.name} is too large to hold a recipe.")
        text: str | bytes = path.read_bytes() if is_text else _recipe_text(path)
    except OSError as error:
        raise RecipeError(f"{path.name} cannot be read: {error.strerror}.") from None
    try:
        return Recipe.from_json(text)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from None


def _of_session(path: Path) -> Recipe:
    """The look on show in a session file."""
    try:
        with open_parts(path) as parts:
            text = parts.text(RECIPE)
            if text is None:
                raise SessionError("it holds no picture; show one and save it again.")
            return Recipe.from_json(text)
    except SessionError as error:
        raise RecipeError(str(error)) from None
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from None


def _recipe_text(path: Path) -> str:
    try:
        with open_header(path) as image:
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
