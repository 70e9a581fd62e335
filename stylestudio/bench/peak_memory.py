"""Measures peak memory in a process of its own.

`python -m stylestudio.bench.peak_memory RESOLUTION`
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from stylestudio.bench.figures import Figure, at_most

GIB = 2**30
TIMEOUT = 300  # seconds


def measure_memory(resolution: int) -> Figure | None:
    """The most memory that live rendering held; None where the system does not tell."""
    command = [sys.executable, "-m", "stylestudio.bench.peak_memory", str(resolution)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    if not done.stdout.strip():
        return None
    peak, weights = (int(number) for number in done.stdout.split())
    goal = at_most((3 * weights + GIB) / GIB)
    return Figure(f"config F at {resolution}", "memory, live", peak / GIB, "GiB", goal)


def _measure(resolution: int) -> str:
    from stylestudio.bench.subjects import synthetic_model
    from stylestudio.recipe import Recipe
    from stylestudio.render import Renderer

    model = synthetic_model(resolution)
    renderer = Renderer(model)
    for seed in range(4):
        renderer.render(Recipe.from_seed(seed, model), show_draft=lambda _: None)
    weights = sum(value.nbytes for value in model.network.state_dict().values())
    most = held_by_process("VmHWM")
    return f"{most} {weights}" if most else ""


def held_by_process(field: str) -> int:
    """Bytes that Linux tells of this process, "VmHWM" the most ever, "VmRSS" now; elsewhere 0."""
    status = Path("/proc/self/status")
    said = status.read_text("utf-8") if status.exists() else ""
    match = re.search(rf"{field}:\s+(\d+) kB", said)
    return int(match[1]) * 1024 if match else 0


if __name__ == "__main__":
    sys.stdout.write(_measure(int(sys.argv[1])))
