"""Steps of a training as CUDA graphs: launched at once, not kernel by kernel.

A step of a small network is some 3,000 kernels of microseconds each; launching them one by one
takes several times as long as they run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import torch

from stylestudio.render.capturing import alone, mending

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

PLAIN = 3  # steps until optimisers and libraries have all the memory that they keep


class RecordedStep:
    """Does the same work again and again, from a recording once it has been done a few times.

    `work` reads and writes the same tensors each time, copies nothing from the processor, and takes
    chance from `generator` alone. Only a CUDA card records; elsewhere the work is simply done.
    """

    def __init__(self, work: Callable[[], None], generator: torch.Generator) -> None:
        self._work = work
        self._generator = generator
        self._plain = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._records = generator.device.type == "cuda"

    def run(self) -> None:
        """Do the work once."""
        if not self._records:
            self._work()
        elif self._graph is not None:
            with alone:
                self._graph.replay()
        elif self._plain < PLAIN:
            self._plain += 1
            self._apart()
        else:
            self._record()
            self.run()  # recording has done nothing yet

    def _apart(self) -> None:
        """On a stream of its own, as what is recorded later will be.

        There are 32 streams, given out in turn: another thread may be capturing on this one.
        """
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with alone, torch.cuda.stream(stream):
            self._work()
        torch.cuda.current_stream().wait_stream(stream)

    def _record(self) -> None:
        graph, pool = torch.cuda.CUDAGraph(), torch.cuda.graph_pool_handle()
        graph.register_generator_state(self._generator)
        torch.cuda.synchronize()
        try:
            with (
                mending(self._generator.device, pool, [self._generator]),
                torch.cuda.stream(torch.cuda.current_stream()),  # which a failure leaves otherwise
                torch.cuda.graph(graph, pool, capture_error_mode="thread_local"),
            ):
                self._work()
        except RuntimeError:
            log.warning("A step can't be recorded; it runs kernel by kernel", exc_info=True)
            self._records = False
        else:
            self._graph = graph
