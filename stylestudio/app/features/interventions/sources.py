"""Where a region's source may come from: the picture, its history, a file of latents."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMenu

from stylestudio.app.core.document import SetRecipe
from stylestudio.app.core.task import FILES
from stylestudio.checkpoints import CheckpointError, read_latent_file
from stylestudio.recipe.words import describe_source
from stylestudio.render import match_latents

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import LatentSource, Source
    from stylestudio.render import Model

LISTED = 8  # sources of the history
LONGEST = 40  # letters of an entry
PATTERNS = "Latents (*.npy *.npz *.pt *.pth);;All files (*)"


class RegionSources(QObject):
    """Makes a menu of sources for each region."""

    chosen = Signal(str, object, str)  # name of the region, Source, what was done
    noted = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    def menu(self, name: str, button: QWidget) -> QMenu:
        """A menu of the button, that is filled when it opens."""
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._fill, menu, name))
        return menu

    def _fill(self, menu: QMenu, name: str) -> None:
        menu.clear()
        recipe = self._studio.document.recipe
        if recipe is None:
            return
        own = menu.addAction("The picture's own source")
        own.triggered.connect(partial(self._choose, name, recipe.source))
        menu.addSection("History")
        for source in self._earlier():
            words = describe_source(source)
            words = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
            action = menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(partial(self._choose, name, source))
        menu.addSeparator()
        menu.addAction("Latent file…").triggered.connect(partial(self._on_file, name))

    def _earlier(self) -> list[Source]:
        """Main sources that were on show with this model, the latest first."""
        document = self._studio.document
        stack, recipe = document.undo_stack, document.recipe
        assert recipe is not None
        found: dict[Source, None] = {}
        for index in reversed(range(stack.count())):
            step = stack.command(index)
            if isinstance(step, SetRecipe):
                for each in (step.after, step.before):
                    if each.model.sha256 == recipe.model.sha256 and each.source != recipe.source:
                        found[each.source] = None
        return [*found][:LISTED]

    def _choose(self, name: str, source: Source, _checked: bool = False) -> None:
        self.chosen.emit(name, source, f"Change the source of {name}")

    def _on_file(self, name: str, _checked: bool = False) -> None:
        settings, model = self._studio.settings, self._studio.document.model
        if model is None:
            return
        chosen, _ = QFileDialog.getOpenFileName(
            self._studio.window, "Open a latent", settings.directory("latents"), PATTERNS
        )
        if chosen:
            settings.set_directory("latents", Path(chosen).parent)
            self.open(name, Path(chosen))

    def open(self, name: str, path: Path) -> None:
        """Read a file of latents by a task, and take the first for a region."""
        model = self._studio.document.model
        if model is None:
            return
        task = self._studio.tasks.start(
            f"Open {path.name}", partial(_read, path, model), lane=FILES, owner=self
        )
        task.succeeded.connect(partial(self._on_read, name, path.name))

    @Slot()
    def _on_read(self, name: str, file: str, found: tuple[LatentSource, ...]) -> None:
        self.chosen.emit(name, found[0], f"Paint {file}")
        if len(found) > 1:
            self.noted.emit(f"{file} holds {len(found)} latents; the first was taken.")


def _read(
    path: Path, model: Model, _report: Callable[[Progress], None], _cancel: Cancel
) -> tuple[LatentSource, ...]:
    """Raises CheckpointError where the file says nothing to the model."""
    match = match_latents(read_latent_file(path), model)
    if not match.sources:
        raise CheckpointError(match.sentence)
    return tuple(match.sources)
