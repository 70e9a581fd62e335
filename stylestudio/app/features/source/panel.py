"""Where the picture comes from: the model, the seed, the seed plane, the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe, with_seed, with_source_alone
from stylestudio.app.core.source_controls import SourceControls
from stylestudio.app.features.source.latent_chooser import LatentChooser
from stylestudio.app.widgets.class_mix import ClassMix
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.tab_order import put_after
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.value_row import ValueBox
from stylestudio.checkpoints import family_of
from stylestudio.recipe import (
    BlendSource,
    LatentSource,
    PlaneSource,
    Recipe,
    SeedSource,
    ZSource,
    label_of,
)
from stylestudio.recipe.numbers import FIRST_PSI, NUMBERS
from stylestudio.recipe.parameters import LACKS
from stylestudio.recipe.sources import PLANE_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.source.seed_plane import SeedPlane
    from stylestudio.render import Model


MAP_HEIGHT = 188  # pixels, at least


def plane_position(recipe: Recipe) -> tuple[float, float]:
    """Return where the main source lies on the seed plane; explicit vectors lie nowhere: 0, 0."""
    source = recipe.source
    if isinstance(source, PlaneSource):
        return source.x, source.y
    if isinstance(source, SeedSource):
        return float(source.seed % PLANE_ROW), float(source.seed // PLANE_ROW)
    return 0.0, 0.0


def at_position(x: float, y: float, label: tuple[float, ...]) -> SeedSource | PlaneSource:
    """Return the source at a point of the plane: a plain seed where the point is one."""
    low, high = NUMBERS["source.x"].range
    x, y = min(max(x, low), high), min(max(y, low), high)
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
        self.snap.setToolTip("Go to the nearest whole seed, so you can write it down")
        self.place_x = self._place_box("Plane x", "Position along the map, in seeds")
        self.place_y = self._place_box("Plane y", "Position down the map, in rows of 100 seeds")
        self.position = ElidedLabel()  # of a source that is nowhere on the plane
        self.position.setProperty("muted", True)
        self.parts = QToolButton()
        self.parts.setText("Parts")
        self.parts.setProperty("framed", True)
        self.parts.setCheckable(True)
        self.parts.setToolTip("Show the parts of this blend and their shares")
        self.numbers = SourceControls(document, "source.parts")
        self.numbers.hide()
        self.latents = LatentChooser()
        self.classes = ClassMix()
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.models)
        seed_row = QHBoxLayout()
        seed_row.addWidget(self.seed, 1)
        seed_row.addWidget(self.snap)
        self._form = form = QFormLayout()
        place_row = QHBoxLayout()
        for shown in (self.place_x, self.place_y, self.position):
            place_row.addWidget(shown, 1)
        place_row.addWidget(self.parts)
        form.addRow("Seed", seed_row)
        form.addRow("Place", place_row)
        form.addRow("Latent", self.latents)
        form.setRowVisible(self.latents, False)
        form.addRow("Class", self.classes)
        form.setRowVisible(self.classes, False)  # until there is a model that has some
        self.column.addLayout(head)
        self.column.addWidget(self.facts)
        self.column.addLayout(form)
        self.column.addWidget(self.numbers)
        self.column.addStretch(1)
        self.setEnabled(True)  # a model can be opened before there is one
        for widget in (self.seed, self.place_x, self.place_y, self.snap, self.classes):
            widget.setEnabled(False)
        self.position.hide()
        self.parts.hide()
        self.map = QWidget()  # in a dock of its own
        self.map.setMinimumHeight(MAP_HEIGHT)  # also before there is a plane
        self._map_column = QVBoxLayout(self.map)
        self._map_column.setContentsMargins(12, 6, 12, 12)
        self.plane: SeedPlane | None = None
        self._tiles_label: tuple[float, ...] = ()
        self._gesture = Gesture()
        self.controls = {
            "source.seed": self.seed,
            "source.x": self.place_x,
            "source.y": self.place_y,
            "source.label": self.classes,
        }
        self.seed.edited.connect(self._on_seed)
        self.snap.clicked.connect(self._on_snap)
        self.place_x.valueChanged.connect(self._on_place)
        self.place_y.valueChanged.connect(self._on_place)
        self.parts.toggled.connect(self.numbers.setVisible)
        self.numbers.rebuilt.connect(self._put_tabs_in_order)
        self.latents.chosen.connect(self._on_latent)
        self.classes.edited.connect(self._on_label)
        thumbnails.ready.connect(self._on_thumbnail)

    def _place_box(self, name: str, tip: str) -> ValueBox:
        box = ValueBox()
        box.setRange(*NUMBERS["source.x"].range)
        box.setSingleStep(0.1)
        box.setDecimals(3)
        box.setMinimumWidth(56)
        box.setAccessibleName(name)
        box.setToolTip(f"{tip}; drag the picture or the map to move between seeds")
        box.lineEdit().returnPressed.connect(box.clearFocus)
        return box

    @Slot()
    def _put_tabs_in_order(self) -> None:
        put_after(self.parts, [self.latents, self.classes, self.numbers])

    def control(self, path: str) -> QWidget | None:
        """Those of a blend's parts come and go."""
        return self.numbers.control(path) or super().control(path)

    def add_plane(self) -> None:
        """Add the seed plane; late, because pyqtgraph takes as long to import as Qt itself."""
        from stylestudio.app.features.source.seed_plane import SeedPlane

        self.plane = SeedPlane(self._tile)
        self.plane.edited.connect(self._on_plane)
        self._map_column.addWidget(self.plane)
        if self.document.recipe is not None:
            self.show_recipe(self.document.recipe)

    def offer_latents(self, named: Sequence[tuple[str, LatentSource]]) -> None:
        """Let one of several latents be chosen, each with its name."""
        self.latents.offer(named)
        self._form.setRowVisible(self.latents, self.latents.has_choice)
        if self.document.recipe is not None:
            self.latents.show_source(self.document.recipe.source)

    def show_model(self, model: Model) -> None:
        """Name the model and offer its classes."""
        self.offer_latents(())  # those that were opened were made for another model
        self.seed.setEnabled(True)
        self.name.setText(model.name)
        layers = "1 layer" if model.num_ws == 1 else f"{model.num_ws} layers"
        family = family_of(model.network)
        self.facts.setText(f"{family.title} · {model.resolution} × {model.resolution}")
        self.facts.setToolTip(f"{family.describe(model.network)} with {layers}; {model.format}")
        self.classes.set_classes(model.c_dim, "" if model.c_dim else LACKS["classes"][1])
        self._form.setRowVisible(self.classes, model.c_dim > 0)
        if self.plane is not None:
            self.plane.forget_tiles()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show seed, position and class."""
        source = recipe.source
        x, y = plane_position(recipe)
        on_plane = isinstance(source, SeedSource | PlaneSource)
        self.seed.set_seed(source.seed if isinstance(source, SeedSource) else None)
        self.snap.setEnabled(isinstance(source, PlaneSource))
        for box, value in ((self.place_x, x), (self.place_y, y)):
            box.setVisible(on_plane)
            box.setEnabled(on_plane)
            with QSignalBlocker(box):
                box.setValue(value)
        self.position.setVisible(not on_plane)
        if isinstance(source, LatentSource):
            self.position.setText(source.name or "An explicit latent")
        elif not on_plane:
            self.position.setText("A blend of sources")
        is_mixed = isinstance(source, BlendSource | ZSource)
        self.parts.setVisible(is_mixed)
        self.numbers.setVisible(is_mixed and self.parts.isChecked())
        self.numbers.show_recipe(recipe)
        self.latents.show_source(source)
        self.classes.setEnabled(on_plane)
        if isinstance(source, SeedSource | PlaneSource):
            self.classes.set_label(source.label)
        if self.plane is not None:
            self.plane.set_position(x, y)
            self.plane.set_mark_visible(on_plane)
            label = self.document.label()
            if label != self._tiles_label:
                self._tiles_label = label
                self.plane.forget_tiles()

    def _tile(self, x: int, y: int) -> QImage | None:
        current = self.document.current
        if current is None:
            return None
        # Tiles show plain seeds, so that they stay while the hand moves other controls.
        source = PlaneSource(float(x), float(y), self.document.label()).corners()[0][0]
        recipe = Recipe(model=current.recipe.model, source=source, truncation_psi=FIRST_PSI)
        return self._thumbnails.get(ModelRecipe(current.model, recipe))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if self.plane is not None and pair.model is self.document.model:
            self.plane.refresh_tiles()

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        label = self.document.label()
        source = at_position(float(seed % PLANE_ROW), seed // PLANE_ROW, label)
        self._go("Change seed", ("seed", gesture), source)

    @Slot(float, float, object)
    def _on_plane(self, x: float, y: float, gesture: object) -> None:
        label = self.document.label()
        source = at_position(x, y, label)
        if x == int(x) and y == int(y):  # a face, though it lies beyond the first or last column
            source = PlaneSource(x, y, label).corners()[0][0]
        self._go("Walk the seed plane", ("walk", gesture), source)

    @Slot(float)
    def _on_place(self, _value: float) -> None:
        x, y = round(self.place_x.value(), 3), round(self.place_y.value(), 3)
        source = at_position(x, y, self.document.label())
        gesture = ("place", self._gesture.token())
        self._go("Walk the seed plane", gesture, source)

    def _go(self, text: str, gesture: object, source: SeedSource | PlaneSource) -> None:
        recipe, earlier = self.document.recipe, self.document.last_of_seeds()
        assert recipe is not None
        self.document.set(with_seed(recipe, source, earlier), text, gesture)

    @Slot()
    def _on_snap(self) -> None:
        assert self.document.recipe is not None
        recipe = self.document.recipe
        x, y = plane_position(recipe)
        nearest = PlaneSource(float(round(x)), float(round(y)), label_of(recipe.source))
        self.edit("Snap to a seed", source=nearest.corners()[0][0])

    @Slot(object)
    def _on_latent(self, source: LatentSource) -> None:
        recipe = self.document.recipe
        assert recipe is not None
        if isinstance(recipe.source, LatentSource):
            shown = recipe.replace(source=source)
        else:  # as a file that is opened
            shown = with_source_alone(recipe, source)
        self.document.set(shown, "Choose a latent")

    @Slot(object, object)
    def _on_label(self, label: tuple[float, ...], gesture: object) -> None:
        recipe = self.document.recipe
        if recipe is not None and isinstance(recipe.source, SeedSource | PlaneSource):
            source = msgspec.structs.replace(recipe.source, label=label)
            self.edit("Change class", gesture and ("class", gesture), source=source)
