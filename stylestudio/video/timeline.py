"""A clip as keyframes, or as a performance, and what moves on top: time -> recipe."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from msgspec import Struct
from msgspec.structs import replace

from stylestudio.recipe import PlaneSource, Recipe, RecipeError, SeedSource, Source, blend
from stylestudio.recipe import interpolate as between
from stylestudio.recipe.errors import check_choice, check_range
from stylestudio.recipe.naming import described
from stylestudio.recipe.sources import ZPart, ZSource
from stylestudio.video.moving import NoiseFlow, PsiSweep, Wander
from stylestudio.video.paths import Easing, curve_weights, eased
from stylestudio.video.performance import Performance

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

SECONDS_RANGE = (0.01, 3600.0)
FPS_RANGE = (1.0, 240.0)
ROUNDING = 1e-6  # seconds between two sums of durations that are meant to be one time
TELEVISION = 1001  # the denominator of 23.976, 29.97 and 59.94 frames a second

MOVEMENTS = {"noise": NoiseFlow, "psi": PsiSweep, "wander": Wander}

Path = Literal["line", "spline", "z line", "z arc"]


class Keyframe(Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe, and the way to the next keyframe."""

    recipe: Recipe
    seconds: float = 2.0  # to the next; the last one's count in a loop, or if it is the only one
    easing: Easing = "smooth"

    def __post_init__(self) -> None:
        if not isinstance(self.recipe, Recipe):
            raise RecipeError(f"{described(self.recipe)} is not a recipe.")
        check_range("seconds", self.seconds, *SECONDS_RANGE)
        check_choice("easing", self.easing, get_args(Easing))


class Timeline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Which recipe a clip shows when; a sequence of the recipes of its frames.

    Derive others with `replace`.

    Every continuous field of the recipe moves from keyframe to keyframe, linearly in the eased
    time; the others switch half-way (see `interpolate`). The main source follows `path`: a
    straight line in w, a smooth curve in w through all keyframes (closed in a loop), a
    straight line in z, or a great circle in z. The last two need seeds, and go straight in w
    where a keyframe has another source. A performance takes the place of keyframes.

    Frames of a loop lie at 0, 1/N, ..., (N-1)/N of it; those of other clips at n / fps seconds.
    If such a clip ends with a cut ("hold"), its last frame shows the last keyframe.
    Raises RecipeError where values are out of range, or keyframes are of several models.

    >>> import stylestudio as ss
    >>> recipes = [ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12, 30)]
    >>> timeline = ss.Timeline.of(recipes, seconds=6, loop=True).replace(path="spline")
    >>> timeline
    <Timeline of Portraits: 3 keyframes, 180 frames, 6 s at 30 frames/s, in a loop>
    >>> len(timeline), timeline[0] == recipes[0]
    (180, True)
    >>> for frame in ss.render_all("portraits", timeline[:2]):
    ...     print(frame.shape)
    (256, 256, 3)
    (256, 256, 3)
    """

    keyframes: tuple[Keyframe, ...] = ()
    performance: Performance | None = None
    fps: float = 30.0
    loop: bool = False
    path: Path = "line"
    noise: NoiseFlow | None = None
    psi: PsiSweep | None = None
    wander: Wander | None = None

    def __post_init__(self) -> None:
        check_range("fps", self.fps, *FPS_RANGE)
        check_choice("path", self.path, get_args(Path))
        if not isinstance(self.loop, bool):
            raise RecipeError(f"loop is {described(self.loop)}; it must be True or False.")
        for name, kind in MOVEMENTS.items():
            value = getattr(self, name)
            if not isinstance(value, kind | None):
                needed = f"ss.{kind.__name__}(…) or None"
                raise RecipeError(f"{name} is {described(value)}; it must be {needed}.")
        for key in self.keyframes:
            if not isinstance(key, Keyframe):
                raise RecipeError(f"{described(key)} is not a keyframe; ss.Keyframe makes one.")
        if bool(self.keyframes) == (self.performance is not None):
            raise RecipeError("A timeline needs either keyframes or a performance.")
        models = {key.recipe.model.sha256: key.recipe.model.name for key in self.keyframes}
        if len(models) > 1:
            names = " and ".join(list(models.values())[:2])
            raise RecipeError(
                f"The keyframes belong to several models ({names}); a clip can have only one."
            )

    def __repr__(self) -> str:
        count = len(self.keyframes)
        what = "a performance" if self.performance else f"{count} keyframe{'s' * (count > 1)}"
        loop = ", in a loop" if self.loop else ""
        return (
            f"<Timeline of {self.first.model.name}: {what}, {self.frame_count} frames, "
            f"{self.seconds:g} s at {self.fps:g} frames/s{loop}>"
        )

    def __len__(self) -> int:
        return self.frame_count

    def __iter__(self) -> Iterator[Recipe]:
        return map(self.recipe_at, range(self.frame_count))

    @overload
    def __getitem__(self, n: int) -> Recipe: ...
    @overload
    def __getitem__(self, n: slice) -> list[Recipe]: ...
    def __getitem__(self, n: int | slice) -> Recipe | list[Recipe]:
        frames = range(self.frame_count)[n]
        return self.recipe_at(frames) if isinstance(frames, int) else [*map(self.recipe_at, frames)]

    def replace(self, **fields: Any) -> Timeline:
        """Derive a timeline in which these fields differ. Raises RecipeError."""
        unknown = [name for name in fields if name not in self.__struct_fields__]
        if unknown:
            known = ", ".join(self.__struct_fields__)
            raise RecipeError(f"A timeline has no field {unknown[0]!r}; it has {known}.")
        return replace(self, **fields)

    @classmethod
    def of(
        cls, recipes: Iterable[Recipe], seconds: float, *, fps: float = 30.0, loop: bool = False
    ) -> Timeline:
        """Visit `recipes` at even distances within `seconds`, at an even pace."""
        if not isinstance(recipes, Recipe | Iterable):
            raise RecipeError(f"{described(recipes)} is not a list of recipes.")
        given = (recipes,) if isinstance(recipes, Recipe) else tuple(recipes)
        for recipe in given:
            if not isinstance(recipe, Recipe):
                raise RecipeError(f"{described(recipe)} is not a recipe.")
        check_range("seconds", seconds, *SECONDS_RANGE)
        parts = len(given) - (0 if loop or len(given) == 1 else 1)
        keys = tuple(Keyframe(recipe, seconds / max(parts, 1), "even") for recipe in given)
        return cls(keyframes=keys, fps=fps, loop=loop)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Timeline:
        """Read the timeline of a session file, or of a video that the studio exported.

        Raises SessionError, naming the file, where there is none or it cannot be read.
        """
        from stylestudio.recipe.session import SessionError
        from stylestudio.video.session import read_session

        timeline = read_session(path).timeline
        if timeline is None:
            raise SessionError(f"{path} holds no timeline; add keyframes and save it again.")
        return timeline

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a session file that holds this timeline; all of the file or nothing."""
        from stylestudio.video.session import Session

        Session(timeline=self).save(path)

    @property
    def first(self) -> Recipe:
        """Where it starts: the first keyframe's recipe, or the performance's."""
        return self.performance.start if self.performance else self.keyframes[0].recipe

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Those that all its frames lie between."""
        if self.performance:
            return self.performance.recipes
        return tuple(key.recipe for key in self.keyframes)

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly; 23.976 and its like are 24000/1001."""
        for whole in (24, 30, 48, 60, 120):
            if abs(self.fps - whole * 1000 / TELEVISION) < 0.006:
                return Fraction(whole * 1000, TELEVISION)
        return Fraction(float(self.fps)).limit_denominator(1000)

    @cached_property
    def _knots(self) -> tuple[float, ...]:
        """When each keyframe is reached, and the end of a loop or of a single keyframe."""
        durations = [key.seconds for key in self.keyframes]
        times = [0.0, *accumulate(durations)]
        return tuple(times if self.loop or len(durations) == 1 else times[:-1])

    @property
    def seconds(self) -> float:
        """How long it is, before it is cut into frames."""
        return self.performance.seconds if self.performance else self._knots[-1]

    def time_of(self, index: int) -> float:
        """When a keyframe is reached, in seconds."""
        return self._knots[index]

    @property
    def frame_count(self) -> int:
        """How many frames the clip has, at least 1."""
        return max(1, round(self.seconds * self.rate))

    @property
    def frames_a_second(self) -> float:
        """The rate at which frames follow each other; a loop is cut into a whole number of them."""
        return self.frame_count / self.seconds if self.loop else float(self.rate)

    def time_of_frame(self, n: int) -> float:
        """Which time of the clip frame n shows, in seconds."""
        if self.loop:
            return self.seconds * (n / self.frame_count)
        ends_with_cut = len(self.keyframes) > 1 and self.keyframes[-2].easing == "hold"
        if ends_with_cut and n >= max(self.frame_count - 1, 1):
            return self.seconds  # or no frame would show what it cuts to
        return float(n / self.rate)

    def recipe_at(self, n: int) -> Recipe:
        """The recipe of frame n in 0..frame_count.

        Frame `frame_count` is not part of the clip: in a loop that closes it is frame 0 again.
        Raises RecipeError for any other n.
        """
        check_range("n", n, 0, self.frame_count)
        return self.recipe_at_time(self.time_of_frame(n))

    def recipe_at_time(self, seconds: float) -> Recipe:
        """The recipe at any time, for scrubbing; it holds before the start and after the end."""
        at = min(max(seconds, 0.0), self.seconds)
        share = at / self.seconds
        recipe = self.unmoved_at_time(at)
        if self.wander:
            recipe = self.wander.apply(recipe, share)
        if self.psi:
            recipe = self.psi.apply(recipe, share)
        if self.noise:
            recipe = self.noise.apply(recipe, share, self.seconds, self.loop)
        return recipe

    def unmoved_at_time(self, seconds: float) -> Recipe:
        """The recipe at any time without noise, psi and wander on top."""
        at = min(max(seconds, 0.0), self.seconds)
        return self.performance.recipe_at_time(at) if self.performance else self._keyed(at)

    def _keyed(self, at: float) -> Recipe:
        """The recipe between the keyframes around a time."""
        knots, keys = self._knots, self.keyframes
        if len(keys) == 1:
            return keys[0].recipe
        at = _on_knot(knots, at)
        index = min(max(bisect_right(knots, at) - 1, 0), len(knots) - 2)
        a, b = keys[index], keys[(index + 1) % len(keys)]
        span = knots[index + 1] - knots[index]
        t = eased(a.easing, (at - knots[index]) / span)
        recipe = between(a.recipe, b.recipe, t)
        if self.path == "line" or t in (0.0, 1.0):
            return recipe
        if self.path == "spline":
            weights = curve_weights(knots, self.loop, knots[index] + t * span)
            sources = [key.recipe.source for key in keys]
            return recipe.replace(source=blend(zip(sources, weights.tolist(), strict=True)))
        joined = _in_z(a.recipe.source, b.recipe.source, t, spherical=self.path == "z arc")
        return recipe if joined is None else recipe.replace(source=joined)


def _on_knot(knots: tuple[float, ...], at: float) -> float:
    """`at`, or the knot beside it by rounding alone, lest a cut come a frame late."""
    index = bisect_left(knots, at)
    near = knots[max(index - 1, 0) : index + 1]
    return next((knot for knot in near if abs(knot - at) < ROUNDING), at)


def _in_z(a: Source, b: Source, t: float, *, spherical: bool) -> Source | None:
    """The point at t between two seeds in z; None where one of the sources is no seed."""
    start, end = _seed(a), _seed(b)
    if start is None or end is None:
        return None
    if start == end:
        return a
    return ZSource((ZPart(start, 1.0 - t), ZPart(end, t)), spherical)


def _seed(source: Source) -> SeedSource | None:
    if isinstance(source, PlaneSource) and len(source.corners()) == 1:
        return source.corners()[0][0]
    return source if isinstance(source, SeedSource) else None
