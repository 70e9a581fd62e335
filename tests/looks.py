"""Recipes that differ in what they need of a renderer, and of the device that it runs on."""

import numpy as np
import torch
from torch.utils._python_dispatch import _disable_current_modes

from stylestudio.networks.latent_mapper import LatentMapper
from stylestudio.recipe import (
    Edit,
    Intervention,
    LatentSource,
    MixRow,
    PlaneSource,
    Recipe,
    Region,
    SeedSource,
)
from stylestudio.render import Assets, Delta
from stylestudio.render.mappers import packed


def looks(model) -> dict[str, Recipe]:
    """Recipes that differ in what they need."""
    base = Recipe.from_seed(1, model, truncation_psi=0.7)
    rows = np.random.RandomState(3).randn(model.num_ws, model.w_dim).astype(np.float32)
    left = np.repeat([[1.0, 0.0]], 8, axis=0).repeat(4, axis=1)
    half = (0.5,) * model.num_ws
    return {
        "seed": base,
        "mixed": base.replace(mixing=(MixRow(SeedSource(9), half),)),
        "w+": base.replace(source=LatentSource.from_array(rows, "w+")),
        "plane": base.replace(source=PlaneSource(0.3, 0.7)),
        "plain": base.replace(noise_mode="none"),
        "edited": base.edit(Edit.from_array("a", rows[0], 1.5, half)).edit(
            Edit.from_array("b", rows, -1.0)
        ),
        "bent": base.intervene(Intervention.of("a", 1, "blur", 1.0, mask=left))
        .intervene(Intervention.of("b", 3, "rotate", 30.0, units=[0, 3]))
        .intervene(Intervention.of("c", 5, "set", 0.5, units=[1, 2], values=[1.0, -2.0])),
        "painted": base.intervene(Region.of("a", 9, left, first=2)),
        "seeded": base.replace(noise_mode="seeded", noise_seed=4, noise_strength=0.5),
        "flowing": base.replace(
            noise_mode="flowing", noise_turn=0.3, noise_reach=0.5, noise_grain=2.0
        ),
    }


def random_mapper(model, seed=0) -> Delta:
    """A mapper that moves every row."""
    torch.manual_seed(seed)
    mapper = LatentMapper(model.w_dim, [layer.group for layer in model.layers], hidden=8)
    for value in mapper.parameters():
        value.data.normal_(std=0.3)
    return packed(mapper, model.sha256, "odd")


def tuned(model) -> tuple[Assets, Recipe]:
    """A recipe whose source brings tuned weights."""
    with _disable_current_modes():  # so that these have numbers, on a pretended card, too
        changes = {
            name: torch.full(value.shape, 0.1).half()
            for name, value in model.network.synthesis.state_dict().items()
        }
    delta, assets = Delta(changes, model.sha256), Assets()
    assets.hold(delta)
    source = LatentSource.from_array(np.ones((1, model.w_dim), np.float32), "tuned", delta.sha256)
    return assets, Recipe.from_seed(1, model).replace(source=source)
