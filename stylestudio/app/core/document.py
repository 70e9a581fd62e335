"""The document: the model and recipe on show, and the undo stack through all earlier ones."""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from stylestudio.app.core.edit_solo import EditSolo
from stylestudio.app.core.recipes import (
    ModelRecipe,
    first_recipe,
    holds_latent,
    label_for_seeds,
    with_seed,
)
from stylestudio.recipe import Recipe, SeedSource, adapt

if TYPE_CHECKING:
    from stylestudio.recipe import Source
    from stylestudio.render import Model

UNDO_LIMIT = 500
OPEN_MODELS = 3  # how many stay in memory, for undo to go back to at once


class SetRecipe(QUndoCommand):
    """Go from one recipe to another; commands of one gesture merge into a single step.

    A recipe names its model by hash, so a step keeps no model in memory.
    """

    def __init__(
        self, document: Document, before: Recipe, after: Recipe, text: str, gesture: object
    ) -> None:
        super().__init__(text)
        self.document = document
        self.before = before
        self.after = after
        self.gesture = gesture
        self._joined: list[QUndoCommand] = []

    def redo(self) -> None:
        """Show the later recipe."""
        self.document.go_to(self.after)
        for command in self._joined:
            command.redo()

    def undo(self) -> None:
        """Show the earlier recipe."""
        for command in reversed(self._joined):
            command.undo()
        self.document.go_to(self.before)

    def join(self, command: QUndoCommand) -> None:
        """Do something else that is undone and done again together with this."""
        self._joined.append(command)
        command.redo()

    @property
    def is_alone(self) -> bool:
        """Whether nothing else is done with it."""
        return not self._joined

    def id(self) -> int:
        """All these commands may merge, if their gestures agree."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over the end of a later command of the same gesture."""
        assert isinstance(other, SetRecipe)
        if self.gesture is None or other.gesture != self.gesture:
            return False
        self.after = other.after
        came_back = self.after == self.before  # as a drag does that changed nothing
        self.setObsolete(came_back and not self._joined)
        return True


def changes_in(command: QUndoCommand) -> list[SetRecipe]:
    """The changes of the picture in a command, which may be several under one name."""
    parts = [command.child(i) for i in range(command.childCount())]
    return [each for each in (command, *parts) if isinstance(each, SetRecipe)]


class Document(QObject):
    """Owns the current recipe, its model and the undo stack; lives in the window's thread.

    Every change goes through `set` or `set_current`, so it can be undone, and everything that
    shows the document follows the signals. Undo may lead to a model that was closed meanwhile:
    then `model_wanted` asks for it, and the picture stays until `show` brings it or `stay` gives
    it up.
    """

    recipe_changed = Signal(object)  # Recipe
    edited = Signal()  # another recipe, by a new step; not by undo, nor by playing
    model_changed = Signal(object)  # Model
    model_wanted = Signal(object)  # Recipe that undo goes to
    model_closed = Signal(object)  # Model that no longer is kept open

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)
        self.edit_solo = EditSolo()
        self._current: ModelRecipe | None = None
        self._open: OrderedDict[str, Model] = OrderedDict()  # by sha256, the latest shown last
        self._target: Recipe | None = None  # of the undo stack, which is on its way there
        self._wanted: Recipe | None = None
        self._index = 0  # of the undo stack, at which the current recipe was shown
        self.undo_stack.indexChanged.connect(self._on_index)

    @property
    def current(self) -> ModelRecipe | None:
        """The model and recipe on show; None before the first model is open."""
        return self._current

    @property
    def recipe(self) -> Recipe | None:
        """The recipe on show."""
        return None if self._current is None else self._current.recipe

    @property
    def model(self) -> Model | None:
        """The model on show."""
        return None if self._current is None else self._current.model

    @property
    def wanted(self) -> Recipe | None:
        """What undo goes to once its model is open; None if that is on show."""
        return self._wanted

    def past(self) -> list[Recipe]:
        """The recipes of the undo stack and the one on show, the latest last, each once."""
        commands = (self.undo_stack.command(i) for i in range(self.undo_stack.count()))
        changes = [change for each in commands for change in changes_in(each)]
        recipes = [recipe for each in changes for recipe in (each.before, each.after)]
        if self.recipe is not None:
            recipes.append(self.recipe)
        return [*dict.fromkeys(reversed(recipes))][::-1]

    def last_of_seeds(self) -> Recipe | None:
        """The latest recipe on the way to the one on show, or that itself, without a latent.

        It is one of the same model; None where there is none.
        """
        if self.recipe is None:
            return None
        way = (self.undo_stack.command(i) for i in reversed(range(self.undo_stack.index())))
        changes = (change for each in way for change in reversed(changes_in(each)))
        earlier = (recipe for each in changes for recipe in (each.after, each.before))
        for recipe in chain([self.recipe], earlier):
            if recipe.model == self.recipe.model and not holds_latent(recipe.source):
                return recipe
        return None

    def label(self, source: Source | None = None) -> tuple[float, ...]:
        """The class weights for seeds to come in place of a source, by default the main one.

        They are its own; for a latent, those that the main source has, or had before.
        """
        if self.model is None or not self.model.c_dim:
            return ()  # without the way through undo, as each tile of the seed plane asks
        assert self.recipe is not None
        return label_for_seeds(source or self.recipe.source, self.last_of_seeds())

    def seeded(self, seed: int) -> Recipe:
        """The recipe on show with a seed for its source, of the class and at the psi chosen."""
        assert self.recipe is not None
        return with_seed(self.recipe, SeedSource(seed, self.label()), self.last_of_seeds())

    def with_model(self, recipe: Recipe) -> ModelRecipe | None:
        """Return a recipe with its model, None where that is not open."""
        model = self._open.get(recipe.model.sha256)
        return None if model is None else ModelRecipe(model, recipe)

    def set(self, recipe: Recipe, text: str, gesture: object = None) -> None:
        """Show another recipe of the same model; `text` names the step in the undo menu.

        Changes with the same `gesture` (not None) in a row become one step.
        """
        assert self._current is not None
        self.set_current(ModelRecipe(self._current.model, recipe), text, gesture)

    def set_current(self, current: ModelRecipe, text: str, gesture: object = None) -> None:
        """Show another model and recipe, as one step that can be undone."""
        if self._current is None or self._current.recipe == current.recipe:
            if self._current != current:
                self.show(current)
            return
        self._open[current.recipe.model.sha256] = current.model
        self._wanted = None
        step = SetRecipe(self, self._current.recipe, current.recipe, text, gesture)
        self.undo_stack.push(step)
        self.edited.emit()

    def join(self, command: QUndoCommand) -> bool:
        """Do what follows from the last change, as one step with it.

        False where another step came between, or the change was saved without it.
        """
        stack = self.undo_stack
        last = stack.command(stack.index() - 1)
        if not isinstance(last, SetRecipe) or last.after != self.recipe:
            return False
        if stack.canRedo() or stack.isClean():
            return False
        last.join(command)
        return True

    def recipe_at(self, index: int) -> Recipe | None:
        """The recipe that undo and redo show at a place of the undo stack."""
        stack = self.undo_stack
        before = (changes_in(stack.command(i)) for i in reversed(range(index)))
        after = (changes_in(stack.command(i)) for i in range(index, stack.count()))
        if last := next(filter(None, before), None):
            return last[-1].after
        first = next(filter(None, after), None)
        return first[0].before if first else self.recipe

    def leads_through_looks(self, index: int) -> bool:
        """Whether the way to a place of the undo stack changes the picture and nothing else."""
        way = range(*sorted((index, self.undo_stack.index())))
        commands = (self.undo_stack.command(i) for i in way)
        return all(isinstance(each, SetRecipe) and each.is_alone for each in commands)

    def visit(self, recipe: Recipe, text: str) -> None:
        """Show a recipe of any model as one step; one that isn't open is asked for as by undo."""
        if self._current is not None and self._current.recipe != recipe:
            self._wanted = None
            self.undo_stack.push(SetRecipe(self, self._current.recipe, recipe, text, None))
            self.edited.emit()

    def open_model(self, model: Model) -> tuple[str, ...]:
        """Show a model with the current recipe carried over; return what was lost."""
        if self._current is None:
            recipe = first_recipe(model)
            lost: tuple[str, ...] = ()
        else:
            recipe, lost = adapt(self._current.recipe, model)
        self.set_current(ModelRecipe(model, recipe), f"Open {model.name}")
        return lost

    def show(self, current: ModelRecipe) -> None:
        """Make a recipe current without recording a step (as undo and playing do)."""
        if self._wanted is not None:
            self._wanted = None
            self._index = self.undo_stack.index()
        previous, self._current = self._current, current
        sha256 = current.recipe.model.sha256
        self._open[sha256] = current.model
        self._open.move_to_end(sha256)
        if previous is None or previous.model is not current.model:
            self.model_changed.emit(current.model)
        self.recipe_changed.emit(current.recipe)
        while len(self._open) > OPEN_MODELS:
            self.model_closed.emit(self._open.popitem(last=False)[1])

    def move_model(self, model: Model) -> None:
        """Continue with a copy of the model on show that lies on another device; no step to undo.

        The others are closed: undo opens them again, on that device.
        """
        assert self._current is not None
        closed, self._open = self._open, OrderedDict({model.sha256: model})
        self._current = ModelRecipe(model, self._current.recipe)
        for other in closed.values():
            self.model_closed.emit(other)
        self.model_changed.emit(model)
        self.recipe_changed.emit(self._current.recipe)

    def has_moved(self, model: Model) -> bool:
        """Whether a model that is closed is a copy of the one on show, left on another device."""
        shown = self.model
        return shown is not None and shown is not model and shown.sha256 == model.sha256

    def go_to(self, recipe: Recipe) -> None:
        """Show a recipe once the undo stack has come to rest, which may pass through many."""
        self._target = recipe

    def stay(self) -> None:
        """Give up what undo goes to, since its model cannot be opened, and stay at the picture."""
        if self._wanted is not None:
            self._wanted = None
            self.undo_stack.setIndex(self._index)

    @Slot(int)
    def _on_index(self, index: int) -> None:
        recipe, self._target = self._target, None
        if recipe is not None:
            found = self.with_model(recipe)
            if found is None:
                self._wanted = recipe
                self.model_wanted.emit(recipe)
                return
            self._wanted = None
            self.show(found)
        if self._wanted is None:
            self._index = index
