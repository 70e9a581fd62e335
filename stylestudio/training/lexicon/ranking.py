"""How often a text model ranks the one picture first that a phrase it was not taught fits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

from stylestudio.training.lexicon.captions import HELD_OUT_OPENINGS, Saying, Speaker
from stylestudio.training.lexicon.trainer import SCENES, paint, speaker_for
from stylestudio.training.scene import LIMIT, shape_gaussian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.training.scene import Scene

PHRASES = 40
PICTURES = 8  # of which one fits
TRIALS = 8  # for each phrase, with other pictures
HAS, LACKS = 1.0, -0.5  # the attribute of the one that fits is above, the others' below


class Embedder(Protocol):
    """What gives pictures and texts vectors of length one."""

    def embed_images(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] in 0..1 -> [N, dim]."""

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Texts -> [N, dim]."""


@dataclass(frozen=True)
class Ranked:
    """One phrase, and in which share of its trials the picture that it fits came first."""

    text: str
    world: str
    attributes: tuple[str, ...]
    share: float


@torch.no_grad()
def rank(
    model: Embedder, things: int, seed: int = 7, side: int = 128, scenes: Sequence[Scene] = SCENES
) -> list[Ranked]:
    """Try `PHRASES` phrases that say so many things, 1 or 2, in wordings that are never taught.

    With two things, each of the other pictures lacks one of them or both.
    """
    speaker = speaker_for(scenes)
    chance = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    said = [_phrase(speaker, scenes, things, chance) for _ in range(PHRASES)]
    found = []
    for scene, sayings, text in said:
        fits = 0
        for _ in range(TRIALS):
            attributes = _lineup(scene, sayings, generator)
            pictures = paint(scene, attributes, side, generator) / 2 + 0.5
            likeness = model.embed_images(pictures) @ model.embed_text([text]).T
            fits += int(likeness.argmax()) == 0
        names = tuple(one.attribute for one in sayings)
        found.append(Ranked(text, scene.name, names, fits / TRIALS))
    return found


def _phrase(
    speaker: Speaker, scenes: Sequence[Scene], things: int, chance: random.Random
) -> tuple[Scene, list[Saying], str]:
    """A world, and what is said of it in a wording that is held out."""
    scene = chance.choice(scenes)
    world = speaker.worlds[scene.name]
    senses = [(key, sense) for key, sense in world.senses.items() if sense.held_out]
    chosen: list[Saying] = []
    while len(chosen) < things:
        (name, sign), sense = chance.choice(senses)
        if all(name != one.attribute for one in chosen):
            chosen.append(Saying(name, sign, chance.choice(sense.held_out)))
    caption = speaker.caption(scene.name, chosen, chance, HELD_OUT_OPENINGS)
    return scene, chosen, caption.text


def _lineup(scene: Scene, sayings: Sequence[Saying], generator: torch.Generator) -> Tensor:
    """Attributes [PICTURES, K]; what is said fits the first row alone."""
    names = scene.space.names
    attributes = shape_gaussian(torch.randn(PICTURES, len(names), generator=generator))
    for index, saying in enumerate(sayings):
        column = names.index(saying.attribute)
        has = _between(HAS, LIMIT, 1, generator)
        lacks = _between(-LIMIT, LACKS, PICTURES - 1, generator)
        kept = attributes[1:, column] * saying.sign
        if len(sayings) > 1:  # in turn the first, the second or both are missing
            turn = torch.arange(PICTURES - 1) % 3
            lacks = torch.where((turn == index) | (turn == 2), lacks, kept)
        attributes[:, column] = saying.sign * torch.cat([has, lacks])
    return attributes


def _between(low: float, high: float, count: int, generator: torch.Generator) -> Tensor:
    """Attributes as samples have them, of those that lie between two numbers."""
    drawn = shape_gaussian(torch.randn(1000 * count, generator=generator))
    return drawn[(drawn > low) & (drawn < high)][:count]
