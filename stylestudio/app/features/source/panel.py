"""Where the picture comes from: the model, the seed, the seed plane, the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QToolButton

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import FIRST_PSI, ModelRecipe
from stylestudio.app.features.source.class_mix import ClassMix
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe import LatentSource, PlaneSource, Recipe, SeedSource, label_of
from stylestudio.recipe.sources import PLANE_ROW

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.source.seed_plane import SeedPlane
    from stylestudio.render import Model

EDGE = 9e7  # of the plane, beyond the last seed


def plane_position(recipe: Recipe) -> tuple[float, float]:
    """Return where the main source lies on the seed plane; explicit vectors lie nowhere: 0, 0."""
    source = recipe.source
    if isinstance(source, PlaneSource):
        return source.x, source.y
    if isinstance(source, SeedSource):
        return float(source.seed % PLANE_ROW), float(source.seed // PLANE_ROW)
    return 0.0, 0.0


def at_position(recipe: Recipe, x: float, y: float) -> SeedSource | PlaneSource:
    """Return the source at a point of the plane: a plain seed where the point is one."""
    label = label_of(recipe.source)
    x, y = min(max(x, -EDGE), EDGE), min(max(y, -EDGE), EDGE)
    seed = x + y * PLANE_ROW
    if x == int(x) and y == int(y) and 0 <= seed < 2**32 and 0 <= x < PLANE_ROW:
        return SeedSource(int(seed), label)
    return PlaneSource(x, y, label)


class SourcePanel(Panel):
    """Model, seed, seed plane and class."""

    def __init__(self, document: Document, thumbnails: Thumbnails) -> None:
        super().__init__(document)
        self._thumbnails = thumbnails
        self.name = ElidedLabel("No model")
        self.name.setProperty("heading", True)
        self.facts = QLabel("Open a model file, or drop one on the window.")
        self.facts.setProperty("muted", True)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.models = QToolButton()
        self.models.setIcon(icon("folder"))
        self.models.setToolTip("Open a model: built-in, recent, or a file")
        self.models.setAccessibleName("Open a model")
        self.models.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.seed = SeedBox("Seed")
        self.snap = QPushButton(icon("snap"), "Snap")
        self.snap.setToolTip("Go to the nearest whole seed, to name it and find it again")
        self.position = ElidedLabel()
        self.position.setProperty("muted", True)
        self.position.setToolTip("Drag the picture or the map to move between seeds")
        self.classes = ClassMix()
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.models)
        seed_row = QHBoxLayout()
        seed_row.addWidget(self.seed, 1)
        seed_row.addWidget(self.snap)
        form = QFormLayout()
        form.addRow("Seed", seed_row)
        form.addRow("Class", self.classes)
        self.column.addLayout(head)
        self.column.addWidget(self.facts)
        self.column.addLayout(form)
        self.column.addWidget(self.position)
        self.setEnabled(True)  # a model can be opened before there is one
        for widget in (self.seed, self.snap, self.classes):
            widget.setEnabled(False)
        self.plane: SeedPlane | None = None
        self._tiles_label: tuple[float, ...] = ()
        self.seed.edited.connect(self._on_seed)
        self.snap.clicked.connect(self._on_snap)
        self.classes.edited.connect(self._on_label)
        thumbnails.ready.connect(self._on_thumbnail)

    def add_plane(self) -> None:
        """Add the seed plane; late, because pyqtgraph takes as long to import as Qt itself."""
        from stylestudio.app.features.source.seed_plane import SeedPlane

        self.plane = SeedPlane(self._tile)
        self.plane.edited.connect(self._on_plane)
        self.column.addWidget(self.plane, 1)
        if self.document.recipe is not None:
            self.show_recipe(self.document.recipe)

    def show_model(self, model: Model) -> None:
        """Name the model and offer its classes."""
        self.seed.setEnabled(True)
        self.name.setText(model.name)
        self.facts.setText(
            f"{model.resolution} × {model.resolution} · {model.num_ws} layers · {model.format}"
        )
        self.classes.set_classes(model.c_dim)
        if self.plane is not None:
            self.plane.forget_tiles()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show seed, position and class."""
        source = recipe.source
        x, y = plane_position(recipe)
        self.seed.set_seed(source.seed if isinstance(source, SeedSource) else None)
        self.snap.setEnabled(isinstance(source, PlaneSource))
        if isinstance(source, LatentSource):
            self.position.setText(source.name or "An explicit latent")
        elif isinstance(source, SeedSource | PlaneSource):
            self.position.setText(f"x {x:.2f}   y {y:.2f}")
        else:
            self.position.setText("A blend of sources")
        on_plane = isinstance(source, SeedSource | PlaneSource)
        self.classes.setEnabled(on_plane)
        if isinstance(source, SeedSource | PlaneSource):
            self.classes.set_label(source.label)
        if self.plane is not None:
            self.plane.set_position(x, y)
            self.plane.set_mark_visible(on_plane)
            if label_of(source) != self._tiles_label:
                self._tiles_label = label_of(source)
                self.plane.forget_tiles()

    def _tile(self, x: int, y: int) -> QImage | None:
        current = self.document.current
        if current is None:
            return None
        # Tiles show plain seeds, so that they stay while the hand moves other controls.
        source = PlaneSource(float(x), float(y), label_of(current.recipe.source)).corners()[0][0]
        recipe = Recipe(model=current.recipe.model, source=source, truncation_psi=FIRST_PSI)
        return self._thumbnails.get(ModelRecipe(current.model, recipe))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if self.plane is not None and pair.model is self.document.model:
            self.plane.refresh_tiles()

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        assert self.document.recipe is not None
        source = at_position(self.document.recipe, float(seed % PLANE_ROW), seed // PLANE_ROW)
        self.edit("Change seed", ("seed", gesture), source=source)

    @Slot(float, float, object)
    def _on_plane(self, x: float, y: float, gesture: object) -> None:
        assert self.document.recipe is not None
        source = at_position(self.document.recipe, x, y)
        self.edit("Walk the seed plane", ("walk", gesture), source=source)

    @Slot()
    def _on_snap(self) -> None:
        assert self.document.recipe is not None
        recipe = self.document.recipe
        x, y = plane_position(recipe)
        nearest = PlaneSource(float(round(x)), float(round(y)), label_of(recipe.source))
        self.edit("Snap to a seed", source=nearest.corners()[0][0])

    @Slot(object, object)
    def _on_label(self, label: tuple[float, ...], gesture: object) -> None:
        recipe = self.document.recipe
        if recipe is not None and isinstance(recipe.source, SeedSource | PlaneSource):
            source = msgspec.structs.replace(recipe.source, label=label)
            self.edit("Change class", gesture and ("class", gesture), source=source)
