"""The deltas at hand, and the models to crossfade with: files that were opened, now or before."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.reading import model_at
from stylestudio.app.core.settings import RecentFile
from stylestudio.app.core.task import FILES as FILE_LANE
from stylestudio.recipe import DeltaUse, MapperEdit
from stylestudio.recipe.layers import GROUPS
from stylestudio.render import DeltaError, open_delta
from stylestudio.render.delta import check_changes, sibling_weights
from stylestudio.render.mappers import opened as check_mapper
from stylestudio.render.tuning import step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import WeightsRef
    from stylestudio.render import Assets, Delta, Model

    Report = Callable[[Progress], None]

FILES = "delta files"  # of the settings
PATTERNS = ("*.delta.safetensors", "*.safetensors")
MODELS = ("*.pkl", "*.pt", "*.pth", "*.safetensors")
MAPPER = "A mapper: it is used as an edit."
HALF = 0.5  # where a crossfade begins


class Facts(NamedTuple):
    """What rows say of weights, without holding them in memory."""

    sha256: str
    words: str
    groups: frozenset[str] = frozenset(GROUPS)  # of layers that they change


class Opened(NamedTuple):
    """What a task has read: a delta, a mapper or a model, that fits the model on show."""

    use: DeltaUse | MapperEdit
    facts: Facts
    model: Model  # that was on show
    path: str
    sibling: Model | None = None


class DeltaLibrary(QObject):
    """Reads files by tasks and leaves what is in them to `assets`, where the render thread looks.

    Deltas are copied into the user's own store, so their files may go. Models to crossfade with
    are found where they were opened from, as all models are.
    """

    changed = Signal()  # something is known of more weights, or they are missing
    opened = Signal(object, bool)  # Opened, and whether a recipe waited for it

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self.facts: dict[str, Facts] = {}  # by hash, of those that have been read
        self.missing: set[str] = set()  # hashes that recipes asked for in vain
        self._studio = studio
        self._wanted: set[str] = set()
        for file in studio.settings.known():
            self._locate(file.sha256, file.path)

    def files(self) -> list[RecentFile]:
        """The deltas that were opened before, the latest first."""
        return self._studio.settings.recents(FILES)

    def models(self) -> list[RecentFile]:
        """The models that were opened before, but for the one on show; the latest first."""
        model = self._studio.document.model
        shown = "" if model is None else model.sha256
        return [file for file in self._studio.settings.recents() if file.sha256 != shown]

    def look_at(self, refs: Iterable[WeightsRef], model: Model) -> None:
        """Learn about weights that a recipe of a model names; `changed` tells of them."""
        for ref in refs:
            known = ref.sha256 in self.facts or ref.sha256 in self.missing
            if known or ref.sha256 in self._wanted:
                continue
            if path := self._studio.paths.find(ref.sha256):
                self._locate(ref.sha256, path)
            self._wanted.add(ref.sha256)
            task = self._studio.tasks.start(
                f"Read {ref.name}",
                partial(_find, self._studio.assets, model, ref),
                lane=FILE_LANE,
                owner=self,
                is_listed=False,
            )
            task.succeeded.connect(partial(self._on_looked, ref.sha256))

    def look_again(self) -> None:
        """Look once more for what was missing, since what was opened may have brought it."""
        self.missing.clear()
        self.changed.emit()

    def open_deltas(self, paths: list[Path]) -> None:
        """Open files of deltas, which `opened` then tells of, one by one."""
        model = self._studio.document.model
        if model is None:
            return
        for path in paths:
            work = partial(_open_delta, self._studio.assets, model, path)
            self._start(f"Open {path.name}", work)

    def open_sibling(self, path: str) -> None:
        """Open a model to crossfade with, which `opened` then tells of."""
        model = self._studio.document.model
        if model is not None:
            device = self._studio.devices.for_opening
            work = partial(_open_sibling, self._studio.assets, model, path, device)
            self._start(f"Open {Path(path).name}", work)

    def ask_for_deltas(self, window: QWidget) -> None:
        """Let the user choose files of deltas, and open them."""
        self.open_deltas(self._chosen(window, "Open deltas", "Deltas", PATTERNS, "deltas"))

    def ask_for_sibling(self, window: QWidget) -> None:
        """Let the user choose a model to crossfade with, and open it."""
        for path in self._chosen(window, "Crossfade with a model", "Models", MODELS, "model")[:1]:
            self.open_sibling(str(path))

    def _chosen(
        self, window: QWidget, title: str, name: str, patterns: tuple[str, ...], purpose: str
    ) -> list[Path]:
        settings = self._studio.settings
        kinds = f"{name} ({' '.join(patterns)});;All files (*)"
        chosen, _ = QFileDialog.getOpenFileNames(window, title, settings.directory(purpose), kinds)
        if chosen:
            settings.set_directory(purpose, Path(chosen[0]).parent)
        return [Path(path) for path in chosen]

    def _locate(self, sha256: str, path: str) -> None:
        """Let a model be read from there once a recipe names it."""
        self._studio.assets.locate(
            sha256, partial(model_at, path, self._studio.devices.for_opening)
        )

    def _start(self, title: str, work: Callable[[Report, Cancel], Opened]) -> None:
        task = self._studio.tasks.start(title, work, lane=FILE_LANE, owner=self)
        task.succeeded.connect(self._on_opened)

    def _on_looked(self, sha256: str, facts: Facts | None) -> None:
        self._wanted.discard(sha256)
        if facts is None:
            self.missing.add(sha256)
        else:
            self.facts[sha256] = facts
        self.changed.emit()

    def _on_opened(self, opened: Opened) -> None:
        sha256, settings = opened.facts.sha256, self._studio.settings
        waited = sha256 in self.missing
        self.missing.discard(sha256)
        self.facts[sha256] = opened.facts
        if opened.sibling is None:
            settings.add_recent(RecentFile(opened.path, opened.use.name, sha256), FILES)
        else:
            self._studio.paths.note(opened.sibling, opened.path)
            self._locate(sha256, opened.path)
        self.changed.emit()
        self.opened.emit(opened, waited)


# --- the work of the tasks, on their threads ---------------------------------------------


def _find(
    assets: Assets, model: Model, ref: WeightsRef, _report: Report, _cancel: Cancel
) -> Facts | None:
    try:
        if ref.kind == "sibling":
            return _facts_of_sibling(assets.sibling(ref))
        return _facts_of_delta(assets.changes(ref), model)
    except DeltaError:
        return None


def _open_delta(
    assets: Assets, model: Model, path: Path, _report: Report, _cancel: Cancel
) -> Opened:
    delta = open_delta(path)
    place = str(path.resolve())
    if delta.is_mapper:
        check_mapper(delta, model)
        assets.keep(delta)
        return Opened(MapperEdit.of(delta), Facts(delta.sha256, MAPPER, frozenset()), model, place)
    check_changes(delta, model.network.synthesis.state_dict(), model)
    assets.keep(delta)
    return Opened(delta.use(), _facts_of_delta(delta, model), model, place)


def _open_sibling(
    assets: Assets,
    model: Model,
    path: str,
    device: Callable[[], tuple[str, str]],
    _report: Report,
    _cancel: Cancel,
) -> Opened:
    sibling = model_at(path, device)
    if sibling.sha256 == model.sha256:
        raise DeltaError(f"{sibling.name} is the model on show; choose another one.")
    sibling_weights(model.network.synthesis.state_dict(), sibling, model.name)
    assets.remember(sibling)
    use = DeltaUse.of(sibling, HALF)
    return Opened(use, _facts_of_sibling(sibling), model, path, sibling)


def _facts_of_delta(delta: Delta, model: Model) -> Facts:
    steps = model.network.synthesis.steps
    changed = {step_of(steps, name) for name in delta.tensors}
    only = next(iter(changed)).name if len(changed) == 1 else ""
    what = only or f"{len(changed)} of {len(steps)} layers"
    groups = frozenset(model.layers[step.ws_index].group for step in changed)
    return Facts(delta.sha256, f"Changes {what}, {delta.nbytes / 1e6:.1f} MB.", groups)


def _facts_of_sibling(sibling: Model) -> Facts:
    return Facts(sibling.sha256, "Crossfades with this model: 0 is none of it, 1 all.")
