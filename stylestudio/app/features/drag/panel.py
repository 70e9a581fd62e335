"""The Drag dock: pairs of points, start and stop, and the steps to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
)

from stylestudio.app.core.hand import is_pressing
from stylestudio.app.core.images import mask_in
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import GO_ON_TIP, RunBar
from stylestudio.app.widgets.context_menu import Choice, offer_items
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.theme import icon
from stylestudio.editing.dragging import trouble_with

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.features.drag.dragger import Dragger
    from stylestudio.app.widgets.brush import BrushTool
    from stylestudio.app.widgets.points import PointPair, PointsTool, Share
    from stylestudio.editing import DragProgress
    from stylestudio.editing.dragging import Point
    from stylestudio.recipe import Recipe, Source
    from stylestudio.render import Model

STEPS = 100
LOST = 0.5  # from here on, what was found may be something else
LIST_HEIGHT = 64
HINT = (
    "Drag on the picture from what should move to where it should go. A mask, painted with the "
    "brush, keeps the rest still."
)


CHANGED = "The picture has changed; press Start to drag it as it is now"


class PairList(QListWidget):
    """The pairs, a line each; Delete removes the one that is chosen."""

    removed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        offer_items(
            self,
            lambda item: (Choice("Remove the pair", lambda: self.removed.emit(self.row(item))),),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove a pair."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentRow() >= 0:
            self.removed.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


class DragPanel(Panel):
    """Runs drags through a `Dragger`; each step's source takes the place of the picture's."""

    placing_asked = Signal(bool)  # that the tools be taken up, or put away

    def __init__(
        self, document: Document, dragger: Dragger, points: PointsTool, brush: BrushTool
    ) -> None:
        super().__init__(document)
        self._dragger = dragger
        self._points, self._brush = points, brush
        self._gesture = 0  # of the run, so that it is one undo step
        self._shown: Source | None = None  # what this panel last put into the document
        self._chosen: DragProgress | None = None  # the step that the picture shows
        self._follows = False  # whether the newest step is to come on show
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.place = QPushButton(icon("points", checked="on_accent"), "Place points")
        self.place.setCheckable(True)
        self.place.setToolTip("Pick up the points and brush tools; Esc puts them away")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Remove all points, and what was painted")
        self.pairs = PairList()
        self.pairs.setFixedHeight(LIST_HEIGHT)
        self.pairs.setAccessibleName("Pairs of points")
        self.pairs.setToolTip("From where to where each point goes; Delete removes a pair")
        self.work = RunBar("Progress of the drag", ElidedLabel(elide=Qt.TextElideMode.ElideRight))
        buttons = QHBoxLayout()
        for button in (self.place, self.clear):
            buttons.addWidget(button, 1)
        self.column.addWidget(self.hint)
        self.column.addLayout(buttons)
        self.column.addWidget(self.pairs)
        self.column.addWidget(self.work)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self._dragger.moved.connect(self._on_moved)
        self._points.edited.connect(self._refresh)
        self._points.confirmed.connect(self._on_confirmed)
        self._brush.painted.connect(self._refresh)
        self.place.toggled.connect(self.placing_asked)
        self.clear.clicked.connect(self._on_clear)
        self.pairs.removed.connect(self._on_removed)
        self.work.start_asked.connect(self._on_start)
        self.work.stop_asked.connect(self._dragger.stop)
        self.work.go_on.clicked.connect(self._on_go_on)
        self.work.scrubbed.connect(self._on_scrub)

    # --- what is told --------------------------------------------------------------------

    def show_model(self, model: Model) -> None:
        """Begin anew: points of another model's picture mean nothing here."""
        del model
        self._forget()
        self._points.clear()
        self._brush.clear()
        self.place.setChecked(False)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the points of the step that the picture comes from, wherever undo has led."""
        run = self._dragger.run
        if not self._dragger.is_running and run is not None:
            self._chosen = run.step_of(recipe)
            self._shown = recipe.source if self._chosen else None
        self._refresh()

    @Slot()
    def _on_moved(self) -> None:
        """Show the newest step, unless something else has come on show meanwhile."""
        run, recipe = self._dragger.run, self.document.recipe
        if run is not None and recipe is not None:
            waits = self._dragger.is_running and is_pressing()  # so that a drag is one undo step
            if self._follows and run.found and not waits and recipe.source == self._shown:
                self._show(run.found[-1])
            if not self._dragger.is_running:
                self._follows = False
                self._chosen = run.step_of(recipe)
        self._refresh()

    def _show(self, step: DragProgress) -> None:
        """Put a step's source into the picture, and its points over it."""
        recipe = self.document.recipe
        if recipe is None or step is self._chosen:
            return
        self._chosen, self._shown = step, step.recipe.source
        shown = recipe.replace(source=self._shown)
        self.document.set(shown, "Drag points", ("drag", self._gesture))

    def _forget(self) -> None:
        self._chosen, self._shown = None, None
        self._dragger.forget()

    # --- what is shown -------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why the picture can't be dragged; "" where it can."""
        current = self.document.current
        return trouble_with(current.model, current.recipe) if current else "Open a model first."

    @property
    def _on_show(self) -> DragProgress | None:
        """The step that is chosen, if the picture shows it as the drag made it.

        Styles and stages come after what the drag looks at.
        """
        run, recipe = self._dragger.run, self.document.recipe
        if run is None or recipe is None:
            return None
        began = run.pair.recipe.replace(style=None, stages=())
        now = recipe.replace(source=began.source, style=None, stages=())
        return self._chosen if now == began else None

    @Slot()
    def _refresh(self) -> None:
        running, trouble = self._dragger.is_running, self.trouble
        run, chosen, shown = self._dragger.run, self._chosen, self._on_show
        placed = [pair for pair in self._points.marks if pair.target is not None]
        self._points.is_locked = running
        self._points.show_now(self._now())
        self._list_pairs()
        self.hint.setText(trouble or HINT)
        for widget in (self.place, self.pairs):
            widget.setEnabled(not trouble)
        self.clear.setEnabled(not running and bool(self._points.marks or self._brush.marks))
        self.work.start.setEnabled(running or (bool(placed) and not trouble))
        ready = "Move the points to their targets, step by step (Space)"
        tip = trouble or (ready if placed else "Place points first")
        text = self._text()
        self.work.show_task(self._dragger.task, text, "Start", tip, now=text)
        self.work.go_on.setEnabled(shown is not None and not running and self._has_same_handles())
        self.work.go_on.setToolTip(CHANGED if chosen and not shown else GO_ON_TIP)
        steps = run.found[:] if run else []  # the thread at work adds to it
        at = steps.index(chosen) if chosen in steps else None
        self.work.show_count(len(steps), at)
        self.work.scrub.setEnabled(len(steps) > 1 and not running)

    def _text(self) -> str:
        """How far the points of the step on show are from their targets."""
        step = self._on_show
        return f"Step {step.done}: {step.distance:.1f} px to go" if step else ""

    def _list_pairs(self) -> None:
        """A line for each pair: from where to where, and whether its point may be lost."""
        model, step = self.document.model, self._on_show
        side = model.resolution if model else 1
        lines = []
        for index, pair in enumerate(self._points.marks):
            start, end = ((round(x * side), round(y * side)) for x, y in _ends(pair))
            line = f"{index + 1}.  {start[0]}, {start[1]}"
            line += (
                f"  →  {end[0]}, {end[1]}" if pair.target is not None else "  →  click its target"
            )
            if step is not None and self._has_same_handles() and index < len(step.lost):
                line += "   may be lost" if step.lost[index] > LOST else ""
            lines.append(line)
        if lines != [self.pairs.item(i).text() for i in range(self.pairs.count())]:
            row = self.pairs.currentRow()
            self.pairs.clear()
            self.pairs.addItems(lines)
            self.pairs.setCurrentRow(min(row, len(lines) - 1))

    def _now(self) -> tuple[Share, ...]:
        """Where the handles have come to in the step on show."""
        model, step = self.document.model, self._on_show
        if step is None or model is None or not self._has_same_handles():
            return ()
        return tuple((x / model.resolution, y / model.resolution) for x, y in step.points)

    def _has_same_handles(self) -> bool:
        """Whether the pairs are still those of the run, but for their targets."""
        run = self._dragger.run
        return run is not None and [*run.handles] == self._handles()

    # --- hands ---------------------------------------------------------------------------

    def _handles(self) -> list[Point]:
        return [self._pixels(pair.handle) for pair in self._points.marks if pair.target]

    def _targets(self) -> list[Point]:
        return [self._pixels(pair.target) for pair in self._points.marks if pair.target]

    def _pixels(self, share: Share) -> Point:
        assert self.document.model is not None
        side = self.document.model.resolution
        return share[0] * side, share[1] * side

    def _mask(self) -> NDArray[np.float32] | None:
        painted = self._brush.marks
        mask = None if painted is None else mask_in(painted)
        return mask if mask is not None and mask.any() else None

    @Slot()
    def _on_confirmed(self) -> None:
        self.work.start.click()

    @Slot()
    def _on_start(self) -> None:
        """Begin from the picture on show."""
        current = self.document.current
        if current is None or self.trouble:
            return
        self._take_over_places()
        self._begin()
        self._dragger.start(current, self._handles(), self._targets(), self._mask(), STEPS)

    @Slot()
    def _on_go_on(self) -> None:
        step = self._on_show
        if step is not None:
            self._begin()
            self._dragger.go_on(step, self._targets(), self._mask(), STEPS)

    def _begin(self) -> None:
        recipe = self.document.recipe
        self._gesture += 1
        self._follows = True
        self._shown = recipe.source if recipe else None  # so that what is found takes its place

    def _take_over_places(self) -> None:
        """Let the points that have moved begin where they are now."""
        now = self._now()
        if now:
            self._points.set_handles(now)

    @Slot(int)
    def _on_scrub(self, position: int) -> None:
        run = self._dragger.run
        if run is not None and 0 <= position < len(run.found):
            self._show(run.found[position])
            self._refresh()

    @Slot(int)
    def _on_removed(self, index: int) -> None:
        if not self._dragger.is_running:
            self._points.remove(index)

    @Slot()
    def _on_clear(self) -> None:
        self._points.clear()
        self._brush.clear()


def _ends(pair: PointPair) -> tuple[Share, Share]:
    return pair.handle, pair.target or pair.handle
