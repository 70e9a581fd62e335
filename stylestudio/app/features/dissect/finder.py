"""Samples by brush and by words, the units found from them, and their maps, made by tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.images import marks_of, to_qimage
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.dissect.maps import small_picture, unit_pictures
from stylestudio.app.widgets.brush import marked_thumbnail
from stylestudio.app.widgets.thumbnail_row import THUMBNAIL
from stylestudio.editing import dissect, forget_units, keep_units, kept_units
from stylestudio.editing.dissection import MOST_SAMPLES
from stylestudio.editing.features import unit_steps
from stylestudio.progress import Progress
from stylestudio.text import open_text_model, regions_by_words
from stylestudio.text.regions import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.features.dissect.maps import UnitPictures
    from stylestudio.editing import UnitSet
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

    Report = Callable[[Progress], None]

FULL = f"There are {MOST_SAMPLES} samples already; remove one first."


class BrushedSample(NamedTuple):
    """A picture, and what is brushed on it, or was found there by words."""

    recipe: Recipe
    mask: NDArray[np.float32]  # [H, W] in 0..1
    picture: QImage  # as small as a thumbnail
    words: str = ""  # that it was found by

    @property
    def image(self) -> QImage:
        """The thumbnail with the brushed region."""
        return marked_thumbnail(self.picture, marks_of(self.mask), THUMBNAIL)


@dataclass
class Dissection:
    """What was brushed and found on one model."""

    samples: list[BrushedSample] = field(default_factory=list)
    found: UnitSet | None = None
    trouble: str = ""  # a sentence: why the last words brought no samples
    kept: list[UnitSet] = field(default_factory=list)


class UnitFinder(QObject):
    """Keeps samples and units for each model that is open; its work is done by tasks."""

    changed = Signal()  # samples, what was found or kept, or whether units are being found
    pictured = Signal(object)  # UnitPictures
    said = Signal(str)  # a sentence for the status bar

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._folder = studio.settings.folder / "units"
        self._of: dict[str, Dissection] = {}  # by the hash of the model
        self._finding: Task | None = None
        self.looking_for = ""  # words, while they are looked for
        self._picturing: Task | None = None
        studio.document.model_changed.connect(self._on_model)
        studio.document.model_closed.connect(self._on_closed)

    @property
    def here(self) -> Dissection:
        """That of the model on show."""
        model = self._studio.document.model
        return Dissection() if model is None else self._of.setdefault(model.sha256, Dissection())

    @property
    def is_finding(self) -> bool:
        """Whether units are being found."""
        return self._finding is not None

    def add(self, sample: BrushedSample) -> None:
        """Add a sample; say so where there is no room."""
        if len(self.here.samples) >= MOST_SAMPLES:
            self.said.emit(FULL)
            return
        self.here.samples.append(sample)
        self.changed.emit()

    def put(self, index: int, sample: BrushedSample) -> None:
        """Put a sample in another one's place."""
        self.here.samples[index] = sample
        self.changed.emit()

    def remove(self, index: int) -> None:
        """Remove a sample."""
        del self.here.samples[index]
        self.changed.emit()

    def look(self, words: str, place: str, step: int | None, *, learn: bool) -> None:
        """Make samples where a text model sees the words, and find units from all samples.

        They take the place of those by earlier words; what was brushed stays. `place` is that of
        the text model; the rest is as for `find`.
        """
        current = self._studio.document.current
        if current is None:
            return
        room = MOST_SAMPLES - sum(not each.words for each in self.here.samples)
        if room < 1:
            self.said.emit(FULL)
            return
        self.stop()
        self.here.trouble = ""
        task = self._studio.tasks.start(
            f"Look for {words}",
            partial(_look_for, current.model, words, place, min(room, SAMPLES)),
            owner=self,
            can_pause=True,
        )
        self._finding, self.looking_for = task, words
        sha256 = current.model.sha256
        task.succeeded.connect(partial(self._on_seen, task, sha256, words, step, learn))
        task.failed.connect(partial(self._on_unseen, sha256))
        task.ended.connect(partial(self._on_ended, task))
        self.changed.emit()

    def find(self, step: int | None, *, learn: bool) -> None:
        """Find units from the samples; `step` None chooses it.

        They are called by the words that all samples were found by, where there are such.
        """
        current = self._studio.document.current
        if current is None or not self.here.samples:
            return
        self.stop()
        self.here.trouble = ""
        samples = [(each.recipe, each.mask) for each in self.here.samples]
        words = {each.words for each in self.here.samples}
        name = words.pop() if len(words) == 1 else ""
        task = self._studio.tasks.start(
            f"Dissect {current.model.name}",
            partial(_find, current.model, samples, step, learn, name, self._studio.assets),
            owner=self,
            can_pause=True,
            needs_grad=learn,
        )
        self._finding = task
        task.succeeded.connect(partial(self._on_found, current.model.sha256))
        task.ended.connect(partial(self._on_ended, task))
        self.changed.emit()

    def stop(self) -> None:
        """Find no longer."""
        if self._finding is not None:
            self._finding.drop()
            self._finding, self.looking_for = None, ""
            self.changed.emit()

    def use(self, units: UnitSet) -> None:
        """Take units as found: kept ones, or some chosen by eye."""
        self.here.found, self.here.trouble = units, ""
        self.changed.emit()

    def picture(self, pair: ModelRecipe, step: int, units: tuple[int, ...] | None) -> None:
        """Make small pictures of the maps of units, None for all; `pictured` brings them."""
        if self._picturing is not None:
            self._picturing.drop()
        task = self._studio.tasks.start(
            "Show the maps of units",
            partial(_picture, pair, step, units, self._studio.assets),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        self._picturing = task
        task.succeeded.connect(self.pictured)

    def keep(self, units: UnitSet) -> None:
        """Keep units for their model, in place of those of this name."""
        task = self._studio.tasks.start(
            f"Keep {units.name}",
            partial(_keep, units, self._folder),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_kept, units.model.sha256))
        task.succeeded.connect(lambda _: self.said.emit(f"Kept {units.name}"))

    def forget(self, units: UnitSet) -> None:
        """Keep units no longer."""
        task = self._studio.tasks.start(
            f"Remove {units.name}",
            partial(_forget, units, self._folder),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_kept, units.model.sha256))
        task.succeeded.connect(lambda _: self.said.emit(f"{units.name} is no longer kept"))

    @Slot(object)
    def _on_model(self, model: Model) -> None:
        self.stop()
        if self._picturing is not None:
            self._picturing.drop()
        task = self._studio.tasks.start(
            "Look for units that were kept",
            partial(_look, model, self._folder),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_kept, model.sha256))
        self.changed.emit()

    @Slot(object)
    def _on_closed(self, model: Model) -> None:
        if not self._studio.document.has_moved(model):
            self._of.pop(model.sha256, None)

    def _on_kept(self, sha256: str, kept: list[UnitSet]) -> None:
        self._of.setdefault(sha256, Dissection()).kept = kept
        self.changed.emit()

    def _on_found(self, sha256: str, units: UnitSet) -> None:
        if sha256 in self._of:
            self._of[sha256].found = units

    def _on_seen(
        self,
        task: Task,
        sha256: str,
        words: str,
        step: int | None,
        learn: bool,
        seen: list[SeenSample],
    ) -> None:
        if self._finding is not task or sha256 not in self._of:
            return
        kept = [each for each in self._of[sha256].samples if not each.words]
        found = [
            BrushedSample(recipe, mask, to_qimage(pixels), words) for recipe, mask, pixels in seen
        ]
        self._of[sha256].samples = (kept + found)[:MOST_SAMPLES]
        self.find(step, learn=learn)

    def _on_unseen(self, sha256: str, sentence: str) -> None:
        if sha256 in self._of:
            self._of[sha256].trouble = sentence

    def _on_ended(self, task: Task) -> None:
        if self._finding is task:
            self._finding, self.looking_for = None, ""
        self.changed.emit()


def steps_of(model: Model) -> dict[int, str]:
    """The steps with units, as they are named in the window."""
    return {i: f"{step.name} ({step.resolution} px)" for i, step in unit_steps(model).items()}


# --- the work of the tasks, on their threads ---------------------------------------------


def _find(
    model: Model,
    samples: list[tuple[Recipe, NDArray[np.float32]]],
    step: int | None,
    learn: bool,
    name: str,
    assets: Assets,
    report: Report,
    cancel: Cancel,
) -> UnitSet:
    return dissect(
        model,
        samples,
        step,
        name=name or "units",
        learn=learn,
        assets=assets,
        on_progress=report,
        cancel=cancel,
    )


class SeenSample(NamedTuple):
    """A picture in which words were found."""

    recipe: Recipe
    mask: NDArray[np.float32]  # [H, W] in 0..1
    pixels: NDArray[np.uint8]  # [h, w, 3], of a small one


def _look_for(
    model: Model, words: str, place: str, samples: int, report: Report, cancel: Cancel
) -> list[SeenSample]:
    report(Progress(0, 0, "Opening the text model"))
    text = open_text_model(place).to(model.device)
    found = regions_by_words(model, words, text, samples=samples, on_progress=report, cancel=cancel)
    return [SeenSample(recipe, mask, small_picture(model, recipe)) for recipe, mask in found]


def _picture(
    pair: ModelRecipe,
    step: int,
    units: tuple[int, ...] | None,
    assets: Assets,
    _report: Report,
    _cancel: Cancel,
) -> UnitPictures:
    return unit_pictures(pair.model, pair.recipe, step, units, assets)


def _keep(units: UnitSet, folder: Path, _report: Report, _cancel: Cancel) -> list[UnitSet]:
    keep_units(units, folder)
    return kept_units(units.model, folder)


def _forget(units: UnitSet, folder: Path, _report: Report, _cancel: Cancel) -> list[UnitSet]:
    forget_units(units, folder)
    return kept_units(units.model, folder)


def _look(model: Model, folder: Path, _report: Report, _cancel: Cancel) -> list[UnitSet]:
    return kept_units(model, folder)
