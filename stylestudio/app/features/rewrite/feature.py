"""Rewriting a rule of the model: a dock, and a brush for what goes into its trays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QIODevice, Slot
from PySide6.QtGui import QUndoCommand

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.feature import SHAPE, About, Action, Dock, Feature
from stylestudio.app.core.images import mask_in
from stylestudio.app.features.rewrite.panel import RewritePanel
from stylestudio.app.features.rewrite.rewriter import Rewriter
from stylestudio.app.widgets.begin_anew import ask_to_begin_anew
from stylestudio.app.widgets.brush import BrushTool, marked_thumbnail
from stylestudio.app.widgets.thumbnail_row import THUMBNAIL
from stylestudio.editing.rewrite_folder import TrayPicture, Trays
from stylestudio.recipe import Mask

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio

MOST_PICTURES = 10  # of a tray
NOTHING = "Nothing is brushed yet; paint a region on the picture, then add it"
SHOWN = "What you brushed is shown again; press + once more to add it"
FULL = f"There are {MOST_PICTURES} pictures already; double-click one to remove it"


class RewriteFeature(Feature):
    """A dock, and a brush whose regions go into trays."""

    id = "rewrite"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.rewriter = Rewriter(studio, self)
        self.panel = RewritePanel(studio.document, self.rewriter)
        self.docks = (
            Dock(
                "rewrite",
                "Rewrite",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=560,
                workspaces=(SHAPE,),
                about=About(
                    (
                        "Rewrite a rule of the model: wherever it finds the context that you "
                        "paint, it draws what you copied, in every picture.",
                        "Four to six contexts are enough.",
                    ),
                    ("Bau, Liu, Wang, Zhu and Torralba (2020): Rewriting a Deep Generative Model",),
                ),
            ),
        )
        self.actions = (
            Action(
                "rewrite_rule",
                "&Edit",
                "tools",
                "Re&write a rule",
                "Paint what the model should draw, and where: it then does so in every picture",
                self.take_up,
            ),
        )
        self.brush = BrushTool()
        self._tools = ToolSet("Paint a region", (self.brush,), studio.view.canvas, self)
        self._tools.ended.connect(lambda: self.panel.paint.setChecked(False))
        self.panel.paint.toggled.connect(self._on_brush)
        for tray in self.panel.trays.values():
            tray.add_asked.connect(self.add)
            tray.remove_asked.connect(self.remove)
        studio.document.model_changed.connect(lambda: self.brush.clear())
        self.panel.dropping_asked.connect(self._ask_to_drop)
        self.panel.said.connect(studio.done)
        self.rewriter.said.connect(studio.done)
        self.rewriter.failed.connect(studio.failed)

    @Slot()
    def take_up(self) -> None:
        """Bring the dock in sight, and the brush to hand."""
        self.studio.dock_wanted.emit("rewrite")
        if self.panel.paint.isEnabled():
            self.panel.paint.setChecked(True)

    @Slot()
    def _ask_to_drop(self) -> None:
        """Begin anew only once it may take the place of what can be continued."""
        ask_to_begin_anew(self.studio.window, "rewriting", self.panel.begin)

    @Slot(bool)
    def _on_brush(self, on: bool) -> None:
        if on:
            self.studio.canvas_tools.start(self._tools)
        else:
            self.studio.canvas_tools.stop(self._tools)

    @Slot(str)
    def add(self, tray: str) -> None:
        """Put the picture on show into a tray, with what is brushed on it."""
        recipe, marks = self.studio.document.recipe, self.brush.marks
        if recipe is None or marks is None or not mask_in(marks).any():
            self.studio.done.emit(NOTHING)
            self.panel.paint.setChecked(True)
            return
        if not self.panel.paint.isChecked():  # nobody sees what would be added
            self.panel.paint.setChecked(True)
            self.studio.done.emit(SHOWN)
            return
        pictures = () if tray == "copy" else getattr(self.rewriter.trays, tray)
        if len(pictures) >= MOST_PICTURES:
            self.studio.done.emit(FULL)
            return
        thumbnail = marked_thumbnail(self.studio.view.canvas.image, marks, THUMBNAIL)
        added = TrayPicture(recipe.to_json(), Mask.from_array(mask_in(marks)), _png(thumbnail))
        self._put(f"add to {tray.capitalize()}", tray, (*pictures, added), None)

    @Slot(str, int)
    def remove(self, tray: str, index: int) -> None:
        """Take a picture out of a tray."""
        pictures = getattr(self.rewriter.trays, tray)
        left = pictures[:index] + pictures[index + 1 :]
        self._put(f"take out of {tray.capitalize()}", tray, left, self.brush.marks)

    def _put(
        self, what: str, tray: str, pictures: tuple[TrayPicture, ...], marks: QImage | None
    ) -> None:
        """Change a tray, and what is brushed, as one step among those of the brush."""
        model = self.studio.document.model
        assert model is not None
        before = (self.rewriter.trays, self.brush.marks)
        after = (replace(before[0], **{tray: pictures}), marks)
        step = _TrayStep(what, self, model.sha256, before, after)
        self.studio.canvas_tools.marks.push(step)


class _TrayStep(QUndoCommand):
    """Goes from trays and brushed marks before to those after."""

    def __init__(
        self,
        what: str,
        feature: RewriteFeature,
        model_sha256: str,
        before: tuple[Trays, QImage | None],
        after: tuple[Trays, QImage | None],
    ) -> None:
        super().__init__(what)
        self._feature, self._model_sha256 = feature, model_sha256
        self._before, self._after = before, after

    def redo(self) -> None:
        """Do it, also the first time."""
        self._go_to(*self._after)

    def undo(self) -> None:
        """Take it back."""
        self._go_to(*self._before)

    def _go_to(self, trays: Trays, marks: QImage | None) -> None:
        model = self._feature.studio.document.model
        if model is not None and model.sha256 == self._model_sha256:
            self._feature.brush.set_marks(marks)
        self._feature.rewriter.set_trays(self._model_sha256, trays)


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
