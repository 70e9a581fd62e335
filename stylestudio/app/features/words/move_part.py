"""How words are to move pictures, and how many style channels an edit by channels takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stylestudio.app.features.words.asked import CHANNELS, MAPPER, QUICK
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import ChannelEdit
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


class MovePart(QWidget):
    """The way, and a slider for the edit by channels that was made last."""

    changed = Signal()  # another way

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._found: dict[tuple[str, str], FoundChannels] = {}  # by model and name of the edit
        self._put = ""  # the name of the edit that the work under way has put into the recipe
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

    def begin(self) -> None:
        """Let what the next work finds be an edit of its own."""
        self._put = ""

    def put(self, found: FoundChannels, gesture: object) -> ChannelEdit | None:
        """Put an edit by these channels into the recipe, or in place of what the work put there.

        Returns it; None where a hand has taken it out meanwhile.
        """
        recipe = self._document.recipe
        assert recipe is not None
        edit = found.channels.edit(round(self.count.value()), AMOUNT)
        if not self._put:
            look = self._document.edit_solo.with_edit(recipe, edit)
            edit = next(each for each in _channel_edits(look) if each.channels == edit.channels)
            self._put = edit.name
        else:
            look = _with_channels(recipe, self._put, edit)
            if self._put not in [each.name for each in _channel_edits(look)]:
                return None
            edit = replace(edit, name=self._put)
        self._found[recipe.model.sha256, edit.name] = found
        self._document.set(look, f"Move {edit.name}", gesture)
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
        channels = self._found[self._key(edit)].channels
        look = _with_channels(recipe, edit.name, channels.edit(round(value)))
        self._document.set(look, f"Channels of {edit.name}", gesture)

    def _edit(self) -> ChannelEdit | None:
        """The last edit whose channels are known."""
        recipe = self._document.recipe
        edits = [] if recipe is None else _channel_edits(recipe)
        known = [edit for edit in edits if self._key(edit) in self._found]
        return known[-1] if known else None

    def _key(self, edit: ChannelEdit) -> tuple[str, str]:
        recipe = self._document.recipe
        assert recipe is not None
        return recipe.model.sha256, edit.name


def _channel_edits(recipe: Recipe) -> list[ChannelEdit]:
    return [edit for edit in recipe.edits if isinstance(edit, ChannelEdit)]


def _with_channels(recipe: Recipe, name: str, edit: ChannelEdit) -> Recipe:
    """The recipe with other channels in the edit of this name; amount and the rest stay."""
    edits = tuple(
        replace(each, channels=edit.channels)
        if isinstance(each, ChannelEdit) and each.name == name
        else each
        for each in recipe.edits
    )
    return recipe.replace(edits=edits)
