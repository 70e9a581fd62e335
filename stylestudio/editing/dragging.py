"""Points of a picture dragged to where they should be, by moving its latent (DragGAN).

After Pan et al. 2023, "Drag Your GAN": each step changes w a little, so that what the feature maps
show at the handles moves towards the targets, and then looks where the handles have come to. Which
ways w may go is a matter of `latent_moves`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.editing.errors import DragError
from stylestudio.editing.latent_moves import Moves, MovingLatent, movable_rows
from stylestudio.editing.masks import region_of
from stylestudio.editing.point_motion import FeaturePoints, held_back
from stylestudio.errors import whole_number
from stylestudio.progress import Progress
from stylestudio.recipe import LatentSource
from stylestudio.recipe.sources import delta_hashes
from stylestudio.render import as_model, holding
from stylestudio.render.device import one_at_a_time, read_back
from stylestudio.render.feature_maps import FeatureMaps
from stylestudio.render.latents import check_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Delta, Model

STEPS = 100
SLOWEST = 0.25  # of a stride through w, where all points are near
OWN = 0.2  # of a stride, for what each row does by itself
OWN_MASKED = 2.0  # the same under a mask: what changes outside has to be made good by other rows
# What may change outside of the mask: from there on, no motion adds to it. Of maps, of which 1 is
# as far as places differ that have nothing to do with each other; and of colours of -1..1.
CHANGED, COLOURS_CHANGED = 0.03, 1 / 127.5
MOST_HELD = 3.0  # times as strong as motion, at most, is what undoes it
SHARE = 4  # of the picture's side that the maps have, 1 / SHARE ...
SIDES = (32, 128)  # ... within these
NEAR = 1.5 / 256  # of the picture's side: a point that is so near has arrived
STALLED = 25  # steps without coming closer

Point = tuple[float, float]  # pixels to the right and down, from the upper left corner


@dataclass(frozen=True, kw_only=True, repr=False)
class DragProgress(Progress):
    """What a step has led to; the loss is that of motion, None at the start."""

    recipe: Recipe  # the picture as it is now
    points: tuple[Point, ...]  # where the handles are
    distance: float  # from them to the targets, pixels on average
    # How little each resembles what was taken hold of: 0 is alike, 1 as strange as any other place.
    lost: tuple[float, ...]
    state: Moves = field(repr=False, compare=False)  # what `drag` needs to go on from here


def drag(
    model: Model | str,
    recipe: Recipe,
    handles: Sequence[Point],
    targets: Sequence[Point],
    mask: Any = None,
    *,
    steps: int = STEPS,
    start: DragProgress | None = None,
    deltas: Iterable[Delta | Model] = (),
    assets: Assets | None = None,
    cancel: Cancel | None = None,
) -> Iterator[DragProgress]:
    """Move what a recipe shows at `handles` to `targets`; yield where it stands after each step.

    Points are (x, y) in pixels of the model's picture, from its upper left corner. What `mask`
    [H, W], any array over the whole picture, leaves 0 is to stay as it is; None lets all of it
    move. The source of the recipe changes and nothing else: each progress holds the recipe, whose
    source is a `LatentSource`, with the tuned weights that the old one had. The first is the
    picture as it was. It ends when all points have arrived, when they come no closer, or after
    `steps`. With `start`, one of the earlier progresses, it goes on from there; model, recipe and
    handles are to be the same again. `deltas` and `assets` are what the recipe may name, as
    `ss.render` takes them.

    Raises DragError for what cannot be dragged, WrongModelError for another model's recipe,
    DeltaError for weights that are not to be had, and Cancelled.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits", truncation_psi=0.7)
    >>> for progress in ss.drag("portraits", recipe, [(128, 190)], [(128, 200)], steps=2):
    ...     pass
    >>> progress.done, progress.recipe.source.rows
    (2, 14)
    """
    model = as_model(model)
    check_model(recipe, model)
    steps_asked = whole_number("steps", steps, 0, DragError)
    pairs = _points(model, handles), _points(model, targets)
    if len(pairs[0]) != len(pairs[1]):
        raise DragError(f"there are {len(pairs[0])} handles and {len(pairs[1])} targets.")
    trouble = trouble_with(model, recipe)
    if trouble:
        raise DragError(trouble)
    region = None if mask is None else region_of(mask)
    assets = holding(deltas=deltas, assets=assets)
    return _steps(model, recipe, pairs, region, steps_asked, start, assets, cancel)


def trouble_with(model: Model, recipe: Recipe) -> str:
    """Say in a sentence why a recipe of this model cannot be dragged; "" where it can."""
    if not model.capabilities.has_w:
        return f"{model.name} has no space W to drag points in."
    deltas = delta_hashes(recipe.source)
    if deltas and not isinstance(recipe.source, LatentSource):
        return "A blend of photos with tuned weights can't be dragged; drag one photo by itself."
    if not movable_rows(model, recipe, _run_steps(model)):
        return "The source has no effect on shapes here: raise truncation psi, or lower the mixing."
    return ""


def map_step(model: Model) -> Step:
    """The step after whose maps points are looked at: chosen by measurement, by size alone."""
    side = min(max(model.resolution // SHARE, SIDES[0]), SIDES[1])
    steps = [step for step in model.network.synthesis.steps if not step.makes_rgb]
    return [step for step in steps if step.resolution <= side or step is steps[0]][-1]


def _steps(
    model: Model,
    recipe: Recipe,
    pairs: tuple[Tensor, Tensor],
    region: Tensor | None,
    steps: int,
    start: DragProgress | None,
    assets: Assets,
    cancel: Cancel | None,
) -> Iterator[DragProgress]:
    with one_at_a_time(model.device), torch.inference_mode(False), torch.enable_grad():
        work = _Drag(model, recipe, pairs, region, assets, start)
    yield work.progress(steps)
    while not work.is_over(steps):
        if cancel is not None:
            cancel.check()
            if cancel.is_finishing:
                return
        with one_at_a_time(model.device), torch.inference_mode(False), torch.enable_grad():
            work.advance()
        yield work.progress(steps)


class _Drag:
    """One drag on its way. Lengths are shares of the picture's side.

    What the device has found is read once a step, as reads make it wait.
    """

    def __init__(
        self,
        model: Model,
        recipe: Recipe,
        pairs: tuple[Tensor, Tensor],
        region: Tensor | None,
        assets: Assets,
        start: DragProgress | None,
    ) -> None:
        handles, self._targets = pairs
        self._model, self._recipe, self._device = model, recipe, model.device
        step = map_step(model)
        self._maps = FeatureMaps(model, recipe, step, assets)
        own = OWN if region is None else OWN_MASKED
        self._latent = MovingLatent(model, recipe, _run_steps(model), assets, own)
        with torch.no_grad():
            first = self._maps(self._latent.ws)
            self._rgb = self._maps.rgb
        self._moves = self._latent.start
        self._seen = FeaturePoints(
            first, handles.to(self._device), first.shape[-1] / step.resolution
        )
        self._fixed = None if region is None else _fixed(region, first, self._seen.pixel)
        self._near = max(NEAR, 1 / model.resolution)
        self._points, self._lost = handles, torch.zeros(len(handles))
        self._loss: float | None = None
        self._done = 0
        self._nearest, self._since = float("inf"), 0
        if start is not None:
            self._restore(start)
        self._look()
        self._moved = read_back(self._offsets).numpy()

    def is_over(self, steps: int) -> bool:
        """Whether all points have arrived, come no closer, or `steps` were done."""
        arrived = bool((self._gaps().norm(dim=1) <= self._near).all())
        return arrived or self._since >= STALLED or self._done >= steps

    def advance(self) -> None:
        """Change w a little, and look where the points have come to."""
        gaps = self._gaps()
        away = gaps.norm(dim=1, keepdim=True)
        strides = gaps / away.clamp(min=1e-9) * away.clamp(max=self._seen.pixel)
        going = (away[:, 0] > self._near).float()
        points, strides, targets, going = (
            each.to(self._device) for each in (self._points, strides, self._targets, going)
        )
        losses = going * self._seen.motion_loss(self._now, points, strides)
        losses = losses + (1 - going) * self._seen.rest_loss(self._now, targets)
        loss = losses.mean()
        gradient = self._gradient(loss)
        pace = min(max(float(away.max()) / self._seen.pixel, SLOWEST), 1)  # not to overshoot
        self._done += 1
        with torch.no_grad():
            self._moves = self._moves.after(gradient, pace * self._latent.rates, self._done)
        self._look()
        with torch.no_grad():
            points, lost = self._seen.find(self._now, points)
            self._read(points, lost, loss)
        self._note_distance()

    def _gradient(self, loss: Tensor) -> Tensor:
        """Where the loss of motion grows, as far as what is to stay lets it.

        The RGB layers have rows of their own among those that move, so colours are looked at, too.
        """
        if self._fixed is None:
            return torch.autograd.grad(loss, self._at)[0]
        changed = self._seen.fixed_loss(self._now, self._fixed) / CHANGED
        if self._rgb is not None:
            stays = F.interpolate(self._fixed, size=self._rgb.shape[-2:], mode="area")
            assert self._maps.rgb is not None
            colours = (self._maps.rgb - self._rgb).abs().mean(1, keepdim=True)
            changed = changed + (colours * stays).sum() / stays.sum() / COLOURS_CHANGED
        (motion,) = torch.autograd.grad(loss, self._at, retain_graph=True)
        (change,) = torch.autograd.grad(changed, self._at)
        return held_back(motion, change, changed.detach().clamp(max=MOST_HELD))

    def progress(self, steps: int) -> DragProgress:
        """Where it stands."""
        side = self._model.resolution
        return DragProgress(
            self._done,
            steps,
            "Dragging",
            self._loss,
            recipe=self._recipe.replace(source=self._latent.source(self._moved)),
            points=tuple((x * side, y * side) for x, y in self._points.tolist()),
            distance=float(self._gaps().norm(dim=1).mean()) * side,
            lost=tuple(self._lost.tolist()),
            state=self._moves,
        )

    def _gaps(self) -> Tensor:
        return self._targets - self._points

    def _note_distance(self) -> None:
        """Count the steps since the points were nearest to their targets."""
        distance = float(self._gaps().norm(dim=1).mean())
        closer = distance < self._nearest - self._seen.pixel / 8
        self._nearest = min(self._nearest, distance)
        self._since = 0 if closer else self._since + 1

    def _look(self) -> None:
        """Make the maps as w is now, through which the next step's gradients go."""
        self._at = self._moves.at.detach().requires_grad_()
        ws, self._offsets = self._latent.moved(self._at)
        self._now = self._maps(ws)

    def _read(self, points: Tensor, lost: Tensor, loss: Tensor) -> None:
        """Take what the step has led to, all at once."""
        parts = (points, lost, loss, self._offsets)
        read = read_back(torch.cat([each.flatten() for each in parts]))
        sizes = [each.numel() for each in parts]
        places, lost, loss, moved = torch.split(read, sizes)
        self._points, self._lost, self._loss = places.reshape(-1, 2), lost, loss.item()
        self._moved = moved.reshape(self._offsets.shape).numpy()

    def _restore(self, start: DragProgress) -> None:
        """Stand where an earlier step stood."""
        moves, points = start.state, start.points
        if moves.at.shape != self._moves.at.shape:
            raise DragError("start is the progress of another drag; leave it out to begin anew.")
        if len(points) != len(self._points):
            raise DragError(
                f"start has {len(points)} points; there are {len(self._points)} handles."
            )
        self._moves = Moves(*(each.to(self._device) for each in moves))
        self._points = torch.tensor(points) / self._model.resolution
        self._lost, self._loss = torch.tensor(start.lost), start.loss
        self._done = start.done


def _run_steps(model: Model) -> list[Step]:
    steps = model.network.synthesis.steps
    upto = steps[: steps.index(map_step(model)) + 1]
    return [step for step in upto if not step.makes_rgb]


def _fixed(region: Tensor, first: Tensor, pixel: float) -> Tensor | None:
    """What is to stay, on the maps [1, 1, r, r]; None where that is nothing."""
    inside = round(1 / pixel)
    stays = 1 - F.interpolate(region[None, None], size=(inside, inside), mode="area")
    margin = (first.shape[-1] - inside) // 2
    stays = F.pad(stays, [margin] * 4).to(first.device)
    return stays if bool(stays.any()) else None


def _points(model: Model, points: Sequence[Point]) -> Tensor:
    """Pixels as shares of the picture, [P, 2]. Raises DragError."""
    try:
        array = np.asarray(points, dtype=np.float32)
    except (TypeError, ValueError):
        array = np.empty(0, dtype=np.float32)
    if array.ndim != 2 or array.shape[1:] != (2,) or not len(array):
        raise DragError("points must be pairs of numbers, such as [(120, 88)], at least one.")
    side = model.resolution
    outside = ~((array >= 0) & (array <= side)).all(axis=1)
    if outside.any():
        x, y = array[outside][0]
        raise DragError(f"the point {x:g},{y:g} lies outside of the picture, 0,0 to {side},{side}.")
    return torch.from_numpy(array / side)
