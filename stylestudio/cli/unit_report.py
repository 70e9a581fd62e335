"""What `train directions --evaluate --part units` prints: what is gone without the best units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np
import torch
from msgspec.structs import replace

from stylestudio.editing import dissect
from stylestudio.recipe import Recipe
from stylestudio.render import Renderer
from stylestudio.training.embedding import Embedding
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.portraits.parts import PARTS, REST, SHOWN, part_masks

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.editing import UnitSet
    from stylestudio.recipe import Intervention
    from stylestudio.render import Model
    from stylestudio.training.scene import Scene

BRUSHED = 3  # samples of each part
RANDOM = 8  # sets of as many units as were found
OWN, OTHERS, RATIO = 0.5, 0.15, 4.0  # what is wanted
COVERED = 0.6  # of a pixel by a part, for it to be looked at
LEAST = 0.004  # of the picture that a part has to fill, for its sample to be brushed or read
APART = 0.25  # of RGB in 0..1: pixels nearer than that to another part say nothing
SIDE = 256


class _Picture(NamedTuple):
    """A seed's picture before anything is taken away, and where its parts lie."""

    recipe: Recipe
    pixels: Tensor  # [H, W, 3] in 0..1
    masks: dict[str, Tensor]  # bool [H, W]
    centres: dict[str, Tensor]  # mean colours [3]


def print_units(
    model: Model, scene: Scene, embedding_seed: int, pictures: int, *, learn: bool = True
) -> None:
    """How much of each part is gone where the best tenth of its units is taken away.

    A pixel of a part is gone where its colour is nearer to the mean colour of another part of the
    same picture than to what it was. Units are found from three brushed samples of the painter's
    own masks, and taken away in other pictures.
    """
    teacher = Teacher(
        Embedding(scene.space, model.w_dim, embedding_seed), model.z_dim, embedding_seed
    )
    seeds = range(BRUSHED * 4 + pictures * 3)
    z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in seeds])
    attributes = teacher.attributes(torch.from_numpy(z).float())
    masks = part_masks(scene.space.named(attributes), SIDE)
    shown = attributes[:, scene.space.names.index("glasses")] > SHOWN
    renderer = Renderer(model)
    click.echo(
        f"{'':9} {'step':10} {'units':>5} {'gone':>5} {'of others, at most':>22} {'random':>8}"
    )
    reached = 0
    for part in PARTS:
        fills = (masks[part] > COVERED).float().mean((1, 2)) > LEAST
        fitting = [s for s in seeds if fills[s] and (shown[s] or part != "glasses")]
        samples = [(seed, masks[part][seed].numpy()) for seed in fitting[:BRUSHED]]
        units = dissect(model, samples, name=part, learn=learn)
        read = [
            _picture(renderer, model, seed, {name: each[seed] for name, each in masks.items()})
            for seed in fitting[BRUSHED : BRUSHED + pictures]
        ]
        gone = _gone(renderer, read, units.ablate())
        others = {name: share for name, share in gone.items() if name not in (part, REST)}
        worst = max(others, key=lambda name: others[name])
        random = np.mean([_gone(renderer, read, each)[part] for each in _random(units, model)])
        good = gone[part] >= OWN and others[worst] < OTHERS and gone[part] >= RATIO * random
        reached += int(good)
        click.echo(
            f"{part:9} {units.layer:10} {len(units):5} {gone[part]:5.0%} "
            f"{worst:>15} {others[worst]:6.0%} {random:8.1%}{'' if good else '  missed'}"
        )
    click.echo(
        f"{reached} of {len(PARTS)} parts lose at least {OWN:.0%} of their pixels without the best "
        f"tenth of their units, other parts less than {OTHERS:.0%},\nand at least {RATIO:g} times "
        f"as many as without as many random units ({BRUSHED} brushed samples, {pictures} others)."
    )


def _random(units: UnitSet, model: Model) -> list[Intervention]:
    """Taking as many other units away, in the same places."""
    from stylestudio.render import unit_counts

    count = unit_counts(model)[units.step]
    found = []
    for seed in range(RANDOM):
        chosen = np.random.RandomState(seed).permutation(count)[: len(units)]
        found.append(replace(units.ablate(), units=tuple(chosen.tolist())))
    return found


def _picture(renderer: Renderer, model: Model, seed: int, masks: dict[str, Tensor]) -> _Picture:
    recipe = Recipe.from_seed(seed, model)
    pixels = _pixels(renderer, recipe)
    places = {name: mask > COVERED for name, mask in masks.items()}
    centres = {name: pixels[place].mean(0) for name, place in places.items() if place.any()}
    return _Picture(recipe, pixels, places, centres)


def _pixels(renderer: Renderer, recipe: Recipe) -> Tensor:
    pixels = torch.from_numpy(renderer.render(recipe).pixels.copy())
    return pixels[..., :3].float() / 255


def _gone(
    renderer: Renderer, pictures: list[_Picture], intervention: Intervention
) -> dict[str, float]:
    """The share of each part's pixels that are gone, over all pictures that show it."""
    shares: dict[str, list[float]] = {}
    for picture in pictures:
        after = _pixels(renderer, picture.recipe.intervene(intervention))
        for part, place in picture.masks.items():
            if not place.float().mean() > LEAST:
                continue
            now, was = after[place], picture.pixels[place]
            others = [c for name, c in picture.centres.items() if name != part]
            told = _nearest(was, others) > APART
            if not told.any():
                continue
            gone = (_nearest(now, others) < (now - was).norm(dim=1))[told]
            shares.setdefault(part, []).append(float(gone.float().mean()))
    return {part: float(np.mean(each)) for part, each in shares.items()}


def _nearest(pixels: Tensor, colours: list[Tensor]) -> Tensor:
    """How far pixels [n, 3] are from the nearest of some colours [3]."""
    return torch.stack([(pixels - colour).norm(dim=1) for colour in colours]).amin(0)
