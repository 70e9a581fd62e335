"""Work of many steps on a thread of its own: watched, ended early, or given up between steps."""

from __future__ import annotations

import gc
import importlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from PySide6.QtCore import Signal

from stylestudio.app.core.jobs import GivenUpError, JobThread
from stylestudio.app.core.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from stylestudio.render.renderer import Pixels


@dataclass(frozen=True)
class Step:
    """How far the work is."""

    done: int  # 0 while it is being prepared
    steps: int
    remark: str
    picture: Pixels | None = None  # [H, W, 3] of what there is so far, now and then


class StepJob(JobThread):
    """Calls `work` with a function that takes a Step and says whether to go on to the next.

    What was told waits in `outbox`, the newest alone.
    """

    progressed = Signal()

    def __init__(self, work: Callable[[Callable[[Step], bool]], Any], parent: QObject) -> None:
        super().__init__(parent)
        self.outbox: Mailbox[Step] = Mailbox()
        self._function = work
        self._is_enough = False

    def be_content(self) -> None:
        """Let the work end after the step it is in, with what there is by then."""
        self._is_enough = True

    def give_up(self) -> None:
        """End the work after the step it is in, without any result."""
        self.requestInterruption()

    def work(self) -> Any:
        """Go through the steps."""
        with torch.enable_grad():
            return self._function(self._tell)

    def _tell(self, step: Step) -> bool:
        if self.isInterruptionRequested():
            raise GivenUpError
        if self.outbox.put(step):
            self.progressed.emit()
        return not self._is_enough


@cache
def load_optimisers() -> None:
    """Import what torch's optimisers need: hundreds of modules, which the first one asks for.

    They are kept out of garbage collections from then on, as is all else there is by now. Going
    through them holds the interpreter, and with it the window, for a third of a second each time.
    """
    importlib.import_module("torch._dynamo")
    gc.freeze()
