"""Presets: recipes in numbered slots, each with a small picture, and the files that hold them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.recipe.errors import RecipeError, in_plain_words
from stylestudio.recipe.parts import to_file
from stylestudio.recipe.recipe import Recipe, opened

if TYPE_CHECKING:
    import os

VERSION = 1
SLOTS = tuple(range(1, 10))
LARGEST = 1 << 30  # bytes of a file


class PresetsError(StyleStudioError, ValueError):
    """A file of presets cannot be read; the message is one sentence for the user."""


class Preset(Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe, and its picture as a small PNG file, b"" where there is none."""

    recipe: Recipe
    picture: bytes = b""


class Presets(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="presets", tag_field="kind"
):
    """What a file of presets holds. Models are named by content, and there are no paths in it."""

    version: int = VERSION
    slots: dict[int, Preset] = {}  # by number, 1 to 9
    deltas: dict[str, bytes] = {}  # files of what tuning added to a model's weights, by SHA-256

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise PresetsError(
                f"The presets are of version {self.version}; this StyleStudio reads {VERSION}. "
                "Update StyleStudio to open them."
            )
        if strange := [number for number in self.slots if number not in SLOTS]:
            raise PresetsError(f"There is no slot {strange[0]} for presets; they go from 1 to 9.")
        for digest, delta in self.deltas.items():
            if hashlib.sha256(delta).hexdigest() != digest:
                raise PresetsError("The tuned weights among the presets are damaged.")

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of what this StyleStudio can't read of the recipes; files keep it."""
        recipes = (preset.recipe for preset in self.slots.values())
        return tuple(dict.fromkeys(name for recipe in recipes for name in recipe.unread))

    def to_json(self) -> str:
        """Write every field."""
        return msgspec.json.encode(_with_recipes(msgspec.to_builtins(self), to_file)).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Presets:
        """Read what `to_json` wrote. Raises PresetsError, which says what is wrong and where."""
        try:
            tree = msgspec.json.decode(text)
            if not isinstance(tree, dict) or tree.get("kind") != "presets":
                raise PresetsError("These are no presets.")
            if isinstance(tree.get("version"), int) and tree["version"] > VERSION:
                return cls(version=tree["version"])
            return msgspec.convert(_with_recipes(tree, opened), cls, str_keys=True)
        except (PresetsError, RecipeError) as error:
            raise PresetsError(str(error)) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise PresetsError(f"These are no valid presets: {in_plain_words(error)}.") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file of presets; all of it or nothing."""
        with replacing(path) as temporary:
            temporary.write_text(self.to_json(), encoding="utf-8")


def read_presets(path: str | os.PathLike[str]) -> Presets:
    """Read a file of presets. Raises PresetsError, naming the file, where that cannot be done."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise PresetsError("it is too large for presets.")
        return Presets.from_json(path.read_bytes())
    except OSError as error:
        raise PresetsError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except PresetsError as error:
        raise PresetsError(f"{path.name}: {error}") from None


def holds_presets(path: Path) -> bool:
    """Tell by the first bytes whether these are presets. Raises OSError where it can't be read."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    return start.lstrip()[:1] == b"{" and b'"kind":"presets"' in start.replace(b" ", b"")


def _with_recipes(tree: dict[str, Any], change: Any) -> dict[str, Any]:
    """Pass every recipe through `change`; what is of another form stays, to be complained of."""
    slots = tree.get("slots")
    if not isinstance(slots, dict):
        return tree

    def changed(preset: Any) -> Any:
        if isinstance(preset, dict) and "recipe" in preset:
            return preset | {"recipe": change(preset["recipe"])}
        return preset

    return tree | {"slots": {number: changed(preset) for number, preset in slots.items()}}
