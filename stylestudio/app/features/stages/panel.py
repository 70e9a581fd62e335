"""The Stages dock: the networks that the picture goes through, from top to bottom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.part_row import PartRows
from stylestudio.app.features.stages.joining import with_network
from stylestudio.app.features.stages.row import StageRow, form_of
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import NetworkRef, Unknown
from stylestudio.recipe.stages import networks_of, stages_of, with_stage

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.features.stages.library import Facts, StageLibrary
    from stylestudio.recipe import Recipe, Stage
    from stylestudio.render import Model

EMPTY = (
    "No stages yet. Add a network that changes pictures, or drop it on the window: "
    "CycleGAN, pix2pix, StarGAN, VQ-GAN, ESRGAN, Real-ESRGAN or Paint Transformer."
)


class StagesPanel(Panel):
    """A row for each stage; those of a recipe that can't be read have none, and stay."""

    blend_asked = Signal(object)  # Stage

    def __init__(self, document: Document, library: StageLibrary) -> None:
        super().__init__(document)
        self._library = library
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self.add = QPushButton(icon("add"), "Add…")
        self.add.setToolTip("Open a network file and run the picture through it")
        self.add.setAccessibleName("Add a stage")
        self.again = QPushButton("Choose")
        self.again.setToolTip("Add a built-in or recently opened network")
        self.again.setAccessibleName("Add a known network")
        self._menu = QMenu(self.again)
        self.again.setMenu(self._menu)
        self._parts: PartRows[StageRow] = PartRows(before=self.again)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self.add, self.again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        self.column.addWidget(self.empty)
        self.column.addLayout(self._parts.column)
        self.column.addStretch(1)
        self.add.clicked.connect(self._on_add)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._menu.triggered.connect(self._on_recent)
        library.changed.connect(self._refresh)

    @property
    def rows(self) -> dict[str, StageRow]:
        """The rows by the names of their stages."""
        return self._parts.by_name

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter: those of rows come and go with them."""
        return self._parts.control(path)

    def show_model(self, model: Model) -> None:  # noqa: ARG002 - rows ask the document
        """Start over: what a stage can do depends on the model."""
        self._parts.clear()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a row for each stage, in their order."""
        stages = stages_of(recipe.stages)
        self._parts.show_parts(stages, form_of, self._make_row)
        self._library.look_at(networks_of(recipe.stages))
        for place, (name, stage) in enumerate(stages.items()):
            row = self.rows[name]
            row.show_recipe(recipe)
            row.show_stage(
                stage,
                self._library.facts.get(stage.network.sha256),
                missing=any(ref.sha256 in self._library.missing for ref in networks_of([stage])),
                first=place == 0,
                last=place == len(stages) - 1,
            )
        self.empty.setVisible(not stages)

    def put(self, facts: list[Facts]) -> None:
        """Let the picture go through these networks, too."""
        recipe = self.document.recipe
        if recipe is None or not facts:
            return
        stages = recipe.stages
        for each in facts:
            stages = with_network(stages, each)
        name = facts[0].name if len(facts) == 1 else f"{len(facts)} stages"
        self.edit(f"Add {name}", stages=stages)

    def blend(self, name: str, softer: Facts) -> None:
        """Blend the enlarger of a stage with a softer one, half and half."""
        stage = self._stage(name)
        if stage is not None:
            changed = replace(stage, softer=NetworkRef.of(softer), sharpness=0.5)
            self._put(changed, f"Blend {name} with {softer.name}")

    def _stage(self, name: str) -> Stage | None:
        recipe = self.document.recipe
        return None if recipe is None else stages_of(recipe.stages).get(name)

    def _put(self, stage: Stage, text: str) -> None:
        recipe = self.document.recipe
        assert recipe is not None
        self.edit(text, stages=with_stage(recipe.stages, stage))

    def _make_row(self, stage: Stage) -> StageRow:
        model = self.document.model
        assert model is not None
        row = StageRow(stage, self.document, model)
        row.muted.connect(self._on_muted)
        row.moved.connect(self._on_moved)
        row.removed.connect(self._on_removed)
        row.blend_asked.connect(self._on_blend_asked)
        return row

    # --- what the hand does --------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        if self.document.recipe is not None:
            self.show_recipe(self.document.recipe)

    @Slot()
    def _on_add(self) -> None:
        self._library.ask_for_files(self)

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        for path in self._library.built_in():
            self._menu.addAction(f"{path.stem.capitalize()} (built in)").setData(str(path))
        self._menu.addSeparator()
        inside = {str(path) for path in self._library.built_in()}
        for file in self._library.files():
            if file.path not in inside:
                self._menu.addAction(file.name.replace("&", "&&")).setData(file.path)

    @Slot("QAction*")
    def _on_recent(self, action: QAction) -> None:
        self._library.open_paths([Path(action.data())])

    @Slot(str)
    def _on_blend_asked(self, name: str) -> None:
        stage = self._stage(name)
        if stage is not None:
            self.blend_asked.emit(stage)

    @Slot(str, bool)
    def _on_muted(self, name: str, on: bool) -> None:
        stage = self._stage(name)
        if stage is not None:
            self._put(replace(stage, muted=on), "Mute a stage" if on else "Unmute a stage")

    @Slot(str, int)
    def _on_moved(self, name: str, places: int) -> None:
        """Change places with the next stage that can be read."""
        recipe = self.document.recipe
        if recipe is None:
            return
        order = [*stages_of(recipe.stages)]
        place = order.index(name) + places
        if 0 <= place < len(order):
            other = order[place]
            swapped = {name: self._stage(other), other: self._stage(name)}
            stages = tuple(
                each if isinstance(each, Unknown) else swapped.get(each.name) or each
                for each in recipe.stages
            )
            self.edit("Move a stage", stages=stages)

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            kept = (e for e in recipe.stages if isinstance(e, Unknown) or e.name != name)
            self.edit(f"Remove {name}", stages=tuple(kept))
