"""Networks that the finished picture goes through, after the style, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from stylestudio.recipe.edits import LONGEST_NAME, free_name
from stylestudio.recipe.errors import RecipeError, StageError, check_sha256
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ATTRIBUTES = 1000


class NetworkLike(Protocol):
    """What a recipe needs to know of a network that changes pictures."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def attributes(self) -> tuple[str, ...]: ...  # noqa: D102


class NetworkRef(Part, frozen=True):
    """A network that changes pictures, by content."""

    name: str  # of its file
    sha256: str
    scale: int = 1  # how many times larger its pictures are; files did not always say

    def __post_init__(self) -> None:
        check_sha256(self.sha256)

    @classmethod
    def of(cls, network: NetworkLike) -> NetworkRef:
        """Refer to an opened network. Raises RecipeError for what is none."""
        if not hasattr(network, "attributes"):
            raise RecipeError(f"{described(network)} is not a network; ss.open_stage opens one.")
        return cls(network.name, network.sha256, getattr(network, "scale", 1))


class Stage(Part, frozen=True, tag="network"):
    """A network, and how strongly it changes the picture.

    Raises RecipeError, naming the field, where a value is out of range or a name is unfit.
    """

    name: str  # what the artist sees; no two stages of a recipe share one
    network: NetworkRef
    strength: float = 1.0  # 0 leaves the picture, its size too
    attributes: tuple[tuple[str, float], ...] = ()  # name and 0..1; of networks that have some
    softer: NetworkRef | None = None  # an enlarger of the same form, whose weights are blended in
    sharpness: float = 1.0  # 0 takes all weights of `softer`, 1 those of `network`
    muted: bool = False  # as if strength were 0, which it keeps for later

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.strip():
            raise RecipeError(
                f"the stage's name is {described(self.name)}; it needs 1 to {LONGEST_NAME} letters."
            )
        check_number("stages.strength", self.strength, f"the strength of stage {self.name!r}")
        check_number("stages.sharpness", self.sharpness, f"the sharpness of stage {self.name!r}")
        if len(self.attributes) > MAX_ATTRIBUTES:
            raise RecipeError(
                f"stage {self.name!r} has {len(self.attributes)} attributes; {MAX_ATTRIBUTES} "
                "is the most."
            )
        for attribute, amount in self.attributes:
            check_number("stages.attributes", amount, f"{attribute!r} of stage {self.name!r}")
        if len(dict(self.attributes)) < len(self.attributes):
            raise RecipeError(f"stage {self.name!r} names an attribute twice.")

    def __repr__(self) -> str:
        return f"<Stage {self.name!r}: {self.network.name} at {self.strength:g}>"

    @classmethod
    def of(
        cls,
        network: NetworkLike,
        strength: float = 1.0,
        attributes: Mapping[str, float] | None = None,
        *,
        name: str = "",
        softer: NetworkLike | None = None,
        sharpness: float = 1.0,
    ) -> Stage:
        """Put an opened network after the picture; attributes that are not named are 0.

        `softer` is an enlarger of the same form, whose weights are blended in as far as
        `sharpness` lies below 1. Raises StageError for attributes that the network doesn't have.
        """
        ref = NetworkRef.of(network)
        stage = cls(
            name or ref.name[:LONGEST_NAME],
            ref,
            float(strength),
            tuple((attribute, 0.0) for attribute in network.attributes),
            None if softer is None else NetworkRef.of(softer),
            float(sharpness),
        )
        return stage.with_attributes(attributes or {})

    def with_attributes(self, amounts: Mapping[str, float]) -> Stage:
        """The stage with other amounts of these attributes.

        Raises StageError for attributes that its network doesn't have.
        """
        old = dict(self.attributes)
        for attribute in amounts:
            if attribute not in old:
                has = f"it has: {', '.join(old)}" if old else "it has none"
                raise StageError(f"{self.name} has no attribute {attribute!r}; {has}.")
        given = {attribute: float(amount) for attribute, amount in amounts.items()}
        return replace(self, attributes=tuple((old | given).items()))

    @property
    def acting(self) -> float:
        """The strength that shows in the picture: 0 while it is muted."""
        return 0.0 if self.muted else self.strength


def stages_of(stages: Iterable[Stage | Unknown]) -> dict[str, Stage]:
    """Those that can be read, by name, in their order."""
    return {stage.name: stage for stage in stages if isinstance(stage, Stage)}


def networks_of(stages: Iterable[Stage | Unknown]) -> list[NetworkRef]:
    """The networks that stages name."""
    pairs = [(stage.network, stage.softer) for stage in stages_of(stages).values()]
    return [ref for pair in pairs for ref in pair if ref is not None]


def with_stage(stages: tuple[Stage | Unknown, ...], stage: Stage) -> tuple[Stage | Unknown, ...]:
    """The stages with this one in place of that of its name, which there has to be."""
    return tuple(
        stage if isinstance(each, Stage) and each.name == stage.name else each for each in stages
    )


def with_one_more(stages: tuple[Stage | Unknown, ...], stage: Stage) -> tuple[Stage | Unknown, ...]:
    """The stages with this one as the last, under its name or the next that is free."""
    return (*stages, replace(stage, name=free_name(stage.name, stages_of(stages))))


def check_stages(stages: tuple[Stage | Unknown, ...]) -> None:
    """Raise RecipeError where two stages share a name."""
    names = [stage.name for stage in stages if isinstance(stage, Stage)]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(f"stages names {name!r} twice; give one of them another name.")


def between_stages(
    a: tuple[Stage | Unknown, ...], b: tuple[Stage | Unknown, ...], t: float
) -> tuple[Stage | Unknown, ...]:
    """The stages at t in 0..1 on the way, in the order of the nearer side.

    Stages are the same where names and networks are; one that a side lacks has strength 0 there.
    Enlargers that each side has for itself would enlarge by both, so the first fade out until
    half-way, and then the second in. What can't be read is that of the nearer side.
    """
    if a == b:
        return a
    near, far = (a, b) if t < 0.5 else (b, a)
    ours, theirs = _by_network(a), _by_network(b)
    gone, coming = _enlargers(ours, theirs), _enlargers(theirs, ours)
    taking_turns = gone | coming if gone and coming else frozenset()
    moved: list[Stage | Unknown] = []
    names: list[str] = []
    for each in (*near, *far):
        if isinstance(each, Unknown):
            if each in near:
                moved.append(each)
            continue
        key = (each.name, each.network.sha256)
        if key not in ours | theirs:
            continue  # it has had its turn
        start, end = ours.pop(key, None), theirs.pop(key, None)
        if key not in taking_turns:
            between = _between(start, end, t)
        elif each in near:
            between = replace(each, strength=each.strength * abs(1.0 - 2.0 * t))
        else:
            continue
        name = free_name(each.name, names)
        names.append(name)
        moved.append(replace(between, name=name))
    return tuple(moved)


def _enlargers(
    some: dict[tuple[str, str], Stage], others: dict[tuple[str, str], Stage]
) -> frozenset[tuple[str, str]]:
    """The keys of those that enlarge the picture, and that the other side lacks."""
    return frozenset(
        key for key, each in some.items() if each.network.scale > 1 and each.acting
    ) - frozenset(others)


def _by_network(stages: tuple[Stage | Unknown, ...]) -> dict[tuple[str, str], Stage]:
    return {(name, each.network.sha256): each for name, each in stages_of(stages).items()}


def _between(a: Stage | None, b: Stage | None, t: float) -> Stage:
    given = a or b
    assert given is not None
    start, end = a or replace(given, strength=0.0), b or replace(given, strength=0.0)
    muted = start.muted and end.muted
    strengths = (start.strength, end.strength) if muted else (start.acting, end.acting)
    ours, theirs = dict(start.attributes), dict(end.attributes)
    return replace(
        start if t < 0.5 else end,
        muted=muted,
        strength=_lerp(*strengths, t),
        attributes=tuple(
            (name, _lerp(ours.get(name, 0.0), theirs.get(name, 0.0), t)) for name in ours | theirs
        ),
        sharpness=_lerp(start.sharpness, end.sharpness, t),
    )


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t
