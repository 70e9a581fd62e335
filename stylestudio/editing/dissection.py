"""Which units of a model draw what was brushed on a few of its pictures.

After GAN Dissection (Bau et al. 2019). There a segmentation network marks what units are compared
with; here whoever uses the model does, on one to ten pictures.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.nn import functional as F

from stylestudio.editing.errors import DirectionError
from stylestudio.editing.features import FeatureReader, find_step, inner_maps, unit_steps
from stylestudio.editing.locating import agreement, learn_locator
from stylestudio.editing.masks import region_of
from stylestudio.editing.unit_effects import FINE_SIDE, Effects
from stylestudio.editing.unit_sets import UnitSet
from stylestudio.editing.unit_statistics import unit_thresholds
from stylestudio.errors import whole_number
from stylestudio.progress import Progress
from stylestudio.recipe import ModelRef, Recipe
from stylestudio.recipe.naming import described
from stylestudio.render import as_model
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.progress import Cancel
    from stylestudio.recipe import Locator
    from stylestudio.render import Assets, Model

MOST_SAMPLES = 10
SIDE = 128  # pixels at which maps are compared with what was brushed
SHARE = 0.1  # of a step's units, where no count is given
IDLE = 0.5  # learned scores below that are of units that rather stay
# Pixels of the maps of steps that are chosen automatically. Smaller ones show no place; units of
# larger ones draw edges and textures that many things share.
SIDES = (16, 32)
TRIED = 6  # steps whose units match best: that whose ablation is most in place is chosen


class Sample(NamedTuple):
    """A picture of the model, and what was brushed on it."""

    recipe: Recipe
    region: Tensor  # float32 [H, W] in 0..1


class Matches(NamedTuple):
    """How well the units of a step match what was brushed."""

    overlaps: Tensor  # [units]: IoU of where they fire and what was brushed, pooled over samples
    scores: Tensor  # [units]: the same, less where they fire everywhere
    values: Tensor  # [units]: their means where it was brushed

    def number(self, count: int | None) -> int:
        """How many units are looked for."""
        units = len(self.scores)
        return min(count or max(1, round(SHARE * units)), units)

    def best_score(self, count: int | None) -> float:
        """The mean score of the best units."""
        return float(self.scores.topk(self.number(count)).values.mean())


class _Weighed(NamedTuple):
    """The best units of a step."""

    step: int
    units: Tensor
    scores: Tensor  # of these
    locator: Locator | None  # of what was brushed
    fitness: float  # that of `Effects`, where the locator can be relied on


def dissect(
    model: Model | str,
    samples: Sequence[tuple[Recipe | int, Any]],
    step: int | str | None = None,
    count: int | None = None,
    *,
    name: str = "units",
    learn: bool = True,
    assets: Assets | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    folder: Path | None = None,
) -> UnitSet:
    """Find the units of a model that draw what is brushed on one to ten of its pictures.

    `samples` are recipes, or seeds, each with a mask [H, W], 0 outside and up to 1 inside, over
    the whole picture. `step` is the place or the name of the step whose units are looked at; None
    chooses it: of the few whose best units match best what is brushed, the one whose ablation
    changes the inside most and the outside least. `count` is how many units are wanted, None a
    tenth of the step's. With `learn`, they are weighed by what their ablation really changes;
    without, by their overlap alone, which takes no gradients. They are taken away where the step's
    maps resemble what was brushed: that is learned, too, and holds for any picture. What is found
    out about the model alone is kept in `folder`, None for the user's cache. Raises DirectionError
    for bad samples, steps and counts, WrongModelError for another model's recipe, and Cancelled.

    >>> import numpy as np
    >>> import stylestudio as ss
    >>> sky = np.zeros((256, 256))
    >>> sky[:40] = 1
    >>> units = ss.dissect("portraits", [(3, sky)], "b32.conv1", name="sky")
    >>> recipe = ss.Recipe.from_seed(7, "portraits").intervene(units.ablate())
    >>> frame = ss.render("portraits", recipe)
    """
    model = as_model(model)
    checked = checked_samples(model, samples)
    if count is not None:
        count = whole_number("count", count, 1, DirectionError)
    steps = unit_steps(model)
    chosen = None if step is None else find_step(model, step)
    thresholds = unit_thresholds(model, on_progress=on_progress, cancel=cancel, folder=folder)
    reader = FeatureReader(model, assets)
    if chosen is not None:
        wanted = [chosen]
    else:
        low, high = SIDES
        wanted = [i for i, each in steps.items() if low <= each.resolution <= high] or [*steps]
    matches = _match(reader, checked, wanted, thresholds, on_progress, cancel)
    order = sorted(matches, key=lambda index: -matches[index].best_score(count))
    candidates = [
        _weighed(reader, checked, index, matches[index], count, learn, on_progress, cancel)
        for index in order[:TRIED]
    ]
    found = max(candidates, key=lambda each: each.fitness)
    return UnitSet(
        name=name,
        model=ModelRef.of(model),
        step=found.step,
        layer=steps[found.step].name,
        units=tuple(found.units.tolist()),
        scores=tuple(found.scores.tolist()),
        values=tuple(matches[found.step].values[found.units].tolist()),
        locator=found.locator,
    )


def count_of_samples(samples: Any) -> int:
    """How many there are. Raises DirectionError for what is no list."""
    if not isinstance(samples, Sized):
        raise DirectionError(f"{described(samples)} is not a list of samples.")
    return len(samples)


def checked_samples(model: Model, samples: Sequence[tuple[Recipe | int, Any]]) -> list[Sample]:
    """Samples with recipes and regions. Raises DirectionError for others than one to ten."""
    number = count_of_samples(samples)
    if not 1 <= number <= MOST_SAMPLES:
        raise DirectionError(f"{number} samples are brushed; give 1 to {MOST_SAMPLES}.")
    found = []
    for sample in samples:
        try:
            picture, mask = sample
        except (TypeError, ValueError):
            raise DirectionError(
                f"{described(sample)} is no sample; that is a recipe, or a seed, and a mask."
            ) from None
        recipe = picture if isinstance(picture, Recipe) else Recipe.from_seed(picture, model)
        region = region_of(mask)
        if float(region.mean()) > 0.99:
            raise DirectionError("the whole picture is brushed; leave out what you don't mean.")
        found.append(Sample(recipe, region))
    return found


def _match(
    reader: FeatureReader,
    samples: Sequence[Sample],
    wanted: Sequence[int],
    thresholds: dict[int, Tensor],
    on_progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
) -> dict[int, Matches]:
    """How well the units of each wanted step match the samples."""
    sums: dict[int, Tensor] = {}
    brushed = torch.zeros(())
    for number, sample in enumerate(samples, start=1):
        region = F.interpolate(sample.region[None, None], size=(SIDE, SIDE), mode="area")[0, 0]
        brushed = brushed + region.sum()
        for index, step, state in reader.states(sample.recipe, max(wanted)):
            if cancel is not None:
                cancel.check()
            if index in wanted:
                maps = inner_maps(state, step)
                sums[index] = sums.get(index, 0) + _compared(maps, region, thresholds[index])
        if on_progress is not None:
            on_progress(Progress(number, len(samples), "Comparing units with what is brushed"))
    total = float(SIDE * SIDE * len(samples))
    return {index: _matches(each, float(brushed), total) for index, each in sums.items()}


def _compared(maps: Tensor, region: Tensor, thresholds: Tensor) -> Tensor:
    """Of maps [units, r, r]: places where they fire inside, in all, and their sum inside."""
    large = F.interpolate(maps[None], size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0]
    fires = (large > thresholds[:, None, None]).float()
    return torch.stack(
        [(fires * region).sum((1, 2)), fires.sum((1, 2)), (large * region).sum((1, 2))]
    )


def _matches(sums: Tensor, brushed: float, total: float) -> Matches:
    inside, fires, values = sums
    overlaps = inside / (fires + brushed - inside).clamp(min=1e-6)
    within = inside / brushed
    beyond = (fires - inside) / max(total - brushed, 1e-6)
    # A unit that fires as often on the unmarked remainder says nothing, however large its overlap.
    contrast = ((within - beyond) / (within + beyond).clamp(min=1e-9)).clamp(min=0)
    return Matches(overlaps, overlaps * contrast, values / brushed)


def _weighed(
    reader: FeatureReader,
    samples: Sequence[Sample],
    index: int,
    matches: Matches,
    count: int | None,
    learn: bool,
    on_progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
) -> _Weighed:
    """The best units of a step, by what their ablation changes or by how well they match."""
    if cancel is not None:
        cancel.check()
    states = [reader.state(sample.recipe, index) for sample in samples]
    ws = [reader.ws(sample.recipe) for sample in samples]
    regions = [sample.region for sample in samples]
    step = reader.model.network.synthesis.steps[index]
    device = reader.model.device
    with one_at_a_time(device):
        maps = [inner_maps(state, step) for state in states]
        locator = learn_locator(maps, regions)
    effects = Effects(reader.model, index, states, ws, regions, locator)
    number = matches.number(count)
    scores = effects.learn(number, on_progress, cancel) if learn else matches.scores
    with one_at_a_time(device):
        units = torch.argsort(-(scores + 1e-6 * matches.scores), stable=True)[:number]
        if learn:  # units that do nothing here, or harm elsewhere, aren't needed to fill the number
            units = units[: max(1, int((scores[units] >= IDLE).sum()))]
        agreed = agreement(maps, regions)
    judged = Effects(reader.model, index, states, ws, regions, locator, FINE_SIDE)
    return _Weighed(index, units, scores[units], locator, judged.fitness(units) * agreed)
