"""What becomes of the results of words: sources, edits and styles, in the picture and the list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stylestudio.app.features.words.channels_run import FoundChannels
from stylestudio.app.features.words.imagine_run import ImaginedSource, Sheet
from stylestudio.app.features.words.made import Made
from stylestudio.app.features.words.move_part import AMOUNT
from stylestudio.app.features.words.questions import Named
from stylestudio.app.features.words.restyle_run import OwnStyle
from stylestudio.editing import Directions
from stylestudio.recipe import MapperEdit

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from stylestudio.app.features.words.made import MadeList
    from stylestudio.app.features.words.maker import Result
    from stylestudio.app.features.words.panel import WordsPanel
    from stylestudio.recipe import AnyEdit, Recipe, Source, Style

NAMED = "By words"  # the title of directions that were named


class Results(QObject):
    """Puts what a run returned where it belongs."""

    directions_made = Signal(str, object)
    said = Signal(str)  # a sentence for the status bar

    def __init__(self, panel: WordsPanel, made: MadeList, brought: SignalInstance) -> None:
        """`brought` is told of styles that were learned."""
        super().__init__(panel)
        self._panel, self._made, self._brought = panel, made, brought
        self._document = panel.document

    def take(self, result: Result, recipe: Recipe, step: object) -> None:
        """Use a result in a recipe; `step` joins changes to one undo step."""
        if isinstance(result, Directions):
            self._take_direction(result)
        elif isinstance(result, FoundChannels):
            self._take_channels(result, step)
        elif isinstance(result, MapperEdit):
            self._take_edit(result)
        elif isinstance(result, Named):
            self.directions_made.emit(NAMED, result.directions)
            self.said.emit("Named directions; they are in the browser of the Edits dock")
        elif isinstance(result, OwnStyle):
            self._brought.emit(result.learned)
            self._take(f"Restyle {result.learned.name}", result.style, recipe)
        elif isinstance(result, Sheet):
            self._panel.imagine.show_sheet(result)
        elif isinstance(result, ImaginedSource):
            self._take(f"Imagine {result.title}", result.source, recipe)
        elif result is not None:
            self._panel.ask.show_ranking(result)

    def _take(self, title: str, what: Source | Style, recipe: Recipe) -> None:
        made = Made(title, what, recipe)
        look = made.used_in(recipe, self._document.edit_solo)
        self._made.add(replace(made, look=look))
        self._document.set(look, title)

    def _take_direction(self, directions: Directions) -> None:
        (name,) = directions.names
        self.directions_made.emit(name, directions)
        self._take_edit(directions.edit(name, AMOUNT))

    def _take_channels(self, found: FoundChannels, step: object) -> None:
        edit, recipe = self._panel.move_part.put_channels(found, step), self._document.recipe
        if edit is not None and recipe is not None:
            directions = Directions.from_edits([edit], recipe.model, "words")
            self.directions_made.emit(edit.name, directions)
            self._show_added(edit, recipe)

    def _take_edit(self, edit: AnyEdit) -> None:
        put, recipe = self._panel.move_part.put(edit), self._document.recipe
        if put is not None and recipe is not None:
            self._show_added(put, recipe)

    def _show_added(self, edit: AnyEdit, look: Recipe) -> None:
        self._made.add(Made(f"Move {edit.name}", edit, look))
        self.said.emit(f"Added “{edit.name}” to the edits; its slider is in the Edits dock")
