"""What is said of a world: patterns that stand for many wordings each, some of them held out.

A pattern is words with alternatives: "a *big|large head" stands for "a big head" and "a large
head". `_` joins the words of one alternative. `*` marks where "very" or "slightly" can stand.
A pattern that begins with "is" says what somebody or something is; others say what there is to see.
"""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STRENGTH = "*"  # where a word of strength can stand
HELD_OUT = 4  # one wording in so many is never taught, where its words stay known

Patterns = tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """One way to say that an attribute is high, or low."""

    words: str  # with `STRENGTH` where "very" can stand
    is_trait: bool  # "smiling" rather than "a smile"

    def said(self, strength: str = "") -> str:
        """The phrase with a word of strength, or without."""
        marked = self.words.replace(STRENGTH, f"{strength} " if strength else "")
        return _with_right_articles(marked)

    @property
    def takes_strength(self) -> bool:
        """Whether "very" can stand in it."""
        return STRENGTH in self.words


@dataclass(frozen=True)
class Sense:
    """All wordings for one end of an attribute."""

    taught: tuple[Phrase, ...]
    held_out: tuple[Phrase, ...]  # of words that are taught in other wordings


@dataclass(frozen=True)
class World:
    """What can be said of one world's pictures."""

    name: str
    title: str  # what one of its pictures is
    people: tuple[str, ...]  # nouns for what it shows, which traits and things are said of
    alone: tuple[str, ...]  # further words that say only which world it is
    words: Mapping[str, tuple[Patterns, Patterns]]  # attribute -> patterns where it is high, low

    @cached_property
    def senses(self) -> dict[tuple[str, int], Sense]:
        """(attribute, 1 where it is high or -1 where it is low) -> its wordings."""
        return {
            (name, sign): _sense(patterns)
            for name, ends in self.words.items()
            for sign, patterns in zip((1, -1), ends, strict=True)
        }


def mirrored(*patterns: str) -> tuple[Patterns, Patterns]:
    """Patterns about the right, and the same about the left."""
    return patterns, tuple(pattern.replace("right", "left") for pattern in patterns)


def wordings(pattern: str) -> list[Phrase]:
    """All that a pattern stands for, the plainest first."""
    parts = pattern.split()
    is_trait = parts[0] == "is"
    choices = [_alternatives(part) for part in parts[is_trait:]]
    return [Phrase(" ".join(chosen), is_trait) for chosen in itertools.product(*choices)]


def _alternatives(part: str) -> list[str]:
    mark = STRENGTH if part.startswith(STRENGTH) else ""
    return [mark + one.replace("_", " ") for one in part.lstrip(STRENGTH).split("|")]


def _sense(patterns: Patterns) -> Sense:
    """Hold out some wordings, chosen by a hash, none of them the first of its pattern."""
    every = [wordings(pattern) for pattern in patterns]
    first = {found[0] for found in every}
    phrases = list(dict.fromkeys(phrase for found in every for phrase in found))
    uses = Counter(word for phrase in phrases for word in phrase.said().split())
    held_out: list[Phrase] = []
    for phrase in sorted(phrases, key=_hash):
        words = phrase.said().split()
        room = len(held_out) < len(phrases) // HELD_OUT
        if room and phrase not in first and all(uses[word] > 1 for word in words):
            held_out.append(phrase)
            uses.subtract(words)
    return Sense(tuple(phrase for phrase in phrases if phrase not in held_out), tuple(held_out))


def _hash(phrase: Phrase) -> int:
    return zlib.crc32(phrase.words.encode())


def _with_right_articles(text: str) -> str:
    """ "a open mouth" -> "an open mouth"."""
    words = text.split()
    for index, (word, following) in enumerate(itertools.pairwise(words)):
        if word == "a" and following[0] in "aeiou":
            words[index] = "an"
    return " ".join(words)
