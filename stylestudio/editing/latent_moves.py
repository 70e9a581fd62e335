"""How a drag moves a latent: which rows of w go, along which directions, and what source results.

Only the rows that decide shapes move: together, along the directions in which the model's own w
stray, and a little each by itself. That keeps what comes out a picture of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from stylestudio.editing.statistics import few_statistics
from stylestudio.recipe import LatentSource
from stylestudio.recipe.mixing import heard
from stylestudio.recipe.words import describe_source
from stylestudio.render import compose_ws
from stylestudio.render.device import read_back
from stylestudio.render.latents import Latents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

STRIDE = 0.2  # of a step through w: standard deviations of the model's own, all directions together
MEAN_KEPT, SQUARE_KEPT, TINY = 0.9, 0.999, 1e-8  # of Adam
LEAST_SAY = 0.05  # of a source over a row of ws, below which it can't move it
UNUSED = 1e-3  # of the widest spread; narrower directions of w are noise


class Moves(NamedTuple):
    """How far w has been moved, and what the optimiser remembers; each [1 + rows, K].

    The first row moves all rows of ws, the others one each. In standard deviations.
    """

    at: Tensor
    mean: Tensor  # of the gradients
    square: Tensor

    def after(self, gradient: Tensor, rates: Tensor, step: int) -> Moves:
        """One step of Adam (Kingma & Ba 2015, algorithm 1), from 1 on."""
        mean = MEAN_KEPT * self.mean + (1 - MEAN_KEPT) * gradient
        square = SQUARE_KEPT * self.square + (1 - SQUARE_KEPT) * gradient.square()
        along = mean / (1 - MEAN_KEPT**step)
        size = (square / (1 - SQUARE_KEPT**step)).sqrt()
        return Moves(self.at - rates * along / (size + TINY), mean, square)


class MovingLatent:
    """The source of a recipe on its way: its rows of w, and the ws that follow from moves."""

    def __init__(
        self, model: Model, recipe: Recipe, run: Sequence[Step], assets: Assets, own: float
    ) -> None:
        """`run` are the steps whose rows can move; `own` is each row's own share of a stride."""
        say = _say(model, recipe)[:, None]
        self._recipe = recipe
        self._rows = movable_rows(model, recipe, run)
        self._say = say[self._rows]
        self.ws = compose_ws(model, recipe, assets).clone()
        self._source = self._as_latent(model, assets, say)
        self._axes = _axes(model)
        shape = 1 + len(self._rows), len(self._axes)
        rates = torch.full((shape[0], 1), own)
        rates[0] = 1
        self.rates = (rates * STRIDE / shape[1] ** 0.5).to(model.device)
        self.start = Moves(*torch.zeros(3, *shape).to(model.device))

    def moved(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The ws after moves [1 + rows, K], and how far each row that moves is from its start."""
        offsets = (at[:1] + at[1:]) @ self._axes
        ws = [*self.ws]
        for row, offset in zip(self._rows, offsets, strict=True):
            ws[row] = ws[row] + offset
        return torch.stack(ws), offsets.detach()

    def source(self, offsets: NDArray[np.float32]) -> LatentSource:
        """The source so far from its start: rows that have a small say go further."""
        rows = self._source.copy()
        rows[self._rows] += offsets / self._say
        return self._latent(rows)

    def _as_latent(
        self, model: Model, assets: Assets, say: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The recipe's source as rows of w [num_ws, w_dim], which make the same ws.

        What a crossfaded mapping does to seeds, it does not to latents, so that is added, in
        whichever rows the source has a `say` [num_ws, 1].
        """
        recipe = self._recipe
        rows = read_back(Latents(model, assets).source_ws(recipe.source)).numpy().copy()
        alike = recipe.replace(source=self._latent(rows))
        missing = read_back(self.ws - compose_ws(model, alike, assets)).numpy()
        rows += np.where(say >= LEAST_SAY, missing / np.maximum(say, LEAST_SAY), 0)
        return rows

    def _latent(self, ws: NDArray[np.float32]) -> LatentSource:
        source = self._recipe.source
        name = source.name if isinstance(source, LatentSource) else describe_source(source)
        delta = source.delta if isinstance(source, LatentSource) else ""
        return LatentSource.from_array(ws, name, delta)


def movable_rows(model: Model, recipe: Recipe, run: Sequence[Step]) -> list[int]:
    """The rows of ws that decide shapes, drive one of these steps and follow the source."""
    driven, say = {step.ws_index for step in run}, _say(model, recipe)
    shapes = [each.index for each in model.layers if each.group != "fine" and each.index in driven]
    return [row for row in shapes if say[row] >= LEAST_SAY]


def _say(model: Model, recipe: Recipe) -> NDArray[np.float32]:
    """How far each row of ws follows the source, [num_ws]: by truncation, and what is mixed in."""
    say = np.ones(model.num_ws, dtype=np.float32)
    say[: recipe.truncation_cutoff] *= recipe.truncation_psi
    for row in heard(recipe.mixing):
        say *= 1 - np.asarray(row.acting, dtype=np.float32)
    return say


def _axes(model: Model) -> Tensor:
    """Directions [K, w_dim] in which the model's own w stray, one standard deviation long."""
    variances, axes = np.linalg.eigh(few_statistics(model).covariance)
    spread = np.sqrt(np.maximum(variances, 0))
    used = spread > UNUSED * spread.max()
    scaled = (axes[:, used] * spread[used]).T
    return torch.from_numpy(np.ascontiguousarray(scaled)).float().to(model.device)
