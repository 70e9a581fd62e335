"""How fast this machine multiplies: what no renderer can surpass."""

from __future__ import annotations

import time

import torch

SIDE = 2048


def product_rate(dtype: torch.dtype, device: torch.device, rounds: int = 7) -> float:
    """Multiply-adds a second of the best of some products of large square matrices."""
    a, b = (torch.randn(SIDE, SIDE, device=device).to(dtype) for _ in range(2))
    best = float("inf")
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        (a @ b)[0, 0].item()
        best = min(best, time.perf_counter() - begun)
    return SIDE**3 / best
