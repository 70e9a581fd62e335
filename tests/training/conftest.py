from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `painting`


@pytest.fixture
def ctrl_c(monkeypatch):
    """A context in which Ctrl-C comes during each step of a class of trainers."""

    @contextlib.contextmanager
    def during(trainers):
        advance = trainers.advance

        def interrupted(trainer):
            signal.raise_signal(signal.SIGINT)
            return advance(trainer)

        with monkeypatch.context() as patch:
            patch.setattr(trainers, "advance", interrupted)
            yield

    return during
