"""Finds the square of a photo that a model would paint, by what a cropper says of many crops.

Each crop votes for one square. Where the photo shows nothing that the model paints, votes scatter;
around a head, most crops mean the same.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from stylestudio.inversion.cropper import LARGEST, SIDE, SMALLEST, moved
from stylestudio.inversion.photo import Crop, Cutter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.cropper import Cropper
    from stylestudio.inversion.photo import Photo

AT_ONCE = 64  # crops looked at at a time
SIDES = (0.1, 1.5)  # of crops of a whole photo, of its shorter side: from the first to the last,
FINEST = 0.04  # of crops of a long strip, of the side of a square as large as it
GROWTH, APART = 1.4, 0.4  # from side to side; from crop to crop, in their own sides
AROUND_SHIFTS = (-0.4, -0.2, 0.0, 0.2, 0.4)  # of crops around the user's, in its sides
AROUND_SIDES = (0.5, 0.7, 1.0, 1.4)
FROM_USER = (0.35, 0.45, 25.0)  # deviations from the user's: in its sides, log of it, degrees
ALIKE = (0.12, 0.15, 12.0)  # the same of votes that mean the same square
CLOSER_SHIFTS, CLOSER_SIDES = (-0.15, 0.0, 0.15), (0.65, 0.85, 1.1, 1.4)  # around what was found
ROUNDS = 3  # of looking closer
STEPS = 5  # of moving to where votes gather
CANDIDATES = 5  # squares that are looked at closer
COUNTED = 1000  # votes at most, the heaviest
CERTAIN = 0.05  # added to expected errors, so that no vote weighs all
LEAST = 0.002  # mean weight of votes for a square, below which nothing was found


class Votes(NamedTuple):
    """Squares and how much each vote weighs."""

    squares: Tensor  # [N, 4], crops of the photo
    weights: Tensor  # [N], up to `inside`
    inside: Tensor  # [N], the share of the crop that lies in the photo


def crop_by_votes(cropper: Cropper, photo: Photo, first: Crop) -> Iterator[Crop | None]:
    """Yield None while at work, at last the square: near `first`, or anywhere where that is the
    photo's middle, which nobody has chosen.

    Where nothing is found, that is `first`.
    """
    voting = _Voting(cropper, photo)
    start = torch.tensor([first], dtype=torch.float32)
    chosen = first != Crop()
    crops = _moved_from(start[0], AROUND_SIDES, AROUND_SHIFTS) if chosen else _everywhere(photo)
    parts = []
    for part in torch.split(crops, AT_ONCE):
        parts.append(voting(part))
        yield None
    votes = Votes(*(torch.cat(each) for each in zip(*parts, strict=True)))
    if chosen:
        votes = votes._replace(weights=votes.weights * _near(votes.squares, start))
    best, most = first, LEAST
    for candidate in _gathered(votes):
        square, weight = voting.closer(candidate)
        yield None
        # Of what is far apart, the larger: there is less of it to be found by chance.
        weight *= float(_near(square[None], start)) if chosen else math.sqrt(square[2])
        if weight > most:
            best, most = Crop(*(float(value) for value in square)), weight
    yield best


def _near(squares: Tensor, start: Tensor) -> Tensor:
    return _likeness(squares, start, FROM_USER)[:, 0]


class _Voting:
    """Lets crops of one photo vote."""

    def __init__(self, cropper: Cropper, photo: Photo) -> None:
        self._cropper = cropper
        self._cutter = Cutter(photo, SIDE, next(cropper.parameters()).device)

    @torch.no_grad()
    def __call__(self, crops: Tensor) -> Votes:
        """Crops [N, 4] -> two votes of each: also of its mirror image."""
        squares, weights, shares = [], [], []
        for side in sorted(set(crops[:, 2].tolist())):
            alike = crops[crops[:, 2] == side]
            pictures = self._cutter(alike)
            inside = 1 - self._cutter.beyond(alike).cpu()
            for mirror in (1, -1):
                guess = self._cropper(pictures if mirror == 1 else pictures.flip(-1))
                moves, spreads = guess.moves.cpu(), guess.spreads.cpu()
                moves = moves * moves.new_tensor([mirror, 1, 1, mirror])
                size = moves[:, 2].exp()
                doubt = (spreads[:, :2].mean(1) / size + CERTAIN) * (spreads[:, 2] + CERTAIN)
                understood = (size * SMALLEST < 1.1) & (size * LARGEST > 0.9)
                squares.append(moved(alike, moves))
                likely = guess.there.cpu().sigmoid() * understood
                weights.append(likely * inside * CERTAIN**2 / doubt)
                shares.append(inside)
        return Votes(torch.cat(squares), torch.cat(weights), torch.cat(shares))

    def closer(self, square: Tensor) -> tuple[Tensor, float]:
        """Where votes of crops around a square [4] gather, and their mean weight there."""
        weight = 0.0
        for _ in range(ROUNDS):
            votes = self(_moved_from(square, CLOSER_SIDES, CLOSER_SHIFTS))
            for _ in range(STEPS):
                alike = _likeness(votes.squares, square[None], ALIKE)[:, 0] * votes.weights
                weight = float(alike.sum() / votes.inside.sum())
                if not weight > 0:  # or no crop lies inside the photo
                    return square, 0.0
                square = _mean(votes.squares, alike / alike.sum())
        return square, weight


def _moved_from(square: Tensor, sides: tuple[float, ...], shifts: tuple[float, ...]) -> Tensor:
    """Crops [N, 4] around a square [4], turned as it is; shifts in its sides."""
    moves = [(x, y, math.log(s), 0.0) for s, x, y in itertools.product(sides, shifts, shifts)]
    return moved(square.expand(len(moves), 4), torch.tensor(moves))


def _everywhere(photo: Photo) -> Tensor:
    """Crops of all sizes all over a photo, [N, 4]."""
    width, height = (side / min(photo.size) for side in photo.size)
    crops = []
    side, last = max(SIDES[0], FINEST * math.sqrt(width * height)), SIDES[1]
    while side <= last:
        across, down = (_places(length, side) for length in (width, height))
        crops += [(x, y, side, 0.0) for x, y in itertools.product(across, down)]
        side *= GROWTH
    return torch.tensor(crops, dtype=torch.float32)


def _places(length: float, side: float) -> list[float]:
    """Middles of crops along one edge of a photo; large ones reach beyond its ends."""
    reach = max(length / 2 - 0.4 * side, 0.2 * side)
    count = math.ceil(2 * reach / (APART * side)) + 1
    return [reach * (2 * number / (count - 1) - 1) for number in range(count)]


def _gathered(votes: Votes) -> list[Tensor]:
    """Squares for which most votes are, none near another."""
    heaviest = votes.weights.topk(min(COUNTED, len(votes.weights))).indices
    squares, weights = votes.squares[heaviest], votes.weights[heaviest]
    agreed = _likeness(squares, squares, ALIKE) @ weights
    found: list[Tensor] = []
    for _ in range(CANDIDATES):
        best = squares[agreed.argmax()]
        found.append(best)
        apart = (squares[:, :2] - best[:2]).norm(dim=1) > 0.5 * best[2]
        apart |= (squares[:, 2] / best[2]).log().abs() > 0.5
        agreed = agreed * apart
    return found


def _likeness(squares: Tensor, others: Tensor, deviations: tuple[float, float, float]) -> Tensor:
    """How nearly squares [N, 4] mean the same as others [M, 4], [N, M] up to 1: a Gaussian."""
    place, size, turn = deviations
    aside = (squares[:, None, :2] - others[None, :, :2]) / others[None, :, None, 2] / place
    larger = (squares[:, None, 2] / others[None, :, 2]).log() / size
    turned = (squares[:, None, 3] - others[None, :, 3]) / turn
    return (-(aside.square().sum(-1) + larger.square() + turned.square()) / 2).exp()


def _mean(squares: Tensor, shares: Tensor) -> Tensor:
    """The mean square [4], sizes by their logarithms."""
    scaled = torch.cat([squares[:, :2], squares[:, 2:3].log(), squares[:, 3:]], 1)
    x, y, size, turn = shares @ scaled
    return torch.stack([x, y, size.exp(), turn])
