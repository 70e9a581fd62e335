"""The history: a tree of all settled changes, and what is done with its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QInputDialog

from stylestudio.app.core.feature import (
    BOTTOM,
    PHOTO,
    SHAPE,
    TEACH,
    WORDS,
    About,
    Action,
    Dock,
    Feature,
)
from stylestudio.app.core.history import label
from stylestudio.app.features.history.children import ChildrenDialog
from stylestudio.app.features.history.compare import CompareDialog
from stylestudio.app.features.history.panel import ON_SHOW, HistoryPanel
from stylestudio.app.widgets.keys import keys_named
from stylestudio.recipe.errors import HistoryError
from stylestudio.recipe.history import TOP

if TYPE_CHECKING:
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe
    from stylestudio.recipe.history import Node

MENU = "&Edit/&History"
NO_TWO = "Choose two steps of the history first: click one, then another with Ctrl held."
TWO_MODELS = "These two steps are of different models; children need two of the same model."


class HistoryFeature(Feature):
    """A dock, and commands about the step on show."""

    id = "history"

    has_step = Signal(bool)
    has_favourites = Signal(bool)
    is_favourite = Signal(bool)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.history = studio.history
        self.panel = HistoryPanel(studio.document, self.history)
        self.docks = (
            Dock(
                "history",
                "History",
                self.panel,
                BOTTOM,
                leads=(PHOTO, SHAPE, WORDS, TEACH),
                about=About(
                    (
                        "Every step you took is here as a picture.",
                        "Click one to go back to it; going back loses nothing.",
                    ),
                ),
            ),
        )
        self.actions = self._actions()
        self.naming: QInputDialog | None = None
        self._removed: tuple[Node, ...] = ()
        self._is_following = False
        self.history.changed.connect(self._on_change)
        self.panel.compared.connect(self.compare)
        self.panel.crossed.connect(self.cross)
        self.panel.named.connect(self.ask_name)
        self.panel.copied.connect(self.copy_recipe)
        self.panel.removed.connect(self.remove)
        self.panel.brought_back.connect(self.bring_back)

    def _actions(self) -> tuple[Action, ...]:
        nothing = "There is no step yet; change something."
        return (
            Action(
                "favourite_step",
                MENU,
                "mark",
                "&Favourite",
                "Mark the step on show as a favourite, or no longer",
                self._favour,
                checkable=True,
                enabled_by=self.has_step,
                checked_by=self.is_favourite,
                lacking=nothing,
            ),
            Action(
                "name_step",
                MENU,
                "mark",
                "&Name this step…",
                "Give the step on show a name, by which it is found",
                self._name_current,
                enabled_by=self.has_step,
                lacking=nothing,
            ),
            Action(
                "previous_favourite",
                MENU,
                "go",
                "&Previous favourite",
                "Show the favourite before the step on show",
                self.previous_favourite,
                ("Ctrl+Alt+Left",),
                enabled_by=self.has_favourites,
                lacking="There is no favourite yet.",
            ),
            Action(
                "next_favourite",
                MENU,
                "go",
                "N&ext favourite",
                "Show the favourite after the step on show",
                self.next_favourite,
                ("Ctrl+Alt+Right",),
                enabled_by=self.has_favourites,
                lacking="There is no favourite yet.",
            ),
            Action(
                "compare_steps",
                MENU,
                "two",
                "&Compare two steps…",
                "Show the two chosen steps side by side, or one and the step on show",
                self.compare,
            ),
            Action(
                "children_of_steps",
                MENU,
                "two",
                "C&hildren of two steps…",
                "Cross the layers of the two chosen steps, or of one and the step on show",
                self.cross,
            ),
        )

    # --- marks ---------------------------------------------------------------------------

    @Slot(int)
    def ask_name(self, id: int) -> None:
        """Ask for the name of a step."""
        tree = self.history.tree
        if tree is None or id not in tree.nodes:
            return
        dialog = self.naming = QInputDialog(self.studio.window)
        dialog.setWindowTitle("Name a step")
        dialog.setLabelText("Name, or nothing for none:")
        dialog.setTextValue(tree.nodes[id].name)
        dialog.textValueSelected.connect(lambda name: self.history.mark(id, name=name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def previous_favourite(self) -> None:
        """Show the favourite before the step on show; before the first comes the last."""
        self._go_to_favourite(-1)

    @Slot()
    def next_favourite(self) -> None:
        """Show the favourite after the step on show; after the last comes the first."""
        self._go_to_favourite(1)

    def _go_to_favourite(self, by: int) -> None:
        tree = self.history.tree
        if tree is None:
            return
        self.history.settle()
        ids = sorted(node.id for node in tree.nodes.values() if node.is_favourite)
        beyond = [id for id in ids[::by] if (id - tree.current) * by > 0]
        if ids:
            self.history.go_to((beyond or ids[::by])[0])

    @Slot(bool)
    def _favour(self, on: bool) -> None:
        if not self._is_following:  # the command's check mark follows the step on show
            self.history.settle()
            self.history.mark(self._current, is_favourite=on)

    @Slot()
    def _name_current(self) -> None:
        self.history.settle()
        self.ask_name(self._current)

    @property
    def _current(self) -> int:
        return TOP if self.history.tree is None else self.history.tree.current

    # --- two steps -----------------------------------------------------------------------

    @Slot()
    def compare(self) -> None:
        """Show the two chosen steps."""
        found = self._two()
        if found is not None:
            pairs, titles, small = found
            self.compare_dialog = CompareDialog(self.studio, pairs, titles, small)
            self.compare_dialog.show()

    @Slot()
    def cross(self) -> None:
        """Show children of the two chosen steps."""
        found = self._two()
        if found is None:
            return
        pairs, titles, _ = found
        if pairs[0].model is not pairs[1].model:
            self.studio.noted.emit(TWO_MODELS)
            return
        recipes = [pair.recipe for pair in pairs]
        dialog = ChildrenDialog(self.studio, pairs[0].model, recipes, titles)
        dialog.taken.connect(self._on_child)
        self.children_dialog = dialog
        dialog.show()

    @Slot(object)
    def _on_child(self, recipe: Recipe) -> None:
        self.studio.document.visit(recipe, "Take a child")

    def _two(self) -> tuple[list[ModelRecipe], list[str], list[QImage | None]] | None:
        """The two chosen steps with their models; None, and a sentence, where there are not."""
        self.history.settle()
        tree, ids = self.history.tree, self.panel.pair
        if tree is None or ids is None:
            self.studio.dock_wanted.emit("history")
            self.studio.noted.emit(keys_named(NO_TWO))
            return None
        pairs = []
        for id in ids:
            try:
                recipe = tree.recipe(id)
            except HistoryError as error:
                self.studio.failed.emit(str(error))
                return None
            pair = self.studio.document.with_model(recipe)
            if pair is None:
                self.studio.noted.emit(
                    f"{label(tree.nodes[id])} is of {recipe.model.name}, which isn't open; "
                    "go to that step first."
                )
                return None
            pairs.append(pair)
        titles = [label(tree.nodes[id]) for id in ids]
        return pairs, titles, [self.history.picture(id) for id in ids]

    # --- one step ------------------------------------------------------------------------

    @Slot(int)
    def copy_recipe(self, id: int) -> None:
        """Copy the recipe of a step to the clipboard, as text."""
        tree = self.history.tree
        if tree is None:
            return
        try:
            text = tree.recipe(id).to_json()
        except HistoryError as error:
            self.studio.failed.emit(str(error))
            return
        QGuiApplication.clipboard().setText(text)
        self.studio.done.emit("Copied the recipe")

    @Slot(int)
    def remove(self, id: int) -> None:
        """Remove a step and all that came out of it, unless one is there."""
        tree = self.history.tree
        if tree is None or id not in tree.nodes:
            return
        self.history.settle()
        if tree.current in tree.branch(id):
            self.studio.noted.emit(ON_SHOW)
            return
        self._removed = self.history.remove(id)
        self.panel.can_bring_back = True
        count = len(self._removed)
        self.studio.done.emit(
            f"Removed {count} step{'s' * (count > 1)}; a right click there brings back the branch"
        )

    @Slot()
    def bring_back(self) -> None:
        """Bring back the branch that was removed last."""
        self.history.restore(self._removed)
        self._forget_removed()

    def _forget_removed(self) -> None:
        self._removed = ()
        self.panel.can_bring_back = False

    @Slot()
    def _on_change(self) -> None:
        tree = self.history.tree
        if tree is None:  # another history takes its place, whose steps have the same numbers
            self._forget_removed()
        node = None if tree is None else tree.nodes.get(tree.current)
        self.has_step.emit(node is not None)
        self._is_following = True
        self.is_favourite.emit(node is not None and node.is_favourite)
        self._is_following = False
        nodes = [] if tree is None else tree.nodes.values()
        self.has_favourites.emit(any(each.is_favourite for each in nodes))
