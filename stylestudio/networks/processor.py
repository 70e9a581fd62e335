"""What this machine's processor can do."""

from __future__ import annotations

import torch


def multiplies_tiles(dtype: torch.dtype) -> bool:
    """Whether it multiplies tiles of matrices of this type (AMX)."""
    return dtype == torch.bfloat16 and _has("amx_tile")


def has_bfloat16() -> bool:
    """Whether it has instructions for products of bfloat16."""
    return _has("amx_tile") or _has("avx512_bf16")


def _has(instructions: str) -> bool:
    """Ask torch, in whose versions these questions come and go."""
    supported: bool = getattr(torch.cpu, f"_is_{instructions}_supported", lambda: False)()
    return supported
