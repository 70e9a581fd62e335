"""Dissect: brushes for what is meant and for where it acts, and a dock for the units between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.feature import SHAPE, About, Dock, Feature
from stylestudio.app.core.images import marks_of, mask_in
from stylestudio.app.features.dissect.acting import UnitBrush
from stylestudio.app.features.dissect.finder import BrushedSample, UnitFinder
from stylestudio.app.features.dissect.panel import DissectPanel
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.app.widgets.thumbnail_row import THUMBNAIL

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import UnitSet

NOTHING = "Nothing is brushed yet; turn the brush on and paint over what you mean"
HINT = "Brush what you mean, then add it as a sample"
SHOWN = "What you brushed is shown again; add it once more to keep it"
CORRECTING = "Brush to correct the sample; the right button erases"
EMPTIED = "Nothing is marked any more; double-click the sample to remove it"


class DissectFeature(Feature):
    """A dock, and two brushes."""

    id = "dissect"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.finder = UnitFinder(studio, self)
        self.acting = UnitBrush(studio, self)
        self.panel = DissectPanel(studio.document, self.finder, studio.settings)
        self.docks = (
            Dock(
                "dissect",
                "Dissect",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=520,
                workspaces=(SHAPE,),
                about=About(
                    (
                        "Find the units of the network that draw what you brush or type, such as "
                        "hair or sky.",
                        "Then remove them, strengthen them, or insert them elsewhere.",
                    ),
                    (
                        "Bau, Zhu, Strobelt, Zhou, Tenenbaum, Freeman and Torralba (2019): "
                        "GAN Dissection: Visualizing and Understanding Generative "
                        "Adversarial Networks",
                    ),
                ),
            ),
        )
        self._corrected: BrushedSample | None = None  # its mask is under the brush
        self.brush = BrushTool()
        self.tools = ToolSet("Brush what you mean", (self.brush,), studio.view.canvas, self)
        self.brush.painted.connect(self._on_painted)
        self.tools.ended.connect(self._on_ended)
        self.finder.changed.connect(self._on_samples)
        studio.document.model_changed.connect(self._on_model)
        studio.document.recipe_changed.connect(self._on_recipe)
        self.panel.paint.toggled.connect(self._on_brush)
        self.panel.add.clicked.connect(self.add_sample)
        self.panel.correct_asked.connect(self.correct)
        self.panel.acted.connect(self._on_acted)
        self.panel.keep_asked.connect(self.finder.keep)
        for each in (self.finder, self.acting, self.panel):
            each.said.connect(studio.done)

    @Slot(bool)
    def _on_brush(self, on: bool) -> None:
        if on:
            self.studio.canvas_tools.start(self.tools)
            self.studio.done.emit(HINT)
        else:
            self.studio.canvas_tools.stop(self.tools)

    @Slot()
    def add_sample(self) -> None:
        """Take what is brushed on the picture on show as a sample.

        A sample that is being corrected has it already.
        """
        if self._corrected is not None:
            self._let_go()
            return
        recipe, marks = self.studio.document.recipe, self.brush.marks
        if recipe is None or marks is None or not mask_in(marks).any():
            if not self.finder.here.samples:
                self.studio.done.emit(NOTHING)
            return
        if not self.panel.paint.isChecked():  # nobody sees what would be added
            self.panel.paint.setChecked(True)
            self.studio.done.emit(SHOWN)
            return
        picture = self.studio.view.canvas.image.scaled(
            THUMBNAIL,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.finder.add(BrushedSample(recipe, mask_in(marks), picture))
        self.brush.clear()
        self.studio.canvas_tools.marks.clear()  # strokes of a sample that was added are done with

    @Slot(int)
    def correct(self, index: int) -> None:
        """Show a sample, and give the brush what is marked on it; strokes change the sample."""
        self._let_go()
        sample = self.finder.here.samples[index]
        self.studio.document.set(sample.recipe, "Show a sample")
        self.panel.paint.setChecked(True)
        self.brush.set_marks(marks_of(sample.mask))
        self.studio.canvas_tools.marks.clear()  # undo of earlier strokes would change the sample
        self._corrected = sample
        self.studio.done.emit(CORRECTING)

    @Slot(object)
    def _on_painted(self, marks: QImage | None) -> None:
        sample, samples = self._corrected, self.finder.here.samples
        place = next((i for i, each in enumerate(samples) if each is sample), -1)
        if sample is None or place < 0:
            return
        if marks is None or not mask_in(marks).any():
            self.studio.done.emit(EMPTIED)
            return
        self._corrected = sample._replace(mask=mask_in(marks))
        self.finder.put(place, self._corrected)

    @Slot()
    def _on_samples(self) -> None:
        """A sample that was removed can't be corrected any more."""
        samples = self.finder.here.samples
        if self._corrected is not None and all(each is not self._corrected for each in samples):
            self._let_go()

    @Slot()
    def _on_recipe(self) -> None:
        """What is marked on a sample isn't meant for another picture."""
        if self._corrected is not None and self.studio.document.recipe != self._corrected.recipe:
            self._let_go()

    @Slot()
    def _on_model(self) -> None:
        """What is brushed isn't meant for another model's picture."""
        self._let_go()
        self.brush.clear()

    @Slot()
    def _on_ended(self) -> None:
        self._let_go()
        self.panel.paint.setChecked(False)

    def _let_go(self) -> None:
        """Correct a sample no longer."""
        if self._corrected is not None:
            self._corrected = None
            self.brush.clear()
            self.studio.canvas_tools.marks.clear()

    @Slot(str, object)
    def _on_acted(self, what: str, units: UnitSet) -> None:
        {
            "ablate": self.acting.ablate,
            "boost": self.acting.boost,
            "insert": self.acting.insert,
        }[what](units)
