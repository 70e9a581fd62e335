"""Pictures, seeds, styles and directions in the order in which they fit words, or a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.inversion.samples import early_picture
from stylestudio.recipe import Recipe, SeedSource, label_of
from stylestudio.render import compose_ws
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from torch import Tensor

    from stylestudio.editing import Directions
    from stylestudio.render import Assets, Model, StyleModel
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import PictureTarget, Target

    AnyTarget = Target | PictureTarget

AT_ONCE = 8  # pictures
MOVED = 2.0  # sigmas that a direction is tried at, either way
PSI = 0.7  # of the pictures that directions move


@dataclass(frozen=True)
class Likeness:
    """How well something fits a target."""

    name: str
    likeness: float  # a cosine, -1..1; of directions, what moving there and back adds to it


def sort(found: Iterable[Likeness]) -> list[Likeness]:
    """The most alike first."""
    return sorted(found, key=lambda one: -one.likeness)


@torch.no_grad()
def ask_pictures(
    text: TextModel, target: AnyTarget, pictures: Mapping[str, Tensor]
) -> list[Likeness]:
    """Rank pictures [3, H, W] or [1, 3, H, W] in 0..1, by name."""
    found = []
    for name, picture in pictures.items():
        seen = text.embed_images(picture.reshape(1, 3, *picture.shape[-2:]))
        found.append(Likeness(name, target.likeness(seen).item()))
    return sort(found)


@torch.no_grad()
def ask_seeds(
    text: TextModel,
    target: AnyTarget,
    model: Model,
    recipe: Recipe,
    seeds: Sequence[int],
    assets: Assets | None = None,
) -> Iterator[Likeness]:
    """How well the look of a recipe fits with each seed of its class, one by one, not yet in order.

    The picture is as large as the text model looks at; noise is the model's own. `assets` is where
    the look's mappers are, None for the store of the whole program.
    """
    label = label_of(recipe.source)
    for start in range(0, len(seeds), AT_ONCE):
        part = seeds[start : start + AT_ONCE]
        looks = [recipe.replace(source=SeedSource(seed, label)) for seed in part]
        with one_at_a_time(model.device):
            ws = torch.stack([compose_ws(model, look, assets) for look in looks])
            likenesses = _likeness(text, target, model, ws)
        for seed, likeness in zip(part, likenesses, strict=True):
            yield Likeness(str(seed), likeness)


@torch.no_grad()
def ask_styles(
    text: TextModel, target: AnyTarget, bank: StyleModel, picture: Tensor
) -> list[Likeness]:
    """Rank styles by a picture [1, 3, H, W] in 0..1 that is painted in each."""
    painted = {name: bank.stylize(picture, {name: 1.0}) for name in bank.names}
    return ask_pictures(text, target, painted)


@torch.no_grad()
def ask_directions(
    text: TextModel, target: AnyTarget, model: Model, directions: Directions, seeds: Sequence[int]
) -> Iterator[Likeness]:
    """How much each direction adds to likeness on its way, over seeds, not yet in order.

    Below 0 it leads away from the target.
    """
    looks = [Recipe.from_seed(seed, model, truncation_psi=PSI) for seed in seeds]
    with one_at_a_time(model.device):
        ws = torch.stack([compose_ws(model, look) for look in looks])
    for name, vector in zip(directions.names, np.asarray(directions.vectors), strict=True):
        with one_at_a_time(model.device):
            way = MOVED * torch.from_numpy(vector).to(ws)
            there, back = (_likeness(text, target, model, ws + sign * way) for sign in (1, -1))
        yield Likeness(name, float(np.mean(there) - np.mean(back)) / 2)


def _likeness(text: TextModel, target: AnyTarget, model: Model, ws: Tensor) -> list[float]:
    found: list[float] = []
    for part in torch.split(ws, AT_ONCE):
        found += target.likeness(embed_ws(text, model, part)).tolist()
    return found


def embed_ws(text: TextModel, model: Model, ws: Tensor) -> Tensor:
    """What a text model sees in the pictures of ws [N, num_ws, w_dim]: unit vectors [N, dim]."""
    pictures = early_picture(model, ws, min(text.image_size, model.resolution))
    return text.embed_images((pictures / 2 + 0.5).clamp(0, 1))
