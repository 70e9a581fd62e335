"""A recipe in words."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from stylestudio.recipe import BlendSource, LatentSource, PlaneSource, SeedSource, ZSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.recipe import MixRow, Recipe, Source, Style


def describe_recipe(recipe: Recipe) -> list[tuple[str, str]]:
    """Name and value of everything that makes the frame, a line each."""
    cutoff = recipe.truncation_cutoff
    reach = "all layers" if cutoff is None else f"the first {cutoff} layers"
    lines = [
        ("model", f"{recipe.model.name} (sha256 {recipe.model.sha256[:12]}...)"),
        ("source", describe_source(recipe.source)),
        ("truncation", f"psi {recipe.truncation_psi:g} on {reach}"),
    ]
    lines += [("mixing", _describe_row(row)) for row in recipe.mixing]
    lines.append(("noise", _describe_noise(recipe)))
    if recipe.style is not None:
        lines.append(("style", _describe_style(recipe.style)))
    return lines


def describe_source(source: Source) -> str:
    """Say where a w comes from."""
    if isinstance(source, SeedSource):
        return f"seed {source.seed}{_describe_label(source.label)}"
    if isinstance(source, PlaneSource):
        return f"seed plane at {source.x:g}, {source.y:g}{_describe_label(source.label)}"
    if isinstance(source, LatentSource):
        rows = "one w" if source.rows == 1 else f"{source.rows} rows of w"
        rows += ", with tuned weights" if source.delta else ""
        return f"latent {source.name!r}, {rows}" if source.name else f"a latent, {rows}"
    if isinstance(source, ZSource):
        between = "on the great circle of" if source.spherical else "in z,"
        return f"{between} " + " + ".join(
            f"{part.weight:g} of {describe_source(part.seed)}" for part in source.parts
        )
    assert isinstance(source, BlendSource)
    return " + ".join(f"{part.weight:g} of {describe_source(part.source)}" for part in source.parts)


def spans(indices: Iterable[int]) -> str:
    """Write ascending numbers as ranges: 0-3, 7."""
    runs = groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    texts = []
    for _, run in runs:
        members = [index for _, index in run]
        texts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ", ".join(texts)


def _describe_row(row: MixRow) -> str:
    amounts = dict.fromkeys(amount for amount in row.amounts if amount)
    parts = [
        f"layers {spans(i for i, other in enumerate(row.amounts) if other == amount)} at {amount:g}"
        for amount in amounts
    ]
    return f"{describe_source(row.source)}: {'; '.join(parts) or 'no layers'}"


def _describe_label(label: tuple[float, ...]) -> str:
    chosen = [
        f"{i} x {weight:g}" if weight != 1 else str(i) for i, weight in enumerate(label) if weight
    ]
    return f", class {' + '.join(chosen)}" if chosen else ""


def _describe_noise(recipe: Recipe) -> str:
    if recipe.noise_mode == "none":
        return "none"
    kind = f"seed {recipe.noise_seed}" if recipe.noise_mode != "const" else "constant"
    if recipe.noise_mode == "flowing":
        kind = f"flowing, {kind}, turn {recipe.noise_turn:g}, grain {recipe.noise_grain:g}"
    layers = ", layers differ" if len(set(recipe.noise_layers)) > 1 else ""
    return f"{kind}, strength {recipe.noise_strength:g}{layers}"


def _describe_style(style: Style) -> str:
    named = " + ".join(f"{weight:g} of {name}" for name, weight in style.weights if weight)
    bank = f"{style.bank.name} (sha256 {style.bank.sha256[:12]}...)"
    return f"{named or 'nothing'}, strength {style.strength:g}, from {bank}"
