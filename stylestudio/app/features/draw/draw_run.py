"""The work of one task: a drawing of words, or of a picture. Knows no Qt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.app.core.recipes import render_in_full
from stylestudio.progress import Progress
from stylestudio.render import open_stage
from stylestudio.render.curves import Curves
from stylestudio.render.painting_strokes import passes_of
from stylestudio.text import open_text_model
from stylestudio.text.drawing import Drawing
from stylestudio.text.prompts import title_of
from stylestudio.transfer.loss_network import loss_network_on
from stylestudio.transfer.pictures import longest_side, read_picture, save_picture
from stylestudio.video.frames import over_white
from stylestudio.video.painting import write_painting

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets
    from stylestudio.render.strokes import Brush, Strokes
    from stylestudio.text.drawing import DrawSettings

    Report = Callable[[Progress], None]
    Art = Curves | Strokes

SHOWN = 360  # pixels of the longer side of what is shown on the way
PAINTED = 1024  # pixels of the longer side of what is painted, at most
CLIP_SECONDS = 8.0


class WordsRun:
    """Draws words. The thread at work only sets `art`, so any other may read it."""

    def __init__(
        self,
        text: str,
        settings: DrawSettings,
        painting: Path | None,
        device: Callable[[], torch.device],
    ) -> None:
        """`text` is the place of the text model, and `painting` gives the drawing its manner."""
        self.title = title_of(settings.wishes)
        self.art: Curves | None = None
        self.likeness: float | None = None
        self._text, self._settings, self._painting, self._device = text, settings, painting, device

    def __call__(self, report: Report, cancel: Cancel) -> None:
        """Draw to the end, or until told to finish early.

        Raises Cancelled, TextModelError, CheckpointError and PictureError.
        """
        report(Progress(0, 0, "Opening the text model"))
        text = open_text_model(self._text).to(self._device())
        picture = features = None
        if self._painting is not None:
            as_large = longest_side(2 * text.image_size, enlarge=False)
            features = loss_network_on(text.device)
            picture = read_picture(self._painting, as_large)[0].to(text.device)
        for progress in Drawing(text, self._settings, picture, features).run(cancel):
            shown = None
            if progress.drawn is not None:
                self.art, self.likeness = progress.drawn.curves, progress.drawn.likeness
                shown = preview(self.art)
            report(replace(progress, picture=shown))


class StrokesRun:
    """Paints a picture in strokes; see `WordsRun`."""

    likeness = None

    def __init__(
        self, picture: Path | ModelRecipe, assets: Assets, count: int | None, brush: Brush
    ) -> None:
        """`picture` is a photo, or a look; without `count`, as many strokes as it takes."""
        self.title = picture.name if isinstance(picture, Path) else picture.model.name
        self.art: Strokes | None = None
        self._picture, self._assets, self._count, self._brush = picture, assets, count, brush

    def __call__(self, report: Report, cancel: Cancel) -> None:
        """Paint to the end, or until told to finish early. Raises Cancelled and PictureError."""
        report(Progress(0, 0, "Reading the picture"))
        picture = self._read()
        cancel.check()
        height, width = picture.shape[1:]
        total = passes_of(height, width, count=self._count)
        stage = open_stage("strokes")
        for done, strokes in enumerate(stage.strokes(picture, None, self._count, self._brush), 1):
            self.art = strokes
            report(Progress(done, total, "Painting", picture=preview(strokes)))
            cancel.check()
            if cancel.is_finishing:
                return

    def _read(self) -> Tensor:
        """[3, H, W] in 0..1; what is transparent lies over white."""
        if isinstance(self._picture, Path):
            return read_picture(self._picture, longest_side(PAINTED, enlarge=False))[0]
        pixels = render_in_full(self._picture, self._assets)
        return torch.from_numpy(over_white(pixels).copy()).permute(2, 0, 1).float() / 255


def preview(art: Art) -> NDArray[np.uint8]:
    """A drawing as it is shown, uint8 [H, W, 3]."""
    return _pixels(art, SHOWN)


def write(art: Art, path: Path, side: int, report: Report, cancel: Cancel) -> Path:
    """Write a drawing: its ending says whether as .svg, .png of `side` pixels, or a clip.

    A clip shows the painting being made. Raises Cancelled, ExportError and OSError.
    """
    suffix = path.suffix.lower()
    if suffix == ".svg":
        art.save_svg(path)
    elif suffix == ".png" or isinstance(art, Curves):
        save_picture(path, _picture(art, side)[None])
    else:

        def show(progress: Progress) -> None:
            cancel.check()
            report(progress)

        write_painting(art, path, side / max(art.size), CLIP_SECONDS, on_progress=show)
    return path


def _picture(art: Art, side: int) -> Tensor:
    """[3, H, W] in 0..1, of so many pixels on the longer side."""
    if isinstance(art, Curves):
        return art.picture(side / art.size)
    return torch.from_numpy(art.picture(side / max(art.size))).permute(2, 0, 1)


def _pixels(art: Art, side: int) -> NDArray[np.uint8]:
    picture = _picture(art, side).permute(1, 2, 0).clamp(0, 1)
    return np.ascontiguousarray((picture * 255).round().byte().numpy())
