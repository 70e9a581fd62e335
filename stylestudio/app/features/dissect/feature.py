"""Dissect: brushes for what is meant and for where it acts, and a dock for the units between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.feature import SHAPE, About, Dock, Feature
from stylestudio.app.core.images import mask_in
from stylestudio.app.features.dissect.acting import UnitBrush
from stylestudio.app.features.dissect.finder import BrushedSample, UnitFinder
from stylestudio.app.features.dissect.panel import DissectPanel
from stylestudio.app.widgets.brush import BrushTool, marked_thumbnail
from stylestudio.app.widgets.thumbnail_row import THUMBNAIL

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import UnitSet

NOTHING = "Nothing is brushed yet; turn the brush on and paint over what you mean"
HINT = "Brush what you mean, then add it as a sample"


class DissectFeature(Feature):
    """A dock, and two brushes."""

    id = "dissect"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.finder = UnitFinder(studio, self)
        self.acting = UnitBrush(studio, self)
        self.panel = DissectPanel(studio.document, self.finder)
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
                        "Find the units of the network that draw what you brush, such as hair or "
                        "sky.",
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
        self.brush = BrushTool()
        self.tools = ToolSet("Brush what you mean", (self.brush,), studio.view.canvas, self)
        self.tools.ended.connect(lambda: self.panel.paint.setChecked(False))
        self.panel.paint.toggled.connect(self._on_brush)
        self.panel.add.clicked.connect(self.add_sample)
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
        """Take what is brushed on the picture on show as a sample."""
        recipe, marks = self.studio.document.recipe, self.brush.marks
        if recipe is None or marks is None or not mask_in(marks).any():
            if not self.finder.here.samples:
                self.studio.done.emit(NOTHING)
            return
        image = marked_thumbnail(self.studio.view.canvas.image, marks, THUMBNAIL)
        self.finder.add(BrushedSample(recipe, mask_in(marks), image))
        self.brush.clear()
        self.studio.canvas_tools.marks.clear()  # strokes of a sample that was added are done with

    @Slot(str, object)
    def _on_acted(self, what: str, units: UnitSet) -> None:
        {
            "ablate": self.acting.ablate,
            "boost": self.acting.boost,
            "insert": self.acting.insert,
        }[what](units)
