"""How often what a caption says is so in the pictures that are written for it, as regressors read.

Where nothing of a caption were followed, half of all signs would be right.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.token_transformer import Sampling, write_codes
from stylestudio.training.lexicon.captions import MOST, Speaker
from stylestudio.training.lexicon.trainer import paint, speaker_for
from stylestudio.training.scene import shape_gaussian

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from stylestudio.checkpoints import TokensFile
    from stylestudio.training.lexicon.captions import Caption
    from stylestudio.training.lexicon.ranking import Embedder
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene

CAPTIONS = 80
SAMPLES, KEPT = 16, 4  # pictures written for each, and of these, the ones that fit best


@dataclass(frozen=True)
class Named:
    """Something that a caption says, and the share of pictures in which it is so."""

    caption: str
    things: int  # that the caption says
    attribute: str
    written: float
    kept: float  # of those that a text model finds most alike
    coded: float  # 1 where a painted picture still shows it after a detour by codes, or 0
    painted: float  # 1 where the regressors read it off the painted picture itself, or 0


@torch.no_grad()
def evaluate(
    tokens: TokensFile,
    regressors: Regressors,
    text: Embedder,
    scene: Scene,
    sampling: Sampling | None = None,
    captions: int = CAPTIONS,
    seed: int = 11,
    report: Callable[[int], object] = lambda _: None,
) -> list[Named]:
    """Write pictures for captions that say 1 to `MOST` things in turn, and read them.

    `report` is told how many captions are done.
    """
    speaker = speaker_for([scene])
    chance, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    attributes = shape_gaussian(torch.randn(captions, len(scene.space.names), generator=generator))
    side = tokens.codes.config.side
    painted = paint(scene, attributes, side, generator)
    coded = tokens.codes.decode(tokens.codes.encode(painted))
    found = []
    for index, row in enumerate(attributes.tolist()):
        caption = _caption(speaker, scene.name, row, chance, 1 + index % MOST)
        words = torch.tensor([tokens.words.tokens(caption.text, tokens.writer.config.context)])
        said = tokens.writer.read(words).expand(SAMPLES, -1)
        *_, codes = write_codes(tokens.writer, said, sampling or Sampling(), generator)
        written = tokens.codes.decode(codes).clamp(-1, 1)
        likeness = text.embed_images(written / 2 + 0.5) @ text.embed_text([caption.text]).T
        best = likeness[:, 0].topk(KEPT).indices
        shares = [
            _right(regressors, pictures, caption, scene.space.names)
            for pictures in (
                written,
                written[best],
                coded[index : index + 1],
                painted[index : index + 1],
            )
        ]
        found += [
            Named(caption.text, len(caption.sayings), saying.attribute, *values)
            for saying, *values in zip(caption.sayings, *shares, strict=True)
        ]
        report(index + 1)
    return found


def _caption(
    speaker: Speaker, world: str, attributes: Sequence[float], chance: random.Random, things: int
) -> Caption:
    """One that says so many things."""
    while True:
        caption = speaker.describe(world, attributes, chance, things)
        if len(caption.sayings) == things:
            return caption


def _right(
    regressors: Regressors, pictures: Tensor, caption: Caption, names: Sequence[str]
) -> list[float]:
    """The share of pictures in which each thing that is said is so."""
    scale = regressors.side // pictures.shape[-1]
    if scale > 1:
        pictures = torch.nn.functional.interpolate(
            pictures, scale_factor=scale, mode="bicubic", align_corners=False
        )
    read = regressors(pictures.clamp(-1, 1))
    return [
        (read[:, names.index(saying.attribute)] * saying.sign > 0).float().mean().item()
        for saying in caption.sayings
    ]
