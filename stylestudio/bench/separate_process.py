"""Runs what speed is compared with in a process of its own, as a plain PyTorch program would.

The renderer keeps freed memory at hand for its whole process, and so would speed up what it is
compared with, unless it is asked to do the same. The process is started with what to run, and then
runs it once for every line: `python -m stylestudio.bench.separate_process MODEL [CHECKOUT]
[--keep-memory]`, MODEL being a built-in model's name or the resolution of one with random weights.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.memory import keep_freed_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

READY = "ready\n"
KEEP_MEMORY = "--keep-memory"


class SeparateProcess:
    """A synthesis that runs in another process; use as a context manager, call to run it once.

    With `keeps_memory` it keeps freed memory at hand, as the renderer does. Raises PublishedError
    where the code of a checkout does not run.
    """

    def __init__(
        self, model: str, checkout: Path | None = None, *, keeps_memory: bool = False
    ) -> None:
        arguments = [model] if checkout is None else [model, str(checkout)]
        arguments += [KEEP_MEMORY] if keeps_memory else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stylestudio.bench.separate_process", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> SeparateProcess:
        self._wait()
        return self

    def __call__(self) -> None:
        """Run it once."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._wait()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _wait(self) -> None:
        from stylestudio.bench.published import PublishedError

        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if said != READY:
            self._process.communicate()
            raise PublishedError(said.strip() or "What is compared with ended unexpectedly.")


def _work(name: str, checkout: Path | None) -> Callable[[], object]:
    from stylestudio.bench.published import published_synthesis
    from stylestudio.bench.reference import plain_path
    from stylestudio.bench.subjects import synthetic_model
    from stylestudio.recipe import Recipe
    from stylestudio.render import compose_ws, open_model

    model = synthetic_model(int(name)) if name.isdigit() else open_model(name)
    if checkout is None:
        return plain_path(model)
    ws = compose_ws(model, Recipe.from_seed(7, model))[None]
    return published_synthesis(checkout, model.resolution, ws)


def _serve(name: str, checkout: Path | None) -> None:
    from stylestudio.bench.published import PublishedError

    with torch.inference_mode():
        try:
            work = _work(name, checkout)
        except PublishedError as error:
            sys.stdout.write(f"{error}\n")
            return
        _say_ready()
        for _ in sys.stdin:
            work()
            _say_ready()


def _say_ready() -> None:
    sys.stdout.write(READY)
    sys.stdout.flush()


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != KEEP_MEMORY]
    if KEEP_MEMORY in sys.argv:
        keep_freed_memory()
    _serve(words[0], Path(words[1]) if len(words) > 1 else None)
