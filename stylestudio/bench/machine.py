"""What renders on this machine, and how fast it multiplies: what no renderer can surpass."""

from __future__ import annotations

import platform
import time

import torch

SIDE, SIDE_ON_CARD = 2048, 8192


def device_name(device: torch.device) -> str:
    """What its maker calls a card; of a processor, the kind."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.machine()})"


def product_rate(dtype: torch.dtype, device: torch.device, rounds: int = 7) -> float:
    """Multiply-adds a second of the best of some products of large square matrices."""
    side = SIDE if device.type == "cpu" else SIDE_ON_CARD
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    best = float("inf")
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        (a @ b)[0, 0].item()
        best = min(best, time.perf_counter() - begun)
    return side**3 / best
