"""A card whose graphs come and go, or fail, stays usable.

The stand-in keeps the rules of PyTorch 2.11's graphs: shared memory lives as long as a graph has
it, a generator serves a capture alone, and only a capture that ends well sets it free. Pinned
memory is that of PyTorch 2.13's: set aside for a pool until a capture ends well.
"""

import threading
from collections import Counter
from contextlib import contextmanager, nullcontext

import pytest
import torch

from stylestudio.render import capturing
from stylestudio.render.graphs import CardRecorder
from stylestudio.training.recording import PLAIN, RecordedStep


class Generator:
    """What graphs see of a generator."""

    device = torch.device("cuda", 0)

    def __init__(self):
        self.captured = False
        self.graphs = 0
        self.offset = None

    def register(self):
        if not self.graphs:
            self.offset = torch.empty(1)
        self.graphs += 1

    def unregister(self):
        self.graphs -= 1

    def draw(self):
        if self.captured:
            raise RuntimeError("Offset increment outside graph capture encountered unexpectedly.")


class Stream:
    device = "cpu"

    def wait_stream(self, _other):
        pass


class Current(str):
    """The stream that is current, by its name."""

    __slots__ = ()
    waited = []  # for which others

    def wait_stream(self, other):
        self.waited.append(other)


class Card:
    """Stands for torch.cuda."""

    def __init__(self):
        self.generator = Generator()
        self.handles = 0
        self.users = Counter()  # graphs of each pool, also of those that have none left
        self.underway = set()
        self.pinned = set()  # the same of pinned memory, which nothing takes back
        self.broken = False  # a capture that is under way was invalidated
        self.stream = "the usual one"

    def end(self, _index, pool):
        if pool not in self.underway:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        self.underway.remove(pool)

    def handle(self):
        self.handles += 1
        return (0, self.handles)

    @contextmanager
    def on(self, stream):
        before, self.stream = self.stream, stream
        try:
            yield
        finally:
            self.stream = before


@pytest.fixture
def card(monkeypatch):
    card = Card()

    class Graph:
        def __init__(self):
            self.generators, self.used, self.work = [], None, 0

        def register_generator_state(self, generator):
            generator.register()
            self.generators.append(generator)

        def capture_begin(self, pool=None, capture_error_mode="global"):
            assert capture_error_mode == "thread_local"  # other threads go on
            self.register_generator_state(card.generator)
            for generator in self.generators:
                generator.captured = True
                generator.offset.fill_(0)
            pool = pool or card.handle()
            if pool in card.users and not card.users[pool]:
                raise RuntimeError("it->second->use_count > 0 INTERNAL ASSERT FAILED")
            if pool in card.underway:
                raise RuntimeError("beginAllocateToPool: already recording to mempool_id")
            card.users[pool] += 1
            card.underway.add(pool)
            if pool in card.pinned:
                raise RuntimeError("beginAllocateToPool: already recording to mempool_id")
            card.pinned.add(pool)
            self.begun = pool

        def capture_end(self):
            if card.broken:
                card.broken = False
                raise RuntimeError("operation failed due to a previous error during capture")
            card.end(0, self.begun)
            card.pinned.remove(self.begun)
            self.used = self.begun
            for generator in self.generators:
                generator.captured = False

        def pool(self):
            return self.used

        def replay(self):
            for generator in self.generators:
                generator.draw()
                generator.offset.fill_(0)

        def __del__(self):
            for generator in self.generators:
                generator.unregister()
            if self.used:
                card.users[self.used] -= 1

    @contextmanager
    def graph(graph, pool, capture_error_mode):
        card.stream = "that of captures"  # which torch leaves so where a capture fails
        graph.capture_begin(pool, capture_error_mode)
        try:
            yield
        finally:
            graph.capture_end()
        card.stream = "the usual one"

    replaced = {
        "CUDAGraph": Graph,
        "Stream": lambda *_: Stream(),
        "current_stream": lambda *_: Current(card.stream),
        "stream": card.on,
        "device": lambda _index: nullcontext(),
        "current_device": lambda: 0,
        "graph_pool_handle": card.handle,
        "synchronize": lambda: None,
        "graph": graph,
    }
    for name, stand_in in replaced.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", card.end, raising=False)
    capturing._first_graph.cache_clear()
    yield card
    capturing._first_graph.cache_clear()


@pytest.fixture
def recorder(card):
    return CardRecorder(torch.device("cuda", 0))


def nothing():
    pass


def test_recordings_are_made_after_all_earlier_ones_went(recorder, card):
    for _ in range(3):
        first, second = recorder.record(nothing), recorder.record(nothing)
        assert max(card.users.values()) == 2  # they share memory
        first()
        second()
        del first, second
    assert not any(card.users[pool] for pool in card.users if pool != (0, 2))


def fails_while_captured(card, broken=True):
    def work():
        if card.generator.captured:
            card.broken = broken
            raise RuntimeError("operation not permitted when stream is capturing")

    return work


@pytest.mark.parametrize("broken", [True, False])
def test_a_failure_leaves_the_card_usable(recorder, card, broken):
    earlier = recorder.record(nothing)
    Current.waited.clear()
    with pytest.raises(RuntimeError):
        recorder.record(fails_while_captured(card, broken))
    assert Current.waited == [recorder._stream]  # what was asked of it may still be going on
    card.generator.draw()
    assert not card.underway
    earlier()
    recorder.record(nothing)()


def test_memory_that_is_gone_leaves_the_card_usable(recorder, card, monkeypatch):
    card.users[(0, 77)] = 0
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 77))
    with pytest.raises(RuntimeError, match="use_count"):
        recorder.record(nothing)
    card.generator.draw()


def test_a_card_without_a_way_to_end_memory_fails_as_it_would(recorder, card, monkeypatch):
    monkeypatch.delattr(torch._C, "_cuda_endAllocateToPool")
    with pytest.raises(RuntimeError, match="previous error"):
        recorder.record(fails_while_captured(card))


@pytest.mark.parametrize("kind", ["replay", "step of a training"])
def test_others_wait_until_a_thread_has_captured(recorder, card, kind):
    begun, done, threads = threading.Event(), threading.Event(), []
    if kind == "replay":
        replay = recorder.record(nothing)
    else:
        replay = RecordedStep(nothing, Generator()).run

    def replays():
        begun.set()
        replay()
        done.set()

    def work():
        if card.generator.captured:
            threads.append(threading.Thread(target=replays))
            threads[0].start()
            begun.wait()
            assert not done.wait(0.05)

    recorder.record(work)
    threads[0].join()
    assert done.is_set()


def test_steps_are_recorded_where_pictures_were_in_inference_mode(recorder, card):
    with torch.inference_mode():
        replay = recorder.record(nothing)
    step = RecordedStep(nothing, Generator())
    for _ in range(PLAIN + 2):
        step.run()
    assert card.generator.graphs == 3  # the first, the picture's and the step's
    replay()


def test_a_step_of_a_training_that_cant_be_recorded_leaves_the_card_usable(recorder, card):
    replay, own, runs = recorder.record(nothing), Generator(), []
    fails = fails_while_captured(card)

    def work():
        fails()
        own.draw()
        runs.append(card.stream)

    step = RecordedStep(work, own)
    for _ in range(PLAIN + 3):
        step.run()
    assert len(runs) == PLAIN + 3
    assert card.stream == runs[-1] == "the usual one"
    assert not card.underway
    own.draw()
    replay()
