"""A new style from one painting: a bank's network stays, only its gammas and betas are learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import read_style_part
from stylestudio.checkpoints.style_networks import StyleBank
from stylestudio.networks.cin import CINNetwork
from stylestudio.render import StyleError
from stylestudio.render.style_opening import builtin_style_paths
from stylestudio.transfer.losses import (
    Losses,
    LossWeights,
    painting_statistics,
    statistics,
    style_loss,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.transfer.contents import Contents

RATE = 2e-2
DECAY = 0.5  # share of the steps over which the rate falls to 0
AVERAGED = 20  # steps whose losses a figure is the mean of
CANDIDATE_SIDE = 128


@dataclass(frozen=True)
class Lesson:
    """What there is after a step; the last one holds the style that was learned."""

    step: int  # steps finished
    steps: int
    loss: float  # the style loss, averaged over the latest steps
    row: Tensor  # all gammas, then all betas of the style so far [D]
    picture: Tensor | None  # a content repainted with it, now and then: [3, side, side] in 0..1


def read_bank(path_or_name: str | Path) -> StyleBank:
    """Open a bank to which styles can be added: a file, or a built-in one by its name.

    Raises StyleError for another style network, CheckpointError for what cannot be read.
    """
    path = Path(path_or_name)
    if not path.exists():
        builtin = {path.stem: path for path in builtin_style_paths()}
        path = builtin.get(str(path_or_name).lower(), path)
    part = read_style_part(path)
    if not isinstance(part, StyleBank):
        raise StyleError(f"{path.name} is not a style bank of StyleStudio.")
    return part


def learn_style(
    bank: StyleBank,
    painting: Tensor,
    contents: Contents,
    features: FeatureNetwork,
    *,
    steps: int = 400,
    batch: int = 2,
    side: int = 128,
    show_every: int = 25,
    weights: LossWeights | None = None,
    seed: int = 0,
    tried: Callable[[str], object] | None = None,
) -> Generator[Lesson]:
    """Learn the style of a painting [3, H, W] in 0..1; yields after each step.

    It begins with the style of the bank that comes nearest; `tried` is told each that was looked
    at. The bank itself is not changed:
    `with_style` makes one that has the new style, from the last row. To cancel, close the
    iterator. After Dumoulin et al. 2016, section 3.2: the convolutions stay as they are.
    """
    weights = weights or LossWeights()
    draw = torch.Generator().manual_seed(seed)
    wanted = painting_statistics(features, painting)
    transformer = bank.network.transformer
    shown = contents.middles(1, 2 * side)
    row = nearest_row(bank, contents.middles(4, CANDIDATE_SIDE), painting, features, tried)
    row = row.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([row])
    everyone = torch.zeros(batch, dtype=torch.long)
    latest: list[float] = []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, (steps - step) / (steps * DECAY))
        squares = contents.cut(batch, side, draw)
        painted = transformer(squares, row.expand(batch, -1))
        losses = Losses.of(features, painted, squares, wanted[everyone])
        optimizer.zero_grad()
        loss = losses.weighted(weights).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        latest = [*latest[1 - AVERAGED :], losses.style.mean().item()]
        done = step + 1
        picture = None
        if done % show_every == 0 or done == steps:
            with torch.no_grad():
                picture = transformer(shown, row[None])[0]
        yield Lesson(done, steps, sum(latest) / len(latest), row.detach().clone(), picture)


@torch.no_grad()
def nearest_row(
    bank: StyleBank,
    contents: Tensor,
    painting: Tensor,
    features: FeatureNetwork,
    tried: Callable[[str], object] | None = None,
) -> Tensor:
    """The style of a bank that comes nearest to a painting, judged on contents [N, 3, H, W].

    `tried` is told each style that was looked at. Raises StyleError for a bank without styles.
    """
    wanted = painting_statistics(features, painting)
    everyone = torch.zeros(len(contents), dtype=torch.long)
    rows = bank.network.tables.rows()
    if not len(rows):
        raise StyleError("This bank knows no style yet, so there is nothing to begin with.")
    distances = []
    for name, row in zip(bank.names, rows, strict=True):
        painted = bank.network.transformer(contents, row.expand(len(contents), -1))
        found = statistics(features(painted).style)
        distances.append(style_loss(found, wanted[everyone]).mean())
        if tried is not None:
            tried(name)
    return rows[int(torch.stack(distances).argmin())]


def with_style(bank: StyleBank, name: str, row: Tensor) -> StyleBank:
    """The bank with one more style, whose gammas and betas are the row [D].

    A style of that name is replaced.
    """
    rows = dict(zip(bank.names, bank.network.tables.rows(), strict=True)) | {name: row}
    network = CINNetwork(len(rows), bank.network.transformer.width)
    network.transformer.load_state_dict(bank.network.transformer.state_dict())
    gamma, beta = torch.stack(list(rows.values())).chunk(2, dim=1)
    network.tables.load_state_dict({"gamma": gamma, "beta": beta})
    return StyleBank(network.eval().requires_grad_(False), tuple(rows))
