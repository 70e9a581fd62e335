"""From a recipe's sources to the ws that drive the layers."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from stylestudio.errors import StyleStudioError
from stylestudio.networks.stylegan2 import truncate
from stylestudio.recipe import (
    LatentSource,
    PlaneSource,
    Recipe,
    RecipeError,
    SeedSource,
    Source,
    ZSource,
    fits,
)
from stylestudio.recipe.deltas import acting_deltas
from stylestudio.recipe.mixing import heard
from stylestudio.recipe.naming import described
from stylestudio.render.delta import DeltaError
from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylestudio.recipe import DeltaUse, MixRow
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model

STRAIGHT = 1e-6  # sine of an angle too small to divide by
CACHED_SEEDS = 4096  # a full w of 18 x 512 takes 36 KiB


class WrongModelError(StyleStudioError, ValueError):
    """A recipe was given to a model that it was not made for."""


class Latents:
    """Maps sources to ws for one model and remembers the seeds it has mapped.

    Where a recipe's deltas say so, also for those that it crossfades with, which are among the
    `assets`: ws and w_avg are then moved towards what they make of a source.
    """

    def __init__(self, model: Model, assets: Assets) -> None:
        self.model = model
        self._assets = assets
        self.uploads = Uploads(model.device)
        self._random = np.random.RandomState()  # seeded for each; a new one takes longer
        self._seeds: dict[SeedSource, Tensor] = {}
        self._siblings: dict[str, Latents] = {}  # by hash, of the last recipe's

    def prepare(self, recipe: Recipe) -> None:
        """Find the models whose mapping a recipe blends in. Raises DeltaError."""
        found = {}
        for use in _mapped_by(recipe):
            sha256 = use.weights.sha256
            sibling = self._siblings.get(sha256)
            found[sha256] = sibling or self._latents_of(self._assets.sibling(use.weights))
        self._siblings = found

    def _latents_of(self, sibling: Model) -> Latents:
        ours, theirs = self.model, sibling
        if (ours.z_dim, ours.w_dim, ours.num_ws, ours.c_dim) != (
            theirs.z_dim,
            theirs.w_dim,
            theirs.num_ws,
            theirs.c_dim,
        ):
            raise DeltaError(
                f"The mapping of {theirs.name} can't be blended with that of {ours.name}: "
                "their z, w or classes differ in size."
            )
        return Latents(sibling.to(ours.device), self._assets)

    def source_ws(self, source: Source) -> Tensor:
        """Return the untruncated ws [num_ws, w_dim] of any source."""
        if isinstance(source, SeedSource):
            return self._seed_ws(source)
        if isinstance(source, LatentSource):
            return self._latent_ws(source)
        if isinstance(source, ZSource):
            return self._z_ws(source)
        if isinstance(source, PlaneSource):
            weighted = [(self._seed_ws(seed), weight) for seed, weight in source.corners()]
        else:
            weighted = [(self.source_ws(part.source), part.weight) for part in source.parts]
        if len(weighted) == 1 and weighted[0][1] == 1.0:
            return weighted[0][0]
        return torch.stack([ws * weight for ws, weight in weighted]).sum(dim=0)

    def truncated(self, source: Source, recipe: Recipe) -> Tensor:
        """Return the ws [num_ws, w_dim] of a source, truncated as the recipe says."""
        ws, w_avg = self.source_ws(source), self.model.w_avg
        for use in _mapped_by(recipe):
            sibling = self._siblings[use.weights.sha256]
            ws = torch.lerp(ws, sibling.source_ws(source), use.mapping)
            w_avg = torch.lerp(w_avg, sibling.model.w_avg, use.mapping)
        if not self.model.capabilities.has_w:
            return ws
        psi, cutoff = recipe.truncation_psi, recipe.truncation_cutoff
        return truncate(ws.unsqueeze(0), w_avg, psi, cutoff).squeeze(0)

    def _seed_ws(self, source: SeedSource) -> Tensor:
        ws = self._seeds.get(source)
        if ws is None:
            self._random.seed(source.seed)
            z = self._random.randn(1, self.model.z_dim)
            ws = self.model.map(z, [source.label] if source.label else None)[0]
            if len(self._seeds) >= CACHED_SEEDS:
                self._seeds.pop(next(iter(self._seeds)))
            self._seeds[source] = ws
        return ws

    def _z_ws(self, source: ZSource) -> Tensor:
        weights = [part.weight for part in source.parts]
        zs = [np.random.RandomState(p.seed.seed).randn(self.model.z_dim) for p in source.parts]
        shares = slerp_weights(zs[0], zs[1], weights[1]) if source.spherical else weights
        z = sum(share * z for share, z in zip(shares, zs, strict=True))
        label = None
        if any(part.seed.label for part in source.parts):
            first = np.eye(1, self.model.c_dim)[0]
            labels = [np.asarray(part.seed.label or first) for part in source.parts]
            label = [sum(w * x for w, x in zip(weights, labels, strict=True))]
        return self.model.map([z], label)[0]

    def _latent_ws(self, source: LatentSource) -> Tensor:
        key = source.w, source.rows
        rows = self.uploads.get(key, lambda: torch.from_numpy(source.array().copy()))
        return rows.expand(self.model.num_ws, -1)


class MainSource:
    """The latent stage that everything starts from: the recipe's main source, truncated."""

    def __init__(self, latents: Latents) -> None:
        self._latents = latents

    def prepare(self, recipe: Recipe) -> None:
        """Find what maps seeds to ws. Raises DeltaError."""
        self._latents.prepare(recipe)

    def key(self, recipe: Recipe) -> object:
        """The source, what it is mapped by, and its truncation."""
        return recipe.source, way_to_w(recipe)

    def apply(self, ws: Tensor, recipe: Recipe) -> Tensor:  # noqa: ARG002 - the first stage
        """Make the ws [num_ws, w_dim]."""
        return self._latents.truncated(recipe.source, recipe)


class Mixing:
    """The latent stage that lays the mixing rows over the main source.

    Each is truncated before. An amount of 1 takes a row exactly, so mixing by 0 and 1 is the
    published style mixing.
    """

    def __init__(self, latents: Latents) -> None:
        self._latents = latents

    def prepare(self, recipe: Recipe) -> None:
        """Nothing has to be found that the main source lacks."""

    def key(self, recipe: Recipe) -> object:
        """The rows that act, what they are mapped by, and their truncation."""
        rows = tuple((row.source, row.acting) for row in _acting(recipe))
        return rows, way_to_w(recipe)

    def apply(self, ws: Tensor, recipe: Recipe) -> Tensor:
        """Move ws [num_ws, w_dim] towards each source by its amounts."""
        for row in _acting(recipe):
            amounts = self._latents.uploads.get(row.acting, partial(torch.tensor, row.acting))
            ws = torch.lerp(ws, self._latents.truncated(row.source, recipe), amounts[:, None])
        return ws


def _acting(recipe: Recipe) -> list[MixRow]:
    """The rows of the mix that change something."""
    return [row for row in heard(recipe.mixing) if any(row.acting)]


def _mapped_by(recipe: Recipe) -> list[DeltaUse]:
    """The models whose mapping takes part."""
    return [use for use in acting_deltas(recipe.deltas) if use.acting_mapping]


def way_to_w(recipe: Recipe) -> object:
    """What the w of a source depends on beside the source."""
    mapped_by = [(use.weights.sha256, use.mapping) for use in _mapped_by(recipe)]
    return mapped_by, recipe.truncation_psi, recipe.truncation_cutoff


def check_model(recipe: Recipe, model: Model) -> None:
    """Raise WrongModelError for another model's recipe, RecipeError for what is none."""
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{described(recipe)} is not a recipe; ss.Recipe.from_seed makes one.")
    if not fits(recipe, model):
        raise WrongModelError(
            f"The recipe was made for {recipe.model.name_beside(model)}, not for {model.name}; "
            "adapt it to this model first."
        )


def slerp_weights(a: NDArray[np.float64], b: NDArray[np.float64], t: float) -> tuple[float, float]:
    """Shares of a and b at t in 0..1 on the great circle from a to b (Shoemake 1985)."""
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    angle = math.acos(min(max(cosine, -1.0), 1.0))
    if math.sin(angle) < STRAIGHT:
        return 1.0 - t, t
    return math.sin((1.0 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)
