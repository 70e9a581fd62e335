"""What `bench --edits` measures: finding directions, painted regions, and edited frames."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.bench.figures import Figure, alternate, at_most
from stylestudio.editing import (
    Directions,
    find_channels,
    find_directions,
    open_directions,
    rank_by_region,
)
from stylestudio.recipe import ModelRef, Recipe
from stylestudio.render import Renderer, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.editing.components import Method
    from stylestudio.render import Model

METHODS: dict[Method, tuple[str, float]] = {"pca": ("PCA", 20.0), "sefa": ("SeFa", 2.0)}
AGAIN = 0.2  # seconds for what was found before
BRUSH = 3.0  # seconds for a painted region
MOUTH = (104, 154, 152, 172)  # of 256 pixels
CHANNELS = 12  # as many as the window looks at more closely


def measure_finding(model: Model) -> Iterator[Figure]:
    """Time finding directions, and having them again from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        for method, (title, bar) in METHODS.items():
            for words, limit in ((f"{title}", bar), (f"{title} once more", AGAIN)):
                began = time.perf_counter()
                find_directions(model, method, folder=Path(folder))
                taken = time.perf_counter() - began
                yield Figure(model.name, f"directions by {words}", taken, "s", at_most(limit))


def measure_brush(model: Model, rounds: int) -> Figure:
    """Time what a painted region brings up on a built-in model."""
    recipe, mask = Recipe.from_seed(7, model, truncation_psi=0.7), np.zeros((256, 256))
    left, top, right, bottom = MOUTH
    mask[top:bottom, left:right] = 1.0
    named, ref = open_directions(name_of(model.name)), ModelRef.of(model)

    def paint() -> None:
        channels = find_channels(model, recipe, mask, CHANNELS)
        rank_by_region(model, recipe, mask, Directions.from_edits([*named, *channels], ref))

    seconds = alternate({"brush": paint}, rounds)["brush"]
    return Figure(model.name, "a painted region to the best sliders", seconds, "s", at_most(BRUSH))


def measure_edited(model: Model, rounds: int) -> Iterator[Figure]:
    """Time frames in which an edit of some layers moves, beside frames in which all is new."""
    with tempfile.TemporaryDirectory() as folder:
        found = find_directions(model, "sefa", 1, folder=Path(folder))
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    has = {layer.group for layer in model.layers}
    groups: list[str] = [group for group in ("coarse", "fine") if group in has]
    amounts = iter(np.linspace(0.1, 3.0, 10_000).tolist())
    renderers: dict[str, Renderer] = {group: Renderer(model) for group in groups}
    whole, seeds = Renderer(model, cache_bytes=0), iter(range(10**6))

    def move(group: str) -> None:
        edit = found.edit(found.names[0], next(amounts), layers=group)
        renderers[group].render(recipe.edit(edit))

    works = {group: (lambda group=group: move(group)) for group in groups}
    seconds = alternate(
        works | {"all": lambda: whole.render(Recipe.from_seed(next(seeds), model))}, rounds
    )
    for group in groups:
        share = 100 * seconds[group] / seconds["all"]
        yield Figure(model.name, f"an edit of {group} layers, of a full frame", share, "%")
