"""A scene's attributes as directions in the W of its model, and what these move in pictures."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from stylestudio.training.embedding import Embedding, group_of_row
from stylestudio.training.evaluator import BATCH, HELD_OUT_SEED
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.measure import moved_by_group, spread
from stylestudio.training.scene import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from stylestudio.render import Model
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene

SAMPLES = 20_000
STEPS = tuple(i / 2 for i in range(-3, 4))  # amounts in sigmas, evenly from -1.5 to 1.5
PSI = 0.7  # of the pictures that are moved, as in the window: room on both sides
SPOKEN = {"yaw": "turn"}  # names of directions, where people have another word than the painters
OWN, OTHERS = 1.2, 0.25  # what is wanted, in standard deviations


@torch.no_grad()
def attribute_directions(model: Model, scene: Scene, seed: int) -> Tensor:
    """The directions [K, w_dim] of a scene's attributes in the model that was taught it.

    Found by regressing w on the attributes that z stands for, all at once: so each direction
    moves one of them and leaves the others. Each is one standard deviation of its attribute long.
    Raises ValueError where z or w has fewer dimensions than the scene has attributes.
    """
    teacher = Teacher(Embedding(scene.space, model.w_dim, seed), model.z_dim, seed)
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    z = torch.randn(SAMPLES, model.z_dim, generator=generator)
    attributes = teacher.attributes(z).double()
    w = model.map(z)[:, 0].cpu().double()
    attributes = attributes - attributes.mean(0)
    slopes = torch.linalg.lstsq(attributes, w - w.mean(0)).solution
    vectors: Tensor = slopes * attributes.std(0)[:, None]
    return vectors.float()


def attribute_layers(scene: Scene, num_ws: int) -> Tensor:
    """1 where an attribute's group of layers is driven, else 0: [K, num_ws]."""
    groups = {name: group for group in GROUPS for name in getattr(scene.space, group)}
    rows = [group_of_row(row) for row in range(num_ws)]
    return torch.tensor(
        [[float(groups[name] == group) for group in rows] for name in scene.space.names]
    )


def direction_name(attribute: str) -> str:
    """What the direction of an attribute is called."""
    return SPOKEN.get(attribute, attribute)


def attribute_of(direction: str, scene: Scene) -> str:
    """The attribute of a scene that a direction of this name moves."""
    return next(name for name in scene.space.names if direction_name(name) == direction)


@dataclass(frozen=True)
class DirectionMeasure:
    """What a direction moves, by attributes read from pictures, in standard deviations."""

    name: str
    group: str
    steps: tuple[float, ...]  # mean of its own attribute at `STEPS`, less than that at 0
    others: Mapping[str, float]  # mean absolute change of other groups at the ends, by group

    @property
    def own(self) -> float:
        """The smaller of its moves at both ends, in the right sense."""
        return min(self.steps[-1], -self.steps[0])

    @property
    def monotone(self) -> bool:
        """Whether every step goes the same way."""
        return all(a < b for a, b in pairwise(self.steps))

    @property
    def reached(self) -> bool:
        """Whether it moves its own attribute far enough, and other groups little."""
        return self.own >= OWN and max(self.others.values()) < OTHERS and self.monotone


@torch.no_grad()
def measure_directions(
    model: Model,
    scene: Scene,
    moves: Mapping[str, Tensor],
    regressors: Regressors,
    pictures: int = 2 * BATCH,
) -> Iterator[DirectionMeasure]:
    """Measure directions by the name of their attribute, on unseen pictures, one after another.

    `moves` are what one sigma adds to the rows of ws, [1 or num_ws, w_dim]. Raises ValueError
    where the regressors look at more pixels than the pictures have.
    """
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    ws = model.map(torch.randn(pictures, model.z_dim, generator=generator), truncation_psi=PSI)

    def read(rows: Tensor) -> Tensor:
        parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        return torch.cat([regressors(model.synthesize(part).cpu()) for part in parts])

    start = read(ws)
    for name, move in moves.items():
        attribute = attribute_of(name, scene)
        column = scene.space.names.index(attribute)
        group = next(group for group in GROUPS if attribute in getattr(scene.space, group))
        seen = [read(ws + amount * move.to(ws.device)) if amount else start for amount in STEPS]
        means = [float((each - start)[:, column].mean()) / spread() for each in seen]
        moved = [moved_by_group(start, seen[end], scene.space) for end in (0, -1)]
        others = {other: max(each[other] for each in moved) for other in GROUPS if other != group}
        yield DirectionMeasure(name, group, tuple(means), others)
