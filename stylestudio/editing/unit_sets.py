"""Units that draw one thing together, under a name: what is done to them, and how they are kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import platformdirs

from stylestudio.editing.errors import DirectionError
from stylestudio.files import replacing
from stylestudio.recipe import Intervention, Locator, ModelRef, RecipeError
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.naming import described
from stylestudio.render import as_model

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from stylestudio.recipe import ModelLike
    from stylestudio.render import Model

SUFFIX = ".units.json"
LARGEST_FILE = 4 << 20  # bytes; one of 4096 units takes a tenth of it
MOST_UNITS = 4096


class UnitSet(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one step of a model, the best first.

    `scores` say how much each is for what was brushed, 0..1; `values` are the units' means there.
    Raises DirectionError for a name that is too long, and lists that don't go together.

    >>> import numpy as np
    >>> import stylestudio as ss
    >>> sky = np.zeros((256, 256))
    >>> sky[:40] = 1
    >>> units = ss.dissect("portraits", [(3, sky)], "b32.conv1", name="sky", learn=False)
    >>> units
    <UnitSet 'sky': 13 units after b32.conv1 of Portraits>
    >>> units.ablate(0.8)
    <Intervention 'Ablate sky': scale factor 0 of 13 units, after step 9, amount 0.8>
    """

    name: str
    model: ModelRef
    step: int  # of synthesis, counted from 0
    layer: str  # its name, such as "b32.conv1"
    units: tuple[int, ...]
    scores: tuple[float, ...]
    values: tuple[float, ...]
    locator: Locator | None = None  # finds what was brushed in any picture; None = it is not known

    def __post_init__(self) -> None:
        is_text = isinstance(self.name, str)
        if not is_text or not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise DirectionError(
                f"the name of the units is {described(self.name)}; it needs 1 to {LONGEST_NAME} "
                "letters."
            )
        count = len(self.units)
        fits = 0 < count <= MOST_UNITS and len(set(self.units)) == count
        if not fits or not count == len(self.scores) == len(self.values) or min(self.units) < 0:
            raise DirectionError(
                f"the units {self.name!r} don't fit together: list each once, with a "
                "score and a value."
            )

    def __repr__(self) -> str:
        return (
            f"<UnitSet {self.name!r}: {len(self.units)} units after {self.layer} of "
            f"{self.model.name}>"
        )

    def __len__(self) -> int:
        return len(self.units)

    def best(self, count: int) -> UnitSet:
        """The first so many."""
        return self.only(self.units[: max(1, count)])

    def only(self, units: Collection[int]) -> UnitSet:
        """Those of them that are listed, in their order. Raises DirectionError for none."""
        chosen = [i for i, unit in enumerate(self.units) if unit in units]
        if not chosen:
            raise DirectionError(f"no units are chosen of {self.name!r}; choose at least one.")

        def at(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(values[i] for i in chosen)

        return msgspec.structs.replace(
            self, units=at(self.units), scores=at(self.scores), values=at(self.values)
        )

    def named(self, name: str) -> UnitSet:
        """The same units under another name. Raises DirectionError for one that is too long."""
        return msgspec.structs.replace(self, name=name)

    def ablate(
        self, amount: float = 1.0, mask: Any = None, *, everywhere: bool = False
    ) -> Intervention:
        """Make the intervention that takes the units away where the thing is that they draw.

        The maps are left with 1 - amount of what they were (GAN Dissection, section 3.2); where
        `locator` finds nothing, they stay. With `everywhere` it is not asked. `mask` is as for
        `Intervention.of`: outside of it the maps stay, too. Raises RecipeError for an amount
        outside of 0..1.
        """
        locator = None if everywhere else self.locator
        return self._intervention("Ablate", "scale", 0.0, mask=mask, amount=amount, locator=locator)

    def boost(self, factor: float = 2.0, mask: Any = None, amount: float = 1.0) -> Intervention:
        """Make the intervention that multiplies the units where `mask` is painted (None: all)."""
        return self._intervention("Boost", "scale", factor, mask=mask, amount=amount)

    def insert(self, mask: Any = None, level: float = 1.0, amount: float = 1.0) -> Intervention:
        """Make the intervention that sets the units to their means where they were brushed.

        `level` multiplies these; the rest is as for `boost`.
        """
        return self._intervention(
            "Insert", "set", level, mask=mask, amount=amount, values=self.values
        )

    def _intervention(self, what: str, operation: str, number: float, **rest: Any) -> Intervention:
        name = f"{what} {self.name}"[:LONGEST_NAME]
        return Intervention.of(name, self.step, operation, number, units=self.units, **rest)

    def check_for(self, model: ModelLike) -> None:
        """Raise DirectionError for another model than that they were found in."""
        if self.model.sha256 != model.sha256:
            raise DirectionError(
                f"the units {self.name!r} are of {self.model.name_beside(model)}, not of "
                f"{model.name}."
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them as JSON. Raises OSError."""
        content = msgspec.json.format(msgspec.json.encode(self), indent=1)
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def open_units(path: str | os.PathLike[str], model: Model | str | None = None) -> UnitSet:
    """Open units that `UnitSet.save` wrote; with a model they have to be of that.

    Raises DirectionError, one sentence, for anything else.

    >>> import numpy as np
    >>> import stylestudio as ss
    >>> sky = np.zeros((256, 256))
    >>> sky[:40] = 1
    >>> ss.dissect("portraits", [(3, sky)], "b32.conv1", name="sky", learn=False).save("sky.json")
    >>> ss.open_units("sky.json", "portraits")
    <UnitSet 'sky': 13 units after b32.conv1 of Portraits>
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            units = msgspec.json.decode(stream.read(LARGEST_FILE), type=UnitSet)
    except FileNotFoundError:
        raise DirectionError(f"{file.name} does not exist.") from None
    except OSError as error:
        raise DirectionError(f"{file.name} can't be read: {error.strerror or error}.") from None
    except (msgspec.MsgspecError, DirectionError, RecipeError, UnicodeDecodeError) as error:
        raise DirectionError(f"{file.name} holds no units that can be read.") from error
    if model is not None:
        units.check_for(as_model(model))
    return units


def kept_units(model: ModelLike, folder: Path | None = None) -> list[UnitSet]:
    """All that were kept for a model, by name; `folder` is as for `keep_units`."""
    found = []
    for path in _folder(model.sha256, folder).glob(f"*{SUFFIX}"):
        try:
            units = open_units(path)
        except DirectionError:
            continue  # what somebody else put there must not hide the others
        if units.model.sha256 == model.sha256:
            found.append(units)
    return sorted(found, key=lambda units: units.name.casefold())


def keep_units(units: UnitSet, folder: Path | None = None) -> Path:
    """Keep units for their model, in place of those of the same name; return the file.

    `folder` is None for the user's own. Raises OSError.
    """
    path = _path(units, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    units.save(path)
    return path


def forget_units(units: UnitSet, folder: Path | None = None) -> None:
    """Remove what was kept under this name. Raises OSError."""
    _path(units, folder).unlink(missing_ok=True)


def _path(units: UnitSet, folder: Path | None) -> Path:
    digest = hashlib.sha256(units.name.encode()).hexdigest()  # any name, on any disk
    return _folder(units.model.sha256, folder) / f"{digest[:24]}{SUFFIX}"


def _folder(sha256: str, folder: Path | None) -> Path:
    own = folder or platformdirs.user_data_path("StyleStudio", appauthor=False) / "units"
    return own / sha256[:24]
