"""The work of finding the style channels that lead to words. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stylestudio.text import RelevanceWork, RelevantChannels
from stylestudio.text.by_channels import way_for
from stylestudio.text.prompts import name_for, title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.app.features.words.runs import Report
    from stylestudio.progress import Cancel
    from stylestudio.render import Model
    from stylestudio.text import MoveSettings, TextModel


class FoundChannels(NamedTuple):
    """The channels of some words, as far as they are known."""

    channels: RelevantChannels
    measured: str  # how much has been measured for that


class ChannelsRun:
    """Measures what is not known yet of the model's channels, and compares it with words.

    The thread at work alone sets `newest`, so any other may read it.
    """

    def __init__(self, model: Model, text: Callable[[], TextModel], settings: MoveSettings) -> None:
        """`text` is called on the thread at work."""
        self.model, self.settings = model, settings
        self.title = title_of(settings.wishes)
        self.newest: FoundChannels | None = None  # once something is known of every channel
        self._text = text

    def __call__(self, report: Report, cancel: Cancel) -> FoundChannels:
        """Measure until all is known or it is told to finish early.

        Raises Cancelled, TextModelError and DirectionError.
        """
        text = self._text().to(self.model.device)
        settings = self.settings
        way = way_for(self.model, text, settings.wishes, settings.instead_of)
        work = RelevanceWork(self.model, text)
        pictures = 0  # that `newest` comes of
        for progress in work.run(cancel):
            if work.pictures > pictures:
                pictures = work.pictures
                self.newest = self._found(work, way)
            report(progress)
        return self._found(work, way)

    def _found(self, work: RelevanceWork, way: Tensor) -> FoundChannels:
        known = work.known
        channels = RelevantChannels.of(known, way, name_for(self.settings.wishes))
        return FoundChannels(channels, str(known))
