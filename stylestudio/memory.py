"""How much memory there is, and keeping that of large tensors for the next ones."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

# Options of glibc's mallopt(3), as in malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8


def available_bytes() -> int | None:
    """How much memory programs can still get; None where the system refuses what it lacks.

    Linux gives out more than there is, and then ends the program that makes use of it.
    """
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(sizes[0]) << 10 if sizes else None


@cache
def keep_freed_memory() -> None:
    """Stop giving freed memory back to the system, for the whole process.

    Every frame, and every step of a training, takes and frees the same large tensors; where each
    is mapped anew, the system spends about as long clearing pages as the network spends
    computing. Threads share one arena, as memory that one of them freed must serve the others.
    Only glibc can be told; elsewhere nothing changes.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_M_TOP_PAD, 2**26)


def give_back_freed_memory() -> None:
    """Return freed memory to the system this once, so that what a process holds can be measured."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
