"""Learns where a thing is in any picture of a model, from a few pictures on which it is brushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.recipe import Locator
from stylestudio.render.locating import located

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

ITERATIONS = 60
DECAY = 1e-3  # of weights, for units of deviation 1
MOST_PLACES = 20_000  # of all maps together that are looked at
SIDE = 64  # pixels at which what is found is compared with what was brushed
BRUSHED = 0.5  # of the strongest stroke, from which on a pixel counts


def learn_locator(maps: Sequence[Tensor], regions: Sequence[Tensor]) -> Locator | None:
    """Learn to tell places that were brushed from others, by the units' values there.

    `maps` [C, r, r] are those of a step for a few pictures, `regions` [H, W] in 0..1 what was
    brushed on these. A generator's own maps tell parts of its pictures apart so well that a few
    examples do, and a linear sum (Zhang et al. 2021, DatasetGAN; Xu and Zheng 2021, "Linear
    semantics in generative adversarial networks"). A place counts as brushed where any pixel of it
    is, so that thin things are found on coarse maps, too. None where maps are too coarse to have
    places of both kinds.
    """
    values = torch.stack([each.flatten(1) for each in maps]).float()  # [N, C, places]
    touched = torch.stack([_touched(each, maps[0].shape[-1]) for each in regions])
    stride = -(-touched.numel() // MOST_PLACES)
    x = values.transpose(1, 2).flatten(0, 1)[::stride]  # [places, C]
    y = touched.flatten()[::stride]
    share = float(y.mean())
    if not 0 < share < 1:
        return None
    middle, spread = x.mean(0), x.std(0).clamp(min=1e-6)
    x = (x - middle) / spread
    # The rarer kind counts more, by the root: wholly made up for, its edges would grow.
    weights = torch.where(y > 0, share**-0.5, (1 - share) ** -0.5)
    weights = weights / weights.mean()
    slopes = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([slopes, bias], max_iter=ITERATIONS)

    def loss() -> Tensor:
        optimizer.zero_grad()
        each = F.binary_cross_entropy_with_logits(x @ slopes + bias, y, weights)
        total = each + DECAY * slopes.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with torch.inference_mode(False), torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = slopes.detach() / spread
    return Locator(tuple(found.tolist()), float(bias.detach() - found @ middle))


def agreement(maps: Sequence[Tensor], regions: Sequence[Tensor]) -> float:
    """How well a locator finds in each picture what the others taught it: mean IoU, 0..1.

    With what was brushed, so that coarse maps lose by how far they reach beyond thin things. 1 for
    a single picture, which nothing can be held against.
    """
    if len(maps) < 2:
        return 1.0
    found = []
    for i, region in enumerate(regions):
        others = [k for k in range(len(maps)) if k != i]
        locator = learn_locator([maps[k] for k in others], [regions[k] for k in others])
        if locator is None:
            return 0.0
        likely = located(maps[i][None], locator)
        likely, truth = _resized(likely), _resized(region[None, None])
        found.append(float(torch.minimum(likely, truth).sum() / torch.maximum(likely, truth).sum()))
    return sum(found) / len(found)


def _resized(mask: Tensor) -> Tensor:
    """Masks [1, 1, H, W] as [1, 1, SIDE, SIDE]: means, or a straight line between pixels."""
    shrinks = mask.shape[-1] > SIDE
    how = {"mode": "area"} if shrinks else {"mode": "bilinear", "align_corners": False}
    return F.interpolate(mask, size=(SIDE, SIDE), **how)


def _touched(region: Tensor, side: int) -> Tensor:
    """1 at the places [side, side] of which any pixel is brushed, 0 elsewhere."""
    brushed = (region > BRUSHED * region.max()).float()
    return F.adaptive_max_pool2d(brushed[None, None], side)[0, 0]
