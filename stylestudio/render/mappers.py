"""The latent stage in which mappers move the rows of w, each by what it sees there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.latent_mapper import LatentMapper
from stylestudio.recipe import mappers_of
from stylestudio.render.delta import MAPPER, Delta, DeltaError
from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.recipe import MapperEdit, Recipe
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model


class Mappers:
    """Adds amount * layers[i] * what each mapper says of ws to row i, in float32.

    All look at the same ws, so their order doesn't matter. Rows that none moves keep their bytes.
    """

    def __init__(self, model: Model, assets: Assets) -> None:
        self._model = model
        self._assets = assets
        self._uploads = Uploads(model.device)
        self._open: dict[str, LatentMapper] = {}  # by hash, of the last recipe's

    def prepare(self, recipe: Recipe) -> None:
        """Find the mappers. Raises DeltaError for one that is nowhere, or of another model."""
        found = {}
        for edit in acting_mappers(recipe):
            ref = edit.network
            known = self._open.get(ref.sha256)
            found[ref.sha256] = known or opened(self._assets.changes(ref, "mapper"), self._model)
        self._open = found

    def key(self, recipe: Recipe) -> object:
        """The mappers that move anything."""
        return acting_mappers(recipe)

    def apply(self, ws: Tensor, recipe: Recipe) -> Tensor:
        """Move ws [num_ws, w_dim]."""
        moved = ws
        for edit in acting_mappers(recipe):
            layers = edit.layers or (1.0,) * len(ws)
            shares = self._uploads.get(layers, partial(torch.tensor, layers))[:, None]
            with torch.no_grad():
                offset = self._open[edit.network.sha256](ws[None])[0]
            moved = torch.where(shares != 0, moved + edit.amount * shares * offset, moved)
        return moved


def acting_mappers(recipe: Recipe) -> tuple[MapperEdit, ...]:
    """The mappers of a recipe that are neither muted nor at 0, in an order of their own."""
    acting = [edit for edit in mappers_of(recipe) if edit.acting]
    return tuple(sorted(acting, key=lambda edit: edit.name))


def packed(mapper: LatentMapper, model_sha256: str, name: str) -> Delta:
    """A mapper as it is kept and passed on, in half precision, with the hash of its model."""
    state = mapper.state_dict()
    tensors = {MAPPER + key: value.detach().cpu().half() for key, value in state.items()}
    return Delta(tensors, model_sha256, name)


def opened(delta: Delta, model: Model) -> LatentMapper:
    """The mapper of a model that was packed. Raises DeltaError for another's, and a damaged one."""
    name = delta.name or delta.file_name
    if delta.model_sha256 != model.sha256:
        raise DeltaError(f"The mapper {name!r} was made for another model than {model.name}.")
    state = {key.removeprefix(MAPPER): value for key, value in delta.tensors.items()}
    try:
        mapper = LatentMapper.from_state(state, [layer.group for layer in model.layers])
    except ValueError:
        raise DeltaError(f"The mapper {name!r} is damaged: it does not fit {model.name}.") from None
    return mapper.to(model.device)
