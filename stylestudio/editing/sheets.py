"""The tables of pictures that papers show, for any model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec.structs import replace

from stylestudio.editing.errors import DirectionError
from stylestudio.progress import Progress
from stylestudio.recipe import PlaneSource, Recipe, SeedSource, interpolate, label_of
from stylestudio.recipe.sheets import Sheet
from stylestudio.recipe.sources import PLANE_ROW
from stylestudio.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stylestudio.progress import Cancel
    from stylestudio.recipe import AnyEdit
    from stylestudio.recipe.layers import Layers
    from stylestudio.render import Assets, Model

SheetKind = Literal["mixing", "psi", "seeds", "noise", "directions", "strips", "variations"]

DRAWS = 4  # of noise
BRIGHTER = 4.0  # how much differences are, to be seen


@dataclass(frozen=True)
class SheetChoice:
    """What sheets show; each kind has a use for some of these."""

    seeds: tuple[int, ...] = (0, 1, 2, 3)  # rows, or ends of strips
    columns: tuple[int, ...] = (10, 11, 12, 13, 14)  # of mixing: seeds
    layers: Layers = "middle"  # of mixing: taken from the columns
    psis: tuple[float, ...] = (1.0, 0.7, 0.5, 0.0, -0.5, -1.0)
    amounts: tuple[float, ...] = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)  # of directions, in sigmas
    count: int = 5  # pictures of a strip, or each way of seeds
    step: float = 0.25  # of seeds: how far apart


def make_sheet(
    kind: SheetKind,
    model: Model,
    recipe: Recipe,
    choice: SheetChoice,
    edits: Sequence[AnyEdit] = (),
) -> Sheet:
    """Lay out a sheet of one kind; `edits` are for directions and variations.

    Raises RecipeError and DirectionError, one sentence each, for what can't be laid out, such as
    what the model has no use for: its pictures would all be the same.
    """
    if kind in ("mixing", "psi") and not model.capabilities.has_w:
        raise DirectionError(f"{model.name} has no W to mix or truncate.")
    if kind == "noise" and not model.has_noise:
        raise DirectionError(f"{model.name} has no noise to draw anew.")
    if kind == "mixing":
        return mixing_sheet(recipe, choice.seeds, choice.columns, choice.layers)
    if kind == "psi":
        return psi_sheet(recipe, choice.seeds, choice.psis)
    if kind == "seeds":
        return seeds_sheet(recipe, choice.count, choice.step)
    if kind == "noise":
        return noise_sheet(recipe, [layer.group for layer in model.layers])
    if kind == "strips":
        return strips_sheet(recipe, choice.seeds, choice.count)
    if kind == "variations":
        return variations_sheet(recipe, edits, max(map(abs, choice.amounts)))
    return directions_sheet(recipe, edits, choice.amounts)


def render_sheet(
    model: Model,
    sheet: Sheet,
    *,
    assets: Assets | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> list[NDArray[np.uint8]]:
    """Render the pictures of a sheet, those of `sheet.recipes`. Raises Cancelled."""
    renderer, pictures = Renderer(model, assets=assets), []
    for number, recipe in enumerate(sheet.recipes, start=1):
        if cancel is not None:
            cancel.check()
        pictures.append(renderer.render(recipe).pixels)
        if on_progress is not None:
            on_progress(Progress(number, len(sheet.recipes), "Rendering"))
    return pictures


def mixing_sheet(
    recipe: Recipe, rows: Sequence[int], columns: Sequence[int], layers: Layers
) -> Sheet:
    """Style mixing (StyleGAN paper, figure 3): each row's seed with some layers of each column's.

    The sources stand above and beside. Raises RecipeError for layers that the model lacks.
    """
    plain = {seed: _of_seed(recipe, seed) for seed in (*rows, *columns)}
    head = (None, *(plain[seed] for seed in columns))
    cells = [head]
    for seed in rows:
        mixed = (plain[seed].mix(other, layers) for other in columns)
        cells.append((plain[seed], *mixed))
    names = tuple(str(seed) for seed in columns)
    return Sheet(tuple(cells), ("", *map(str, rows)), ("", *names))


def psi_sheet(recipe: Recipe, seeds: Sequence[int], psis: Sequence[float]) -> Sheet:
    """Truncation: a row for each seed, a column for each psi."""
    cells = tuple(
        tuple(_of_seed(recipe, seed).replace(truncation_psi=psi) for psi in psis) for seed in seeds
    )
    return Sheet(cells, tuple(map(str, seeds)), tuple(f"psi {psi:g}" for psi in psis))


def seeds_sheet(recipe: Recipe, count: int, step: float) -> Sheet:
    """The seed plane around the recipe's source, `count` pictures each way, `step` seeds apart.

    Raises DirectionError where the source is no place of the seed plane.
    """
    x, y = _place(recipe)
    label = label_of(recipe.source)
    offsets = [(i - (count - 1) / 2) * step for i in range(count)]
    cells = tuple(
        tuple(recipe.replace(source=PlaneSource(x + dx, y + dy, label)) for dx in offsets)
        for dy in offsets
    )
    return Sheet(cells)


def noise_sheet(recipe: Recipe, groups: Sequence[str]) -> Sheet:
    """Noise (StyleGAN paper, figure 5): in all layers, coarse ones, fine ones and none; drawn anew.

    `groups` is the group of each row of ws. Each row is a kind, each column another draw; the
    last is left free for how far draws differ, see `differences`.
    """
    count = recipe.model.num_ws - 1
    kinds: dict[str, tuple[float, ...]] = {"all": ()}
    for kind in ("coarse", "fine"):
        if kind in groups[:count]:
            kinds[kind] = tuple(float(groups[i] == kind) for i in range(count))
    cells: list[tuple[Recipe | None, ...]] = []
    for layers in kinds.values():
        given = recipe.replace(noise_mode="seeded", noise_layers=layers)
        cells.append((*(given.replace(noise_seed=seed) for seed in range(DRAWS)), None))
    cells.append((recipe.replace(noise_mode="none"), *[None] * DRAWS))
    names = (*(f"draw {seed + 1}" for seed in range(DRAWS)), "how they differ")
    return Sheet(tuple(cells), (*kinds, "none"), names)


def differences(
    sheet: Sheet, pictures: Sequence[NDArray[np.uint8]]
) -> dict[tuple[int, int], NDArray[np.uint8]]:
    """The standard deviation over the draws of each row of a noise sheet, made brighter.

    By row and column of the sheet, [H, W, 3]. `pictures` are those of its recipes.
    """
    made, given = {}, iter(pictures)
    for row, recipes in enumerate(sheet.cells):
        draws = [next(given)[..., :3].astype(np.float32) for each in recipes if each is not None]
        if len(draws) > 1:
            spread = np.std(draws, axis=0).mean(axis=2, keepdims=True) * BRIGHTER
            made[row, DRAWS] = np.clip(spread, 0, 255).astype(np.uint8).repeat(3, axis=2)
    return made


def directions_sheet(recipe: Recipe, edits: Sequence[AnyEdit], amounts: Sequence[float]) -> Sheet:
    """Directions (rows) by amounts in sigmas (columns)."""
    cells = tuple(
        tuple(recipe.edit(replace(edit, amount=float(amount))) for amount in amounts)
        for edit in edits
    )
    names = tuple(edit.name for edit in edits)
    return Sheet(cells, names, tuple(f"{amount:g}" for amount in amounts))


def strips_sheet(recipe: Recipe, seeds: Sequence[int], steps: int) -> Sheet:
    """Interpolation: a row from each seed to the next, in `steps` pictures."""
    if len(seeds) < 2 or steps < 2:
        raise DirectionError("a strip leads from one seed to another, in 2 pictures at least.")
    pairs = list(pairwise(seeds))
    cells = tuple(
        tuple(
            interpolate(_of_seed(recipe, a), _of_seed(recipe, b), i / (steps - 1))
            for i in range(steps)
        )
        for a, b in pairs
    )
    return Sheet(cells, tuple(f"{a} - {b}" for a, b in pairs))


def variations_sheet(recipe: Recipe, edits: Sequence[AnyEdit], amount: float) -> Sheet:
    """Nine neighbours: the recipe in the middle, around it four directions, both ways each."""
    if len(edits) < 4:
        raise DirectionError(f"nine neighbours need 4 directions; there are {len(edits)}.")
    around = [(edit, sign * amount) for edit in edits[:4] for sign in (-1, 1)]
    order = [around[i] for i in (0, 2, 4, 6, 7, 5, 3, 1)]  # opposite ways lie opposite
    moved: list[Recipe | None] = [recipe.edit(replace(e, amount=float(x))) for e, x in order]
    cells = (tuple(moved[:3]), (moved[3], recipe, moved[4]), tuple(moved[5:]))
    return Sheet(cells)


def _of_seed(recipe: Recipe, seed: int) -> Recipe:
    return recipe.replace(source=SeedSource(seed, label_of(recipe.source)))


def _place(recipe: Recipe) -> tuple[float, float]:
    source = recipe.source
    if isinstance(source, PlaneSource):
        return source.x, source.y
    if isinstance(source, SeedSource):
        return float(source.seed % PLANE_ROW), float(source.seed // PLANE_ROW)
    raise DirectionError(
        "the picture is neither a seed nor a place on the seed plane; choose a seed."
    )
