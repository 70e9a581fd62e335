"""Long work: real threads, and what the window hears of them."""

import gc
import threading
import time
import weakref
from functools import partial

import numpy as np
import pytest
import torch
from PySide6.QtCore import QObject, QThread

from stylestudio.app.core.task import COMPUTE, FILES, OnClose, TaskState
from stylestudio.app.core.tasks import KEPT, Tasks
from stylestudio.progress import Cancelled, Progress

LONG = 60_000  # milliseconds; the machine may be busy


@pytest.fixture
def tasks(qtbot):
    tasks = Tasks()
    yield tasks
    tasks.close()
    assert not any(thread.isRunning() for thread in tasks.findChildren(QThread))


class Gate:
    """Work that says when it has begun and goes on when it is let."""

    def __init__(self, result="made"):
        self.begun, self.open = threading.Event(), threading.Event()
        self.result = result
        self.ended = None

    def __call__(self, report, cancel):
        self.begun.set()
        while not self.open.wait(0.002):
            cancel.check()
            if cancel.is_finishing:
                self.ended = "finished"
                return "what there was"
        self.ended = "done"
        return self.result


class Heard(QObject):
    """What a task told, and where."""

    def __init__(self, task):
        super().__init__()
        self.said = []
        self.threads = set()
        for name in ("progressed", "succeeded", "failed", "ended"):
            getattr(task, name).connect(partial(self._note, name))  # plain functions will do

    def _note(self, name, *values):
        self.said.append((name, *values))
        self.threads.add(threading.current_thread())

    @property
    def names(self):
        return [said[0] for said in self.said]


def until(qtbot, condition):
    qtbot.waitUntil(lambda: bool(condition()), timeout=LONG)


def over(qtbot, *tasks):
    until(qtbot, lambda: all(task.state.is_over for task in tasks))


def begun(qtbot, *gates):
    until(qtbot, lambda: all(gate.begun.is_set() for gate in gates))


def test_the_result_arrives_in_the_windows_thread(qtbot, tasks):
    where = []

    def work(report, cancel):
        where.append(threading.current_thread())
        report(Progress(1, 2, "Working"))
        return 42

    task = tasks.start("Count", work)
    heard = Heard(task)
    over(qtbot, task)
    assert where != [threading.main_thread()]
    assert heard.threads == {threading.main_thread()}
    assert heard.said == [
        ("progressed", Progress(1, 2, "Working")),
        ("succeeded", 42),
        ("ended",),
    ]
    assert task.state is TaskState.DONE


def test_two_hundred_tasks_take_turns_on_a_few_threads(qtbot, tasks):
    lock, now, most, order = threading.Lock(), [0], [0], []

    def work(number, report, cancel):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            order.append(number)
        cancel.check()
        with lock:
            now[0] -= 1

    started = [tasks.start(f"Open {n}", partial(work, n), lane=FILES) for n in range(200)]
    assert len(tasks.findChildren(QThread)) <= FILES.threads
    over(qtbot, *started)
    assert 1 <= most[0] <= FILES.threads
    assert sorted(order) == list(range(200))
    assert all(task.state is TaskState.DONE for task in started)
    assert tasks.listed == []


def test_files_do_not_wait_behind_heavy_work(qtbot, tasks):
    gates = [Gate() for _ in range(COMPUTE.threads + 1)]
    heavy = [tasks.start("Train", gate) for gate in gates]
    begun(qtbot, *gates[:-1])
    light = tasks.start("Open", lambda report, cancel: "opened", lane=FILES)
    over(qtbot, light)
    assert [task.state for task in heavy[:-1]] == [TaskState.RUNNING] * COMPUTE.threads
    assert heavy[-1].state is TaskState.WAITING
    assert not gates[-1].begun.is_set()
    gates[0].open.set()
    begun(qtbot, gates[-1])
    for gate in gates:
        gate.open.set()
    over(qtbot, *heavy)


def test_progress_does_not_queue_up(qtbot, tasks):
    reported = threading.Event()
    gate = Gate()
    picture = np.zeros((2, 2, 3), np.uint8)

    def work(report, cancel):
        for step in range(10_000):
            report(Progress(step, 10_000, "Working", picture=picture if step == 5 else None))
        reported.set()
        return gate(report, cancel)

    task = tasks.start("Count", work)
    heard = Heard(task)
    assert reported.wait(60)  # the window's thread stands still all the while
    until(qtbot, lambda: task.progress is not None)
    assert heard.names == ["progressed"]
    assert task.progress.done == 9_999
    assert task.progress.seconds_left is not None
    assert task.picture is picture
    gate.open.set()
    over(qtbot, task)
    assert heard.names == ["progressed", "succeeded", "ended"]


def test_cancelling_what_waits_ends_it_at_once_and_it_never_begins(qtbot, tasks):
    gates = [Gate() for _ in range(COMPUTE.threads)]
    heavy = [tasks.start("Train", gate) for gate in gates]
    waiting = Gate()
    task = tasks.start("Wait", waiting)
    heard = Heard(task)
    task.cancel()
    assert task.state is TaskState.CANCELLED
    assert heard.names == ["ended"]
    for gate in gates:
        gate.open.set()
    over(qtbot, *heavy)
    assert not waiting.begun.is_set()


def test_cancelling_what_runs_or_rests(qtbot, tasks):
    running, resting = Gate(), Gate()
    first = tasks.start("Run", running)
    second = tasks.start("Rest", resting, can_pause=True)
    heard = [Heard(first), Heard(second)]
    begun(qtbot, running, resting)
    second.pause()
    assert second.state is TaskState.PAUSED
    for task in (first, second):
        task.cancel()
        assert task.state is TaskState.CANCELLING
    over(qtbot, first, second)
    assert [task.state for task in (first, second)] == [TaskState.CANCELLED] * 2
    assert [listener.names for listener in heard] == [["ended"]] * 2


def test_what_was_cancelled_too_late_still_gives_no_result(qtbot, tasks):
    gate = Gate()

    def work(report, cancel):  # looks at `cancel` for the last time before the gate
        gate.begun.set()
        gate.open.wait(60)
        return "made"

    task = tasks.start("Save", work)
    heard = Heard(task)
    begun(qtbot, gate)
    task.cancel()
    gate.open.set()
    over(qtbot, task)
    assert heard.names == ["ended"]


def test_a_pause_holds_the_work_and_only_where_it_can(qtbot, tasks):
    steps = []

    def work(report, cancel):
        while True:
            cancel.check()
            if cancel.is_finishing:
                return len(steps)
            steps.append(1)
            time.sleep(0.001)

    task = tasks.start("Step", work, can_pause=True, can_finish=True)
    heard = Heard(task)
    until(qtbot, lambda: steps)
    task.pause()
    resting_at = len(steps) + 1  # the step under way ends
    qtbot.wait(30)
    assert len(steps) <= resting_at
    task.resume()
    assert task.state is TaskState.RUNNING
    until(qtbot, lambda: len(steps) > resting_at)
    task.finish()
    assert task.state is TaskState.FINISHING
    over(qtbot, task)
    assert heard.said == [("succeeded", len(steps)), ("ended",)]

    gate = Gate()
    rigid = tasks.start("Rigid", gate)
    begun(qtbot, gate)
    rigid.pause()
    rigid.finish()
    assert rigid.state is TaskState.RUNNING
    gate.open.set()
    over(qtbot, rigid)
    assert gate.ended == "done"


def test_a_failure_keeps_its_traceback_and_is_logged(qtbot, tasks, caplog):
    def a_function_with_a_name(report, cancel):
        raise OSError("sea.png cannot be written: the disk is full.")

    failed = []
    tasks.failed.connect(failed.append)
    task = tasks.start("Save sea.png", a_function_with_a_name, lane=FILES)
    heard = Heard(task)
    over(qtbot, task)
    until(qtbot, lambda: failed)
    sentence = "sea.png cannot be written: the disk is full."
    assert task.state is TaskState.FAILED
    assert (task.error, heard.said) == (sentence, [("failed", sentence), ("ended",)])
    assert "a_function_with_a_name" in task.traceback
    assert task.traceback.strip().endswith(f"OSError: {sentence}")
    assert "Failed: Save sea.png" in caplog.text
    assert "a_function_with_a_name" in caplog.text
    assert failed == [task]
    assert tasks.listed == [task]


def test_an_error_without_words_is_named(qtbot, tasks):
    def work(report, cancel):
        raise MemoryError

    task = tasks.start("Fill memory", work)
    over(qtbot, task)
    assert "enough memory" in task.error


def test_an_owner_that_is_destroyed_hears_nothing(qtbot, tasks):
    gate, owner, heard = Gate(), QObject(), []
    task = tasks.start("Open", gate, owner=owner)
    task.succeeded.connect(lambda result: heard.append(owner.objectName()))
    task.ended.connect(lambda: heard.append(owner.objectName()))
    begun(qtbot, gate)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed, timeout=LONG):
        pass
    gate.open.set()
    over(qtbot, task)
    assert gate.ended == "done"
    assert heard == []


def test_what_was_dropped_is_not_heard_of_again(qtbot, tasks):
    """As when another photo takes the place of one that is being inverted."""
    old, new = Gate("old"), Gate("new")

    def fails_when_cancelled(report, cancel):
        try:
            return old(report, cancel)
        except Cancelled:
            raise OSError("The disk is full.") from None

    failed = []
    tasks.failed.connect(failed.append)
    first = tasks.start("Invert old.png", fails_when_cancelled)
    heard = Heard(first)
    begun(qtbot, old)
    first.drop()
    second = tasks.start("Invert new.png", new)
    after = Heard(second)
    new.open.set()
    over(qtbot, first, second)
    assert first.state is TaskState.FAILED
    assert (heard.said, failed) == ([], [])
    assert after.said == [("succeeded", "new"), ("ended",)]


def test_of_one_key_the_newest_waits_for_the_one_that_runs(qtbot, tasks):
    gate, written = Gate(), []

    def write(number, report, cancel):
        written.append(number)

    first = tasks.start("Keep 0", gate, lane=FILES, key="look")
    begun(qtbot, gate)
    others = [
        tasks.start(f"Keep {n}", partial(write, n), lane=FILES, key="look") for n in range(1, 50)
    ]
    elsewhere = tasks.start("Keep", partial(write, "elsewhere"), lane=FILES, key="clip")
    over(qtbot, elsewhere)
    assert written == ["elsewhere"]
    assert len(tasks.under_way) == 2
    gate.open.set()
    over(qtbot, first, *others)
    assert written == ["elsewhere", 49]


@pytest.mark.parametrize(
    ("on_close", "expected"),
    [
        (OnClose.CANCEL, "cancelled, forgetting"),
        (OnClose.SUSPEND, "cancelled, keeping"),
        (OnClose.FINISH, "finished"),
        (OnClose.WAIT, "done"),
    ],
)
@pytest.mark.parametrize("is_paused", [False, True])
def test_closing_ends_each_task_as_declared(qtbot, tasks, on_close, expected, is_paused):
    begun_, ends = threading.Event(), []

    def work(report, cancel):
        begun_.set()
        try:
            for _ in range(200):
                threading.Event().wait(0.001)
                cancel.check()
                if cancel.is_finishing:
                    ends.append("finished")
                    return
            ends.append("done")
        finally:
            if cancel.is_cancelled:
                ends.append(f"cancelled, {'keeping' if cancel.keeps_partial else 'forgetting'}")

    task = tasks.start("Work", work, can_pause=True, can_finish=True, on_close=on_close)
    begun_.wait(60)
    if is_paused:
        task.pause()
    tasks.close()
    assert ends == [expected]
    assert task.state.is_over
    assert not tasks.findChildren(QThread) or not any(
        thread.isRunning() for thread in tasks.findChildren(QThread)
    )


def test_closing_with_many_under_way_writes_what_must_be_written(qtbot, tasks):
    written = []

    def write(number, report, cancel):
        cancel.check()
        written.append(number)

    gates = [Gate() for _ in range(COMPUTE.threads + 3)]
    heavy = [tasks.start("Train", gate) for gate in gates]
    saves = [
        tasks.start("Save", partial(write, n), lane=FILES, on_close=OnClose.WAIT) for n in range(20)
    ]
    tasks.close()
    assert sorted(written) == list(range(20))
    assert {task.state for task in heavy} == {TaskState.CANCELLED}
    assert {task.state for task in saves} == {TaskState.DONE}
    late = tasks.start("Save", partial(write, "late"), lane=FILES, on_close=OnClose.WAIT)
    dropped = tasks.start("Open", partial(write, "dropped"), lane=FILES)
    assert (late.state, dropped.state) == (TaskState.DONE, TaskState.CANCELLED)
    assert "late" in written
    assert "dropped" not in written


def test_what_ends_early_when_the_window_closes_is_kept(qtbot, tasks):
    gate = Gate()
    task = tasks.start("Learn", gate, can_finish=True)
    heard = Heard(task)
    begun(qtbot, gate)
    task.finish()
    tasks.close()
    assert ("succeeded", "what there was") in heard.said


def test_finishing_what_has_not_begun_cancels_it(qtbot, tasks):
    gates = [Gate() for _ in range(COMPUTE.threads + 1)]
    started = [tasks.start("Learn", gate, can_finish=True) for gate in gates]
    started[-1].finish()
    assert started[-1].state is TaskState.CANCELLED


def test_the_list_names_what_is_worth_a_line(qtbot, tasks):
    gate = Gate()
    hidden = tasks.start("Keep the look", gate, lane=FILES, is_listed=False)
    shown = tasks.start("Rank", lambda report, cancel: 1)
    over(qtbot, shown)
    assert tasks.listed == [shown]
    assert tasks.under_way == []
    gate.open.set()
    over(qtbot, hidden)
    removed = []
    tasks.removed.connect(removed.append)
    tasks.clear_finished()
    assert (tasks.listed, removed) == ([], [shown])
    many = [tasks.start(f"Rank {n}", lambda report, cancel: 1) for n in range(KEPT + 5)]
    over(qtbot, *many)
    until(qtbot, lambda: len(tasks.listed) == KEPT)


def test_what_a_listener_does_meanwhile_is_safe(qtbot, tasks):
    """Starting, cancelling and clearing from within the signals of the service."""
    gates = [Gate() for _ in range(6)]
    started = []

    def meddle(task):
        if task.state is TaskState.RUNNING and len(started) > 3:
            started[3].cancel()
        if task.state is TaskState.DONE:
            tasks.clear_finished()

    tasks.changed.connect(meddle)
    started += [tasks.start(f"Train {n}", gate) for n, gate in enumerate(gates)]
    started[0].succeeded.connect(
        lambda _: started.append(tasks.start("More", lambda report, cancel: 1))
    )
    for gate in gates:
        gate.open.set()
    over(qtbot, *started)
    until(qtbot, lambda: len(started) == 7)
    over(qtbot, *started)
    assert started[3].state is TaskState.CANCELLED


def test_work_that_learns_has_gradients(qtbot, tasks):
    def work(report, cancel):
        x = torch.ones(3, requires_grad=True)
        (x * 2).sum().backward()
        return x.grad.tolist()

    with torch.no_grad():
        task = tasks.start("Learn", work, needs_grad=True)
        heard = Heard(task)
        over(qtbot, task)
    assert heard.said[0] == ("succeeded", [2.0, 2.0, 2.0])


@pytest.mark.parametrize("fails", [False, True])
def test_what_the_work_holds_is_released_in_the_windows_thread(qtbot, tasks, fails):
    """A Qt object destroyed in another thread takes the window with it."""
    where = []

    def start():
        held = QObject()
        weakref.finalize(held, lambda: where.append(threading.current_thread()))

        def work(report, cancel):
            name = held.objectName()
            if fails:
                raise OSError("The disk is full.")
            return name

        return tasks.start("Hold", work, lane=FILES)

    started = [start() for _ in range(20)]
    over(qtbot, *started)
    del started
    tasks.clear_finished()

    def all_released():
        gc.collect()
        return len(where) == 20

    until(qtbot, all_released)
    assert set(where) == {threading.main_thread()}


def test_each_task_ends_once(qtbot, tasks):
    """Many at once, paused and cancelled as they come."""
    ended = []

    def work(report, cancel):
        for step in range(20):
            cancel.check()
            report(Progress(step + 1, 20, "Working"))

    started = []
    for n in range(60):
        task = tasks.start(f"Work {n}", work, lane=FILES if n % 2 else COMPUTE, can_pause=True)
        task.ended.connect(partial(ended.append, n))
        started.append(task)
        if n % 3 == 0:
            task.pause()
            task.resume()
        if n % 5 == 0:
            task.cancel()
            task.cancel()
    over(qtbot, *started)
    until(qtbot, lambda: len(ended) == 60)
    assert sorted(ended) == list(range(60))
    assert not tasks.under_way
