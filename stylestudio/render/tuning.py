"""A model with the tuned weights that a recipe's sources bring with them.

Weights are mixed as rows of w are: where a source takes over a row, its weights take over the
layers that the row drives, by the same amounts.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from stylestudio.recipe import BlendSource, LatentSource
from stylestudio.render.delta import DeltaError, deltas

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe, Source
    from stylestudio.render.model import Model

RowDeltas = tuple[tuple[str, float], ...]  # hashes and shares that act on the layers of one row


def row_deltas(recipe: Recipe) -> tuple[RowDeltas, ...]:
    """Say which deltas act on each of the num_ws rows; () where no source was tuned."""
    sources = [recipe.source, *(row.source for row in recipe.mixing)]
    if not any(map(_shares, sources)):
        return ()
    rows = [_shares(recipe.source) for _ in range(recipe.model.num_ws)]
    for mix in recipe.mixing:
        theirs = _shares(mix.source)
        rows = [_lerp(ours, theirs, amount) for ours, amount in zip(rows, mix.amounts, strict=True)]
    return tuple(tuple(sorted(row.items())) for row in rows)


def _shares(source: Source) -> dict[str, float]:
    if isinstance(source, LatentSource):
        return {source.delta: 1.0} if source.delta else {}
    if not isinstance(source, BlendSource):
        return {}
    shares: dict[str, float] = {}
    for part in source.parts:
        for sha256, share in _shares(part.source).items():
            shares[sha256] = shares.get(sha256, 0.0) + share * part.weight
    return shares


def _lerp(a: dict[str, float], b: dict[str, float], amount: float) -> dict[str, float]:
    mixed = {
        sha256: a.get(sha256, 0.0) * (1 - amount) + b.get(sha256, 0.0) * amount
        for sha256 in a.keys() | b.keys()
    }
    return {sha256: share for sha256, share in mixed.items() if share}


def tuned_model(model: Model, rows: tuple[RowDeltas, ...]) -> Model:
    """Return the model with these deltas added; itself where there are none.

    Raises DeltaError where a delta is not found or belongs to another model.
    """
    shas = {sha256 for row in rows for sha256, _ in row}
    if not shas:
        return model
    network = copy.deepcopy(model.network, {id(model.network.mapping): model.network.mapping})
    state = network.synthesis.state_dict()
    for sha256 in sorted(shas):
        delta = deltas.find(sha256)
        if delta.model_sha256 != model.sha256:
            raise DeltaError(f"The tuned weights {delta.file_name} belong to another model.")
        for name, change in delta.tensors.items():
            if name not in state or state[name].shape != change.shape:
                raise DeltaError(f"{delta.file_name} is damaged: it does not fit {model.name}.")
            share = dict(rows[row_of(model, name)]).get(sha256, 0.0)
            with torch.no_grad():
                state[name].add_(change.to(state[name].device, state[name].dtype), alpha=share)
    return model.with_network(network)


def row_of(model: Model, name: str) -> int:
    """The row of ws that drives the layer which a weight of the synthesis belongs to."""
    steps = model.network.synthesis.steps
    for step in steps:
        if name.startswith(f"{step.name}."):
            return step.ws_index
    block = name.split(".")[0]  # what belongs to no layer acts with its block's first
    return next((step.ws_index for step in steps if step.name.split(".")[0] == block), 0)
