"""Where a w comes from: seeds, a point of the seed plane, explicit vectors, or a blend."""

from __future__ import annotations

import math
import re
from operator import mul
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stylestudio.recipe.errors import RecipeError, check_finite
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import MAX_SEED as MAX_SEED
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLANE_ROW = 100  # seeds in a row of the seed plane, as in NVIDIA's visualizer

FloatArray = NDArray[np.float32]


class SeedSource(Part, frozen=True, tag="seed"):
    """z = RandomState(seed).randn(z_dim); `label` weights the classes, () is the first class."""

    seed: int
    label: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_number("source.seed", self.seed, "seed")
        _check_label(self.label)


class PlaneSource(Part, frozen=True, tag="plane"):
    """A point of the plane whose whole-numbered points are seeds x + 100 y, blended in w."""

    x: float
    y: float
    label: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_number("source.x", self.x, "x")
        check_number("source.y", self.y, "y")
        _check_label(self.label)

    def corners(self) -> tuple[tuple[SeedSource, float], ...]:
        """Return the one to four seeds around the point with their bilinear weights (sum 1)."""
        x0, y0 = math.floor(self.x), math.floor(self.y)
        fx, fy = self.x - x0, self.y - y0
        weighted = []
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
            if weight:
                seed = (x0 + dx + (y0 + dy) * PLANE_ROW) & MAX_SEED
                weighted.append((SeedSource(seed, self.label), weight))
        return tuple(weighted)


class LatentSource(Part, frozen=True, tag="latent"):
    """Explicit w vectors: one row for all layers, or one row a layer (W+)."""

    w: bytes  # float32, little endian, row after row
    rows: int = 1
    name: str = ""  # what the artist sees, e.g. the photo's name; never a path
    delta: str = ""  # SHA-256 of the tuned weights that belong to it, "" for the model's own

    def __post_init__(self) -> None:
        if self.delta and not re.fullmatch("[0-9a-f]{64}", self.delta):
            raise RecipeError("delta must be 64 hexadecimal digits.")
        if self.rows < 1 or not self.w or len(self.w) % (4 * self.rows):
            raise RecipeError(
                f"w holds {len(self.w)} bytes, which is not {self.rows} equal rows of float32."
            )
        if not np.isfinite(self.array()).all():
            raise RecipeError("w holds values that are not finite numbers.")

    def __repr__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        tuned = ", with tuned weights" if self.delta else ""
        return f"<LatentSource{named}: {self.rows} x {self.array().shape[1]}{tuned}>"

    def array(self) -> FloatArray:
        """Return w as float32 [rows, w_dim], read-only."""
        return np.frombuffer(self.w, dtype="<f4").reshape(self.rows, -1)

    @classmethod
    def from_array(cls, w: FloatArray, name: str = "", delta: str = "") -> LatentSource:
        """Make one from w [w_dim] or ws [num_ws, w_dim].

        >>> import numpy as np
        >>> import stylestudio as ss
        >>> ss.LatentSource.from_array(np.zeros(512), "nought")
        <LatentSource 'nought': 1 x 512>
        """
        rows = np.atleast_2d(np.asarray(w, dtype="<f4"))
        return cls(rows.tobytes(), rows.shape[0], name, delta)


class ZPart(Part, frozen=True):
    """One ingredient of a sum of seeds in z."""

    seed: SeedSource
    weight: float

    def __post_init__(self) -> None:
        check_number("source.weight", self.weight, "weight")


class ZSource(Part, frozen=True, tag="z"):
    """Seeds joined before the mapping network: z = sum of weight times z(seed).

    `spherical` goes along the great circle between exactly two seeds instead (slerp, Shoemake
    1985), as far as the second one's weight of 0..1. Classes are blended by the same weights.
    """

    parts: tuple[ZPart, ...]
    spherical: bool = False

    def __post_init__(self) -> None:
        if not self.parts:
            raise RecipeError("parts is empty; a sum in z needs at least one seed.")
        if self.spherical and len(self.parts) != 2:
            raise RecipeError(f"parts has {len(self.parts)} seeds; a great circle needs two.")


PlainSource = SeedSource | PlaneSource | LatentSource | ZSource


class BlendPart(Part, frozen=True):
    """One ingredient of a blend."""

    source: PlainSource
    weight: float

    def __post_init__(self) -> None:
        check_number("source.weight", self.weight, "weight")


class BlendSource(Part, frozen=True, tag="blend"):
    """A weighted sum of the parts' w; the weights are used as they are."""

    parts: tuple[BlendPart, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise RecipeError("parts is empty; a blend needs at least one source.")


Source = SeedSource | PlaneSource | LatentSource | ZSource | BlendSource


def label_of(source: Source) -> tuple[float, ...]:
    """Return the class weights of a source; () stands for the first class, and for none.

    Those of a blend are the mean of its parts', by their weights, so that they change smoothly.
    """
    weighted = list(_labels(source))
    labels = {label for label, _ in weighted}
    total = sum(weight for _, weight in weighted)
    if len(labels) < 2 or total <= 0:
        return weighted[0][0] if weighted else ()
    size = max(map(len, labels))
    first = (1.0, *(0.0,) * (size - 1))
    columns = zip(*(label or first for label, _ in weighted), strict=True)
    shares = [weight / total for _, weight in weighted]
    return tuple(round(sum(map(mul, column, shares)), 6) for column in columns)


def _labels(source: Source) -> Iterator[tuple[tuple[float, ...], float]]:
    """The class weights of each part that has some, and the part's weight."""
    if isinstance(source, SeedSource | PlaneSource):
        yield source.label, 1.0
    elif isinstance(source, ZSource):
        yield from ((part.seed.label, part.weight) for part in source.parts)
    elif isinstance(source, BlendSource):
        for part in source.parts:
            yield from ((label, part.weight * weight) for label, weight in _labels(part.source))


def delta_hashes(source: Source) -> tuple[str, ...]:
    """Return the hashes of the tuned weights that a source brings with it, each once."""
    parts = source.parts if isinstance(source, BlendSource) else ()
    plain: list[Source] = [part.source for part in parts] or [source]
    hashes = [each.delta for each in plain if isinstance(each, LatentSource) and each.delta]
    return tuple(dict.fromkeys(hashes))


def blend(weighted: Iterable[tuple[Source, float]]) -> Source:
    """Blend any sources, flattening blends and adding up the weights of equal ones."""
    totals: dict[PlainSource, float] = {}
    for source, weight in weighted:
        parts = (
            [(part.source, part.weight) for part in source.parts]
            if isinstance(source, BlendSource)
            else [(source, 1.0)]
        )
        for plain, share in parts:
            totals[plain] = totals.get(plain, 0.0) + share * weight
    kept = {source: weight for source, weight in totals.items() if weight}
    kept = kept or dict(list(totals.items())[:1])  # parts that cancel out leave a weight of 0
    if len(kept) == 1 and next(iter(kept.values())) == 1.0:
        return next(iter(kept))
    return BlendSource(tuple(BlendPart(source, weight) for source, weight in kept.items()))


def _check_label(label: tuple[float, ...]) -> None:
    try:
        weights = iter(label)
    except TypeError:
        raise RecipeError(
            f"label is {described(label)}; it takes a weight for each class, such as (0, 1, 0)."
        ) from None
    for weight in weights:
        check_finite("label", weight)
