"""What a rewritten rule does to pictures that it was not made from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.recipe import Recipe, SeedSource, label_of
from stylestudio.recipe.deltas import known_deltas
from stylestudio.render import Assets, Renderer

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.editing.rewriting import Rewrite
    from stylestudio.render import Model
    from stylestudio.render.pixels import Pixels

SHOWN = 9  # samples
SHOWN_SIDE = 128  # pixels of one, at most
FIRST_SEED = 2000  # far from those that people begin with
ACTS = 0.5  # of the mean answer in the context


@dataclass(frozen=True, eq=False)
class RewriteSheet:
    """The samples after a rewriting."""

    picture: Pixels  # uint8 [H, W, 3]: a square table
    acting: float  # mean change where the rule acts, in levels of 8 bits; 0 where it never does
    elsewhere: float


class UnseenSamples:
    """The same few samples before and after: made as a picture is, of seeds that nobody painted."""

    def __init__(
        self, model: Model, like: Recipe, name: str, seen: Collection[Recipe], assets: Assets
    ) -> None:
        """`name` is that of the rule: what it was before stays out of `like`."""
        self._model, self._assets = model, assets
        plain = like.replace(style=None, stages=(), interventions=(), deltas=_without(like, name))
        taken = {each.source.seed for each in seen if isinstance(each.source, SeedSource)}
        free = (seed for seed in range(FIRST_SEED, FIRST_SEED + SHOWN + len(taken)))
        self.seeds = [seed for seed in free if seed not in taken][:SHOWN]
        label = label_of(like.source)
        self._recipes = [plain.replace(source=SeedSource(seed, label)) for seed in self.seeds]
        renderer = Renderer(model, cache_bytes=0, assets=assets)
        self._before = [_rgb(renderer, recipe) for recipe in self._recipes]
        self.before = _table(self._before)  # uint8 [H, W, 3]

    def after(self, found: Rewrite) -> RewriteSheet:
        """The samples as a rule makes them."""
        assets = Assets([found.delta], beyond=self._assets)
        renderer = Renderer(self._model, cache_bytes=0, assets=assets)
        after = [_rgb(renderer, recipe.delta(found.delta)) for recipe in self._recipes]
        acting, elsewhere = [], []
        for recipe, old, new in zip(self._recipes, self._before, after, strict=True):
            change = np.abs(new.astype(np.float32) - old).mean(2)
            acts = _acts(found.answers(self._model, recipe, assets), change.shape)
            acting.append(change[acts])
            elsewhere.append(change[~acts])
        return RewriteSheet(_table(after), _mean(acting), _mean(elsewhere))


def _without(recipe: Recipe, name: str) -> tuple[object, ...]:
    gone = known_deltas(recipe.deltas).get(name)
    return tuple(each for each in recipe.deltas if each is not gone)


def _rgb(renderer: Renderer, recipe: Recipe) -> Pixels:
    return renderer.render(recipe).pixels[..., :3]


def _acts(answers: Tensor, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where a picture [H, W] is taken for the context, and beside it, as later layers spread it."""
    near = F.max_pool2d((answers >= ACTS).float()[None, None], 3, 1, 1)
    acts: NDArray[np.bool_] = F.interpolate(near, size=shape, mode="nearest")[0, 0].numpy() > 0
    return acts


def _mean(parts: list[NDArray[np.float32]]) -> float:
    levels = np.concatenate(parts)
    return float(levels.mean()) if levels.size else 0.0


def _table(pictures: list[Pixels]) -> Pixels:
    columns = math.isqrt(len(pictures))
    small = [_small(each) for each in pictures]
    rows = [np.concatenate(small[i : i + columns], 1) for i in range(0, len(small), columns)]
    table: Pixels = np.ascontiguousarray(np.concatenate(rows))
    return table


def _small(picture: Pixels) -> Pixels:
    x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).float()
    side = min(SHOWN_SIDE, x.shape[-1])
    pixels: Pixels = F.adaptive_avg_pool2d(x, side).round().byte().permute(1, 2, 0).numpy()
    return pixels
