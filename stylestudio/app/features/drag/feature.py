"""Dragging points: a dock, and the tools on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.feature import SHAPE, About, Action, Dock, Feature
from stylestudio.app.features.drag.dragger import Dragger
from stylestudio.app.features.drag.panel import DragPanel
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.app.widgets.points import PointsTool

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class DragFeature(Feature):
    """A dock that starts drags, with points and a brush for the picture."""

    id = "drag"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.points, self.brush = PointsTool(), BrushTool()
        self.dragger = Dragger(studio.tasks, studio.assets, self)
        self.panel = DragPanel(studio.document, self.dragger, self.points, self.brush)
        self.docks = (
            Dock(
                "drag",
                "Drag",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=400,
                workspaces=(SHAPE,),
                leads=(SHAPE,),
                about=About(
                    (
                        "Drag points of the picture to where they should go; the model redraws "
                        "the picture until they arrive.",
                        "Paint a mask to keep the rest still.",
                    ),
                    (
                        "Pan, Tewari, Leimkühler, Liu, Meka and Theobalt (2023): Drag Your "
                        "GAN: Interactive Point-based Manipulation on the Generative Image "
                        "Manifold",
                    ),
                ),
            ),
        )
        self.actions = (
            Action(
                "drag_points",
                "&Edit",
                "tools",
                "&Drag points",
                "Pick up the points tool to move what the picture shows from one place to another",
                self.take_up,
                ("D",),
            ),
        )
        self._tools = ToolSet("Drag points", (self.points, self.brush), studio.view.canvas, self)
        self._tools.ended.connect(self._on_ended)
        self.panel.placing_asked.connect(self._on_placing)

    @Slot()
    def take_up(self) -> None:
        """Bring the dock in sight, and the points to hand."""
        self.studio.dock_wanted.emit("drag")
        if self.panel.place.isEnabled():
            self.panel.place.setChecked(True)
            self.studio.view.canvas.setFocus()

    @Slot(bool)
    def _on_placing(self, on: bool) -> None:
        if on:
            self.studio.canvas_tools.start(self._tools)
        else:
            self.studio.canvas_tools.stop(self._tools)

    @Slot()
    def _on_ended(self) -> None:
        self.panel.place.setChecked(False)
