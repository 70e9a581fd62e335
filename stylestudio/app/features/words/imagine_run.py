"""The work of imagining pictures, and of finding one in the model on show. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stylestudio.inversion import InversionSettings, PhotoInversion, inversion_context, load_photo
from stylestudio.text import Imagined, ImagineSettings, Imagining, open_picture_writer
from stylestudio.text.prompts import title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.features.words.runs import Report
    from stylestudio.progress import Cancel
    from stylestudio.recipe import LatentSource
    from stylestudio.render import Assets, Model
    from stylestudio.text import TextModel

STEPS = 60  # that follow the encoder's guess


class Sheet(NamedTuple):
    """What was imagined for words, the picture that fits best first."""

    title: str
    pictures: tuple[Imagined, ...]


class ImaginedSource(NamedTuple):
    """A picture that was imagined, found in a model."""

    title: str
    source: LatentSource


class ImagineRun:
    """What imagines pictures for words."""

    def __init__(
        self, model: Model, text: Callable[[], TextModel], settings: ImagineSettings
    ) -> None:
        """`model` is the one on show; `text` is called on the thread at work."""
        self.model, self.settings = model, settings
        self.title = title_of(settings.wishes)
        self._text = text

    def __call__(self, report: Report, cancel: Cancel) -> Sheet:
        """Write and rank them. Raises Cancelled, TextModelError and CheckpointError."""
        found: tuple[Imagined, ...] = ()
        for progress in Imagining(self.settings, self._text(), open_picture_writer()).run(cancel):
            found = progress.found
            report(progress)
        return Sheet(self.title, found)


class ImaginedRun:
    """What finds an imagined picture in a model, as the Photo dock finds photos."""

    def __init__(self, model: Model, title: str, imagined: Imagined, assets: Assets) -> None:
        self.model, self.title = model, title
        self._imagined, self._assets = imagined, assets

    def __call__(self, report: Report, cancel: Cancel) -> ImaginedSource:
        """Find it; one that is to finish early ends with what there is. Raises Cancelled."""
        inversion = PhotoInversion(
            inversion_context(self.model, self._assets),
            load_photo(self._imagined.picture, self.title),
            InversionSettings(steps=STEPS),
            assets=self._assets,
        )
        found = None
        for progress in inversion.run(cancel=cancel):
            found = progress.snapshot or found
            report(progress)
        assert found is not None
        return ImaginedSource(self.title, found.source(self.title))
