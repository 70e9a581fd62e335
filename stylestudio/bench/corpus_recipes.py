"""Recipes drawn from a seed, with everything that a recipe can say."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.recipe import (
    BlendPart,
    BlendSource,
    LatentSource,
    MixRow,
    PlaneSource,
    Recipe,
    SeedSource,
    Style,
    ZPart,
    ZSource,
)
from stylestudio.render import Delta, builtin_styles, open_styles

if TYPE_CHECKING:
    from stylestudio.recipe import Source
    from stylestudio.recipe.sources import PlainSource
    from stylestudio.render import Model, StyleModel

TUNINGS = 2  # sets of tuned weights for each model


def draw_recipe(model: Model, random: np.random.RandomState, index: int) -> Recipe:
    """One recipe; every sixth or so has tuned weights, every fifth or so a style."""
    tuned = index % 6 == 5
    seed = int(random.randint(1000))
    # Neighbours share their seed now and then, as frames of one hand movement do.
    source = _draw_source(model, random, tuned=tuned and random.rand() < 0.7)
    if random.rand() < 0.3:
        source = SeedSource(index // 4)
    layers = tuple(np.round(random.uniform(0, 2, model.num_ws - 1), 3))
    recipe = Recipe.from_seed(
        seed,
        model,
        truncation_psi=round(random.uniform(-1, 1.5), 3),
        truncation_cutoff=None if random.rand() < 0.5 else int(random.randint(model.num_ws + 1)),
        noise_mode=("const", "none", "seeded", "flowing")[random.randint(4)],
        noise_seed=int(random.randint(100)),
        noise_strength=(1.0, round(random.uniform(0, 2), 3))[random.randint(2)],
        noise_layers=layers if random.rand() < 0.3 else (),
        noise_turn=round(random.uniform(-2, 2), 3),
        noise_reach=round(random.rand(), 3),
        noise_grain=(1.0, round(random.uniform(1, 4), 2))[random.randint(2)],
        translate_x=round(random.uniform(-1, 1), 3) if random.rand() < 0.5 else 0.0,
        translate_y=round(random.uniform(-1, 1), 3) if random.rand() < 0.5 else 0.0,
        rotate=round(random.uniform(-180, 180), 2) if random.rand() < 0.5 else 0.0,
    )
    rows = [
        MixRow(_draw_source(model, random, tuned=tuned), _draw_amounts(model, random))
        for _ in range(random.randint(3) or int(tuned))
    ]
    return recipe.replace(source=source, mixing=tuple(rows), style=_draw_style(random))


def _draw_amounts(model: Model, random: np.random.RandomState) -> tuple[float, ...]:
    amounts = np.round(random.rand(model.num_ws), 3) * (random.rand(model.num_ws) < 0.6)
    return tuple(np.where(random.rand(model.num_ws) < 0.2, 1.0, amounts))


def _draw_label(model: Model, random: np.random.RandomState) -> tuple[float, ...]:
    if not model.c_dim or random.rand() < 0.3:
        return ()
    return tuple(np.round(random.dirichlet(np.ones(model.c_dim)), 3))


def _draw_source(model: Model, random: np.random.RandomState, *, tuned: bool = False) -> Source:
    if tuned or random.rand() < 0.15:
        return _draw_latent(model, random, tuned=tuned)
    kind, label = random.randint(4), _draw_label(model, random)
    if kind == 0:
        return SeedSource(int(random.randint(1000)), label)
    if kind == 1:
        x, y = np.round(random.uniform(-20, 20, 2), 2)
        return PlaneSource(float(x), float(y), label)
    if kind == 2:
        share, spherical = round(random.rand(), 3), bool(random.randint(2))
        seeds = [SeedSource(int(number), label) for number in random.randint(1000, size=2)]
        return ZSource((ZPart(seeds[0], 1 - share), ZPart(seeds[1], share)), spherical)
    parts: list[tuple[PlainSource, float]] = [
        (SeedSource(int(random.randint(1000)), label), round(random.uniform(-0.5, 1), 3)),
        (_draw_latent(model, random, tuned=False), round(random.rand(), 3)),
    ]
    return BlendSource(tuple(BlendPart(*part) for part in parts))


def _draw_latent(model: Model, random: np.random.RandomState, *, tuned: bool) -> LatentSource:
    rows = (1, model.num_ws)[random.randint(2)]
    w = random.randn(rows, model.w_dim).astype(np.float32) * 0.5 + model.w_avg.cpu().numpy()
    delta = tuned_weights(model, int(random.randint(TUNINGS))).sha256 if tuned else ""
    return LatentSource.from_array(w.astype(np.float32), "drawn", delta)


def _draw_style(random: np.random.RandomState) -> Style | None:
    if random.rand() > 0.2:
        return None
    bank = _bank(builtin_styles()[random.randint(len(builtin_styles()))])
    names = random.choice(len(bank.names), 2, replace=False)
    share = round(random.rand(), 3)
    weights = {bank.names[names[0]]: share, bank.names[names[1]]: 1 - share}
    strength, colours = round(random.uniform(0.3, 1), 3), (0.0, 0.7)[random.randint(2)]
    return Style.of(bank, weights, strength=strength, colours=colours)


@cache
def _bank(name: str) -> StyleModel:
    return open_styles(name)


@lru_cache(maxsize=TUNINGS)
def tuned_weights(model: Model, which: int) -> Delta:
    """Change about half of a model's synthesis a little: the same for a model whenever asked."""
    random, changes = np.random.RandomState(which), {}
    for name, value in sorted(model.network.synthesis.state_dict().items()):
        if random.rand() < 0.5 and value.is_floating_point() and not name.endswith("filter"):
            scale = 0.05 * float(value.float().square().mean().sqrt())
            change = random.randn(*value.shape) * scale
            changes[name] = torch.from_numpy(np.asarray(change)).half()
    return Delta(changes, model.sha256)
