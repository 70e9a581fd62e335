"""How well points of Portraits are dragged, as a table with the threshold for each figure."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.editing import DragProgress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

STEPS = 60
FIRST_SEED = 100
PSI = 0.7
SHORTEST, LONGEST = 8.0, 24.0  # pixels that a point is dragged, of 256
LEFT_THRESHOLD = 0.30  # of the way, at the end
SECONDS_THRESHOLD = 0.25  # of a step, at the median
CHANGED_THRESHOLD = 2.0  # levels of 255, outside of the mask
PATCH, BEYOND = 11, 10  # pixels around a point that are looked for, and beyond its way
AROUND = 32.0  # pixels that a mask leaves free around a point's way
INVERSION_STEPS = 50
KINDS = (
    ("left eye", "right eye"),
    ("left mouth corner", "right mouth corner"),
    ("chin",),
    ("hair",),
    ("left eye",),
)


@dataclass(frozen=True)
class Task:
    """Points of one picture, and where they are to go, in pixels."""

    seed: int
    names: tuple[str, ...]
    handles: tuple[tuple[float, float], ...]
    targets: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Dragged:
    """What became of a task, as shares of the way that were left, and the rest."""

    tracked: float  # by the tracker's own word
    matched: float  # by what a patch of the first picture resembles most in the last
    seconds: float  # a step, at the median
    steps: int
    changed: float  # levels outside of the mask
    lost: float


def print_report(name: str, count: int) -> None:
    """Measure with a bar that tells of progress. Raises UsageError for other models."""
    from stylestudio.render import open_model

    model = open_model(name)
    if model.name != "Portraits":
        raise click.UsageError("--evaluate needs Portraits, whose eyes and mouth it can locate.")
    click.echo(f"{count} pictures of {model.name}, at most {STEPS} steps of dragging")
    click.echo(f"{'':<24}{'distance left':>26}{'seconds':>9}{'steps':>7}{'changed':>9}{'lost':>6}")
    click.echo(f"{'':<24}{'tracked':>13}{'in the picture':>13}")
    tasks = [_task(model, index) for index in range(count)]
    for title, given in (
        ("pictures of seeds", _of_seeds),
        ("  with a mask", _masked),
        ("inverted pictures", _inverted),
    ):
        done = []
        with click.progressbar(tasks, label=title, file=sys.stderr) as bar:
            for task in bar:
                recipe, mask = given(model, task)
                done.append(_drag(model, recipe, task, mask))
        _print_row(title, done, masked=given is _masked)


def _print_row(title: str, done: list[Dragged], *, masked: bool) -> None:
    tracked, matched = mean(each.tracked for each in done), mean(each.matched for each in done)
    seconds, changed = median(each.seconds for each in done), mean(each.changed for each in done)
    row = f"{title:<24}{tracked:>13.0%}{matched:>13.0%}{seconds:>9.2f}"
    row += f"{mean(each.steps for each in done):>7.0f}{changed if masked else 0:>9.2f}"
    row += f"{mean(each.lost for each in done):>6.2f}"
    if masked:
        reached, threshold = changed < CHANGED_THRESHOLD, f"changed below {CHANGED_THRESHOLD:g}"
    else:
        reached = max(tracked, matched) <= LEFT_THRESHOLD and seconds <= SECONDS_THRESHOLD
        threshold = f"at most {LEFT_THRESHOLD:.0%}, {SECONDS_THRESHOLD:g} s"
    verdict = click.style("reached", fg="green") if reached else click.style("missed", fg="red")
    click.echo(f"{row}   {threshold}: {verdict}")


def _task(model: Model, index: int) -> Task:
    """The same for every run: which points go where."""
    import numpy as np

    seed, names = FIRST_SEED + index, KINDS[index % len(KINDS)]
    random = np.random.RandomState(seed)
    length, angle = random.uniform(SHORTEST, LONGEST), random.uniform(0, 2 * math.pi)
    across, down = length * math.cos(angle), length * math.sin(angle)
    if names[0] == "left mouth corner":  # wider or narrower, and up or down
        ways = [(-abs(across) / 2, down / 2), (abs(across) / 2, down / 2)]
    elif names[0] in ("chin", "hair"):
        ways = [(0.0, math.copysign(length, down))]
    else:
        ways = [(across, down)] * len(names)
    where = _landmarks(model, _seed_ws(model, seed))
    handles = [where[name] for name in names]
    if not all(
        0 < y + dy < model.resolution for (_, y), (_, dy) in zip(handles, ways, strict=True)
    ):
        ways = [(dx, -dy) for dx, dy in ways]
    targets = [(x + dx, y + dy) for (x, y), (dx, dy) in zip(handles, ways, strict=True)]
    return Task(seed, names, tuple(handles), tuple(targets))


def _seed_ws(model: Model, seed: int) -> Tensor:
    from stylestudio.render import compose_ws

    return compose_ws(model, _recipe(model, seed))


def _recipe(model: Model, seed: int) -> Recipe:
    from stylestudio.recipe import Recipe

    return Recipe.from_seed(seed, model, truncation_psi=PSI)


def _landmarks(model: Model, ws: Tensor) -> dict[str, tuple[float, float]]:
    """Where the painter would put what ws [num_ws, w_dim] show, in pixels."""
    from stylestudio.training.embedding import Embedding
    from stylestudio.training.portraits.landmarks import landmarks
    from stylestudio.training.worlds import world

    scene, settings = world("portraits")
    embedding = Embedding(scene.space, model.w_dim, settings.seed)
    attributes = embedding.to_attributes(ws.cpu()).mean(0).tolist()
    places = landmarks(dict(zip(scene.space.names, attributes, strict=True)))
    side = model.resolution
    return {name: (x * side, y * side) for name, (x, y) in places.items()}


def _of_seeds(model: Model, task: Task) -> tuple[Recipe, Any]:
    return _recipe(model, task.seed), None


def _masked(model: Model, task: Task) -> tuple[Recipe, Any]:
    """With a mask of what lies around each point's way."""
    import numpy as np

    along = np.arange(model.resolution) + 0.5
    x, y = along[None, :], along[:, None]
    mask = np.zeros((model.resolution, model.resolution), np.float32)
    for start, end in zip(task.handles, task.targets, strict=True):
        radius = AROUND + math.dist(start, end) / 2
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        mask[np.hypot(x - middle[0], y - middle[1]) < radius] = 1
    return _recipe(model, task.seed), mask


def _inverted(model: Model, task: Task) -> tuple[Recipe, Any]:
    """The same picture, found by inversion."""
    from stylestudio.inversion import invert
    from stylestudio.render import render

    picture = render(model, _recipe(model, task.seed))
    return invert(model, picture, steps=INVERSION_STEPS).recipe, None


def _drag(model: Model, recipe: Recipe, task: Task, mask: Any) -> Dragged:
    from stylestudio.editing import drag

    times: list[float] = []
    steps = drag(model, recipe, task.handles, task.targets, mask, steps=STEPS)
    *_, last = _timed(steps, times)
    before, after = _picture(model, recipe), _picture(model, last.recipe)
    found = [
        _matched(before, after, *pair) for pair in zip(task.handles, task.targets, strict=True)
    ]
    ways = [math.dist(*pair) for pair in zip(task.handles, task.targets, strict=True)]

    def left(places: list[tuple[float, float]]) -> float:
        pairs = zip(places, task.targets, ways, strict=True)
        return mean(math.dist(place, target) / way for place, target, way in pairs)

    changed = 0.0
    if mask is not None:
        change = (after - before).abs().mean(0).numpy() * 127.5
        changed = float(change[mask == 0].mean())
    return Dragged(
        left(list(last.points)), left(found), median(times), last.done, changed, mean(last.lost)
    )


def _timed(steps: Iterator[DragProgress], times: list[float]) -> Iterator[DragProgress]:
    """Note how long each step after the first took, in seconds."""
    yield next(steps)
    while True:
        began = time.perf_counter()
        step = next(steps, None)
        if step is None:
            return
        times.append(time.perf_counter() - began)
        yield step


def _picture(model: Model, recipe: Recipe) -> Tensor:
    """[3, R, R] in -1..1."""
    from stylestudio.render import compose_ws

    return model.synthesize(compose_ws(model, recipe)[None])[0].float().clamp(-1, 1).cpu()


def _matched(
    before: Tensor, after: Tensor, place: tuple[float, float], target: tuple[float, float]
) -> tuple[float, float]:
    """Where a patch of one picture correlates most with the other.

    It is looked for round the middle of its way, as far as both ends and a bit more: there may be
    another eye elsewhere.
    """
    import torch
    from torch.nn import functional as F

    way = math.dist(place, target)
    reach = math.ceil(way / 2 + BEYOND)
    first, middle = (
        (round(place[0] - 0.5), round(place[1] - 0.5)),
        (round((place[0] + target[0]) / 2 - 0.5), round((place[1] + target[1]) / 2 - 0.5)),
    )
    patch = _around(before, first, PATCH)
    area = _around(after, middle, PATCH + reach)[None]
    patch = patch - patch.mean((1, 2), keepdim=True)
    ones, count = torch.ones_like(patch)[:, None], patch[0].numel()
    sums, squares = (F.conv2d(each, ones, groups=3) for each in (area, area.square()))
    spread = (squares - sums.square() / count).clamp(min=1e-6).sum(1)
    likeness = (F.conv2d(area, patch[None])[0] / spread.sqrt())[0]
    index, width = int(likeness.argmax()), likeness.shape[1]
    across = middle[0] - first[0] + index % width - reach
    return place[0] + across, place[1] + middle[1] - first[1] + index // width - reach


def _around(picture: Tensor, middle: tuple[int, int], reach: int) -> Tensor:
    """The square [3, S, S] of a picture as far as `reach` from a pixel, mirrored at the edges."""
    from torch.nn import functional as F

    x, y = middle
    padded = F.pad(picture[None], [reach] * 4, mode="reflect")[0]
    return padded[:, y : y + 2 * reach + 1, x : x + 2 * reach + 1]
