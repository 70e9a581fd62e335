"""The work of training a mapper by words. Knows no Qt."""

from __future__ import annotations

import hashlib
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


KEPT = 4  # trainings that can be continued


class MapRun:
    """What trains a mapper; asked for the same again after any end, it continues."""

    def __init__(
        self,
        model: Model,
        text: Callable[[], TextModel],
        settings: MapSettings,
        assets: Assets,
        folder: Path,
    ) -> None:
        """`folder` keeps trainings until they are done, the latest few."""
        self.model, self.settings = model, settings
        self.title = title_of(settings.wishes)
        self._text, self._assets, self._folder = text, assets, folder

    def __call__(self, report: Report, cancel: Cancel) -> MapperEdit:
        """Train until it is done or told to finish early. Raises Cancelled and TextModelError."""
        text = self._text().to(self.model.device)
        context = inversion_context(self.model, self._assets)
        mapping = Mapping(self.model, text, self.settings, context)
        name = hashlib.sha256(mapping.identity.encode()).hexdigest()[:16]
        state = self._folder / f"{name}.pt"
        with suppress(RunError):  # none is left: it begins anew
            load_state(mapping, state)
        self._make_room_for(state)
        for progress in run(mapping, state, cancel):
            report(progress)
        mapper = mapping.mapper()
        self._assets.keep(mapper)
        if mapping.finished:
            with suppress(OSError):  # it may not have been written
                state.unlink()
        return MapperEdit.of(mapper)

    def _make_room_for(self, state: Path) -> None:
        """Forget the oldest of the other trainings."""
        with suppress(OSError):  # another window may have dropped it
            others = [path for path in self._folder.glob("*.pt") if path != state]
            others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
            for path in others[KEPT - 1 :]:
                path.unlink()
