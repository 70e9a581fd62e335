"""Measures the renderer on one model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.bench.figures import Figure, alternate, at_least, at_most
from stylestudio.bench.machine import product_rate
from stylestudio.bench.subjects import multiplications
from stylestudio.recipe import MixRow, Recipe, SeedSource
from stylestudio.render import Renderer, Superseded
from stylestudio.render.graphs import RUNS_BEFORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stylestudio.render import Frame, Model

INDISTINGUISHABLE = 42.0  # dB; differences that no eye finds
SAME_MEMORY = "plain path that keeps its memory"  # as the renderer does; shows what that is worth
GOALS = {256: 3.0, 512: 3.0, 1024: 3.0}  # against the plain path, without compilation


def measure_frames(
    model: Model, exact: Model, others: Mapping[str, Callable[[], object]], rounds: int
) -> Iterator[Figure]:
    """Time whole frames; `exact` is the same model in float32, `others` what to compare with.

    Where this machine renders in float32 anyway, that is timed once. A card records steps where
    states may be kept; frames without recordings are timed beside those.
    """
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    fast = Renderer(model, cache_bytes=0)
    on_card = model.device.type == "cuda"
    seeds = iter(range(10**6))

    def fresh() -> Recipe:
        return recipe.replace(source=SeedSource(next(seeds)))

    works: dict[str, Callable[[], object]] = {"full": lambda: fast.render(fresh())}
    if on_card:
        recorded = Renderer(model)
        for _ in range(RUNS_BEFORE):
            recorded.render(fresh())
        works = {"full": lambda: recorded.render(fresh()), "unrecorded": works["full"]}
    if model.dtype != exact.dtype:
        slow = Renderer(exact, cache_bytes=0)
        works["float32"] = lambda: slow.render(fresh())
    seconds = alternate({**others, **works}, rounds)
    goal = at_least(GOALS[model.resolution]) if "config F" in model.name else None
    yield Figure(model.name, "full frame", seconds["full"] * 1000, "ms")
    if on_card:
        gain = seconds["unrecorded"] / seconds["full"]
        yield Figure(model.name, "full frame, faster than without recordings", gain, "x")
    for name in others:
        yield Figure(model.name, f"{name}", seconds[name] * 1000, "ms")
        speedup = seconds[name] / seconds["full"]
        bar = None if name == SAME_MEMORY else goal
        yield Figure(model.name, f"full frame, faster than the {name}", speedup, "x", bar)
        if "float32" in seconds:
            speedup = seconds[name] / seconds["float32"]
            yield Figure(model.name, f'precision="float32", faster than the {name}', speedup, "x")
    rate = multiplications(model) / seconds["full"]
    share = 100 * rate / product_rate(model.dtype, model.device)
    goal = at_least(50) if model.resolution == 1024 else None
    yield Figure(model.name, "share of the machine's matrix rate", share, "%", goal)


def measure_quality(model: Model, exact: Model, name: str = "likeness to float32") -> Figure:
    """Compare pictures with those of float32, over a few seeds."""
    errors = []
    for seed in range(4):
        recipe = Recipe.from_seed(seed, model, truncation_psi=0.7)
        pair = [Renderer(each, cache_bytes=0).render(recipe).pixels for each in (model, exact)]
        errors.append(np.square(pair[0].astype(float) - pair[1]).mean())
    ratio = 10 * np.log10(255**2 / max(float(np.mean(errors)), 1e-9))
    return Figure(model.name, name, ratio, "dB", at_least(INDISTINGUISHABLE))


def measure_changes(model: Model, rounds: int) -> Iterator[Figure]:
    """Time frames in which little changed, as shares of a whole frame."""
    renderer = Renderer(model)
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    steps = model.synthesis.steps
    rows = {
        f"change at {name}, of a full frame": next(s.ws_index for s in steps if s.name == name)
        for name in _late_layers(model)
    }
    seeds = iter(range(100, 10**6))

    def changed(row: int) -> Recipe:
        amounts = tuple(float(i == row) for i in range(model.num_ws))
        return base.replace(mixing=(MixRow(SeedSource(next(seeds)), amounts),))

    def noise_changed() -> Recipe:
        layers = [1.0] * (model.num_ws - 1)
        layers[-1] = 1.0 + next(seeds) / 1e5
        return base.replace(noise_layers=tuple(layers))

    works: dict[str, Callable[[], object]] = {
        "full": lambda: renderer.render(base.replace(source=SeedSource(next(seeds))))
    }
    for name, row in rows.items():
        works[f"before {name}"] = lambda: renderer.render(base)
        works[name] = lambda row=row: renderer.render(changed(row))  # type: ignore[misc]
    works["before noise"] = lambda: renderer.render(base)
    works["noise"] = lambda: renderer.render(noise_changed())
    seconds = alternate(works, rounds)
    large = model.resolution == 1024
    for index, name in enumerate(rows):
        bound = 20 if index == len(rows) - 1 else 40
        goal = at_most(bound) if large else None
        yield Figure(model.name, name, 100 * seconds[name] / seconds["full"], "%", goal)
    share = 100 * seconds["noise"] / seconds["full"]
    goal = at_most(20) if large else None
    yield Figure(model.name, "noise of the last layer, of a full frame", share, "%", goal)


def _late_layers(model: Model) -> list[str]:
    """The layers of the last two blocks; rows of ws may drive an RGB layer before them, too."""
    last, before = model.resolution, model.resolution // 2
    return [
        f"b{before}.conv0",
        f"b{before}.conv1",
        f"b{last}.conv0",
        f"b{last}.conv1",
        f"b{last}.torgb",
    ]


def measure_draft(model: Model, rounds: int) -> Iterator[Figure]:
    """Time from a change of everything to the first picture of it, as a share of a frame."""
    renderer = Renderer(model)
    seeds = iter(range(200, 10**6))
    first: list[float] = []
    sides: list[int] = []
    fulls: list[float] = []
    for index in range(rounds + 2):
        drafts: list[Frame] = []
        begun = time.perf_counter()
        recipe = Recipe.from_seed(next(seeds), model, truncation_psi=0.7)
        stopped = _until_first_draft(renderer, recipe, drafts)
        if stopped and index >= 2:
            first.append(time.perf_counter() - begun)
            sides.append(drafts[0].draft or 0)
        begun = time.perf_counter()
        renderer.render(Recipe.from_seed(next(seeds), model, truncation_psi=0.7))
        fulls.append(time.perf_counter() - begun)
    if not first:
        return
    share = 100 * float(np.median(first) / np.median(fulls))
    goal = at_most(25) if model.resolution == 1024 else None
    yield Figure(model.name, "first draft, of a full frame", share, "%", goal)
    yield Figure(model.name, "side of the first draft", float(np.median(sides)), "pixels")


def _until_first_draft(renderer: Renderer, recipe: Recipe, drafts: list[Frame]) -> bool:
    """Render until there is a draft; False where the frame was complete before."""
    try:
        renderer.render(recipe, lambda: bool(drafts), drafts.append)
    except Superseded:
        return True
    return False
