"""Recipes in words."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from stylestudio.recipe.channels import ChannelEdit, place_of
from stylestudio.recipe.deltas import known_deltas
from stylestudio.recipe.intervention_lists import interventions_of
from stylestudio.recipe.interventions import Region
from stylestudio.recipe.mappers import AnyEdit, MapperEdit
from stylestudio.recipe.parameters import parameters
from stylestudio.recipe.sources import (
    BlendSource,
    LatentSource,
    PlaneSource,
    SeedSource,
    ZSource,
)
from stylestudio.recipe.stages import stages_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.recipe.mixing import MixRow
    from stylestudio.recipe.recipe import Recipe
    from stylestudio.recipe.sources import Source
    from stylestudio.recipe.style import Style

# Parameters that the words below speak of; a line for each of the others follows them.
IN_WORDS = (
    "source.",
    "truncation_",
    "mixing.",
    "noise_layers.",
    "edits.",
    "interventions.",
    "deltas.",
    "style.",
    "stages.",
)
LONGEST = 300  # characters of a summary
LISTED_CHANNELS = 3


def summary(recipe: Recipe) -> str:
    """The model and whatever is not at its default, in one short line."""
    parts = [describe_source(recipe.source)]
    if recipe.truncation_psi != 1.0 or recipe.truncation_cutoff is not None:
        cutoff = recipe.truncation_cutoff
        reach = "" if cutoff is None else f" on the first {cutoff} layers"
        parts.append(f"psi {recipe.truncation_psi:g}{reach}")
    parts += [f"mixing {_describe_row(row)}" for row in recipe.mixing]
    parts += [f"edit {text}" for text in _describe_edits(recipe)]
    parts += [f"intervention {text}" for text in _describe_interventions(recipe)]
    parts += [f"delta {text}" for text in _describe_deltas(recipe)]
    if recipe.noise_mode != "const" or recipe.noise_layers:
        parts.append(f"noise {_describe_noise(recipe)}")
    if recipe.style is not None:
        parts.append(f"style {_describe_style(recipe.style)}")
    parts += [f"stage {text}" for text in _describe_stages(recipe)]
    parts += [f"{path} {value}" for path, value in _touched(recipe)]
    text = f"{recipe.model.name}: {'; '.join(parts)}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


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
    lines += [("edit", text) for text in _describe_edits(recipe)]
    lines += [("intervention", text) for text in _describe_interventions(recipe)]
    lines += [("delta", text) for text in _describe_deltas(recipe)]
    lines.append(("noise", _describe_noise(recipe)))
    if recipe.style is not None:
        lines.append(("style", _describe_style(recipe.style)))
    lines += [("stage", text) for text in _describe_stages(recipe)]
    return lines + _touched(recipe)


def _touched(recipe: Recipe) -> list[tuple[str, str]]:
    """Path and value of every parameter that is not at its default and not in words."""
    seeded = recipe.noise_mode in ("seeded", "flowing")
    in_words = (*IN_WORDS, "noise_seed") if seeded else IN_WORDS
    return [
        (each.path, f"{shown(each.get(recipe))} {each.unit}".strip())
        for each in parameters(None, recipe)
        if not each.path.startswith(in_words) and each.get(recipe) != each.default
    ]


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


def shown(number: float) -> str:
    """Write a number: all of a whole one, six digits of others."""
    return str(number) if isinstance(number, int) else f"{number:g}"


def spans(indices: Iterable[int]) -> str:
    """Write ascending numbers as ranges: 0-3, 7."""
    runs = groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    texts = []
    for _, run in runs:
        members = [index for _, index in run]
        texts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ", ".join(texts)


def _describe_row(row: MixRow) -> str:
    what = describe_source(row.source)
    what = f"{row.name!r}, {what}" if row.name else what
    what += "" if row.amount == 1.0 else f", amount {row.amount:g}"
    what += "".join(f", {word}" for word in ("solo", "muted", "locked") if getattr(row, word))
    return f"{what}: {_describe_layers(row.amounts, 0.0) or 'no layers'}"


def _describe_edits(recipe: Recipe) -> list[str]:
    texts = []
    for edit in recipe.edits:
        if isinstance(edit, AnyEdit):
            unit = " sigma" if abs(edit.amount) == 1 else " sigmas"
            if isinstance(edit, MapperEdit):
                unit = " of its mapper"
            where = "all layers" if edit.layers is None else _describe_layers(edit.layers, 0.0)
            if isinstance(edit, ChannelEdit):
                named = ", ".join(place_of(each) for each in edit.channels[:LISTED_CHANNELS])
                more = ", ..." if len(edit.channels) > LISTED_CHANNELS else ""
                where = f"channels {named}{more}" + (f", {where}" if edit.layers else "")
            muted = ", muted" if edit.muted else ""
            texts.append(f"{edit.name} {edit.amount:g}{unit}: {where or 'no layers'}{muted}")
    return texts


def _describe_interventions(recipe: Recipe) -> list[str]:
    texts = []
    for name, each in interventions_of(recipe.interventions).items():
        if isinstance(each, Region):
            saying = f"{describe_source(each.source)} painted {each.saying}"
        else:
            masked = "" if each.mask is None else " in a mask"
            found = "" if each.locator is None else " where it is found"
            saying = f"{each.saying}{masked}{found} after step {each.step}"
        muted = ", muted" if each.muted else ""
        texts.append(f"{name} {each.amount:g}: {saying}{muted}")
    return texts


def _describe_deltas(recipe: Recipe) -> list[str]:
    texts = []
    for name, delta in known_deltas(recipe.deltas).items():
        layers = _describe_layers(delta.layers or (), 1.0)
        where = f", {layers}" if layers else ""
        mapping = f", mapping {delta.mapping:g}" if delta.mapping else ""
        muted = ", muted" if delta.muted else ""
        kind = "the model " if delta.is_crossfade else ""
        weights = f"{kind}{delta.weights.name} (sha256 {delta.weights.sha256[:12]}...)"
        texts.append(f"{name}, amount {delta.amount:g}{where}{mapping}{muted}: {weights}")
    return texts


def _describe_stages(recipe: Recipe) -> list[str]:
    texts = []
    for name, stage in stages_of(recipe.stages).items():
        amounts = "".join(f", {each} {amount:g}" for each, amount in stage.attributes if amount)
        softer = "" if stage.softer is None else f", sharpness {stage.sharpness:g}"
        muted = ", muted" if stage.muted else ""
        network = f"{stage.network.name} (sha256 {stage.network.sha256[:12]}...)"
        texts.append(f"{name}, strength {stage.strength:g}{amounts}{softer}{muted}: {network}")
    return texts


def _describe_layers(values: tuple[float, ...], default: float) -> str:
    """Say which layers have which values, of those that are not at the default."""
    return "; ".join(
        f"layers {spans(i for i, other in enumerate(values) if other == value)} at {value:g}"
        for value in dict.fromkeys(value for value in values if value != default)
    )


def _describe_label(label: tuple[float, ...]) -> str:
    chosen = [
        f"{i} x {weight:g}" if weight != 1 else str(i) for i, weight in enumerate(label) if weight
    ]
    return f", class {' + '.join(chosen)}" if chosen else ""


def _describe_noise(recipe: Recipe) -> str:
    kinds = {"const": "constant", "none": "none"}
    kind = kinds.get(recipe.noise_mode, f"seed {recipe.noise_seed}")
    flowing = "flowing, " if recipe.noise_mode == "flowing" else ""
    layers = _describe_layers(recipe.noise_layers, 1.0)
    return f"{flowing}{kind}{', ' if layers else ''}{layers}"


def _describe_style(style: Style) -> str:
    named = " + ".join(f"{weight:g} of {name}" for name, weight in style.weights if weight)
    bank = f"{style.bank.name} (sha256 {style.bank.sha256[:12]}...)"
    colours = f", colours kept {style.colours:g}" if style.colours else ""
    return f"{named or 'nothing'}, strength {style.strength:g}{colours}, from {bank}"
