"""Words as they are given: one wish, or several with weights, and how well pictures fit them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

from stylestudio.errors import whole_number
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.text.tokenizer import TextModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.text.model import TextModel

    Words = str | Sequence[str] | Mapping[str, float]

LONGEST = 1_000  # characters of one wish
MOST = 16  # wishes at a time
HEAVIEST = 100.0
USUAL = "a picture"  # words for what a model makes, where none are given
NOWHERE = 1e-3  # length of a way between vectors of length one that is none


@dataclass(frozen=True)
class Wish:
    """Words, and how much they count; below 0, pictures are to be unlike them."""

    words: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.words, str):
            raise TextModelError(f"{described(self.words)} is not words; they are a text.")
        if not self.words.strip():
            raise TextModelError("There are no words to read; type some.")
        if len(self.words) > LONGEST:
            raise TextModelError(
                f"The words are {len(self.words):,} characters long; use at most {LONGEST:,}."
            )
        if not math.isfinite(self.weight) or not 0 < abs(self.weight) <= HEAVIEST:
            raise TextModelError(
                f"The weight {self.weight:g} is not valid; use numbers up to {HEAVIEST:g}, but "
                "not 0."
            )


def wishes_of(words: Words) -> tuple[Wish, ...]:
    """One text, several, or texts with weights, as wishes.

    Raises TextModelError, one sentence, where there are none, or too many or too long ones.
    """
    if isinstance(words, str):
        found = [Wish(words)]
    elif isinstance(words, Mapping):
        found = [Wish(text, _weight(weight)) for text, weight in words.items()]
    else:
        given: Any = words if hasattr(words, "__iter__") else [words]
        found = [Wish(text) for text in given]  # which say what is no text
    if not found:
        raise TextModelError("There are no words to read; type some.")
    if len(found) > MOST:
        raise TextModelError(f"There are {len(found)} prompts; use at most {MOST} at a time.")
    return tuple(found)


def _weight(weight: Any) -> float:
    try:
        return float(weight)
    except (TypeError, ValueError):
        raise TextModelError(f"the weight is {described(weight)}; it must be a number.") from None


def check_asked(settings: Any, **least: int) -> None:
    """Check the named fields of settings, whole numbers with their least values, and the seed.

    `instead_of` must be a text where there is one. Raises TextModelError.
    """
    for name, lowest in {**least, "seed": 0}.items():
        whole_number(name, getattr(settings, name), lowest, TextModelError)
    if settings.seed > MAX_SEED:
        raise TextModelError(f"seed is {settings.seed}; the largest is {MAX_SEED}.")
    usual = getattr(settings, "instead_of", "")
    if not isinstance(usual, str):
        raise TextModelError(f"instead_of is {described(usual)}; it must be a text.")


def title_of(wishes: Sequence[Wish]) -> str:
    """What is made of these wishes is called: by what is wanted, or else by what is not."""
    wanted = [wish.words.strip() for wish in wishes if wish.weight > 0]
    return ", ".join(wanted or [f"no {wish.words.strip()}" for wish in wishes])


def name_for(wishes: Sequence[Wish]) -> str:
    """The title of wishes, cut to what the name of an edit or a delta may have."""
    title = title_of(wishes)
    return title if len(title) <= LONGEST_NAME else title[: LONGEST_NAME - 1] + "…"


class Target:
    """Where wishes lie in a text model's space."""

    def __init__(self, text: TextModel, wishes: Sequence[Wish], instead_of: str = "") -> None:
        """`instead_of`: words for what is usual, from which the wishes lead away; "" for none."""
        with torch.no_grad():
            self._vectors = text.embed_text([wish.words for wish in wishes])
            if instead_of.strip():
                usual = text.embed_text([Wish(instead_of).words])
                self._vectors = F.normalize(self._vectors - usual, dim=-1)
        weights = torch.tensor([wish.weight for wish in wishes], device=text.device)
        self._weights = weights / weights.abs().sum()

    def likeness(self, pictures: Tensor) -> Tensor:
        """How well pictures' vectors [N, dim] fit: weighted cosines [N], -1..1."""
        return pictures @ self._vectors.T @ self._weights


class PictureTarget:
    """Where a picture lies in a text model's space, in place of words."""

    def __init__(self, text: TextModel, picture: Tensor) -> None:
        """`picture` [3, H, W] or [1, 3, H, W] in 0..1."""
        with torch.no_grad():
            self._vector: Tensor = text.embed_images(picture.reshape(1, 3, *picture.shape[-2:]))[0]

    def likeness(self, pictures: Tensor) -> Tensor:
        """How much pictures' vectors [N, dim] are like it: cosines [N], -1..1."""
        return pictures @ self._vector


def way_of(text: TextModel, wishes: Sequence[Wish], instead_of: str = "") -> Tensor:
    """From what is usual to what is wished for, in a text model's space: [dim].

    `instead_of` are words for what is usual, "" for `USUAL`. Raises TextModelError for words that
    the text model doesn't take, or that say the same.
    """
    with torch.no_grad():
        wanted = text.embed_text([wish.words for wish in wishes])
        usual = text.embed_text([instead_of.strip() or USUAL])
    weights = torch.tensor([wish.weight for wish in wishes], device=text.device)
    return checked_way((weights[:, None] * (wanted - usual)).sum(0) / weights.abs().sum(), text)


def checked_way(way: Tensor, text: TextModel) -> Tensor:
    """The way [dim] itself. Raises TextModelError where it leads nowhere."""
    if way.norm() < NOWHERE:
        raise TextModelError(
            f"{text.name} sees no difference between the target and the starting "
            "point; use other words or pictures."
        )
    return way
