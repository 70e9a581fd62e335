"""Drags for the window: the run at work, and the steps it has made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.editing import DragProgress, drag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.editing.dragging import Point
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets


@dataclass
class DragRun:
    """The work of one task, and its steps. Knows no Qt.

    The thread at work only appends to the list, so any other may read it.
    """

    pair: ModelRecipe  # that it began with
    handles: Sequence[Point]
    targets: Sequence[Point]
    mask: NDArray[np.float32] | None
    steps: int
    assets: Assets
    start: DragProgress | None = None
    found: list[DragProgress] = field(default_factory=list)

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> None:
        """Run until it is done or told to end early. Raises Cancelled."""
        done = self.start.done if self.start else 0
        for progress in drag(
            self.pair.model,
            self.pair.recipe,
            self.handles,
            self.targets,
            self.mask,
            steps=done + self.steps,
            start=self.start,
            assets=self.assets,
            cancel=cancel,
        ):
            self.found.append(progress)
            report(progress)

    def step_of(self, recipe: Recipe) -> DragProgress | None:
        """The step that a picture's source comes from, if any."""
        steps = self.found[:]
        return next((each for each in steps if each.recipe.source == recipe.source), None)


class Dragger(QObject):
    """Runs one drag at a time; all steps lie in `run`, also once it is over."""

    moved = Signal()  # there is more in `run`, or its task has another state

    def __init__(self, tasks: Tasks, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks, self._assets = tasks, assets
        self.run: DragRun | None = None
        self.task: Task | None = None  # of the run
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether a drag is at work, or waits for other work to end."""
        return self.task is not None and not self.task.state.is_over

    def start(
        self,
        pair: ModelRecipe,
        handles: Sequence[Point],
        targets: Sequence[Point],
        mask: NDArray[np.float32] | None,
        steps: int,
    ) -> None:
        """Begin; what was found before is forgotten."""
        self._begin(DragRun(pair, handles, targets, mask, steps, self._assets))

    def go_on(
        self,
        step: DragProgress,
        targets: Sequence[Point],
        mask: NDArray[np.float32] | None,
        steps: int,
    ) -> None:
        """Continue from a step of the run, whose successors are forgotten."""
        run = self.run
        if run is None:
            return
        earlier = [each for each in run.found if each.done < step.done]
        again = DragRun(run.pair, run.handles, targets, mask, steps, self._assets, step, earlier)
        self._begin(again)

    def stop(self) -> None:
        """End it after its step."""
        if self.task is not None:
            self.task.finish()

    def forget(self) -> None:
        """Drop the run; its thread ends after its step and is heard of no more."""
        if self.task is not None:
            self.task.drop()
        self.task = self.run = None
        self.moved.emit()

    def _begin(self, run: DragRun) -> None:
        if self.is_running:
            return
        self.run = run
        self.task = self._tasks.start(
            "Drag points",
            run,
            owner=self,
            can_pause=True,
            can_finish=True,
        )
        self.task.ended.connect(self.moved)
        self.moved.emit()

    @Slot(object)
    def _on_task_changed(self, task: Task) -> None:
        if task is self.task:
            self.moved.emit()
