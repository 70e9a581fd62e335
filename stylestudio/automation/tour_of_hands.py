"""The part of the tour in which hands go deeper: into features, weights, points and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from stylestudio.app.core.feature import EXPLORE, SHAPE
from stylestudio.app.features.adapt.feature import AdaptFeature
from stylestudio.app.features.deltas.feature import DeltasFeature
from stylestudio.app.features.dissect.feature import DissectFeature
from stylestudio.app.features.drag.feature import DragFeature
from stylestudio.app.features.draw.feature import DrawFeature
from stylestudio.app.features.interventions.feature import InterventionsFeature
from stylestudio.app.features.measures.feature import MeasuresFeature
from stylestudio.app.features.rewrite.feature import RewriteFeature
from stylestudio.app.features.source.feature import SourceFeature
from stylestudio.app.features.stages.feature import StagesFeature
from stylestudio.app.features.words.feature import WordsFeature
from stylestudio.automation.enlarger_file import write_enlarger
from stylestudio.automation.sibling_file import write_sibling
from stylestudio.automation.visitor import LEFT, TourError, Visitor
from stylestudio.automation.windows import feature_of
from stylestudio.text.worlds import is_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stylestudio.app.shell.window import MainWindow

WORD_STEPS = 8  # of a search by words that are waited for, of those shown
DRAW_STROKES, DRAW_STEPS = 48, 60
ADAPT_STEPS = 12
TOUR_COUNT = 24  # pictures that are measured: figures of so few say little


class HandsOn(Visitor):
    """Steps that bend, blend, dissect, rewrite, measure, drag, find, adapt; none leaves a trace."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        super().__init__(window, out)
        self.interventions = feature_of(window, InterventionsFeature)
        self.deltas = feature_of(window, DeltasFeature)
        self.dissect = feature_of(window, DissectFeature)
        self.source = feature_of(window, SourceFeature)
        self.rewriting = feature_of(window, RewriteFeature)
        self.stages = feature_of(window, StagesFeature)
        self.measures = feature_of(window, MeasuresFeature)
        self.points = feature_of(window, DragFeature)
        self.words = feature_of(window, WordsFeature)
        self.adapt = feature_of(window, AdaptFeature)
        self.draw = feature_of(window, DrawFeature)

    def paints_a_source(self) -> Iterator[Path]:
        """A region over a part of the picture, and an operation on all of it."""
        panel, canvas = self.interventions.panel, self.window.canvas
        self.window.show_dock("bend")
        QTest.mouseClick(panel.paint, LEFT)
        self.interventions.painter.brush.set_options(size=30.0)
        rect = canvas.picture_rect()
        y = rect.top() + rect.height() * 0.45
        with self.expect_change("painting a region"):
            start, end = (rect.left() + rect.width() * share for share in (0.3, 0.7))
            self.drag(canvas, QPointF(start, y).toPoint(), QPointF(end, y).toPoint())
        yield self.screenshot("interventions")
        self.interventions.painter.stop()
        for row in [*panel.rows.values()]:
            with self.expect_change("taking the region away"):
                QTest.mouseClick(row.remove, LEFT)

    def crossfades(self) -> Iterator[Path]:
        """Another model of the same shape, half of the way."""
        panel, path = self.deltas.panel, self.out / "Sibling.safetensors"
        model = self.window.studio.document.model
        assert model is not None
        write_sibling(path, model)
        with self.expect_change("crossfading"):
            self.deltas.library.open_sibling(str(path))
            self.wait("its row", lambda: panel.rows)
        (row,) = panel.rows.values()
        slider = row.rows["deltas.Sibling.amount"].slider
        with self.expect_change("its amount"):
            self.drag(slider, slider.rect().center(), QPoint(slider.width() * 4 // 5, 10))
        yield self.screenshot("deltas")
        with self.expect_change("taking it away"):
            QTest.mouseClick(row.remove, LEFT)
        path.unlink()
        self.window.show_dock("noise")

    def takes_units_away(self) -> Iterator[Path]:
        """Those that draw what is brushed."""
        panel, canvas = self.dissect.panel, self.window.canvas
        self.window.show_dock("dissect")
        QTest.mouseClick(panel.paint, LEFT)
        rect = canvas.picture_rect()
        start, end = (rect.left() + rect.width() * share for share in (0.3, 0.7))
        y = rect.top() + rect.height() * 0.2
        self.drag(canvas, QPointF(start, y).toPoint(), QPointF(end, y).toPoint())
        panel.learn.setChecked(False)
        QTest.mouseClick(panel.find_units, LEFT)
        self.wait("units", lambda: panel.grid.count())
        self.wait("their maps", lambda: not panel.grid.item(0).icon().isNull())
        with self.expect_change("taking units away"):
            QTest.mouseClick(panel.ablate, LEFT)
        yield self.screenshot("dissect")
        self.window.studio.canvas_tools.stop()
        with self.expect_change("undoing that"):
            self.window.studio.document.undo_stack.undo()

    def rewrites_a_rule(self) -> Iterator[Path]:
        """The mouth of one seed becomes that of all."""
        panel, rewriter, canvas = self.rewriting.panel, self.rewriting.rewriter, self.window.canvas
        document = self.window.studio.document
        self.window.workspaces.show(SHAPE)
        self.window.show_dock("rewrite")
        if not panel.paint.isEnabled():  # a model of another family
            yield self.screenshot("rewrite")
            self.window.workspaces.show(EXPLORE)
            return
        QTest.mouseClick(panel.paint, LEFT)
        before, rect = document.undo_stack.index(), canvas.picture_rect()
        start, end = (rect.left() + rect.width() * share for share in (0.43, 0.58))
        y = rect.top() + rect.height() * 0.65
        for tray, seed in (("copy", 8), ("context", 6), ("context", 9), ("context", 5)):
            with self.expect_change(f"seed {seed}"):
                self.source.panel.seed.box.selectAll()
                QTest.keyClicks(self.source.panel.seed.box, str(seed))
                QTest.keyClick(self.source.panel.seed.box, Qt.Key.Key_Return)
            self.drag(canvas, QPointF(start, y).toPoint(), QPointF(end, y).toPoint())
            QTest.mouseClick(panel.trays[tray].add, LEFT)
        with self.expect_change("rewriting"):
            QTest.mouseClick(panel.work.start, LEFT)
            self.wait("its samples", lambda: rewriter.run is not None and rewriter.run.sheet)
            if rewriter.is_running:
                QTest.mouseClick(panel.work.start, LEFT)
            self.wait("its end", lambda: not rewriter.is_running)
        panel.scroll_to(panel.samples)
        yield self.screenshot("rewrite")
        self.window.studio.canvas_tools.stop()
        with self.expect_change("undoing that"):
            document.undo_stack.setIndex(before)
        self.window.workspaces.show(EXPLORE)

    def goes_through_a_network(self) -> Iterator[Path]:
        """An enlarger that is dropped on the window."""
        panel, network = self.stages.panel, self.out / "sharper-x2.pth"
        write_enlarger(network)
        with self.expect_change("dropping a network"):
            self.drop(network)
            self.wait("its row", lambda: panel.rows)
        (row,) = panel.rows.values()
        (strength,) = row.rows.values()
        slider = strength.slider
        with self.expect_change("its strength"):
            self.drag(slider, slider.rect().center(), QPoint(slider.width() * 4 // 5, 10))
        yield self.screenshot("stages")
        with self.expect_change("taking it away"):
            QTest.mouseClick(row.remove, LEFT)
        network.unlink()
        self.window.show_dock("noise")

    def measures_the_model(self) -> Iterator[Path]:
        """Density and coverage, of few pictures."""
        panel = self.measures.panel
        self.window.show_dock("measures")
        panel.count.setValue(TOUR_COUNT)
        for name in ("fid", "dc"):
            panel.choices[name].setChecked(name == "dc")
        QTest.mouseClick(panel.start, LEFT)
        self.wait("the figures", lambda: not panel.is_busy)
        if panel.figures.measurement is None:
            raise TourError(f"Nothing was measured: {panel.state.text()}")
        yield self.screenshot("measures")
        self.window.show_dock("noise")

    def drags_points(self) -> Iterator[Path]:
        """A handle and its target."""
        canvas, panel = self.window.canvas, self.points.panel
        self.window.actions_by_id["drag_points"].trigger()
        rect = canvas.picture_rect()
        for across in (0.42, 0.58):  # where portraits have their eyes
            start = QPointF(rect.left() + rect.width() * across, rect.top() + rect.height() * 0.47)
            self.drag(canvas, start.toPoint(), start.toPoint() - QPoint(0, 30))
        with self.expect_change("dragging points"):
            QTest.mouseClick(panel.work.start, LEFT)
            self.wait("its steps", lambda: not self.points.dragger.is_running)
        yield self.screenshot("drag")
        QTest.mouseClick(panel.clear, LEFT)
        panel.place.setChecked(False)

    def finds_by_words(self) -> Iterator[Path]:
        """Red hair, from the picture on show."""
        panel, maker = self.words.panel, self.words.maker
        self.window.show_dock("words")
        self.wait("words or a reason", lambda: self.words.texts.words or panel.notice.isVisible())
        if panel.work.start.isEnabled():
            line = panel.wishes.rows[0].line
            QTest.keyClicks(line, "red hair")
            line.popup.hide()
            panel.from_picture.setChecked(True)
            with self.expect_change("finding by words"):
                QTest.mouseClick(panel.work.start, LEFT)
                self.wait("some steps", lambda: panel.work.scrub.maximum() >= WORD_STEPS)
                QTest.mouseClick(panel.work.start, LEFT)
                self.wait("its end", lambda: not maker.is_running)
        yield self.screenshot("words")

    def draws_words(self) -> Iterator[Path]:
        """Words in a few pen strokes, in any world that the built-in text model knows."""
        panel = self.draw.panel
        self.window.actions_by_id["draw_words"].trigger()
        panel.strokes.setValue(DRAW_STROKES)
        panel.steps.setValue(DRAW_STEPS)
        QTest.keyClicks(panel.words, "curly red hair")
        QTest.mouseClick(panel.start, LEFT)
        self.wait("the drawing", lambda: not panel.is_running and panel.save.isEnabled())
        yield self.screenshot("draw")

    def adapts_the_model(self) -> Iterator[Path]:
        """Green hair for everybody."""
        panel, adapter = self.adapt.panel, self.adapt.adapter
        document = self.window.studio.document
        self.window.show_dock("adapt")
        model = self.window.studio.document.model
        if model is None or not is_world(model):  # the built-in text model knows no others
            yield self.screenshot("adapt")
            return
        panel.words.setText("green hair")
        panel.instead_of.setText("brown hair")
        panel.steps.setValue(ADAPT_STEPS)
        QTest.mouseClick(panel.work.start, LEFT)
        self.wait("the adapted model", lambda: not adapter.is_running and panel.keep.isEnabled())
        with self.expect_change("keeping the adapted model"):
            QTest.mouseClick(panel.keep, LEFT)
            self.wait("what was kept", lambda: document.recipe and document.recipe.deltas)
        yield self.screenshot("adapt")
        document.undo_stack.undo()
