"""How words are to move pictures, and how many style channels an edit by channels takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stylestudio.app.features.words.asked import CHANNELS, MAPPER, QUICK
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import AnyEdit, ChannelEdit
from stylestudio.recipe.edit_lists import each_edit, edits_of
from stylestudio.text.by_channels import KEPT

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.words.channels_run import FoundChannels
    from stylestudio.recipe import Recipe

WAYS = {
    QUICK: "Quick: one direction",
    CHANNELS: "By channels: choose how many",
    MAPPER: "Each picture in its own way",
}
TIPS = {
    QUICK: "Find one direction in W, in about a minute",
    CHANNELS: "Choose the style channels that lead to the words. What channels do is measured "
    "first, once for each model and text model",
    MAPPER: "Train a mapper, small networks that move each picture in its own way; takes a minute "
    "or two and reaches further than one direction",
}
BEGIN = {
    QUICK: "Find the direction",
    CHANNELS: "Find the channels",
    MAPPER: "Train the mapper",
}
MOST = 300  # channels of an edit
AMOUNT = 1.5  # sigmas of a new edit

E = TypeVar("E", bound=AnyEdit)


class MovePart(QWidget):
    """The way, and a slider for the edit by channels that was made last."""

    changed = Signal()  # another way

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        # By model, and by where the edit leads: its name may change.
        self._found: dict[tuple[str, object], FoundChannels] = {}
        self._asked: object = None  # what the work under way is to do
        self._has_put = False  # whether it has put its edit into the recipe
        self._led: set[tuple[object, object]] = set()  # what was asked, and a direction it led to
        self.way = ChoiceBox("How words move pictures")
        for name, title in WAYS.items():
            self.way.addItem(title, name)
        self.count = ValueRow(
            "Channels",
            (1, MOST),
            KEPT,
            step=1,
            decimals=0,
            tip="How many style channels take part, the most relevant first: few change one thing, "
            "many change more that goes with it",
        )
        self.known = QLabel()
        self.known.setWordWrap(True)
        self.known.setProperty("muted", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.way, self.count, self.known):
            column.addWidget(widget)
        self.way.currentIndexChanged.connect(self._on_way)
        self.count.edited.connect(self._on_count)
        document.recipe_changed.connect(self.refresh)
        self.refresh()

    @property
    def chosen(self) -> str:
        """QUICK, CHANNELS or MAPPER."""
        name: str = self.way.currentData()
        return name

    @property
    def button(self) -> str:
        """What starts it."""
        return BEGIN[self.chosen]

    def begin(self, asked: object) -> None:
        """Let what the next work finds be an edit of its own, unless the same was asked before."""
        self._asked, self._has_put = asked, False

    def put(self, edit: E, gesture: object = None) -> E | None:
        """Put an edit into the recipe, or in place of the one that the same words led to before.

        What hands have set of that one stays. Returns the edit under the name that it has there;
        None where a hand has taken it out while the work goes on.
        """
        look = self._document.recipe
        assert look is not None
        there = self._there(look)
        if there is not None:
            look = _in_place(look, there.name, edit)
        elif self._has_put:
            return None
        if not self._has_put:
            look = self._document.edit_solo.with_edit(look, edit)
        self._has_put = True
        self._led.add((self._asked, edit.direction))
        name = next(e.name for e in edits_of(look).values() if e.direction == edit.direction)
        self._document.set(look, f"Move {name}", gesture)
        return replace(edit, name=name)

    def put_channels(self, found: FoundChannels, gesture: object) -> ChannelEdit | None:
        """Put an edit by these channels into the recipe, as `put` does, as many as it had."""
        recipe = self._document.recipe
        assert recipe is not None
        there = self._there(recipe)
        shown = round(self.count.value())
        count = len(there.channels) if isinstance(there, ChannelEdit) else shown
        edit = self.put(found.channels.edit(count, AMOUNT), gesture)
        if edit is not None:
            self._found[self._key(edit)] = found
            self.refresh()
        return edit

    @Slot()
    def refresh(self) -> None:
        """Show which edit the slider is for, and what that comes of."""
        edit = self._edit()
        by_channels = self.chosen == CHANNELS
        self.way.setToolTip(TIPS[self.chosen])
        self.count.setVisible(by_channels)
        self.known.setVisible(by_channels and edit is not None)
        if edit is None:
            return
        found = self._found[self._key(edit)]
        count = len(edit.channels)
        self.count.set_value(count)
        least = found.channels.threshold_for(count)
        self.known.setText(
            f"“{edit.name}”: relevance {least:.2f} or more. Measured {found.measured}"
        )

    @Slot(int)
    def _on_way(self) -> None:
        self.refresh()
        self.changed.emit()

    @Slot(float, object)
    def _on_count(self, value: float, gesture: object) -> None:
        edit, recipe = self._edit(), self._document.recipe
        if edit is None or recipe is None:
            return
        found = self._found[self._key(edit)]
        other = found.channels.edit(round(value))
        self._found[recipe.model.sha256, other.direction] = found
        self._led |= {(asked, other.direction) for asked, to in self._led if to == edit.direction}
        look = _in_place(recipe, edit.name, other)
        self._document.set(look, f"Channels of {edit.name}", gesture)

    def _there(self, recipe: Recipe) -> AnyEdit | None:
        """The edit of a recipe that came of the same words, however far they led by then."""
        edits = edits_of(recipe).values()
        came = [edit for edit in edits if (self._asked, edit.direction) in self._led]
        return came[-1] if came else None

    def _edit(self) -> ChannelEdit | None:
        """The last edit whose channels are known."""
        recipe = self._document.recipe
        edits = [] if recipe is None else _channel_edits(recipe)
        known = [edit for edit in edits if self._key(edit) in self._found]
        return known[-1] if known else None

    def _key(self, edit: ChannelEdit) -> tuple[str, object]:
        recipe = self._document.recipe
        assert recipe is not None
        return recipe.model.sha256, edit.direction


def _channel_edits(recipe: Recipe) -> list[ChannelEdit]:
    return [edit for edit in recipe.edits if isinstance(edit, ChannelEdit)]


def _in_place(recipe: Recipe, name: str, edit: AnyEdit) -> Recipe:
    """The recipe with an edit in place of the one of this name; all but where it leads stays."""
    return each_edit(
        recipe,
        lambda e: (
            replace(edit, name=name, amount=e.amount, layers=e.layers, muted=e.muted)
            if e.name == name
            else e
        ),
    )
