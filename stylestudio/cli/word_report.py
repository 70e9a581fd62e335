"""What `train directions --evaluate --part words` prints: where words are seen, by which units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np
import torch

from stylestudio.editing import dissect
from stylestudio.recipe import SeedSource
from stylestudio.text import open_text_model, regions_by_words
from stylestudio.training.embedding import Embedding
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.portraits.parts import part_masks

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.render import Model
    from stylestudio.training.scene import Scene

WORDS = {
    "glasses": "glasses",
    "hair": "hair",
    "mouth": "mouth",
    "backdrop": "sky",
    "clothes": "cloth",
}  # and what the painter calls that
STEP = "b32.conv1"  # whose units are compared
COVERED = 0.5  # of a pixel by a part, from which on it is of that


def print_words(model: Model, scene: Scene, embedding_seed: int) -> None:
    """How well the masks of words match the painter's own, and the units found by either.

    Both are given the same pictures. Units are the best tenth of a step by where they fire.
    """
    teacher = Teacher(
        Embedding(scene.space, model.w_dim, embedding_seed), model.z_dim, embedding_seed
    )
    text = open_text_model("lexicon")
    click.echo(f"{'':9} {'IoU':>5} {'of it':>6} {'found':>6} {'same units':>11}")
    for words, part in WORDS.items():
        seen = regions_by_words(model, words, text)
        seeds = [each.source.seed for each, _ in seen if isinstance(each.source, SeedSource)]
        z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in seeds])
        attributes = teacher.attributes(torch.from_numpy(z).float())
        found = torch.from_numpy(np.stack([mask for _, mask in seen]))
        truth = part_masks(scene.space.named(attributes), found.shape[-1])[part]
        overlap, purity, recall = _compared(found, truth)
        click.echo(
            f"{words:9} {overlap:5.2f} {purity:6.0%} {recall:6.0%} "
            f"{_same(model, seeds, found, truth):11.0%}",
        )
    click.echo(
        "IoU with the painter's own masks, how much of what is found is of the part, how much of "
        f"the part is found,\nand how many of the best tenth of the units after {STEP} both masks "
        "bring up; by chance, a tenth of them."
    )


def _compared(found: Tensor, truth: Tensor) -> tuple[float, float, float]:
    """Means over pictures: IoU, share of what is found that is right, share that is found."""
    a, b = found > COVERED, truth > COVERED
    both = (a & b).sum((1, 2)).float()
    shares = (both / part.sum((1, 2)).clamp(min=1) for part in (a | b, a, b))
    overlap, purity, recall = (float(each.mean()) for each in shares)
    return overlap, purity, recall


def _same(model: Model, seeds: list[int], found: Tensor, truth: Tensor) -> float:
    """The share of the units by one kind of masks that the other brings up, too."""
    by_words, by_brush = (
        dissect(model, [*zip(seeds, masks.numpy(), strict=True)], STEP, learn=False).units
        for masks in (found, truth)
    )
    return len({*by_words} & {*by_brush}) / len(by_brush)
