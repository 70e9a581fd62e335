"""What changes the weights of the whole model: files of changes, and models to crossfade with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from msgspec.structs import replace

from stylestudio.recipe.edits import LONGEST_NAME, free_name
from stylestudio.recipe.errors import RecipeError, as_number, check_sha256
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class WeightsLike(Protocol):
    """What a recipe needs to know of an opened delta, or of a model to crossfade with."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


class WeightsRef(Part, frozen=True):
    """Where other weights come from, by content.

    Changes are added to a model's weights. A sibling is a whole model of the same shape, whose
    weights take the place of the model's: it is known by the hash of its file, as all models are.
    """

    name: str
    sha256: str
    kind: Literal["changes", "sibling"] = "changes"

    def __post_init__(self) -> None:
        check_sha256(self.sha256)

    @classmethod
    def of(cls, weights: WeightsLike) -> WeightsRef:
        """Refer to an opened delta or model. Raises RecipeError for what is neither."""
        if not hasattr(weights, "sha256") or not hasattr(weights, "name"):
            raise RecipeError(
                f"{described(weights)} is no delta; ss.open_delta opens one, ss.open_model a model "
                "to crossfade with."
            )
        if getattr(weights, "is_mapper", False):
            raise RecipeError(
                f"{weights.name} is a mapper, which is used as an edit: "
                "recipe.edit(ss.MapperEdit.of(mapper))."
            )
        is_model = hasattr(weights, "num_ws")
        return cls(weights.name, weights.sha256, "sibling" if is_model else "changes")


class DeltaUse(Part, frozen=True, tag="weights"):
    """How far the model's weights become others: row i's layers get amount * layers[i] of them.

    At 0 they are the model's own and at 1 the others, exactly where these are a sibling's.
    Raises RecipeError, naming the field, where a value is out of range or a name is unfit.
    """

    name: str  # what the artist sees; no two deltas of a recipe share one
    weights: WeightsRef
    amount: float = 1.0
    layers: tuple[float, ...] | None = None  # a share for each of the num_ws layers, None = all 1
    mapping: float = 0.0  # of a sibling: how far w is what it makes of a seed, and w_avg its own
    muted: bool = False  # as if amount and mapping were 0, which they keep for later

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.strip():
            raise RecipeError(
                f"the delta's name is {described(self.name)}; it needs 1 to {LONGEST_NAME} letters."
            )
        check_number("deltas.amount", self.amount, f"the amount of delta {self.name!r}")
        check_number("deltas.mapping", self.mapping, f"the mapping of delta {self.name!r}")
        for i, share in enumerate(self.layers or ()):
            check_number("deltas.layers", share, f"layers[{i}] of delta {self.name!r}")

    def __repr__(self) -> str:
        return f"<DeltaUse {self.name!r}: amount {self.amount:g}>"

    @classmethod
    def of(
        cls,
        weights: WeightsLike,
        amount: float = 1.0,
        layers: Iterable[float] | None = None,
        *,
        mapping: float = 0.0,
        name: str = "",
    ) -> DeltaUse:
        """Use an opened delta, or crossfade with an opened model of the same shape."""
        ref = WeightsRef.of(weights)
        shares = None if layers is None else tuple(float(share) for share in layers)
        named = name or ref.name[:LONGEST_NAME] or "delta"
        return cls(named, ref, float(amount), shares, float(mapping))

    @property
    def is_crossfade(self) -> bool:
        """Whether the other weights are those of a whole model."""
        return self.weights.kind == "sibling"

    def shares(self, num_ws: int) -> tuple[float, ...]:
        """How much of the weights shows in each row's layers: 0 while it is muted."""
        if self.muted or not self.amount:
            return (0.0,) * num_ws
        return tuple(self.amount * share for share in self.layers or (1.0,) * num_ws)

    @property
    def acting_mapping(self) -> float:
        """How far the w's are those of a sibling: 0 while it is muted."""
        return 0.0 if self.muted or not self.is_crossfade else self.mapping

    @property
    def is_acting(self) -> bool:
        """Whether it changes anything."""
        return any(self.shares(len(self.layers or (1,)))) or self.acting_mapping != 0.0


Deltas = tuple[DeltaUse | Unknown, ...]


def known_deltas(deltas: Deltas) -> dict[str, DeltaUse]:
    """Those that can be read, by name, in their order."""
    return {delta.name: delta for delta in deltas if isinstance(delta, DeltaUse)}


def acting_deltas(deltas: Deltas) -> Iterator[DeltaUse]:
    """Those that change something."""
    return (delta for delta in known_deltas(deltas).values() if delta.is_acting)


def with_delta(deltas: Deltas, delta: DeltaUse) -> Deltas:
    """The deltas with this one in place of that of its name, which there has to be."""
    return tuple(
        delta if isinstance(each, DeltaUse) and each.name == delta.name else each for each in deltas
    )


def put_delta(
    deltas: Deltas,
    delta: DeltaUse | WeightsLike | str,
    amount: float | None,
    shares: tuple[float, ...] | None,
) -> Deltas:
    """The deltas with one more, or with that of this name changed; None leaves what is.

    Raises RecipeError for a name that none has, and for what is no delta.
    """
    put = with_another
    if isinstance(delta, str):
        known, put = known_deltas(deltas), with_delta
        if delta not in known:
            has = f"it has: {', '.join(known)}" if known else "it has none"
            raise RecipeError(f"The recipe has no delta {delta!r}; {has}.")
        delta = known[delta]
    changed = delta if isinstance(delta, DeltaUse) else DeltaUse.of(delta)
    if amount is not None:
        changed = replace(changed, amount=as_number("amount", amount))
    if shares is not None:
        changed = replace(changed, layers=shares)
    return put(deltas, changed)


def with_another(deltas: Deltas, delta: DeltaUse) -> Deltas:
    """The deltas with this one as the last, under its name or the next that is free."""
    return (*deltas, replace(delta, name=free_name(delta.name, known_deltas(deltas))))


def delta_files(deltas: Deltas) -> tuple[str, ...]:
    """The hashes of the files of changes that deltas name; models have files of their own."""
    uses = known_deltas(deltas).values()
    return tuple(use.weights.sha256 for use in uses if not use.is_crossfade)


def check_deltas(deltas: Deltas, num_ws: int) -> None:
    """Raise RecipeError where one does not fit the number of layers, or two share a name."""
    seen = set()
    for delta in deltas:
        if isinstance(delta, Unknown):
            continue
        if delta.layers is not None and len(delta.layers) != num_ws:
            raise RecipeError(
                f"layers of delta {delta.name!r} has {len(delta.layers)} entries; "
                f"this model needs {num_ws}."
            )
        if delta.name in seen:
            raise RecipeError(f"deltas names {delta.name!r} twice; give one of them another name.")
        seen.add(delta.name)


def between_deltas(a: Deltas, b: Deltas, t: float) -> Deltas:
    """The deltas at t in 0..1 on the way: one that a side lacks has the amount 0 there.

    Deltas are the same where names and weights are. What can't be read is that of the nearer side.
    """
    if a == b:
        return a
    ours, theirs = _by_weights(a), _by_weights(b)
    moved: list[DeltaUse | Unknown] = []
    names: list[str] = []
    for key in ours | theirs:
        between = _between(ours.get(key), theirs.get(key), t)
        moved.append(replace(between, name=free_name(between.name, names)))
        names.append(moved[-1].name)
    nearer = a if t < 0.5 else b
    return (*moved, *(delta for delta in nearer if isinstance(delta, Unknown)))


def _by_weights(deltas: Deltas) -> dict[tuple[str, str], DeltaUse]:
    return {(name, each.weights.sha256): each for name, each in known_deltas(deltas).items()}


def _between(a: DeltaUse | None, b: DeltaUse | None, t: float) -> DeltaUse:
    given = a or b
    assert given is not None
    nothing = replace(given, amount=0.0, mapping=0.0)
    start, end = a or nothing, b or nothing
    muted = start.muted and end.muted
    if not muted:
        start, end = _unmuted(start), _unmuted(end)
    return replace(
        start if t < 0.5 else end,
        muted=muted,
        amount=_lerp(start.amount, end.amount, t),
        mapping=_lerp(start.mapping, end.mapping, t),
        layers=_between_layers(start.layers, end.layers, t),
    )


def _unmuted(delta: DeltaUse) -> DeltaUse:
    """One that changes as much, and is not muted."""
    return replace(delta, amount=0.0, mapping=0.0, muted=False) if delta.muted else delta


def _between_layers(
    a: Sequence[float] | None, b: Sequence[float] | None, t: float
) -> tuple[float, ...] | None:
    if a is None and b is None:
        return None
    ones = (1.0,) * len(a or b or ())
    return tuple(_lerp(x, y, t) for x, y in zip(a or ones, b or ones, strict=True))


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t
