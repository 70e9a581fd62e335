"""Steps of synthesis that a CUDA card replays from recordings, as CUDA graphs.

One picture at a time keeps a card waiting: a frame is some hundreds of small kernels, and the
processor takes longer to ask for each than the card to run it. A recording of a step is asked for
at once. It reads and writes at fixed addresses, so

- rows of w, noise and whatever else comes from outside are copied to where it reads them;
- what a step makes is written to a place of its own at last, where it stays until the same step is
  replayed, and recordings of the next step read it there. One `Synthesis` keeps at most one state
  after each step, and forgets it before it runs that step again; so no state that holds is ever
  written over. Nobody else may share the recordings.
- all recordings of the program share the memory for what lies between. That is why results are
  copied out of it: in there, any other recording may write over them. The memory goes with the
  last of them, and the next one begins another.

A step is recorded once it has run a few times, and what the recording makes is compared with what
the step makes. Weights that change (tuned ones) are never recorded: their chain is another one.
"""

from __future__ import annotations

import logging
import weakref
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import torch
from torch import Tensor

from stylestudio.networks.stylegan2 import State
from stylestudio.networks.stylegan2.layers import MovedRow
from stylestudio.render.capturing import alone, mending
from stylestudio.render.device import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.networks.chain import Chain, StepInput
    from stylestudio.networks.stylegan2 import Step

log = logging.getLogger(__name__)

RUNS_BEFORE = 2  # of a step, before it is recorded: many renderers make one frame only
RECORDINGS = 4  # of one step, which differ in what they read: with noise or without, and where


class Recorder(Protocol):
    """What makes recordings; a test stands in for it."""

    works: bool  # False once a recording has failed

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return what does the work again, at the same addresses. Raises RuntimeError."""


class CardRecorder:
    """Makes CUDA graphs on one card, for the whole program."""

    def __init__(self, device: torch.device) -> None:
        self.works = True
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graphs: weakref.WeakSet[torch.cuda.CUDAGraph] = weakref.WeakSet()

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Capture the work as a graph, after it ran once as it is, which libraries need.

        Other threads may use the card meanwhile.
        """
        stream, graph = torch.cuda.current_stream(self._device), torch.cuda.CUDAGraph()
        with alone:  # also as workspaces of libraries belong to a stream, and one stream records
            shared = next(iter(self._graphs), None)  # held, as its memory would go with it
            pool = torch.cuda.graph_pool_handle() if shared is None else shared.pool()
            self._stream.wait_stream(stream)
            try:
                with torch.cuda.stream(self._stream):
                    work()
                    with mending(self._device, pool):
                        graph.capture_begin(pool=pool, capture_error_mode="thread_local")
                        try:
                            work()
                        finally:
                            graph.capture_end()
            except BaseException:
                self._graphs.clear()  # pinned memory may still be set aside for this pool
                raise
            finally:
                stream.wait_stream(self._stream)  # or what `work` writes is used anew meanwhile
            self._graphs.add(graph)

        def replay() -> None:
            with alone:
                graph.replay()

        return replay


@cache
def recorder_for(device: torch.device) -> Recorder | None:
    """What records on a device; None where nothing can."""
    return CardRecorder(device) if device.type == "cuda" else None


class _Recording(NamedTuple):
    replay: Callable[[], None]
    read: dict[int, Tensor]  # what is copied before, by its place among what the step is given
    last: dict[int, weakref.ref[Tensor]]  # what was copied last
    made: State
    passed: tuple[
        int | None, ...
    ]  # of what it makes: its place in what it is given, if only passed


class StepGraphs:
    """Stands for the chain of a model where its steps run; they are replayed once recorded.

    What it holds takes at most `budget` bytes beside what steps need while they run. Belongs to
    one `Synthesis`.
    """

    def __init__(self, recorder: Recorder, budget: int) -> None:
        self._recorder = recorder
        self._budget = budget
        self._chain: Chain | None = None  # whose steps are recorded
        self._forget()

    def _forget(self) -> None:
        self._runs: dict[object, int] = {}  # of each step with tensors of these shapes
        self._recorded: dict[object, _Recording] = {}
        self._counts: dict[str, int] = {}  # recordings of each step
        self._fixed: dict[int, Tensor] = {}  # what recordings write and ws, by address
        self._ws: Tensor | None = None
        self._bytes = 0

    def hold(self, chain: Chain, ws: Tensor) -> Tensor:
        """Begin a frame of a model's chain: return ws [num_ws, w_dim] where recordings read it."""
        if self._chain is not chain or not self._recorder.works:
            self._forget()
            self._chain = chain
        if self._ws is None:
            self._ws = ws.clone()
            self._fixed |= {row.data_ptr(): row for row in self._ws}
        else:
            self._ws.copy_(ws)
        return self._ws

    def over(self, on: StepInput) -> StepInput:
        """What a step is run on, by way of the recordings where its weights are the model's.

        Channels that are moved are asked for as they are: an offset is no input of a recording.
        """
        if on.chain is not self._chain or isinstance(on.w, MovedRow):
            return on
        return on._replace(chain=cast("Chain", self))

    def run_step(self, step: Step, state: State, w: Tensor, noise: Tensor | None) -> State:
        """Run a step as its chain does."""
        assert self._chain is not None
        given = (*state, w, noise)
        key = (step.name, *(t if t is None else self._place(t) or _layout(t) for t in given))
        recording = self._recorded.get(key)
        if recording is not None:
            try:
                return _replayed(recording, given)
            except Exception as error:  # noqa: BLE001 - whatever it is, the step itself may work
                self._give_up(error, "A recorded step can't be replayed")
        made = self._chain.run_step(step, state, w, noise)
        shapes = (step.name, *map(_layout, given))
        self._runs[shapes] = self._runs.get(shapes, 0) + 1
        if self._runs[shapes] <= RUNS_BEFORE or not self._has_room(step, given, made):
            return made
        try:
            self._recorded[key], made = self._record(step, given, made)
        except Exception as error:  # noqa: BLE001 - of another PyTorch, perhaps
            self._give_up(error, "A step can't be recorded")
        return made

    def _give_up(self, error: BaseException, what: str) -> None:
        """Record nothing more; nobody does, unless this card only has no memory left."""
        log.warning("%s; steps run one by one", what, exc_info=error)
        self._budget = 0
        self._forget()
        reason: BaseException | None = error
        while reason is not None and not is_out_of_memory(reason):
            reason = reason.__context__  # capturing that ends badly hides why it did
        self._recorder.works = reason is not None

    def _place(self, tensor: Tensor) -> int:
        """The address of what stays where it is, 0 for all else."""
        address = tensor.data_ptr()
        return address if address in self._fixed else 0

    def _has_room(self, step: Step, given: tuple[Tensor | None, ...], made: State) -> bool:
        if not self._recorder.works or self._counts.get(step.name, 0) == RECORDINGS:
            return False
        new = [t for t in made if not any(t is each for each in given)]
        outside = [t for t in given if t is not None and not self._place(t)]
        needed = sum(t.nbytes for t in (*new, *outside) if t is not None)
        return self._bytes + needed <= self._budget

    def _record(
        self, step: Step, given: tuple[Tensor | None, ...], expected: State
    ) -> tuple[_Recording, State]:
        """Record a step, and replay it. Raises what torch does, or where that gives another."""
        assert self._chain is not None
        chain = self._chain
        read = {i: t.clone() for i, t in enumerate(given) if t is not None and not self._place(t)}
        x, img, shortcut, w, noise = (read.get(i, tensor) for i, tensor in enumerate(given))
        assert x is not None
        assert w is not None
        state, row = State(x, img, shortcut), w
        passed = tuple(
            next((i for i, each in enumerate(given) if tensor is each), None) for tensor in expected
        )
        made = State(
            *(
                None if tensor is None or index is not None else torch.empty_like(tensor)
                for tensor, index in zip(expected, passed, strict=True)
            )  # type: ignore[arg-type]
        )

        def work() -> None:
            for place, tensor in zip(made, chain.run_step(step, state, row, noise), strict=True):
                if place is not None and tensor is not None:
                    place.copy_(tensor)

        recording = _Recording(self._recorder.record(work), read, {}, made, passed)
        found = _replayed(recording, given)
        if not all(map(_equal, found, expected)):
            raise RuntimeError("A recording gave another result than the step")
        own = [tensor for tensor in made if tensor is not None]
        self._fixed |= {tensor.data_ptr(): tensor for tensor in own}
        self._bytes += sum(tensor.nbytes for tensor in (*own, *read.values()))
        self._counts[step.name] = self._counts.get(step.name, 0) + 1
        return recording, found


def _replayed(recording: _Recording, given: tuple[Tensor | None, ...]) -> State:
    for index, place in recording.read.items():
        tensor = given[index]
        assert tensor is not None
        last = recording.last.get(index)
        if last is None or last() is not tensor:  # tensors never change in place
            place.copy_(tensor)
            recording.last[index] = weakref.ref(tensor)
    recording.replay()
    # New objects, as whoever keeps something made of a picture knows the picture by its object.
    made = (
        given[index] if index is not None else None if tensor is None else tensor.detach()
        for tensor, index in zip(recording.made, recording.passed, strict=True)
    )
    return State(*made)  # type: ignore[arg-type]


def _layout(tensor: Tensor | None) -> object:
    """What a recording depends on; whatever lies at a fixed address always has the same."""
    return None if tensor is None else (tensor.dtype, tensor.shape, tensor.stride())


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    """Whether both are the same numbers, or the same that are none."""
    if a is None or b is None:
        return a is b
    return torch.allclose(a, b, rtol=0.0, atol=0.0, equal_nan=True)
