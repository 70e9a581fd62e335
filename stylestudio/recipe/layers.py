"""What `0-3,7`, `coarse` or a list of numbers means as rows of ws."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, SupportsIndex

from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Layers = str | SupportsIndex | Iterable[SupportsIndex | str]

GROUPS = ("coarse", "middle", "fine")
WORDS = (*GROUPS, "all")

# The group of each row of ws of the models that this process has opened, by the hash of the model:
# a recipe knows how many rows its model has, but not which of them are coarse.
_groups: dict[str, tuple[str, ...]] = {}


class LayerLike(Protocol):
    """What recipes need to know of a layer."""

    @property
    def group(self) -> str: ...  # noqa: D102


def remember_groups(sha256: str, layers: Sequence[LayerLike]) -> None:
    """Note which group each row of a model's ws belongs to."""
    _groups[sha256] = tuple(layer.group for layer in layers)


def groups_of(sha256: str) -> tuple[str, ...]:
    """The group of each row of a model's ws; () for a model that hasn't been opened here."""
    return _groups.get(sha256, ())


def find_layers(layers: Layers, name: str, num_ws: int, groups: Sequence[str]) -> frozenset[int]:
    """Read `0-3,7`, `coarse`, `middle`, `fine` and `all`, a number, or a list of all these.

    Of a model by name, its number of layers and their groups, () where they aren't known.
    Raises RecipeError where a word means nothing or names a layer that the model lacks.
    """
    given = [layers] if isinstance(layers, str) or not isinstance(layers, Iterable) else [*layers]
    words = [word for item in given for word in _words(item)]
    return frozenset(index for word in words for index in _read(word, name, num_ws, groups))


def _words(item: object) -> list[str]:
    if isinstance(item, str):
        return [word.strip() for word in item.split(",")]
    if isinstance(item, SupportsIndex) and not isinstance(item, bool):
        return [str(item.__index__())]
    raise RecipeError(
        f"the layers {item!r} aren't known; give numbers (7), ranges ('0-3') or one of "
        f"{', '.join(WORDS)}."
    )


def _read(word: str, name: str, num_ws: int, groups: Sequence[str]) -> Iterable[int]:
    if word == "all":
        return range(num_ws)
    if word in GROUPS:
        if not groups:
            raise RecipeError(
                f"which layers of {name} are {word} isn't known until it has been opened; open it "
                f"with ss.open_model, or give numbers from 0 to {num_ws - 1}."
            )
        indices = [index for index, group in enumerate(groups) if group == word]
        if not indices:
            raise RecipeError(f"{name} is too small to have {word} layers.")
        return indices
    match = re.fullmatch("([0-9]{1,4})(?:-([0-9]{1,4}))?", word)
    if match is None and not re.fullmatch("-[0-9]+", word):
        raise RecipeError(
            f"the layers {word!r} aren't known; write numbers (7), ranges (0-3) "
            f"or {', '.join(WORDS)}, with commas between them."
        )
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, num_ws)
    if first > last or last >= num_ws:
        raise RecipeError(
            f"the layers {word} do not lie in 0-{num_ws - 1}, "
            f"from low to high, as those of {name} do."
        )
    return range(first, last + 1)
