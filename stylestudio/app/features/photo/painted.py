"""The photo itself, painted in the style of the picture on show."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QImage, QPainter

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.task import OnClose
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.files import replacing, unwritable
from stylestudio.inversion.photo import LONGEST
from stylestudio.pictures import srgb_profile
from stylestudio.render.device import one_at_a_time
from stylestudio.render.painting import Painter
from stylestudio.render.pixels import to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.photo.inverter import Inverter
    from stylestudio.inversion import Photo
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets
    from stylestudio.render.pixels import Pixels

TIP = (
    f"Save the photo, at most {LONGEST} pixels on its long side, in the style of the picture, and "
    "show both side by side"
)
PAINTED = "Painted photo"  # over its side of the wipe
NO_PHOTO = "There is no photo to paint; drop one on the window first."
NO_STYLE = "The picture is in no style; choose one in the Style panel, then paint the photo in it."


class PhotoPainter(QObject):
    """Paints the photo as it is, without finding it in the model; shows it beside the picture."""

    def __init__(self, studio: Studio, inverter: Inverter) -> None:
        super().__init__(inverter)
        self._studio = studio
        self._inverter = inverter

    @Slot()
    def ask(self) -> None:
        """Ask where to save it, then paint."""
        photo, recipe = self._inverter.photo, self._studio.document.recipe
        if photo is None:
            self._studio.noted.emit(NO_PHOTO)
        elif recipe is None or recipe.style is None or not recipe.style.coverage:
            self._studio.noted.emit(NO_STYLE)
        else:
            settings = self._studio.settings
            proposal = Path(settings.directory("pictures")) / f"{Path(photo.name).stem}-painted.png"
            title, kinds = "Paint the photo", "PNG picture (*.png)"
            path = ask_where(self._studio.window, title, proposal, kinds)
            if path is not None:
                settings.set_directory("pictures", path.parent)
                self._paint(photo, recipe, path)

    def _paint(self, photo: Photo, recipe: Recipe, path: Path) -> None:
        task = self._studio.tasks.start(
            f"Paint {photo.name or 'the photo'}",
            partial(_painted, photo, recipe, self._studio.assets, path),
            owner=self,
            on_close=OnClose.WAIT,
            key=("save", path.absolute()),
        )
        task.succeeded.connect(partial(self._on_painted, path))

    def _on_painted(self, path: Path, pixels: Pixels) -> None:
        self._studio.saved.emit(path)
        self._studio.view.canvas.compare_with(_squared(to_qimage(pixels)), PAINTED)


def _squared(image: QImage) -> QImage:
    """The picture in the middle of a clear square, as a comparison stretches it to one."""
    side = max(image.width(), image.height())
    square = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
    painter.end()
    return square


def _painted(
    photo: Photo,
    recipe: Recipe,
    assets: Assets,
    path: Path,
    _report: Callable[[Progress], None],
    cancel: Cancel,
) -> Pixels:
    """Write the photo in the style of a recipe. Raises StyleError, OSError and Cancelled."""
    painter = Painter(assets, torch.float32)
    painter.prepare(recipe)
    with one_at_a_time(photo.pixels.device), torch.inference_mode():
        pixels = to_pixels(painter.apply(photo.pixels[None], recipe))
    cancel.check()
    try:
        with replacing(path) as temporary:
            Image.fromarray(pixels).save(temporary, format="PNG", icc_profile=srgb_profile())
    except OSError as error:
        raise OSError(unwritable(path, error)) from error
    return pixels
