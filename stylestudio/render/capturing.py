"""What everything that records CUDA graphs shares: taking turns, and mending a card after failures.

While a graph is captured, PyTorch 2.11 keeps the card's random generator from serving anything
else, and replays ask it, too. So captures and replays hold one lock. A capture that fails may leave
the generator so for good, and memory set aside; then all that is drawn on the card fails from there
on. In PyTorch 2.13 each capture has a state of its own of the generator, which goes with the graph;
but where a capture ends badly, pinned memory stays set aside for its pool, which nothing can mend.
So no pool is used again after that.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch.cuda import _POOL_HANDLE

log = logging.getLogger(__name__)

alone = threading.RLock()  # held by captures and replays


@contextmanager
def mending(
    device: torch.device, pool: _POOL_HANDLE, generators: Sequence[torch.Generator] = ()
) -> Iterator[None]:
    """Capture in here with memory of `pool`; whatever is raised, the card stays usable.

    `generators` are those that the graph was given, beside the card's own.
    """
    index = torch.cuda.current_device() if device.index is None else device.index
    with alone:
        try:
            _first_graph(index)
            yield
        except BaseException:
            # Where no memory was set aside, or another PyTorch calls this otherwise.
            with suppress(RuntimeError, AttributeError):
                torch._C._cuda_endAllocateToPool(index, pool)
            try:
                _capture_next_to_nothing(index, generators)  # success sets generators free
            except RuntimeError:
                log.warning("Nothing can be drawn at random on the card", exc_info=True)
            raise


@cache
def _first_graph(index: int) -> torch.cuda.CUDAGraph:
    """A graph that stays.

    What the generator writes for graphs is made with the first of them, and goes with the last. It
    must not be made in inference mode, or no capture outside of that could write there.
    """
    return _capture_next_to_nothing(index)


def _capture_next_to_nothing(
    index: int, generators: Sequence[torch.Generator] = ()
) -> torch.cuda.CUDAGraph:
    with torch.inference_mode(False), torch.cuda.device(index):
        graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        for generator in generators:
            graph.register_generator_state(generator)
        with torch.cuda.stream(stream):
            number = torch.zeros(1, device=stream.device)
            graph.capture_begin(capture_error_mode="thread_local")
            number.add_(1)  # is never replayed
            graph.capture_end()
    return graph
