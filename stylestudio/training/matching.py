"""The cheapest way to pair the members of small sets, for many sets at once and exactly."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

LARGEST = 10  # members; the work doubles with each


def match(costs: Tensor) -> Tensor:
    """Costs [N, S, S] -> for each row of a set the column that it is paired with, int64 [N, S].

    The sum of the costs is the least possible. Row after row is paired, and of all ways to spend
    the same columns only the cheapest is kept (Held and Karp 1962): S steps, whatever N. Raises
    ValueError for more than 10 members.
    """
    sets, members, _ = costs.shape
    if members > LARGEST:
        raise ValueError(f"{members} members are too many to match; {LARGEST} are the most")
    spent = costs.new_zeros(sets, 1)
    last: list[Tensor] = []
    for row in range(members):
        before, column = _ways(members, row + 1, costs.device)
        spent, best = (spent[:, before] + costs[:, row][:, column]).min(2)
        last.append(best)
    pairs = costs.new_empty(sets, members, dtype=torch.int64)
    where = torch.zeros(sets, 1, dtype=torch.int64, device=costs.device)
    for row in reversed(range(members)):
        before, column = _ways(members, row + 1, costs.device)
        best = last[row].gather(1, where)
        pairs[:, row : row + 1] = column[where, best]
        where = before[where, best]
    return pairs


@cache
def _ways(members: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """For each set of `size` columns: the sets without one of them, and which that is.

    Both int64 [sets, size]; sets are numbered within their size.
    """
    by_size: list[list[int]] = [[] for _ in range(members + 1)]
    for bits in range(1 << members):
        by_size[bits.bit_count()].append(bits)
    numbers = {bits: number for number, bits in enumerate(by_size[size - 1])}
    columns = [[c for c in range(members) if bits >> c & 1] for bits in by_size[size]]
    before = [
        [numbers[bits & ~(1 << c)] for c in each]
        for bits, each in zip(by_size[size], columns, strict=True)
    ]
    return torch.tensor(before, device=device), torch.tensor(columns, device=device)
