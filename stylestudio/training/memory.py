"""Keeps the memory of large tensors for the next ones."""

from __future__ import annotations

import ctypes
import sys

import torch

# Options of glibc's mallopt(3), as in malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def prepare_for_training() -> None:
    """Stop giving freed memory back to the system, and treat denormal numbers as 0.

    Every step of a training takes and frees the same large tensors; where each is mapped anew,
    the system spends about as long clearing pages as the network spends computing. Only glibc
    can be told; elsewhere nothing changes.
    """
    torch.set_flush_denormal(True)
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_M_TOP_PAD, 2**28)
