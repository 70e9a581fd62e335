"""Contact sheets: laid out, rendered by a task, and opened to go to one of their pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtCore import Slot

from stylestudio.app.core.feature import Action, Feature, FileKind
from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.task import FILES
from stylestudio.app.features.sheets.dialog import SheetDialog, SheetOrder
from stylestudio.app.features.sheets.viewer import SheetViewer
from stylestudio.editing.sheets import differences, render_sheet
from stylestudio.files import unwritable
from stylestudio.recipe.pictures import open_header
from stylestudio.recipe.sheets import Cell, holds_sheet, read_sheet, save_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets
    from stylestudio.render.pixels import Pixels

LARGEST_SHOWN = 3000  # pixels of a sheet's longer side; larger ones are shown smaller


class OpenedSheet(NamedTuple):
    """What is shown of a sheet: its pixels, perhaps fewer, and where the cells lie in these."""

    pixels: Pixels
    cells: tuple[Cell, ...]


class SheetsFeature(Feature):
    """A command of the File menu, and the sheets it has made."""

    id = "sheets"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.dialog: SheetDialog | None = None
        self.viewer: SheetViewer | None = None
        self.actions = (
            Action(
                "contact_sheet",
                "&File",
                "save",
                "&Contact sheet…",
                "Save a table of pictures: mixtures, truncation, directions, seeds, noise",
                self.ask,
                on_picture="save",
            ),
        )
        # Before photos, which such files would be taken for.
        self.kinds = (
            FileKind("sheet", "Contact sheets", ("*.png",), holds_sheet, self.open_paths, order=-1),
        )

    @Slot()
    def ask(self) -> None:
        """Ask what the sheet is to show."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        if self.studio.document.current is None:
            return
        self.dialog = SheetDialog(self.studio)
        self.dialog.ordered.connect(self.render)
        self.dialog.finished.connect(self._on_dialog_closed)
        self.studio.document.model_changed.connect(self.dialog.reject)
        self.dialog.show()

    @Slot()
    def _on_dialog_closed(self) -> None:
        assert self.dialog is not None
        self.dialog.deleteLater()
        self.dialog = None

    @Slot(object)
    def render(self, order: SheetOrder) -> None:
        """Render a sheet by a task, then show it."""
        task = self.studio.tasks.start(
            f"Contact sheet {order.path.name}",
            partial(_render, order, self.studio.assets),
            owner=self,
            key=("sheet", order.path.absolute()),
        )
        task.succeeded.connect(partial(self._on_rendered, order.path))

    def _on_rendered(self, path: Path, _result: object) -> None:
        self.studio.saved.emit(path)
        self.open_paths([path])

    def open_paths(self, paths: list[Path]) -> None:
        """Show the last of some sheets."""
        path = paths[-1]
        task = self.studio.tasks.start(
            f"Open {path.name}",
            partial(_read, path, self.studio.assets),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._show, path))

    def _show(self, path: Path, opened: OpenedSheet) -> None:
        if self.viewer is not None:
            self.viewer.close()
        image = to_qimage(opened.pixels)
        self.viewer = SheetViewer(path.name, image, opened.cells, self.studio.window)
        self.viewer.picture.chosen.connect(partial(self._on_chosen, path.name))
        self.viewer.finished.connect(self._on_viewer_closed)
        self.viewer.show()

    @Slot()
    def _on_viewer_closed(self) -> None:
        self.viewer = None

    def _on_chosen(self, name: str, cell: Cell) -> None:
        self.studio.opener.open_recipe(cell.recipe, name)


# --- the work of the tasks, on their threads ---------------------------------------------


def _render(
    order: SheetOrder, assets: Assets, report: Callable[[Progress], None], cancel: Cancel
) -> None:
    """Render and write a sheet. Raises OSError with a sentence."""
    pictures = render_sheet(
        order.pair.model, order.sheet, assets=assets, on_progress=report, cancel=cancel
    )
    others = differences(order.sheet, pictures) if order.kind == "noise" else None
    try:
        save_sheet(order.path, order.sheet, pictures, order.side, others)
        assets.export(order.pair.recipe, order.path.parent)
    except OSError as error:
        raise OSError(unwritable(order.path, error)) from error


def _read(
    path: Path, assets: Assets, _report: Callable[[Progress], None], _cancel: Cancel
) -> OpenedSheet:
    cells = read_sheet(path)
    for cell in cells:
        assets.adopt(cell.recipe, path.parent)
    with open_header(path) as image:
        width = image.width
        image.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN), Image.Resampling.LANCZOS)
        pixels = np.array(image.convert("RGB"))
    scale = pixels.shape[1] / width
    return OpenedSheet(pixels, tuple(_scaled(cell, scale) for cell in cells))


def _scaled(cell: Cell, scale: float) -> Cell:
    left, top, right, bottom = (round(side * scale) for side in cell.box)
    return Cell((left, top, right, bottom), cell.recipe)
