"""Captions for pictures of the worlds, made from attributes, and which pictures each fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import torch

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from stylestudio.training.lexicon.phrases import Phrase, World

Strength = Literal["plain", "very", "slightly"]

STRENGTHS: dict[Strength, tuple[str, ...]] = {
    "plain": ("",),
    "very": ("very", "extremely", "really", "strongly"),
    "slightly": ("slightly", "somewhat", "rather", "faintly"),
}
# A saying fits attributes above the first number, up to the second; both borders are soft.
RANGES: dict[Strength, tuple[float, float]] = {
    "plain": (0.6, math.inf),
    "very": (1.1, math.inf),
    "slightly": (0.25, 1.0),
}
SOFTNESS = 0.2
OPENINGS = ("", "", "", "a picture of", "a painting of", "an image of", "this is", "here is")
HELD_OUT_OPENINGS = ("here is a picture of", "this is an image of")
MOST = 4  # things that a caption says
_ANYTHING = (0, 1, -math.inf, math.inf)
COUNTS = (0.04, 0.46, 0.28, 0.13, 0.09)  # how often a caption says 0, 1, ... things
UNREMARKABLE = 0.5  # attributes nearer to 0 are seldom spoken of
SPOKEN_ANYWAY = 0.1  # how often they are


@dataclass(frozen=True)
class Saying:
    """One thing that a caption says: an attribute's end, by a phrase."""

    attribute: str
    sign: int
    phrase: Phrase
    strength: Strength = "plain"

    def text(self, chance: random.Random) -> str:
        """Its words."""
        return self.phrase.said(chance.choice(STRENGTHS[self.strength]))


@dataclass(frozen=True)
class Caption:
    """A text and what has to be so in a picture that it fits."""

    text: str
    world: str
    sayings: tuple[Saying, ...]
    names_world: bool  # whether its nouns say which world it is about


@dataclass(frozen=True)
class Requirements:
    """What captions ask of the pictures of one world, ready to compare with attributes."""

    columns: Tensor  # int64 [M, MOST], of attributes
    signs: Tensor  # float32 [M, MOST]
    low: Tensor  # float32 [M, MOST]; -inf where a caption says no more
    high: Tensor  # float32 [M, MOST]
    possible: Tensor  # float32 [M]: 0 where no picture of this world is meant

    def to(self, device: torch.device) -> Requirements:
        """The same on a device."""
        return Requirements(*(value.to(device) for value in vars(self).values()))

    def said(self, count: int) -> Tensor:
        """What captions say of each of `count` attributes: 1, -1 or nothing, 0 [M, count]."""
        signs = self.signs * self.low.isfinite() * self.possible[:, None]
        return signs.new_zeros(len(signs), count).scatter_add(1, self.columns, signs)

    def fits(self, attributes: Tensor) -> Tensor:
        """How well attributes [N, K] fit each caption, 0..1 [N, M]."""
        values = attributes[:, self.columns] * self.signs
        above = torch.sigmoid((values - self.low) / SOFTNESS)
        below = torch.sigmoid((self.high - values) / SOFTNESS)
        return (above * below).prod(-1) * self.possible


class Speaker:
    """Says things about pictures. `spaces`: names of the attributes of each world, by its name."""

    def __init__(self, worlds: Sequence[World], spaces: Mapping[str, Sequence[str]]) -> None:
        self.worlds = {world.name: world for world in worlds}
        self.spaces = {name: tuple(names) for name, names in spaces.items()}
        self._columns = {
            world: {name: column for column, name in enumerate(names)}
            for world, names in self.spaces.items()
        }

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every word that a caption can hold, sorted."""
        texts = [*OPENINGS, *HELD_OUT_OPENINGS, "a an the and with who which is"]
        texts += [text for strengths in STRENGTHS.values() for text in strengths]
        for world in self.worlds.values():
            texts += [*(noun.replace("_", " ") for noun in world.people + world.alone)]
            for sense in world.senses.values():
                texts += [phrase.said() for phrase in sense.taught + sense.held_out]
        return tuple(sorted({word for text in texts for word in text.split()}))

    @cached_property
    def _senses(self) -> dict[Phrase, dict[str, tuple[str, int]]]:
        """What each phrase means, by the name of the world: some are said of several."""
        found: dict[Phrase, dict[str, tuple[str, int]]] = {}
        for world in self.worlds.values():
            for key, sense in world.senses.items():
                for phrase in sense.taught + sense.held_out:
                    found.setdefault(phrase, {})[world.name] = key
        return found

    def describe(
        self,
        world: str,
        attributes: Sequence[float],
        chance: random.Random,
        count: int | None = None,
    ) -> Caption:
        """One of the many captions that fit a picture with these attributes.

        It says `count` things, or up to `MOST`.
        """
        if count is None:
            count = chance.choices(range(MOST + 1), COUNTS)[0]
        known = self.worlds[world]
        values = dict(zip(self.spaces[world], attributes, strict=True))
        spoken = [
            name
            for name in known.words
            if abs(values[name]) > UNREMARKABLE or chance.random() < SPOKEN_ANYWAY
        ]
        chosen = chance.sample(spoken, min(count, len(spoken)))
        sayings = [self._saying(known, name, values[name], chance) for name in chosen]
        return self.caption(world, sayings, chance)

    def _saying(self, world: World, name: str, value: float, chance: random.Random) -> Saying:
        sign = 1 if value > 0 else -1
        phrase = chance.choice(world.senses[name, sign].taught)
        strength: Strength = "plain"
        if phrase.takes_strength and chance.random() < 0.35:
            if abs(value) > 1.2:
                strength = "very"
            elif abs(value) < 0.85:
                strength = "slightly"
        return Saying(name, sign, phrase, strength)

    def caption(
        self,
        world: str,
        sayings: Sequence[Saying],
        chance: random.Random,
        openings: Sequence[str] = OPENINGS,
    ) -> Caption:
        """Put sayings into words; without any, the world alone is named."""
        known = self.worlds[world]
        if not sayings and chance.random() < 0.3:
            return Caption(chance.choice(known.alone).replace("_", " "), world, (), True)
        traits = [one.text(chance) for one in sayings if one.phrase.is_trait]
        things = [one.text(chance) for one in sayings if not one.phrase.is_trait]
        if sayings and chance.random() < 0.4:
            text = _listed([*traits, *things], chance)
            return Caption(text, world, tuple(sayings), False)
        noun = chance.choice(known.people).replace("_", " ")
        article = chance.choice(("a", "the")) if chance.random() < 0.9 else ""
        before = ""
        if traits and len(traits[0].split()) <= 2 and chance.random() < 0.6:
            before = traits.pop(0)
        words = [chance.choice(openings), _article(article, before or noun), before, noun]
        if traits:
            words += [chance.choice(("", "who is", "which is")), _listed(traits, chance)]
        if things:
            words += [
                "and" if traits and chance.random() < 0.2 else "with",
                _listed(things, chance),
            ]
        return Caption(" ".join(word for word in words if word), world, tuple(sayings), True)

    def requirements(self, captions: Sequence[Caption], world: str) -> Requirements:
        """What captions ask of pictures of one world."""
        columns, spans, possible = [], [], []
        for caption in captions:
            parts = self._parts(caption, world)
            possible.append(parts is not None)
            parts = [*(parts or []), *[_ANYTHING] * (MOST - len(parts or []))]
            columns.append([column for column, *_ in parts])
            spans.append([span for _, *span in parts])
        signs, low, high = torch.tensor(spans).view(-1, MOST, 3).unbind(-1)
        return Requirements(
            torch.tensor(columns).view(-1, MOST), signs, low, high, torch.tensor(possible).float()
        )

    def _parts(self, caption: Caption, world: str) -> list[tuple[int, int, float, float]] | None:
        """Column, sign and range of all that a caption asks of pictures of a world.

        None where it is about another one.
        """
        if caption.world != world and (caption.names_world or not caption.sayings):
            return None
        parts = []
        for saying in caption.sayings:
            meant = self._senses[saying.phrase].get(world)
            if meant is None:
                return None
            parts.append((self._columns[world][meant[0]], meant[1], *RANGES[saying.strength]))
        return parts


def _listed(parts: Sequence[str], chance: random.Random) -> str:
    """Several phrases one after the other."""
    if len(parts) == 1:
        return parts[0]
    joint = chance.choice((", ", " and "))
    return joint.join(parts)


def _article(article: str, following: str) -> str:
    return "an" if article == "a" and following[0] in "aeiou" else article
