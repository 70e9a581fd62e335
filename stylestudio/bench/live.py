"""Measures live rendering without the window: how far pictures lag, and a long walk."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.bench.figures import Figure, at_most, percentile
from stylestudio.bench.peak_memory import GIB, held_by_process
from stylestudio.recipe import Edit, MixRow, PlaneSource, Recipe, SeedSource, Style
from stylestudio.render import Renderer, Superseded, builtin_styles, open_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.render import Frame, Model

FEWEST, MOST = 5, 200  # events of a slider that are timed
WARM_UP = 5  # events before, in which the steps' times become known
OVERTAKEN = 0.2  # share of the frames of a walk that newer ones overtake


def measure_lag(model: Model, seconds: float) -> Iterator[Figure]:
    """Time from one event of a slider to the picture's bytes on the host, for about `seconds`.

    Drafts are shown as in the window; the first picture may be one.
    """
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    rows = tuple(float(layer.group == "fine") for layer in model.layers)
    sliders: dict[str, Callable[[int], Recipe]] = {
        "all layers": lambda i: base.replace(source=PlaneSource(i / 50, 0.5)),
        "fine layers": lambda i: base.replace(
            mixing=(MixRow(SeedSource(9), tuple(row * (0.3 + i / 1000) for row in rows)),)
        ),
    }
    for name, moved in sliders.items():
        first, full = _lags(Renderer(model), moved, seconds / len(sliders))
        whole = [1000 * statistics.median(full), 1000 * percentile(full, 0.95)]
        yield Figure(model.name, f"event on {name} to the full picture", whole[0], "ms")
        yield Figure(model.name, f"event on {name} to the full picture, 95 %", whole[1], "ms")
        if first != full:
            draft = 1000 * statistics.median(first)
            yield Figure(model.name, f"event on {name} to the first picture", draft, "ms")


def _lags(
    renderer: Renderer, moved: Callable[[int], Recipe], seconds: float
) -> tuple[list[float], list[float]]:
    """Seconds from each event to the first picture, and to the full one."""
    first: list[float] = []
    full: list[float] = []
    ends = time.perf_counter() + seconds
    for index in range(WARM_UP + MOST):
        if len(full) >= FEWEST and time.perf_counter() > ends:
            break
        seen: list[float] = []

        def show(_frame: Frame, seen: list[float] = seen) -> None:
            seen.append(time.perf_counter())

        begun = time.perf_counter()
        show(renderer.render(moved(index), show_draft=show))
        if index >= WARM_UP:
            first.append(seen[0] - begun)
            full.append(seen[-1] - begun)
    return first, full


def measure_walk(model: Model, seconds: float) -> Iterator[Figure]:
    """Render recipes at random for so many seconds; what memory does meanwhile.

    Some frames are overtaken, some are drafts, some painted. Memory is the card's, or else the
    process's.
    """
    random, renderer = np.random.RandomState(0), Renderer(model)
    banks = [open_styles(name) for name in builtin_styles()[:1]]
    recipe = Recipe.from_seed(0, model)
    begun = time.perf_counter()
    frames, halfway = 0, 0
    while (now := time.perf_counter() - begun) < seconds or not frames:
        if now >= seconds / 2 and not halfway:
            halfway = _memory(model)
        recipe = _wandered(recipe, model, random)
        style = Style.of(banks[0], {banks[0].names[0]: 1.0}) if random.rand() < 0.2 else None
        answers = iter(random.rand(len(model.synthesis.steps) + 2) < _each_step(model))
        overtaken = random.rand() < OVERTAKEN
        sides = renderer.draft_sides(recipe)
        side = int(random.choice(sides)) if sides and random.rand() < 0.2 else None
        try:
            renderer.render(
                recipe.replace(style=style),
                lambda answers=answers, overtaken=overtaken: overtaken and next(answers, True),  # type: ignore[misc]
                show_draft=lambda _frame: None,
                side=side,
            )
        except Superseded:
            continue
        frames += 1
    taken = time.perf_counter() - begun
    yield Figure(model.name, f"walk of {taken:.0f} s, frames", frames / taken, "1/s")
    held = _memory(model)
    if halfway:
        yield Figure(model.name, "walk, memory at its end", held / GIB, "GiB")
        grown = held / halfway
        yield Figure(model.name, "walk, of the memory half-way", grown, "x", at_most(1.05))


def _each_step(model: Model) -> float:
    """How likely a frame that is overtaken stops before any one step."""
    return 2 / len(model.synthesis.steps)


def _wandered(recipe: Recipe, model: Model, random: np.random.RandomState) -> Recipe:
    """A recipe in which one thing was moved, as a hand would."""
    amounts = tuple(float(each) for each in random.rand(model.num_ws).round(2))
    vector = random.randn(model.w_dim).astype(np.float32)
    changes: list[Callable[[], Recipe]] = [
        lambda: recipe.replace(source=PlaneSource(*random.rand(2).round(3).tolist())),
        lambda: recipe.replace(source=SeedSource(int(random.randint(10**6)))),
        lambda: recipe.replace(truncation_psi=round(float(random.rand()), 2)),
        lambda: recipe.replace(mixing=(MixRow(SeedSource(int(random.randint(99))), amounts),)),
        lambda: recipe.replace(mixing=()),
        lambda: recipe.replace(noise_mode="seeded", noise_seed=int(random.randint(99))),
        lambda: recipe.replace(noise_mode="const", noise_strength=round(float(random.rand()), 2)),
        lambda: recipe.replace(noise_mode="none"),
        lambda: recipe.edit(Edit.from_array("walk", vector, round(float(random.rand()), 2))),
        lambda: recipe.replace(edits=()),
    ]
    return changes[random.randint(len(changes))]()


def _memory(model: Model) -> int:
    """Bytes that are held on the model's card, or by the process; 0 where nobody tells."""
    if model.device.type == "cuda":
        return torch.cuda.memory_reserved(model.device)
    return held_by_process("VmRSS")
