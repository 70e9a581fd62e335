"""A new style from one painting: a bank's network stays, only its gammas and betas are learned."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import read_style_part
from stylestudio.checkpoints.style_networks import StyleBank
from stylestudio.files import folded
from stylestudio.networks.cin import CINNetwork
from stylestudio.progress import Cancel, Progress
from stylestudio.render import StyleError
from stylestudio.render.style_opening import style_path
from stylestudio.transfer.losses import (
    Losses,
    LossWeights,
    painting_statistics,
    statistics,
    style_loss,
)
from stylestudio.transfer.pictures import to_pixels

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from torch import Tensor

    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.transfer.contents import Contents

RATE = 2e-2
DECAY = 0.5  # share of the steps over which the rate falls to 0
AVERAGED = 20  # steps whose losses a figure is the mean of
CANDIDATE_SIDE = 128
COMPARED = 4  # contents
# Styles of Atelier leave 0.01 to 0.29 of their own paintings, and nearly always more of others.
WEAK = 0.3
LONGEST_NAME = 60  # of a style


@dataclass(frozen=True, kw_only=True, repr=False)
class LearningProgress(Progress):
    """What there is after a step; the last one holds the style that was learned.

    The loss is the style loss, averaged over the latest steps; the picture, a content repainted
    with the style so far.
    """

    row: Tensor = field(repr=False, compare=False)  # all gammas, then all betas so far [D]


def read_bank(path_or_name: str | Path) -> StyleBank:
    """Open a bank to which styles can be added: a file, or a built-in one by its name.

    Raises StyleError for another style network, CheckpointError for what cannot be read.
    """
    path = style_path(path_or_name)
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
    cancel: Cancel | None = None,
) -> Generator[LearningProgress]:
    """Learn the style of a painting [3, H, W] in 0..1; yields after each step.

    It begins with the style of the bank that comes nearest, and yields each that was compared
    before the first step, with 0 steps done. The bank itself is not changed: `with_style` makes
    one that has the new style, from the last row. To stop, close the iterator, or use `cancel`;
    one that is to finish early does a step at least. After Dumoulin et al. 2016, section 3.2: the
    convolutions stay as they are. Raises StyleError for a bank without styles, and Cancelled.
    """
    cancel = cancel or Cancel()
    weights = weights or LossWeights()
    draw = torch.Generator().manual_seed(seed)
    wanted = painting_statistics(features, painting)
    transformer = bank.network.transformer
    shown = contents.middles(1, 2 * side)
    candidates = contents.middles(COMPARED, CANDIDATE_SIDE)
    for name, row in _nearest_rows(bank, candidates, painting, features):
        yield LearningProgress(0, steps, f"Comparing with {name}", row=row)
        cancel.check()
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
                picture = to_pixels(transformer(shown, row[None])[0])
        yield LearningProgress(
            done,
            steps,
            "Learning the style",
            loss=sum(latest) / len(latest),
            picture=picture,
            row=row.detach().clone(),
        )
        cancel.check()
        if cancel.is_finishing:
            return


@torch.no_grad()
def _nearest_rows(
    bank: StyleBank, contents: Tensor, painting: Tensor, features: FeatureNetwork
) -> Iterator[tuple[str, Tensor]]:
    """Each style of a bank, and the row of the one that comes nearest to a painting so far.

    They are compared on contents [N, 3, H, W]. Raises StyleError for a bank without styles.
    """
    wanted = painting_statistics(features, painting)
    everyone = torch.zeros(len(contents), dtype=torch.long)
    rows = bank.network.tables.rows()
    if not len(rows):
        raise StyleError("This bank has no styles yet, so there is nothing to start from.")
    distances = []
    for name, row in zip(bank.names, rows, strict=True):
        painted = bank.network.transformer(contents, row.expand(len(contents), -1))
        found = statistics(features(painted).style)
        distances.append(style_loss(found, wanted[everyone]).mean())
        yield name, rows[int(torch.stack(distances).argmin())]


@torch.no_grad()
def style_left(
    bank: StyleBank, row: Tensor, painting: Tensor, contents: Contents, features: FeatureNetwork
) -> float:
    """What share of its distance to the painting a picture keeps when it is painted in a style.

    Style losses, averaged over contents; above `WEAK` the style hardly shows.
    """
    wanted = painting_statistics(features, painting)
    pictures = contents.middles(COMPARED, CANDIDATE_SIDE)
    everyone = torch.zeros(len(pictures), dtype=torch.long)
    painted = bank.network.transformer(pictures, row.expand(len(pictures), -1))
    before, after = (
        style_loss(statistics(features(some).style), wanted[everyone]).mean().item()
        for some in (pictures, painted)
    )
    return after / before


def plain_name(text: str) -> str:
    """A name as styles may have it, and as `--style NAME:WEIGHT,...` can say it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return re.sub(r"[\s,:]+", " ", printable).strip()[:LONGEST_NAME].strip() or "style"


def unused_name(name: str, used: Iterable[str]) -> str:
    """The name, with a number where it is taken; on many disks, case does not tell names apart."""
    taken = {folded(each) for each in used}
    number, unused = 1, name
    while folded(unused) in taken:
        number += 1
        unused = f"{name} {number}"
    return unused


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
