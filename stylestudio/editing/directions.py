"""Directions by name: what edits are made of."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from stylestudio.editing.errors import DirectionError
from stylestudio.recipe import AnyEdit, ChannelEdit, Edit
from stylestudio.recipe.layers import find_layers, groups_of
from stylestudio.recipe.naming import described

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from stylestudio.recipe import ModelRef
    from stylestudio.recipe.layers import Layers

    FloatArray = NDArray[np.float32]

FORMER = {"yaw": "turn"}  # names that directions had in earlier versions
LISTED = 12  # names in a sentence


@dataclass(frozen=True, eq=False, repr=False)
class Directions:
    """Directions of one model, each one sigma long; the last ones may move single style channels.

    >>> import stylestudio as ss
    >>> directions = ss.open_directions("portraits")
    >>> directions.vectors.shape  # [K, 1 or num_ws, w_dim]
    (52, 14, 128)
    >>> edit = directions.edit("smile", amount=1.5)
    >>> ss.Recipe.from_seed(7, "portraits").edit(edit)
    <Recipe of Portraits: seed 7; edit smile 1.5 sigmas: layers 3-6 at 1>
    """

    names: tuple[str, ...]
    rows: FloatArray  # [K, 1 or num_ws, w_dim]; one row stands for all layers
    layers: FloatArray | None = None  # [K, num_ws], the shares of layers; None = all 1
    model: ModelRef | None = None  # None where a foreign file doesn't say
    author: str = ""
    channels: tuple[ChannelEdit, ...] = ()  # the last of all; their names are the last, too

    def __post_init__(self) -> None:
        count = len(self.names) - len(self.channels)
        if self.rows.ndim != 3 or len(self.rows) != count:
            raise DirectionError(
                f"{count} names stand beside vectors of shape {list(self.rows.shape)}."
            )
        if self.names[count:] != tuple(each.name for each in self.channels):
            raise DirectionError("the edits of channels don't have the last names.")
        if not np.isfinite(self.rows).all():
            bad = self.names[int(np.argmin(np.isfinite(self.rows).all(axis=(1, 2))))]
            raise DirectionError(f"the direction {bad!r} holds values that are not finite numbers.")
        if len(set(self.names)) < len(self.names):
            raise DirectionError("two directions have the same name; give one of them another.")

    @classmethod
    def from_edits(cls, edits: Iterable[AnyEdit], model: ModelRef, author: str = "") -> Directions:
        """The directions that some edits go along, of a model that they fit; channels come last.

        >>> import stylestudio as ss
        >>> edit = ss.open_directions("portraits").edit("smile")
        >>> ss.Directions.from_edits([edit], ss.Recipe.from_seed(7, "portraits").model)
        <Directions of Portraits: smile>
        """
        given = [*edits]
        channels = tuple(edit for edit in given if isinstance(edit, ChannelEdit))
        in_w = [edit for edit in given if isinstance(edit, Edit)]
        most = max((edit.rows for edit in in_w), default=1)
        rows = np.zeros((len(in_w), most, model.w_dim), np.float32)
        for i, edit in enumerate(in_w):
            rows[i] = edit.array()
        layers = [edit.layers or (1.0,) * model.num_ws for edit in in_w]
        shares = np.array(layers, np.float32).reshape(len(in_w), model.num_ws)
        names = tuple(edit.name for edit in in_w) + tuple(edit.name for edit in channels)
        return cls(names, rows, shares, model, author, channels)

    def __repr__(self) -> str:
        of = f" of {self.model.name}" if self.model else ""
        return f"<Directions{of}: {', '.join(self.names[:3])}{', ...' * (len(self.names) > 3)}>"

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[AnyEdit]:
        """Each as an edit of one sigma."""
        return (self.edit(name) for name in self.names)

    @property
    def vectors(self) -> FloatArray:
        """What one sigma adds to the rows of ws: float32 [K, 1 or num_ws, w_dim].

        Edits of channels, which come last, are not among them.
        """
        if self.layers is None:
            return self.rows
        return self.rows * self.layers[:, :, None]

    def edit(self, name: str, amount: float = 1.0, layers: Layers | None = None) -> AnyEdit:
        """Return an edit along the direction of this name; upper and lower case are alike.

        `amount` is in sigmas. `layers` are a share for each of the num_ws layers, or "coarse",
        "0-3,7" and so on as for `Recipe.mix`; None stands for all those that the direction is for.
        Raises DirectionError for an unknown name and where none of the layers is one of these,
        and RecipeError for an amount out of range.

        >>> import stylestudio as ss
        >>> ss.open_directions("portraits").edit("Smile", 1.5, layers="3-4")
        <Edit 'smile': amount 1.5, 1 x 128>
        """
        index = self.index(name)
        if index >= len(self.rows):
            channel = self.channels[index - len(self.rows)]
            moved = msgspec.structs.replace(channel, amount=float(amount))
            if layers is None:
                return moved
            chosen = self._shares(layers, None, channel.name)
            return msgspec.structs.replace(moved, layers=tuple(map(float, chosen)))
        own = None if self.layers is None else self.layers[index]
        shares = own if layers is None else self._shares(layers, own, self.names[index])
        return Edit.from_array(self.names[index], self.rows[index], amount, shares)

    def index(self, name: str) -> int:
        """The place of a name. Raises DirectionError, with the closest name, for an unknown one."""
        alike = {known.casefold(): i for i, known in reversed([*enumerate(self.names)])}
        if name in self.names:
            return self.names.index(name)
        plain = str(name).strip().casefold()
        plain = FORMER.get(plain, plain)
        for written in (plain, plain.replace(" ", "_"), plain.replace("-", "_")):
            if written in alike:
                return alike[written]
        close = difflib.get_close_matches(plain, alike, n=1)
        close += [known for known in alike if plain and plain in known]
        more = ", ..." if len(self.names) > LISTED else "."
        hint = (
            f"did you mean {self.names[alike[close[0]]]!r}?"
            if close
            else f"there are {', '.join(self.names[:LISTED])}{more}"
        )
        of = f" of {self.model.name}" if self.model else ""
        raise DirectionError(f"there is no direction {name!r}{of}; {hint}")

    def only(self, names: Iterable[str]) -> Directions:
        """Those of these names, in this order but for channels, which come last.

        Raises DirectionError for an unknown one.
        """
        chosen = [self.index(name) for name in names]
        count = len(self.rows)
        in_w = [i for i in chosen if i < count]
        channels = tuple(self.channels[i - count] for i in chosen if i >= count)
        layers = None if self.layers is None else self.layers[in_w]
        known = tuple(self.names[i] for i in in_w) + tuple(each.name for each in channels)
        return replace(self, names=known, rows=self.rows[in_w], layers=layers, channels=channels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one small .safetensors with names, layers, author and the model's hash.

        Raises DirectionError for another ending and OSError where writing fails.

        >>> import stylestudio as ss
        >>> ss.open_directions("portraits").only(["smile", "age"]).save("two.safetensors")
        >>> ss.open_directions("two.safetensors")
        <Directions of Portraits: smile, age>
        """
        from stylestudio.editing.direction_files import save_directions  # which knows these

        save_directions(self, path)

    def note_for(self, model: ModelRef) -> str:
        """What is to be said where they are used on this model; "" where they are its own.

        Raises DirectionError where they don't fit.
        """
        _, count, width = self.vectors.shape
        if width != model.w_dim or count not in (1, model.num_ws):
            raise DirectionError(
                f"the directions are {count} x {width} numbers each, for another model; "
                f"{model.name} needs 1 or {model.num_ws} rows of {model.w_dim}."
            )
        if self.model is None or self.model.sha256 == model.sha256:
            return ""
        if self.channels:
            raise DirectionError(
                f"{self.channels[0].name!r} moves style channels of {self.model.name}, "
                f"which are others in {model.name}."
            )
        return (
            f"The directions were found in {self.model.name}, which is another model or version; "
            f"in {model.name} they may do something else."
        )

    def _shares(self, layers: Layers, own: FloatArray | None, name: str) -> FloatArray:
        num_ws = self.model.num_ws if self.model else self.rows.shape[1]
        shares = shares_of(layers, self.model, num_ws)
        if own is None:
            return shares
        meant: FloatArray = shares * own
        if shares.any() and not meant.any():
            acting = ", ".join(str(i) for i in np.flatnonzero(own))
            raise DirectionError(f"{name!r} acts on the layers {acting}, none of which was chosen.")
        return meant


def shares_of(layers: Layers, model: ModelRef | None, num_ws: int) -> FloatArray:
    """A share for each layer, float32 [num_ws], of num_ws shares or of what `Recipe.mix` takes.

    Raises RecipeError and DirectionError.
    """
    given: Any = layers
    if not isinstance(given, str) and hasattr(given, "__len__") and _are_shares(given, num_ws):
        return np.asarray(given, dtype=np.float32)
    if model is None:
        raise DirectionError(
            f"{described(layers)} can't be told apart without a model; give one share a layer."
        )
    chosen = find_layers(layers, model.name, num_ws, groups_of(model.sha256))
    return np.asarray([float(i in chosen) for i in range(num_ws)], dtype=np.float32)


def _are_shares(given: Sequence[Any], num_ws: int) -> bool:
    """Whether these are shares, not numbers of layers: as many as layers, and not 0, 1, 2 ..."""
    if len(given) != num_ws or any(isinstance(each, str) for each in given):
        return False
    return [float(each) for each in given] != [float(i) for i in range(num_ws)]
