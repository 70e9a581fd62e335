"""The one-slot mailbox: newest wins, nothing is lost between threads."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from stylestudio.app.core.mailbox import Mailbox


@given(st.lists(st.one_of(st.integers(), st.none())))
def test_taking_gives_the_newest_once(operations):
    box, newest = Mailbox(), None
    for number in operations:
        if number is None:
            assert box.take() == newest
            newest = None
        else:
            assert box.put(number) is (newest is None)
            newest = number
    assert box.is_full is (newest is not None)


def test_the_last_item_always_arrives():
    box, taken = Mailbox(), []

    def serve():
        while not box.is_closed:
            item = box.take()
            if item is None:
                box.wait()
            else:
                taken.append(item)

    thread = threading.Thread(target=serve)
    thread.start()
    for number in range(5000):
        box.put(number)
    while not taken or taken[-1] != 4999:
        assert thread.is_alive()
    box.close()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert taken == sorted(taken)


def test_a_nudge_is_not_lost_when_nobody_waits_yet():
    box = Mailbox()
    box.nudge()
    thread = threading.Thread(target=box.wait)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()
