"""Controls for the numbers of any source: weights and seeds of a blend, a place, classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.class_mix import ClassMix
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.recipe import BlendSource, RecipeError, Region, ZSource, parameters

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Parameter, Recipe, Source
    from stylestudio.render import Model

TIPS = {
    "weight": "How much this part counts; negative values move away from it.",
    "x": "Seeds to the right.",
    "y": "Rows of 100 seeds down.",
}


class SourceControls(QWidget):
    """A control for every parameter below `path`, except for those that stand elsewhere.

    They are made once the widget is seen, and again when the source is of another kind. `path`
    names what is in the recipe by then, e.g. "mixing.1.source".
    """

    rebuilt = Signal()  # other controls than before stand here

    def __init__(self, document: Document, path: str, elsewhere: Collection[str] = ()) -> None:
        super().__init__()
        self.path = path
        self.controls: dict[str, QWidget] = {}
        self._document = document
        self._elsewhere = elsewhere
        self._shown: object = None  # the model and the kind of source that there are controls for
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not followed while nobody looked."""
        super().showEvent(event)
        if self._document.recipe is not None:
            self.show_recipe(self._document.recipe)

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter, None where it stands elsewhere."""
        return self.controls.get(path) or self.controls.get(path.rpartition(".")[0])

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the numbers of the source as a recipe has them."""
        model = self._document.model
        if model is None or not self.isVisible():
            return
        kinds = tuple(_kind_of(row.source) for row in recipe.mixing)
        painted = tuple(
            (each.name, _kind_of(each.source))
            for each in recipe.interventions
            if isinstance(each, Region)
        )
        kind = (recipe.model.sha256, _kind_of(recipe.source), kinds, painted)
        if kind != self._shown:
            self._shown = kind
            self._build(model, recipe)
        for control in self.controls.values():
            if isinstance(control, ParameterRow | SeedRow | _ClassRow):
                control.show_recipe(recipe)

    def _build(self, model: Model, recipe: Recipe) -> None:
        for old in self.controls.values():
            self._column.removeWidget(old)
            old.setParent(None)
            old.deleteLater()
        self.controls = {}
        labels: dict[str, list[Parameter]] = {}
        for parameter in parameters(model, recipe):
            path, _, name = parameter.path.rpartition(".")
            if not f"{path}.".startswith(f"{self.path}.") or parameter.path in self._elsewhere:
                continue
            if path.endswith(".label"):
                if path not in labels and path not in self._elsewhere:
                    labels[path] = []
                    self._add(path, _ClassRow(self._document, labels[path]))
                labels.get(path, []).append(parameter)
            elif name == "seed":
                self._add(parameter.path, SeedRow(self._document, parameter))
            else:
                words = parameter.name.removeprefix("Mixing ").split(", ", 1)[-1]
                row = ParameterRow(self._document, parameter.path, words, TIPS.get(name, ""))
                row.show_parameter(parameter, model)
                self._add(parameter.path, row)
        self.rebuilt.emit()

    def _add(self, path: str, widget: QWidget) -> None:
        self.controls[path] = widget
        self._column.addWidget(widget)


class SeedRow(QWidget):
    """A seed among other numbers; `words` are what stands before it, None for its name."""

    def __init__(self, document: Document, parameter: Parameter, words: str | None = None) -> None:
        super().__init__()
        self._document = document
        self._parameter = parameter
        self.seed = SeedBox(parameter.name)
        name = ElidedLabel(words or parameter.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(name, 1)
        row.addWidget(self.seed, 2)
        self.seed.edited.connect(self._on_edited)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the seed, where there is one."""
        try:
            self.seed.set_seed(int(self._parameter.get(recipe)))
        except RecipeError:
            self.setEnabled(False)

    @Slot(object, object)
    def _on_edited(self, seed: int, gesture: object) -> None:
        recipe = self._document.recipe
        if recipe is not None:
            path = self._parameter.path
            self._document.set(self._parameter.set(recipe, seed), "Change seed", (path, gesture))


class _ClassRow(ClassMix):
    """The classes of a source, or of a part of one."""

    def __init__(self, document: Document, weights: list[Parameter]) -> None:
        super().__init__()
        self._document = document
        self._weights = weights  # a parameter for each class
        self.edited.connect(self._on_edited)
        self._offered = 0

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the classes and their weights."""
        if self._offered != len(self._weights):
            self._offered = len(self._weights)
            self.set_classes(self._offered)
        self.set_label(tuple(weight.get(recipe) for weight in self._weights))

    @Slot(object, object)
    def _on_edited(self, label: tuple[float, ...], gesture: object) -> None:
        recipe = self._document.recipe
        if recipe is None:
            return
        for parameter, weight in zip(self._weights, label, strict=True):
            if parameter.get(recipe) != weight:
                recipe = parameter.set(recipe, weight)
        gesture = gesture and (self._weights[0].path, gesture)
        self._document.set(recipe, "Change class", gesture)


def _kind_of(source: Source) -> object:
    """What decides which numbers a source has."""
    if isinstance(source, BlendSource):
        return tuple(_kind_of(part.source) for part in source.parts)
    return (ZSource, len(source.parts)) if isinstance(source, ZSource) else type(source)
