"""Directions ranked by how much they change a region of the picture, and how little the rest.

Each direction is tried both ways on the picture itself, in small. That takes two pictures a
direction; gradients would take several backward passes through the whole network for each region,
and say less about moves as far as a hand makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from msgspec.structs import replace
from torch.nn import functional as F

from stylestudio.editing.masks import region_of
from stylestudio.progress import Progress
from stylestudio.recipe import ModelRef
from stylestudio.render import as_model, shared_assets
from stylestudio.render.device import cache_budget, one_at_a_time
from stylestudio.render.frame import FrameStages

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.editing.directions import Directions
    from stylestudio.progress import Cancel
    from stylestudio.recipe import AnyEdit, Recipe
    from stylestudio.render import Assets, Model

SIDE = 64  # pixels of the pictures that are compared, at least
AMOUNT = 1.5  # sigmas, either way
TRIED = "direction to be ranked"  # the name of the edit
FAINT = 0.1  # of the largest change inside: what changes less is nothing that anybody sees


@dataclass(frozen=True)
class Ranked:
    """What a direction changes, as mean differences of colours between both ends, 0..1."""

    name: str
    inside: float
    outside: float
    score: float  # what the ranking goes by: the larger, the more it is for the region


def rank_by_region(
    model: Model | str,
    recipe: Recipe,
    mask: Any,
    directions: Directions,
    *,
    side: int = SIDE,
    assets: Assets | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> list[Ranked]:
    """Order directions by how much they change where `mask` is painted, the fittest first.

    `mask` is any array [H, W], 0 outside and up to 1 inside, over the whole picture. Styles of the
    recipe stay out of account; `assets` hold its tuned weights, None for those of the program.
    Raises DirectionError for an empty mask and directions that don't fit, WrongModelError for
    another model's recipe, and Cancelled.

    >>> import numpy as np
    >>> import stylestudio as ss
    >>> from stylestudio.editing import rank_by_region
    >>> mouth = np.zeros((256, 256))
    >>> mouth[154:172, 104:152] = 1
    >>> average = ss.Recipe.from_seed(0, "portraits", truncation_psi=0)
    >>> ranked = rank_by_region("portraits", average, mouth, ss.open_directions("portraits"))
    >>> ranked[0].name in ("smile", "mouth_open", "mouth_width", "lips", "lip_tone")
    True
    """
    model = as_model(model)
    directions.note_for(ModelRef.of(model))
    region = region_of(mask)
    changes = changes_by(
        model,
        recipe,
        directions,
        side=side,
        assets=assets,
        on_progress=on_progress,
        cancel=cancel,
    )
    return ranked_changes(directions.names, changes, region)


def ranked_changes(names: tuple[str, ...], changes: Tensor, region: Tensor) -> list[Ranked]:
    """Rank what directions change, [K, r, r], by a region [H, W]."""
    weights = F.interpolate(region[None, None], size=changes.shape[1:], mode="area")[0, 0]
    inside = (changes * weights).sum((1, 2)) / weights.sum()
    rest = 1 - weights
    outside = (changes * rest).sum((1, 2)) / rest.sum().clamp(min=1e-6)
    faint = FAINT * float(inside.max())
    scores = inside / (outside + max(faint, 1e-9))
    order = scores.argsort(descending=True, stable=True).tolist()
    return [Ranked(names[i], float(inside[i]), float(outside[i]), float(scores[i])) for i in order]


@torch.inference_mode()
def changes_by(
    model: Model,
    recipe: Recipe,
    directions: Directions,
    *,
    side: int = SIDE,
    assets: Assets | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Tensor:
    """The change of colours by each direction, [K, r, r], for any number of regions to rank by."""
    stages = FrameStages(model, assets or shared_assets(), cache_budget(model.device))

    def picture(edit: AnyEdit) -> Tensor:
        edited = recipe.edit(edit)
        stages.prepare(edited)
        ws = stages.latents.compose(edited)
        for _ in stages.synthesis.start(ws, edited, lambda: False, side):
            pass
        assert stages.synthesis.picture is not None
        return stages.synthesis.picture[0].float().clamp(-1, 1)

    seen = []
    for number, name in enumerate(directions.names, start=1):
        if cancel is not None:
            cancel.check()
        edit = replace(directions.edit(name, AMOUNT), name=TRIED)
        with one_at_a_time(model.device):
            both = picture(edit) - picture(replace(edit, amount=-AMOUNT))
            seen.append((both.abs().mean(0) / 2).cpu())
        if on_progress is not None:
            on_progress(Progress(number, len(directions), "Comparing changes"))
    return torch.stack(seen)
