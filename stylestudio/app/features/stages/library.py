"""The networks at hand: files that were opened, now or in earlier runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.enlargers import Enlarger, remember_enlarger
from stylestudio.app.core.session_parts import FileOwner
from stylestudio.app.core.settings import RecentFile
from stylestudio.app.core.task import FILES as FILE_LANE
from stylestudio.checkpoints import CheckpointError
from stylestudio.progress import Progress
from stylestudio.render import PictureStage, StageError, builtin_stage_paths, open_stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel
    from stylestudio.recipe import NetworkRef, Stage
    from stylestudio.recipe.session import FileRef
    from stylestudio.render import Assets

    Report = Callable[[Progress], None]

FILES = "stage files"  # of the settings
PATTERNS = ("*.pth", "*.pt", "*.ckpt", "*.safetensors")


class Facts(NamedTuple):
    """What rows say of a network, without holding it in memory."""

    name: str
    sha256: str
    attributes: tuple[str, ...]
    kind: str
    scale: int

    @classmethod
    def of(cls, stage: PictureStage) -> Facts:
        """Those of an opened one."""
        return cls(stage.name, stage.sha256, stage.attributes, stage.kind, stage.scale)


class Found(NamedTuple):
    """What a task has read."""

    stages: tuple[tuple[Facts, str], ...]  # with their paths
    problems: tuple[str, ...] = ()


class StageLibrary(QObject):
    """Reads networks by tasks and leaves them to `assets`, where the render thread looks.

    Files that were opened are found again in later runs, by their content; their paths stay on
    this machine.
    """

    changed = Signal()  # something is known of one more network, or it is missing
    opened = Signal(object, object)  # list[Facts] of files, and hashes that a recipe waited for
    blended = Signal(str, object)  # name of a stage, Facts of what it is to be blended with
    failed = Signal(str)  # besides what tasks tell

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self.facts: dict[str, Facts] = {}  # by hash, of those that have been read
        self.missing: set[str] = set()  # hashes that recipes asked for in vain
        self._studio = studio
        self._wanted: set[str] = set()
        studio.session.places.add_owner("network", FileOwner(self._place_of, self._on_found))
        for file in studio.settings.known(FILES):
            studio.assets.locate(file.sha256, partial(open_stage, file.path))

    def files(self) -> list[RecentFile]:
        """Those opened before, the latest first."""
        return self._studio.settings.recents(FILES)

    def built_in(self) -> list[Path]:
        """The files of the networks that come with StyleStudio, by name."""
        return builtin_stage_paths()

    def look_at(self, refs: list[NetworkRef]) -> None:
        """Learn about the networks that a recipe names; `changed` tells once it is known."""
        for ref in refs:
            known = ref.sha256 in self.facts or ref.sha256 in self.missing
            if not known and ref.sha256 not in self._wanted:
                self._wanted.add(ref.sha256)
                work = partial(_find, self._studio.assets, ref)
                task = self._studio.tasks.start(
                    f"Read {ref.name}", work, lane=FILE_LANE, owner=self, is_listed=False
                )
                task.succeeded.connect(partial(self._on_looked, ref.sha256))

    def open_paths(self, paths: list[Path]) -> None:
        """Open files of networks, which `opened` then tells."""
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} networks"
        work = partial(_open, self._studio.assets, paths)
        task = self._studio.tasks.start(f"Open {name}", work, lane=FILE_LANE, owner=self)
        task.succeeded.connect(self._on_opened)

    def open_softer(self, stage: Stage, path: Path) -> None:
        """Open an enlarger to blend with that of a stage, which `blended` then tells."""
        work = partial(_open_softer, self._studio.assets, stage.network, path)
        task = self._studio.tasks.start(f"Open {path.name}", work, lane=FILE_LANE, owner=self)
        task.succeeded.connect(partial(self._on_softer, stage.name))

    def ask_for_files(self, window: QWidget) -> None:
        """Let the user choose files of networks, and open them."""
        if paths := self.chosen(window):
            self.open_paths(paths)

    def chosen(self, window: QWidget) -> list[Path]:
        """Files that the user chooses, none where the dialog is cancelled."""
        settings = self._studio.settings
        kinds = f"Networks ({' '.join(PATTERNS)});;All files (*)"
        folder = settings.directory("stages")
        chosen, _ = QFileDialog.getOpenFileNames(window, "Open networks", folder, kinds)
        if chosen:
            settings.set_directory("stages", Path(chosen[0]).parent)
        return [Path(path) for path in chosen]

    def _place_of(self, sha256: str) -> str:
        known = self._studio.settings.known(FILES)
        return next((file.path for file in known if file.sha256 == sha256), "")

    def _on_found(self, ref: FileRef, path: str) -> None:
        """Know a file that a session needs, which was looked for."""
        self.missing.discard(ref.sha256)
        self._studio.assets.locate(ref.sha256, partial(open_stage, path))
        self._studio.settings.add_recent(RecentFile(path, ref.name, ref.sha256), FILES)

    def _on_looked(self, sha256: str, facts: Facts | None) -> None:
        self._wanted.discard(sha256)
        if facts is None:
            self.missing.add(sha256)
        else:
            self.facts[sha256] = facts
        self.changed.emit()

    def _on_opened(self, found: Found) -> None:
        waited = self._remember(found)
        if found.problems:
            self.failed.emit(" ".join(found.problems))
        if found.stages:
            self.opened.emit([facts for facts, _ in found.stages], waited)

    def _on_softer(self, name: str, found: Found) -> None:
        self._remember(found)
        self.blended.emit(name, found.stages[0][0])

    def _remember(self, found: Found) -> set[str]:
        """Know files from now on; return the hashes of those that recipes asked for in vain."""
        hashes = {facts.sha256 for facts, _ in found.stages}
        waited = self.missing & hashes
        self.missing -= waited
        for facts, path in found.stages:
            self.facts[facts.sha256] = facts
            self._studio.assets.locate(facts.sha256, partial(open_stage, path))
            self._studio.settings.add_recent(RecentFile(path, facts.name, facts.sha256), FILES)
            if facts.kind == "upscale" and facts.scale > 1:
                enlarger = Enlarger(path, facts.name, facts.sha256, facts.scale)
                remember_enlarger(self._studio.settings, enlarger)
        self.changed.emit()
        return waited


# --- the work of the tasks, on their threads ---------------------------------------------


def _find(assets: Assets, ref: NetworkRef, _report: Report, _cancel: Cancel) -> Facts | None:
    try:
        return Facts.of(assets.stage(ref))
    except StageError:
        return None


def _open_softer(
    assets: Assets, ref: NetworkRef, path: Path, _report: Report, _cancel: Cancel
) -> Found:
    stage = assets.load(PictureStage, path, open_stage)
    assets.stage(ref).check_blend(stage)
    return Found(((Facts.of(stage), str(path.resolve())),))


def _open(assets: Assets, paths: list[Path], report: Report, cancel: Cancel) -> Found:
    """Open each file; of several, some may fail."""
    stages, problems = [], []
    for done, path in enumerate(paths):
        cancel.check()
        report(Progress(done, len(paths), f"Reading {path.name}"))
        try:
            stage = assets.load(PictureStage, path, open_stage)
        except (CheckpointError, OSError) as problem:
            if len(paths) == 1:
                raise
            problems.append(str(problem))
        else:
            stages.append((Facts.of(stage), str(path.resolve())))
    return Found(tuple(stages), tuple(problems))
