"""The document: the model and recipe on show, and the way back through all earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from stylestudio.recipe import MixRow, Recipe, SeedSource, adapt

if TYPE_CHECKING:
    from stylestudio.render import Model

UNDO_LIMIT = 500
FIRST_PSI = 0.7  # nearly every picture is good at this one, and still has character


class Look(NamedTuple):
    """What is on show: a model and a recipe made for it."""

    model: Model
    recipe: Recipe


class SetLook(QUndoCommand):
    """Go from one look to another; commands of one gesture merge into a single step."""

    def __init__(
        self, document: Document, before: Look, after: Look, text: str, gesture: object
    ) -> None:
        super().__init__(text)
        self.document = document
        self.before = before
        self.after = after
        self.gesture = gesture

    def redo(self) -> None:
        """Show the later look."""
        self.document.show_look(self.after)

    def undo(self) -> None:
        """Show the earlier look."""
        self.document.show_look(self.before)

    def id(self) -> int:
        """All these commands may merge, if their gestures agree."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over the end of a later command of the same gesture."""
        assert isinstance(other, SetLook)
        if self.gesture is None or other.gesture != self.gesture:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)  # a drag that came back changed nothing
        return True


class Document(QObject):
    """Owns the current look and the undo stack; lives in the window's thread.

    Every change goes through `set` or `set_look`, so it can be undone, and everything that
    shows the document follows the two signals.
    """

    recipe_changed = Signal(object)  # Recipe
    model_changed = Signal(object)  # Model

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)
        self._look: Look | None = None

    @property
    def look(self) -> Look | None:
        """The model and recipe on show; None before the first model is open."""
        return self._look

    @property
    def recipe(self) -> Recipe | None:
        """The recipe on show."""
        return None if self._look is None else self._look.recipe

    @property
    def model(self) -> Model | None:
        """The model on show."""
        return None if self._look is None else self._look.model

    def set(self, recipe: Recipe, text: str, gesture: object = None) -> None:
        """Show another recipe of the same model; `text` names the step in the undo menu.

        Changes with the same `gesture` (not None) in a row become one step.
        """
        assert self._look is not None
        self.set_look(Look(self._look.model, recipe), text, gesture)

    def set_look(self, look: Look, text: str, gesture: object = None) -> None:
        """Show another model and recipe, as one step that can be undone."""
        if self._look is None:
            self.show_look(look)
        elif look != self._look:
            self.undo_stack.push(SetLook(self, self._look, look, text, gesture))

    def open_model(self, model: Model) -> tuple[str, ...]:
        """Show a model with the current recipe carried over; return what was lost."""
        if self._look is None:
            recipe = first_recipe(model)
            lost: tuple[str, ...] = ()
        else:
            recipe, lost = adapt(self._look.recipe, model)
        self.set_look(Look(model, recipe), f"Open {model.name}")
        return lost

    def show_look(self, look: Look) -> None:
        """Make a look current without recording a step (the undo stack calls this)."""
        previous, self._look = self._look, look
        if previous is None or previous.model is not look.model:
            self.model_changed.emit(look.model)
        self.recipe_changed.emit(look.recipe)


def first_recipe(model: Model) -> Recipe:
    """Return what a newcomer sees first: a good seed's picture, and a second source at hand."""
    second = MixRow(SeedSource(1), (0.0,) * model.num_ws)
    return Recipe.from_seed(0, model, truncation_psi=FIRST_PSI, mixing=(second,))
