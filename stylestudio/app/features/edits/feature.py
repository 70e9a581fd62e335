"""Edits: sliders along directions of the model, and where these come from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import (
    BOTTOM,
    EXPLORE,
    PHOTO,
    SHAPE,
    TEACH,
    WORDS,
    About,
    Action,
    Dock,
    Feature,
    FileKind,
)
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.edits.groups import GroupsDialog
from stylestudio.app.features.edits.library import DirectionLibrary, holds
from stylestudio.app.features.edits.panel import EditsPanel
from stylestudio.app.features.edits.regions import RegionFinder
from stylestudio.app.features.edits.removing import RemoveDialog
from stylestudio.app.features.edits.teaching import TeachDialog
from stylestudio.app.features.edits.variations import VariationsPanel
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.editing import Directions
from stylestudio.recipe import Edit, MapperEdit, ModelRef
from stylestudio.recipe.edit_lists import edits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress

SUFFIX = ".safetensors"
PATTERNS = (f"*{SUFFIX}", "*.npy", "*.npz", "*.pt")
NOTHING = "There are no edits whose directions could be saved; add one in the Edits dock first."


class EditsFeature(Feature):
    """A dock, and files of directions."""

    id = "edits"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.library = DirectionLibrary(studio, self)
        self.panel = EditsPanel(studio.document, self.library, studio.thumbnails)
        self.variations = VariationsPanel(
            studio.document, self.library, self.panel.rows, studio.thumbnails
        )
        self.docks = (
            Dock(
                "edits",
                "Edits",
                self.panel,
                scrolls=True,
                tabbed_with="mixing-console",
                in_front=True,
                working_height=440,
                workspaces=(EXPLORE, PHOTO, SHAPE, WORDS, TEACH),
                about=About(
                    (
                        "Change one thing at a time, such as a smile or an age: each slider moves "
                        "the picture along a direction of the model.",
                        "Paint on the picture to find the directions that act there, or teach "
                        "your own.",
                    ),
                    (
                        "Härkönen, Hertzmann, Lehtinen and Paris (2020): GANSpace: "
                        "Discovering Interpretable GAN Controls",
                        "Shen and Zhou (2021): Closed-Form Factorization of Latent "
                        "Semantics in GANs",
                    ),
                ),
            ),
            Dock(
                "variations",
                "Variations",
                self.variations,
                BOTTOM,
                tabbed_with="history",
                workspaces=(EXPLORE, WORDS),
                about=About(
                    (
                        "Near neighbours of the picture, each one step away.",
                        "Click one to go there, Shift-click to go halfway.",
                    ),
                    (
                        "Härkönen, Hertzmann, Lehtinen and Paris (2020): GANSpace: "
                        "Discovering Interpretable GAN Controls",
                    ),
                ),
            ),
        )
        self.actions = (
            Action(
                "save_directions",
                "&File",
                "save",
                "Save &directions…",
                "Save the directions of all edits, but no mappers, to one small file that you can "
                "drop on the window",
                self.ask_to_save,
            ),
        )
        # Before the latents of other tools, whose files look alike.
        self.kinds = (
            FileKind(
                "directions",
                "Directions",
                PATTERNS,
                holds,
                self.library.open_paths,
                1,
                needs_model=True,
            ),
        )
        self.regions = RegionFinder(studio, self.library, self)
        self.panel.paint.toggled.connect(self.regions.set_painting)
        self.regions.found.connect(self.panel.suggest)
        self.regions.said.connect(studio.done)
        self.regions.ended.connect(lambda: self.panel.paint.setChecked(False))
        self.dialog: TeachDialog | GroupsDialog | RemoveDialog | None = None  # one at a time
        self.panel.teach.clicked.connect(self.teach)
        self.panel.pictures.clicked.connect(self.compare)
        self.panel.rows.refined.connect(self.refine)
        self.library.noted.connect(studio.noted)
        studio.directions_made.connect(self.library.add)
        self.library.opened.connect(self._show_dock)

    @Slot()
    def teach(self) -> None:
        """Ask about one picture after another, and keep the direction that comes of it."""
        model = self.studio.document.model
        if model is not None and not self.library.lacking and not self._is_asking():
            dialog = TeachDialog(self.studio, model)
            dialog.kept.connect(self._on_taught)
            self._open(dialog)

    @Slot()
    def compare(self) -> None:
        """Ask for two groups of pictures, and keep the direction from one to the other."""
        model = self.studio.document.model
        if model is not None and not self.library.lacking and not self._is_asking():
            dialog = GroupsDialog(self.studio, model)
            dialog.kept.connect(self._on_taught)
            self._open(dialog)

    @Slot(object)
    def refine(self, edit: Edit) -> None:
        """Ask what else the edit is to leave as it is, and take that out of it."""
        if self._is_asking():
            return
        known = {each.name: each for each in self.panel.rows.at_hand()}
        known |= {each.name: each for each in self.library.directions or ()}
        others = [each for each in known.values() if isinstance(each, Edit)]
        dialog = RemoveDialog(edit, others, self.studio.window)
        dialog.freed.connect(self.panel.rows.replace_direction)
        self.studio.document.model_changed.connect(dialog.reject)
        self._open(dialog)

    def _is_asking(self) -> bool:
        """Whether a question is open, which then comes to the front."""
        if self.dialog is not None:
            self.dialog.raise_()
        return self.dialog is not None

    def _open(self, dialog: TeachDialog | GroupsDialog | RemoveDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._on_dialog_closed)
        dialog.show()

    @Slot(object)
    def _on_taught(self, directions: Directions) -> None:
        (name,) = directions.names
        self.library.add(name, directions)
        self.panel.rows.add(directions.edit(name))

    @Slot()
    def _on_dialog_closed(self) -> None:
        self.dialog = None

    @Slot()
    def ask_to_save(self) -> None:
        """Ask where, then save the directions of the edits."""
        current = self.studio.document.current
        if current is None:
            return
        found = edits_of(current.recipe).values()
        edits = [edit for edit in found if not isinstance(edit, MapperEdit)]  # files of their own
        if not edits:
            self.studio.noted.emit(NOTHING)
            return
        settings = self.studio.settings
        name = f"{current.model.name}-directions{SUFFIX}".lower()
        proposal = Path(settings.directory("directions"), name)
        path = ask_where(self.studio.window, "Save directions", proposal, f"Directions (*{SUFFIX})")
        if path is not None:
            settings.set_directory("directions", path.parent)
            self.save_as(path, Directions.from_edits(edits, ModelRef.of(current.model)))

    def save_as(self, path: Path, directions: Directions) -> None:
        """Save directions by a task, and say so."""
        task = self.studio.tasks.start(
            f"Save {path.name}",
            partial(_save, path, directions),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_saved, path))

    def _on_saved(self, path: Path, _result: object) -> None:
        self.studio.saved.emit(path)

    @Slot()
    def _show_dock(self) -> None:
        self.studio.dock_wanted.emit("edits")


def _save(
    path: Path, directions: Directions, _report: Callable[[Progress], None], _cancel: Cancel
) -> None:
    directions.save(path)
