"""Presets: a row of slots, the keys 1 to 9, and files of presets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import Action, Feature, FileKind, Strip, Takes
from stylestudio.app.core.looks_at_hand import Look
from stylestudio.app.core.model_paths import is_there
from stylestudio.app.core.session_parts import SessionPart
from stylestudio.app.core.sources_at_hand import of_recipe
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.presets.digits import ShiftedDigits
from stylestudio.app.features.presets.fade import Fade
from stylestudio.app.features.presets.slots import PresetSlots
from stylestudio.app.features.presets.strip import LONGEST, PresetStrip
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.files import unwritable
from stylestudio.recipe import unread_note
from stylestudio.recipe.presets import SLOTS, Presets, holds_presets, read_presets

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.sources_at_hand import AtHand
    from stylestudio.app.core.studio import Studio
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets

MENU = "&Presets"
STORE = f"{MENU}/&Store"
SUFFIX = ".presets"
SECONDS = "preset_seconds"  # in the settings
NONE = "There are no presets to export; press Shift and a number to store one."


class _IsFilled(QObject):
    """Tells whether a slot is."""

    told = Signal(bool)


class PresetsFeature(Feature):
    """A strip and a menu."""

    id = "presets"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.slots = PresetSlots(studio, studio.own_files.path("presets.json"), self)
        self.fade = Fade(studio, self)
        studio.session.add_part(
            "presets", SessionPart(lambda: self.slots.presets, self._show_presets)
        )
        self.strip = PresetStrip()
        self.strips = (Strip("presets", "Presets", self.strip),)
        self.kinds = (
            FileKind(
                "presets",
                "Presets",
                (f"*{SUFFIX}",),
                holds_presets,
                self.open_paths,
                order=-1,
                needs_model=True,  # or the session that begins with a model would clear the slots
            ),
        )
        studio.sources_at_hand.offer(self._at_hand)
        studio.looks_at_hand.offer(self._looks)
        self._filled = {number: _IsFilled(self) for number in SLOTS}
        self.actions = self._actions()
        self.strip.seconds.setValue(_seconds(studio.settings.text(SECONDS)))
        self.strip.seconds.valueChanged.connect(self._keep_seconds)
        for button in self.strip.buttons.values():
            button.recalled.connect(self.recall)
            button.stored.connect(self.store)
            button.cleared.connect(self.slots.clear)
        self.digits = ShiftedDigits(studio.window, self)
        self.digits.typed.connect(self.recall)
        self.slots.changed.connect(self._on_presets)
        self.slots.failed.connect(studio.failed)
        QTimer.singleShot(0, self, self._load)  # once the commands follow

    def _actions(self) -> tuple[Action, ...]:
        recalls = [
            Action(
                f"recall_preset_{n}",
                MENU,
                "recall",
                f"Recall preset &{n}",
                f"Show what is in slot {n}, at once or over the time beside the slots",
                partial(self.recall, n),
                (str(n),),
                enabled_by=self._filled[n].told,
                lacking=f"Slot {n} is empty; Shift+{n} stores the picture there.",
            )
            for n in SLOTS
        ]
        stores = [
            Action(
                f"store_preset_{n}",
                STORE,
                "store",
                f"Store as preset &{n}",
                f"Keep the picture's recipe in slot {n}",
                partial(self.store, n),
                (f"Shift+{n}", f"Alt+{n}"),
            )
            for n in SLOTS
        ]
        return (
            *recalls,
            *stores,
            Action(
                "recall_seconds",
                MENU,
                "time",
                "&Recall time…",
                "How long a recall takes; 0 shows the preset at once",
                self.strip.seconds.setValue,
                takes=Takes((0.0, LONGEST), "seconds"),
            ),
            Action(
                "import_presets",
                MENU,
                "files",
                "&Import presets…",
                "Put the presets of a file in their slots",
                self.ask_to_import,
            ),
            Action(
                "export_presets",
                MENU,
                "files",
                "&Export presets…",
                "Save all presets as one file, to be dropped on the window anywhere",
                self.ask_to_export,
            ),
        )

    @Slot(int)
    def store(self, number: int) -> None:
        """Keep the recipe on show in a slot."""
        if self.studio.document.recipe is not None:
            self.slots.store(number)
            self.studio.done.emit(f"Stored preset {number}; press {number} to recall it")

    @Slot(int)
    def recall(self, number: int) -> None:
        """Show what is in a slot; a recipe of another model at once, or once that is open."""
        preset = self.slots.presets.slots.get(number)
        if preset is None:
            return
        document, text = self.studio.document, f"Recall preset {number}"
        found = document.with_model(preset.recipe)
        if found is None:
            self.fade.stop()
            place = self.studio.paths.find(preset.recipe.model.sha256)
            if document.model is not None and is_there(place):
                document.visit(preset.recipe, text)
            else:
                self.studio.opener.open_recipe(preset.recipe, f"preset {number}")
        elif found.model is document.model:
            self.fade.start(preset.recipe, self.strip.seconds.value(), text)
        else:
            self.fade.stop()
            document.set_current(found, text)

    @Slot()
    def ask_to_import(self) -> None:
        """Ask for a file, and open it."""
        settings = self.studio.settings
        folder, kinds = settings.directory("presets"), f"Presets (*{SUFFIX})"
        chosen, _ = QFileDialog.getOpenFileName(self.studio.window, "Import presets", folder, kinds)
        if chosen:
            settings.set_directory("presets", Path(chosen).parent)
            self.studio.opener.open_paths([Path(chosen)])

    @Slot()
    def ask_to_export(self) -> None:
        """Ask where, then save all presets."""
        settings = self.studio.settings
        if not self.slots.presets.slots:
            self.studio.noted.emit(NONE)
            return
        proposal = Path(settings.directory("presets"), f"mine{SUFFIX}")
        path = ask_where(self.studio.window, "Export presets", proposal, f"Presets (*{SUFFIX})")
        if path is not None:
            settings.set_directory("presets", path.parent)
            self.export_as(path)

    def export_as(self, path: Path) -> None:
        """Begin to write all presets there, with the tuned weights that they need."""
        task = self.studio.tasks.start(
            f"Save {path.name}",
            partial(_write, self.slots.presets, self.studio.assets, path),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=("presets", path),
        )
        task.succeeded.connect(lambda _: self.studio.saved.emit(path))

    def open_paths(self, paths: list[Path]) -> None:
        """Put the presets of files in their slots."""
        for path in paths:
            task = self.studio.tasks.start(
                f"Open {path.name}",
                partial(_read, self.studio.assets, path),
                lane=FILES,
                owner=self,
                is_listed=False,
            )
            task.succeeded.connect(partial(self._on_read, path.name))

    def close(self) -> None:
        """End a recall on its way."""
        self.fade.stop()
        self.slots.save()

    def _at_hand(self, shown: Recipe) -> list[AtHand]:
        """The main sources of the presets that are of the model on show."""
        slots = sorted(self.slots.presets.slots.items())
        named = (of_recipe(f"Preset {n}", preset.recipe, shown) for n, preset in slots)
        return [each for found in named for each in found]

    def _looks(self) -> list[Look]:
        """The presets, of any model."""
        slots = sorted(self.slots.presets.slots.items())
        return [Look(f"Preset {n}", preset.recipe) for n, preset in slots]

    def _show_presets(self, presets: Presets | None) -> None:
        """Have the presets of a session that was opened in place of another."""
        self.fade.stop()
        self.slots.show(presets or Presets())

    def _on_read(self, name: str, presets: Presets) -> None:
        self.slots.take(presets.slots, f"Import {name}")
        count = len(presets.slots)
        said = f"Presets of {name}: {count} of 9 slots"
        self.studio.noted.emit(" ".join(filter(None, (f"{said}.", unread_note(presets.unread)))))

    @Slot()
    def _load(self) -> None:
        if problem := self.slots.load():
            self.studio.failed.emit(problem)

    @Slot(object)
    def _on_presets(self, presets: Presets) -> None:
        self.strip.show_presets(presets)
        for number, filled in self._filled.items():
            filled.told.emit(number in presets.slots)

    @Slot(float)
    def _keep_seconds(self, seconds: float) -> None:
        self.studio.settings.set_text(SECONDS, f"{seconds:g}")


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), LONGEST)
    except ValueError:
        return 0.0


def _write(
    presets: Presets,
    assets: Assets,
    path: Path,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> None:
    deltas = assets.pack(preset.recipe for preset in presets.slots.values())
    try:
        Presets(slots=presets.slots, deltas=deltas).save(path)
    except OSError as error:
        raise OSError(unwritable(path, error)) from None


def _read(
    assets: Assets, path: Path, _report: Callable[[Progress], None], _cancel: Cancel
) -> Presets:
    presets = read_presets(path)
    try:
        assets.unpack(presets.deltas)
    except OSError as error:
        sentence = f"The tuned weights of {path.name} cannot be kept: {error.strerror}."
        raise OSError(sentence) from None
    return presets
