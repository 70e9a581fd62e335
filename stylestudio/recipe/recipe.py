"""The Recipe: one frozen value from which a frame follows entirely."""

from __future__ import annotations

import re
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from msgspec import Struct

from stylestudio.recipe.errors import RecipeError, check_range, in_plain_words
from stylestudio.recipe.sources import (
    BlendSource,
    LatentSource,
    SeedSource,
    Source,
    ZSource,
    delta_hashes,
)
from stylestudio.recipe.style import Style

VERSION = 1
PSI_RANGE = (-1.0, 2.0)
TRANSLATE_RANGE = (-1.0, 1.0)
ROTATE_RANGE = (-180.0, 180.0)
NOISE_STRENGTH_RANGE = (0.0, 4.0)
NOISE_LAYER_RANGE = (0.0, 2.0)
NOISE_TURN_RANGE = (-1e6, 1e6)
NOISE_REACH_RANGE = (0.0, 1.0)
NOISE_GRAIN_RANGE = (1.0, 8.0)

NoiseMode = Literal["const", "none", "seeded", "flowing"]


class ModelLike(Protocol):
    """What a recipe needs to know of the model it is made for."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def num_ws(self) -> int: ...  # noqa: D102
    @property
    def w_dim(self) -> int: ...  # noqa: D102
    @property
    def c_dim(self) -> int: ...  # noqa: D102


class ModelRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model by content, with the sizes that other fields are checked against."""

    name: str
    sha256: str
    num_ws: int
    w_dim: int
    c_dim: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise RecipeError(f"sha256 is {self.sha256!r}; it must be 64 hexadecimal digits.")
        check_range("num_ws", self.num_ws, 1, 64)
        check_range("w_dim", self.w_dim, 1, 65536)
        check_range("c_dim", self.c_dim, 0, 1_000_000)

    @classmethod
    def of(cls, model: ModelLike) -> ModelRef:
        """Refer to an opened model."""
        return cls(
            name=model.name,
            sha256=model.sha256,
            num_ws=model.num_ws,
            w_dim=model.w_dim,
            c_dim=model.c_dim,
        )


class MixRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One more source laid over those before it: row i of w moves towards it by amounts[i]."""

    source: Source
    amounts: tuple[float, ...]  # 0..1 for each of the num_ws layers; 1 replaces exactly

    def __post_init__(self) -> None:
        for i, amount in enumerate(self.amounts):
            check_range(f"amounts[{i}]", amount, 0.0, 1.0)


class Recipe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about a frame but its pixels; equal recipes give equal pictures.

    Raises RecipeError, naming the field, where values are out of range or do not fit the model.
    """

    version: int = VERSION
    model: ModelRef
    source: Source
    truncation_psi: float = 1.0  # -1..2; 0 is the average picture
    truncation_cutoff: int | None = None  # layers truncated, None = all
    mixing: tuple[MixRow, ...] = ()
    translate_x: float = 0.0  # -1..1 picture widths to the right; translatable models only
    translate_y: float = 0.0  # -1..1 picture heights down
    rotate: float = 0.0  # -180..180 degrees, counter-clockwise
    noise_mode: NoiseMode = "const"
    noise_seed: int = 0  # used by "seeded" and "flowing"
    noise_strength: float = 1.0  # 0..4, over all layers
    noise_layers: tuple[float, ...] = ()  # 0..2 for each convolution (num_ws - 1), () = all 1
    noise_turn: float = 0.0  # "flowing": the place on its circle; whole turns are the same place
    noise_reach: float = 1.0  # 0..1, "flowing": the circle's radius; 0 stands still
    noise_grain: float = 1.0  # 1..8, "flowing": size of a grain in pixels of its layer
    style: Style | None = None  # how the finished picture is repainted, None = not at all

    def __post_init__(self) -> None:
        num_ws = self.model.num_ws
        if self.version != VERSION:
            raise RecipeError(f"version is {self.version}; this StyleStudio reads {VERSION}.")
        check_range("truncation_psi", self.truncation_psi, *PSI_RANGE)
        if self.truncation_cutoff is not None:
            check_range("truncation_cutoff", self.truncation_cutoff, 0, num_ws)
        check_range("translate_x", self.translate_x, *TRANSLATE_RANGE)
        check_range("translate_y", self.translate_y, *TRANSLATE_RANGE)
        check_range("rotate", self.rotate, *ROTATE_RANGE)
        self._check_sources()
        for i, row in enumerate(self.mixing):
            _check_length(f"mixing[{i}].amounts", len(row.amounts), num_ws)
        check_range("noise_seed", self.noise_seed, 0, 2**32 - 1)
        check_range("noise_strength", self.noise_strength, *NOISE_STRENGTH_RANGE)
        if self.noise_layers:
            _check_length("noise_layers", len(self.noise_layers), num_ws - 1)
        for i, strength in enumerate(self.noise_layers):
            check_range(f"noise_layers[{i}]", strength, *NOISE_LAYER_RANGE)
        check_range("noise_turn", self.noise_turn, *NOISE_TURN_RANGE)
        check_range("noise_reach", self.noise_reach, *NOISE_REACH_RANGE)
        check_range("noise_grain", self.noise_grain, *NOISE_GRAIN_RANGE)

    @classmethod
    def from_seed(cls, seed: int, model: ModelLike, **fields: Any) -> Recipe:
        """Start from one seed, everything else at its default or as given in `fields`."""
        return _recipe({"model": ModelRef.of(model), "source": SeedSource(seed), **fields})

    def replace(self, **fields: Any) -> Recipe:
        """Derive a recipe in which these fields differ."""
        return _recipe({**msgspec.structs.asdict(self), **fields})

    def _check_sources(self) -> None:
        """Raise RecipeError where a source has classes or vectors of another model's sizes."""
        named = [("source", self.source)]
        named += [(f"mixing[{i}].source", row.source) for i, row in enumerate(self.mixing)]
        for name, source in named:
            plain = (
                [part.source for part in source.parts]
                if isinstance(source, BlendSource)
                else [source]
            )
            for each in plain:
                if isinstance(each, LatentSource):
                    _check_latent(name, each, self.model)
                    continue
                labels = (
                    [part.seed.label for part in each.parts]
                    if isinstance(each, ZSource)
                    else [each.label]
                )
                for label in labels:
                    if len(label) not in (0, self.model.c_dim):
                        _check_length(f"{name}.label", len(label), self.model.c_dim)

    def to_json(self) -> str:
        """Write every field, so that the file stays readable when defaults change."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Recipe:
        """Read what `to_json` wrote; RecipeError says what is wrong and where."""
        try:
            version = msgspec.json.decode(text, type=_Header).version
            if version > VERSION:
                raise RecipeError(
                    f"The recipe is of version {version}, written by a newer StyleStudio; "
                    f"this one reads up to version {VERSION}. Update StyleStudio to open it."
                )
            return msgspec.json.decode(text, type=cls)
        except RecipeError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecipeError(f"This is not a valid recipe: {in_plain_words(error)}.") from None


def deltas_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the hashes of all tuned weights that a recipe names, each once."""
    sources = [recipe.source, *(row.source for row in recipe.mixing)]
    return tuple(dict.fromkeys(sha256 for each in sources for sha256 in delta_hashes(each)))


class _Header(Struct):
    version: int = VERSION


def _recipe(fields: dict[str, Any]) -> Recipe:
    """Make a recipe of plain Python values, whatever numbers and lists the fields are made of.

    NumPy's numbers and lists are welcome where recipes are made, but they would be neither
    hashable nor written to files. Raises RecipeError for values of a wrong type.
    """
    try:
        values = msgspec.to_builtins(fields, builtin_types=(bytes,), enc_hook=_as_builtin)
        return msgspec.convert(values, Recipe)
    except (msgspec.ValidationError, TypeError) as error:
        raise RecipeError(f"This is not a valid recipe: {in_plain_words(error)}.") from None


def _as_builtin(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} cannot stand in a recipe")


def _check_latent(name: str, latent: LatentSource, model: ModelRef) -> None:
    w_dim = len(latent.w) // (4 * latent.rows)
    if w_dim != model.w_dim or latent.rows not in (1, model.num_ws):
        raise RecipeError(
            f"{name} is a latent of {latent.rows} x {w_dim} numbers; {model.name} needs 1 or "
            f"{model.num_ws} rows of {model.w_dim}."
        )


def _check_length(name: str, length: int, expected: int) -> None:
    if length != expected:
        raise RecipeError(f"{name} has {length} entries; this model needs {expected}.")
