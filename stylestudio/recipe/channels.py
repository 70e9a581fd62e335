"""Edits of single style channels: what the affine map of a layer makes of w, moved a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from stylestudio.recipe.edits import check_edit
from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 65_536  # channels of an edit, more than a network of 1024 pixels has
FARTHEST = 1e6


class Channel(Part, frozen=True):
    """One style channel of a layer. Raises RecipeError, naming the field."""

    layer: str  # the step of synthesis, such as "b16.conv1"
    channel: int  # from 0
    offset: float  # what an amount of 1 adds to the style, after the affine map

    def __post_init__(self) -> None:
        if not self.layer or len(self.layer) > 80:
            raise RecipeError("a channel names no layer; it is a step such as b16.conv1.")
        check_range(f"a channel of {self.layer}", self.channel, 0, MOST)
        check_range(f"the offset of {self.layer}/{self.channel}", self.offset, -FARTHEST, FARTHEST)


class ChannelEdit(Part, frozen=True, tag="s"):
    """Style channels and how far to move them: each gets amount * layers[i] * its offset.

    i is the row of ws that drives the layer (StyleSpace, Wu et al. 2021). Raises RecipeError,
    naming the field, as `Edit` does, and where a channel is named twice, or none.
    """

    name: str  # what the artist sees; no two edits of a recipe share one
    channels: tuple[Channel, ...]
    amount: float = 0.0  # in units of the offsets: sigmas, where StyleStudio made them
    layers: tuple[float, ...] | None = None  # a share for each of the num_ws layers, None = all 1
    muted: bool = False  # as if amount were 0, which it keeps for later

    def __post_init__(self) -> None:
        check_edit(self.name, self.amount, self.layers)
        places = [(each.layer, each.channel) for each in self.channels]
        if not 0 < len(places) <= MOST or len(set(places)) < len(places):
            raise RecipeError(
                f"the edit {self.name!r} needs style channels, at least one, and each once."
            )

    def __repr__(self) -> str:
        count = len(self.channels)
        what = f"{count} channels" if count > 1 else f"{place_of(self.channels[0])}"
        return f"<ChannelEdit {self.name!r}: amount {self.amount:g}, {what}>"

    @classmethod
    def of(
        cls, name: str, channels: Iterable[tuple[str, int, float]], amount: float = 0.0
    ) -> ChannelEdit:
        """Make one from layers, channels and offsets.

        >>> import stylestudio as ss
        >>> ss.ChannelEdit.of("jaw", [("b16.conv1", 45, 0.8)], amount=1.5)
        <ChannelEdit 'jaw': amount 1.5, b16.conv1/45>
        """
        try:
            made = tuple(Channel(str(at), int(i), float(offset)) for at, i, offset in channels)
            return cls(name, made, float(amount))
        except (TypeError, ValueError, msgspec.ValidationError):
            raise RecipeError(
                f"the channels of {name!r} must be triples such as ('b16.conv1', 45, 0.8)."
            ) from None

    @property
    def acting(self) -> float:
        """The amount that shows in the picture: 0 while it is muted."""
        return 0.0 if self.muted else self.amount

    @property
    def direction(self) -> object:
        """Where it leads, whatever the amount; equal for edits that differ in that alone."""
        return self.channels


def place_of(channel: Channel) -> str:
    """How a channel is called: "b16.conv1/45"."""
    return f"{channel.layer}/{channel.channel}"
