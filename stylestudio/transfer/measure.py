"""How good a bank of styles is: its losses on photos it has not seen, its blends, its cost."""

from __future__ import annotations

import itertools
import statistics as averages
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.networks.cin_prepared import PreparedCIN
from stylestudio.recipe import Recipe
from stylestudio.render import Renderer, open_model
from stylestudio.render.model_opening import QUICK_MODEL
from stylestudio.transfer.losses import painting_statistics, statistics, style_loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from stylestudio.checkpoints.style_networks import StyleBank
    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.transfer.losses import Statistics

BLEND_STEPS = 9
_FLAT = 0.01  # share of a distance's whole range by which a step may go the wrong way


@dataclass(frozen=True)
class StyleReport:
    """The style losses of a style, averaged over photos."""

    name: str
    photo: float  # of the photos as they are
    bank: float  # repainted by the bank
    alone: float | None  # repainted by a network that was trained for this style alone

    @property
    def ratio(self) -> float | None:
        """The bank's loss over that of the other network; None without one."""
        return None if self.alone is None else self.bank / self.alone

    @property
    def reduction(self) -> float | None:
        """What the bank takes off the photos' loss, as a share of what the other takes off."""
        if self.alone is None:
            return None
        return (self.photo - self.bank) / (self.photo - self.alone)


@dataclass(frozen=True)
class BlendReport:
    """How a blend of two styles goes from one to the other."""

    first: str
    second: str
    to_first: tuple[float, ...]  # style loss towards the first painting, from one style on
    to_second: tuple[float, ...]

    @property
    def steady(self) -> bool:
        """Whether the first's loss never falls and the second's never rises on the way."""
        return _rises(self.to_first) and _rises(self.to_second[::-1])


def _rises(values: Sequence[float]) -> bool:
    slack = _FLAT * abs(values[-1] - values[0])
    return values[-1] > values[0] and all(
        after >= before - slack for before, after in itertools.pairwise(values)
    )


@torch.no_grad()
def measure_styles(
    bank: StyleBank,
    paintings: Mapping[str, Tensor],
    photos: Tensor,
    features: FeatureNetwork,
    alone: StyleBank | None = None,
) -> list[StyleReport]:
    """The losses of the styles whose paintings [3, H, W] are given, on photos [N, 3, H, W].

    Styles that `alone` knows as well are compared with it.
    """
    reports = []
    plain = statistics(features(photos).style)
    for name in (name for name in bank.names if name in paintings):
        wanted = _repeated(painting_statistics(features, paintings[name]), len(photos))
        single = None
        if alone and name in alone.names:
            single = _loss(alone, _row(alone, name), photos, features, wanted)
        painted = _loss(bank, _row(bank, name), photos, features, wanted)
        photo = style_loss(plain, wanted).mean().item()
        reports.append(StyleReport(name, photo, painted, single))
    return reports


@torch.no_grad()
def measure_blends(
    bank: StyleBank,
    paintings: Mapping[str, Tensor],
    photos: Tensor,
    loss_network: FeatureNetwork,
    *,
    pairs: int = 10,
    seed: int = 0,
) -> list[BlendReport]:
    """The way of random pairs of styles from one to the other, in nine steps.

    The loss network should be another than the one that trained the bank.
    """
    names = [name for name in bank.names if name in paintings]
    wanted = {
        name: _repeated(painting_statistics(loss_network, paintings[name]), len(photos))
        for name in names
    }
    every = list(itertools.combinations(names, 2))
    order = np.random.default_rng(seed).permutation(len(every))[:pairs]
    return [_blend(bank, photos, loss_network, wanted, *every[index]) for index in order]


def _blend(
    bank: StyleBank,
    photos: Tensor,
    loss_network: FeatureNetwork,
    wanted: Mapping[str, Statistics],
    first: str,
    second: str,
) -> BlendReport:
    losses: list[list[float]] = [[], []]
    for amount in torch.linspace(0, 1, BLEND_STEPS):
        row = torch.lerp(_row(bank, first), _row(bank, second), amount)
        found = statistics(loss_network(_painted(bank, row, photos)).style)
        for end, name in enumerate((first, second)):
            losses[end].append(style_loss(found, wanted[name]).mean().item())
    return BlendReport(first, second, tuple(losses[0]), tuple(losses[1]))


@torch.no_grad()
def one_hot_error(bank: StyleBank, photos: Tensor) -> float:
    """The largest difference of any pixel between a weight of 1 and the style itself."""
    worst = 0.0
    for index in range(len(bank.names)):
        weights = torch.nn.functional.one_hot(torch.tensor([index]), len(bank.names)).float()
        blended = bank.network(photos[:1], weights)
        plain = _painted(bank, bank.network.tables.rows()[index], photos[:1])
        worst = max(worst, (blended - plain).abs().max().item())
    return worst


@torch.no_grad()
def frame_costs(bank: StyleBank, rounds: int = 15) -> tuple[float, float]:
    """Milliseconds to repaint a picture, and to render it with the quick built-in model.

    Medians of runs that take turns, on the CPU, at the model's own size, as the window does both.
    """
    model = open_model(QUICK_MODEL, device="cpu")
    renderer = Renderer(model)
    painter = PreparedCIN(bank.network.transformer, model.dtype)
    row = bank.network.tables.rows()[:1]
    costs: list[list[float]] = [[], []]
    for seed in range(rounds):
        start = time.perf_counter()
        frame = renderer.render(Recipe.from_seed(seed, model))
        between = time.perf_counter()
        picture = torch.from_numpy(frame.pixels).permute(2, 0, 1)[None] / 255
        begun = time.perf_counter()
        painter(picture, row)
        costs[0].append(time.perf_counter() - begun)
        costs[1].append(between - start)
    return 1000 * averages.median(costs[0]), 1000 * averages.median(costs[1])


def _row(bank: StyleBank, name: str) -> Tensor:
    return bank.network.tables.rows()[bank.names.index(name)]


def _painted(bank: StyleBank, row: Tensor, photos: Tensor) -> Tensor:
    painted: Tensor = bank.network.transformer(photos, row.expand(len(photos), -1))
    return painted


def _loss(
    bank: StyleBank, row: Tensor, photos: Tensor, features: FeatureNetwork, wanted: Statistics
) -> float:
    found = statistics(features(_painted(bank, row, photos)).style)
    return style_loss(found, wanted).mean().item()


def _repeated(one: Statistics, count: int) -> Statistics:
    return one[torch.zeros(count, dtype=torch.long)]
