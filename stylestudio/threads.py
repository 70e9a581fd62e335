"""The threads of a computation: how long they wait for work, and how many there are."""

from __future__ import annotations

import os
import sys


def let_threads_sleep() -> None:
    """Keep idle OpenMP threads from spinning for long; for this process and those it starts.

    When any other program wants a core, a spinning thread takes it from the one that has work, and
    frames take up to a hundred times longer. A tenth of a millisecond is most often enough for the
    next piece of work to come; a thread that sleeps before it has to be woken, perhaps on the
    other's core. A whole millisecond is far too long: `docs/platforms.md` has figures. OpenMP reads
    this when torch is loaded, so nothing changes after that, nor where the user has chosen.
    """
    if "torch" in sys.modules or "OMP_WAIT_POLICY" in os.environ:
        return
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    # GNU's: about 0.1 ms. LLVM's and Intel's sleep at once, and count in whole milliseconds.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def software() -> str:
    """What pictures and videos say that they were made with: "StyleStudio, 2 threads".

    Torch adds up by threads, so the last digits, and with them a level here and there, may depend
    on how many there were.
    """
    torch = sys.modules.get("torch")  # which reading and writing alone do without
    threads = torch.get_num_threads() if torch else 0
    return f"StyleStudio, {threads} thread{'s' * (threads > 1)}" if threads else "StyleStudio"
