"""The work of training a mapper by words. Knows no Qt."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stylestudio.inversion import inversion_context
from stylestudio.recipe import MapperEdit
from stylestudio.text import Mapping, MapSettings
from stylestudio.text.prompts import title_of
from stylestudio.training.runs import RunError, load_state, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.features.words.runs import Report
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, Model
    from stylestudio.text import TextModel


class MapRun:
    """What trains a mapper; asked for the same again after any end, it continues."""

    def __init__(
        self,
        model: Model,
        text: Callable[[], TextModel],
        settings: MapSettings,
        assets: Assets,
        state: Path,
    ) -> None:
        """`state` is the file that training is kept in until it is done."""
        self.model, self.settings = model, settings
        self.title = title_of(settings.wishes)
        self._text, self._assets, self._state = text, assets, state

    def __call__(self, report: Report, cancel: Cancel) -> MapperEdit:
        """Train until it is done or told to finish early. Raises Cancelled and TextModelError."""
        text = self._text().to(self.model.device)
        context = inversion_context(self.model, self._assets)
        mapping = Mapping(self.model, text, self.settings, context)
        with suppress(RunError):  # none is left, or that of other words: it begins anew
            load_state(mapping, self._state)
        for progress in run(mapping, self._state, cancel):
            report(progress)
        mapper = mapping.mapper()
        self._assets.keep(mapper)
        if mapping.finished:
            with suppress(OSError):  # it may not have been written
                self._state.unlink()
        return MapperEdit.of(mapper)
