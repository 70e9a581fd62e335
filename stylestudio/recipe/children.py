"""Children of two pictures: some layers from the one, the others from the other, and a little new.

Coarse layers carry pose and shape, fine ones colours and textures (Karras et al. 2019, section
3.1, style mixing), so crossing whole groups of layers gives pictures in which both parents show.
"""

from __future__ import annotations

import math
import random
from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from stylestudio.recipe.edits import free_name
from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.layers import groups_of
from stylestudio.recipe.mappers import AnyEdit
from stylestudio.recipe.mixing import MixRow, unflagged
from stylestudio.recipe.recipe import Recipe
from stylestudio.recipe.sources import SeedSource, blend, label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.recipe.parts import Unknown

MOST = 100
MOST_ROWS = 8  # of mixing; of a long line of forebears, the faintest traces go first
SEEDS = 2**16  # that the new is drawn from
_NOISE = tuple(name for name in Recipe.__struct_fields__ if name.startswith("noise_"))
# What comes from one parent as a whole.
_TOGETHER = (
    _NOISE,
    ("translate_x", "translate_y", "rotate"),
    ("style",),
    ("stages",),
    ("interventions",),
    ("deltas",),
)


def children(
    a: Recipe,
    b: Recipe,
    count: int = 8,
    seed: int = 0,
    *,
    variation: float = 0.15,
    by_layers: bool = True,
) -> tuple[Recipe, ...]:
    """Cross two recipes of one model `count` times; the same seed gives the same children.

    Each group of layers comes from one parent or the other, with its mixing and edits, and each
    child has layers of both. `variation`, 0 to 1, is how far all layers then go towards a new
    seed. `by_layers` false, for models without W, blends the sources instead.
    Raises RecipeError for recipes of two models, and for numbers out of range.

    >>> import stylestudio as ss
    >>> from stylestudio.recipe.children import children
    >>> a, b = (ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12))
    >>> children(a, b, count=1, variation=0)
    (<Recipe of Portraits: seed 7; mixing seed 12: layers 4-13 at 1>,)
    """
    check_range("count", count, 1, MOST)
    check_range("variation", variation, 0.0, 1.0)
    if a.model.sha256 != b.model.sha256:
        raise RecipeError(
            f"One picture is of {a.model.name} and the other of {b.model.name}; "
            "children need two of the same model."
        )
    draw = random.Random(seed)
    if not by_layers or a.model.num_ws == 1:
        return tuple(_blended(a, b, draw, variation) for _ in range(count))
    groups = _groups(a)
    crossings = [*product((True, False), repeat=max(groups) + 1)]
    crossings = [each for each in crossings if len(set(each)) == 2]
    made: list[Recipe] = []
    while len(made) < count:
        draw.shuffle(crossings)
        for crossing in crossings[: count - len(made)]:
            from_a = [crossing[group] for group in groups]
            made.append(_crossed(a, b, from_a, draw, variation))
    return tuple(made)


def _groups(recipe: Recipe) -> list[int]:
    """The number of each layer's group; thirds where there are no groups to be told apart."""
    num_ws = recipe.model.num_ws
    names = groups_of(recipe.model.sha256)
    kinds = list(dict.fromkeys(names))
    if len(kinds) > 1:
        return [kinds.index(name) for name in names]
    parts = min(3, num_ws)
    return [layer * parts // num_ws for layer in range(num_ws)]


def _crossed(
    a: Recipe, b: Recipe, from_a: Sequence[bool], draw: random.Random, variation: float
) -> Recipe:
    """Layers of a where that is so, and of b elsewhere."""
    ours = [float(each) for each in from_a]
    theirs = [1.0 - each for each in ours]
    rows = [_shared(row, ours) for row in unflagged(a.mixing)]
    rows.append(MixRow(b.source, tuple(theirs)))
    rows += [_shared(row, theirs) for row in unflagged(b.mixing)]
    rows = _needed(rows)
    if variation:
        new = SeedSource(draw.randrange(SEEDS), label_of(a.source))
        rows.append(MixRow(new, (variation,) * len(ours)))
    child = _rest(a, b, draw)
    return child.replace(source=a.source, mixing=tuple(rows), edits=_edits(a, b, ours, theirs))


def _blended(a: Recipe, b: Recipe, draw: random.Random, variation: float) -> Recipe:
    """Between both sources: on the arc between them, as they are spread normally."""
    angle = draw.uniform(0.25, 0.75) * math.pi / 2
    new = SeedSource(draw.randrange(SEEDS), label_of(a.source))
    old = math.sqrt(1.0 - variation**2)
    shares = [(a.source, old * math.cos(angle)), (b.source, old * math.sin(angle))]
    return _rest(a, b, draw).replace(source=blend([*shares, (new, variation)]))


def _rest(a: Recipe, b: Recipe, draw: random.Random) -> Recipe:
    """What isn't by layers, each from one parent; truncation lies anywhere between both."""
    fields: dict[str, Any] = {}
    for names in _TOGETHER:
        parent = draw.choice((a, b))
        fields |= {name: getattr(parent, name) for name in names}
    share = draw.random()
    nearer = a if share < 0.5 else b
    psi = a.truncation_psi + (b.truncation_psi - a.truncation_psi) * share
    return replace(
        a, truncation_psi=round(psi, 3), truncation_cutoff=nearer.truncation_cutoff, **fields
    )


def _edits(
    a: Recipe, b: Recipe, ours: Sequence[float], theirs: Sequence[float]
) -> tuple[AnyEdit | Unknown, ...]:
    """Each parent's edits on its own layers; one that both have stays as it is."""
    common = [edit for edit in a.edits if edit in b.edits]
    kept = list(common)
    names = [edit.name for edit in common]
    for edits, shares in ((a.edits, ours), (b.edits, theirs)):
        for edit in edits:
            if edit in common or not isinstance(edit, AnyEdit) or not edit.acting:
                continue
            layers = edit.layers or (1.0,) * len(shares)
            layers = tuple(x * share for x, share in zip(layers, shares, strict=True))
            if any(layers):
                name = free_name(edit.name, names)
                names.append(name)
                kept.append(replace(edit, name=name, layers=layers))
    return tuple(kept)


def _shared(row: MixRow, shares: Sequence[float]) -> MixRow:
    amounts = (x * share for x, share in zip(row.amounts, shares, strict=True))
    return replace(row, amounts=tuple(amounts))


def _needed(rows: list[MixRow]) -> list[MixRow]:
    """Without what later rows cover, and without the faintest where there are too many."""
    seen = [1.0] * len(rows[0].amounts)  # how much of each layer still shows
    kept: list[MixRow] = []
    weights: list[float] = []
    for row in reversed(rows):
        weight = sum(x * share for x, share in zip(row.acting, seen, strict=True))
        if weight:
            amounts = tuple(x if share else 0.0 for x, share in zip(row.amounts, seen, strict=True))
            kept.insert(0, replace(row, amounts=amounts))
            weights.insert(0, weight)
        seen = [share * (1.0 - x) for x, share in zip(row.acting, seen, strict=True)]
    most = sorted(range(len(kept)), key=lambda i: weights[i], reverse=True)[: MOST_ROWS - 1]
    return [kept[i] for i in sorted(most)]
