"""Operations on a timeline's keyframes: timeline -> timeline; none of them changes its argument."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe import Recipe
from stylestudio.video.timeline import SECONDS_RANGE, Keyframe, Timeline

if TYPE_CHECKING:
    from collections.abc import Collection


def shortest(timeline: Timeline) -> float:
    """The shortest time from one keyframe to the next: a frame, in seconds."""
    return max(1.0 / float(timeline.rate), SECONDS_RANGE[0])


def times(timeline: Timeline) -> tuple[float, ...]:
    """When each keyframe is reached, in seconds."""
    return tuple(timeline.time_of(index) for index in range(len(timeline.keyframes)))


def reached(timeline: Timeline, seconds: float) -> int:
    """The keyframe that a playhead at `seconds` has reached last."""
    return max(bisect_right(times(timeline), seconds + 1e-6) - 1, 0)


def key_at(timeline: Timeline, seconds: float) -> int | None:
    """The keyframe under a playhead at `seconds`, half a frame around it; None between them.

    The end of a loop is its first keyframe again.
    """
    reach = max(shortest(timeline) / 2, SECONDS_RANGE[0])
    if timeline.loop and timeline.seconds - seconds < reach:
        return 0
    distances = [abs(time - seconds) for time in times(timeline)]
    if not distances:
        return None
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest if distances[nearest] < reach else None


def inserted(timeline: Timeline, recipe: Recipe, index: int, at: float | None) -> Timeline:
    """Insert `recipe` after the keyframe `index`.

    Where `at` seconds lies between this keyframe and the next, it stands there and nothing else
    moves. Elsewhere it comes as long after this keyframe as that one was before the next.
    """
    keys = timeline.keyframes
    before = keys[index]
    key = Keyframe(recipe, before.seconds, before.easing)
    passed = 0.0 if at is None else at - timeline.time_of(index)
    is_last = index == len(keys) - 1 and not timeline.loop
    least = max(shortest(timeline) / 2, SECONDS_RANGE[0])
    if least <= passed <= before.seconds - least and not (is_last and index):
        left = before.seconds if is_last else before.seconds - passed
        before, key = replace(before, seconds=passed), replace(key, seconds=left)
    return replace(timeline, keyframes=(*keys[:index], before, key, *keys[index + 1 :]))


def keyed(timeline: Timeline, recipe: Recipe, at: float) -> tuple[Timeline, int, bool]:
    """Let `recipe` be the picture at `at` seconds: (timeline, the keyframe, whether it is new)."""
    index = key_at(timeline, at)
    if index is not None:
        return edited(timeline, [index], recipe=recipe), index, False
    index = reached(timeline, at)
    return inserted(timeline, recipe, index, at), index + 1, True


def unmoved(timeline: Timeline, recipe: Recipe, at: float) -> Recipe:
    """Take what moves on top of keyframes out of `recipe`, which was on show at `at` seconds.

    As a keyframe there, it gives the same picture. Fields that were changed by hand stay.
    """
    shown, plain = timeline.recipe_at_time(at), timeline.unmoved_at_time(at)
    fields = {
        name: getattr(plain, name)
        for name in Recipe.__struct_fields__
        if getattr(recipe, name) == getattr(shown, name)
    }
    return recipe.replace(**fields)


def edited(timeline: Timeline, indices: Collection[int], **fields: object) -> Timeline:
    """Change fields of some keyframes."""
    keys = enumerate(timeline.keyframes)
    changed = (replace(key, **fields) if index in indices else key for index, key in keys)
    return replace(timeline, keyframes=tuple(changed))


def removed(timeline: Timeline, indices: Collection[int]) -> Timeline | None:
    """Take keyframes out; None where none is left."""
    left = tuple(key for index, key in enumerate(timeline.keyframes) if index not in indices)
    return replace(timeline, keyframes=left) if left else None


def moved(timeline: Timeline, indices: Collection[int], gap: int) -> tuple[Timeline, range]:
    """Put keyframes together into a gap, 0 before the first keyframe; return where they are now."""
    keys = timeline.keyframes
    before = [key for index, key in enumerate(keys[:gap]) if index not in indices]
    after = [key for index, key in enumerate(keys) if index >= gap and index not in indices]
    between = [keys[index] for index in sorted(indices)]
    places = range(len(before), len(before) + len(between))
    return replace(timeline, keyframes=(*before, *between, *after)), places


def copied(timeline: Timeline, indices: Collection[int], gap: int) -> tuple[Timeline, range]:
    """Put copies of keyframes together into a gap; return where the copies are."""
    keys = timeline.keyframes
    copies = [keys[index] for index in sorted(indices)]
    places = range(gap, gap + len(copies))
    return replace(timeline, keyframes=(*keys[:gap], *copies, *keys[gap:])), places


def snapped(seconds: float, timeline: Timeline, marks: Collection[float], reach: float) -> float:
    """The mark or whole second within `reach` that is nearest to `seconds`, else the frame."""
    near = min((*marks, float(round(seconds))), key=lambda mark: abs(mark - seconds))
    if abs(near - seconds) <= reach:
        return near
    return float(round(seconds * timeline.rate) / timeline.rate)
