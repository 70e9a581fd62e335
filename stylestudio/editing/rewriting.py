"""Rewrites a rule of a model: what it draws in one context comes to be drawn as something else.

A convolution is a memory: at each place it reads a key, the features that come in times the
styles, and writes a value (Bau et al. 2020, "Rewriting a Deep Generative Model", sections 3.1 to
3.4). A change of its weights along one direction d of keys, W + L d', touches a key k by L (d'k)
alone. With d = C^-1 k*, where C is the second moment of all keys and k* the one that is to be
rewritten, other keys are touched least. L is found by descent, so that the features of a copied
region come out.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

from stylestudio.editing.errors import RewriteError
from stylestudio.editing.keys import (
    PAINTED,
    KeyMoments,
    Look,
    check_rank,
    chosen_layer,
    key_directions,
    shrunk,
)
from stylestudio.editing.masks import region_of
from stylestudio.errors import whole_number
from stylestudio.networks.stylegan2.layers import EPSILON, activate
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe.naming import described
from stylestudio.render import Delta, as_model
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

    Report = Callable[[Progress], object]

SAMPLES = 500  # pictures whose keys are summed up
STEPS = 300
RANK, MOST_DIRECTIONS = 3, 8
RATE = 0.05  # of the deviation of what comes out of the convolution
GROWTH = 0.3  # weight of how much longer filters get, which dims whatever they draw elsewhere
EVERY = 20  # steps between two reports
LEARNING, REWRITING = "Learning usual features", "Rewriting"


@dataclass(frozen=True, eq=False)
class Painted:
    """A picture by its recipe, and a region of it: any array [H, W], 0 outside, up to 1 inside."""

    recipe: Recipe
    mask: Any


@dataclass(frozen=True, eq=False)
class Rewrite:
    """What `rewrite` has found: a delta of one convolution, and the keys that it answers to."""

    delta: Delta
    layer: str
    directions: Tensor  # [rank, I]; 1 is the mean answer in the context

    def answers(self, model: Model, recipe: Recipe, assets: Assets | None = None) -> Tensor:
        """How far each place of a picture is taken for the context, [h, w]; 1 is its mean."""
        with one_at_a_time(model.device):
            keys = Look(model, recipe, self.layer, assets).keys
            return torch.einsum("rc,chw->rhw", self.directions.to(keys), keys)[0].cpu()


@dataclass(frozen=True, kw_only=True)
class RewriteSettings:
    """How a rule is rewritten, besides its pictures; `rewrite` says what each means."""

    layer: str | None = None
    rank: int = RANK
    steps: int = STEPS
    samples: int = SAMPLES
    name: str = "rewritten"

    def __post_init__(self) -> None:
        for name, lowest in (("rank", 0), ("steps", 0), ("samples", 1)):
            whole_number(name, getattr(self, name), lowest, RewriteError)
        if not 1 <= self.rank <= MOST_DIRECTIONS:
            raise RewriteError(f"rank is {self.rank}; it must lie between 1 and {MOST_DIRECTIONS}.")


class Rewriting:
    """A rule on its way; a `Resumable`, so that `training.runs.run` drives it and keeps it."""

    def __init__(
        self,
        model: Model,
        copy: Painted,
        context: Sequence[Painted],
        paste: Sequence[Painted] = (),
        settings: RewriteSettings | None = None,
        *,
        assets: Assets | None = None,
        folder: Path | None = None,
    ) -> None:
        """Look at what is painted; `rewrite` says what is raised where that won't do."""
        self.model, self.settings = model, settings or RewriteSettings()
        self.layer = layer = chosen_layer(model, self.settings.layer)
        for tray in (context, paste):
            if not isinstance(tray, list | tuple):
                raise RewriteError(f"{described(tray)} is not a list of painted pictures.")
        for each in (copy, *context, *paste):
            if not isinstance(each, Painted):
                raise RewriteError(f"{described(each)} is no ss.editing.Painted.")
        if not context:
            raise RewriteError("no context is painted; paint where the change should happen.")
        self.pictures = {"copy": [copy], "context": [*context], "paste": [*paste]}
        self.step = 0  # parts of the samples, then of the descent
        self.descended = 0
        with one_at_a_time(model.device):
            self._context = [(Look(model, p.recipe, layer, assets), p.mask) for p in context]
            check_rank(self._context, self.settings.rank)
            source = Look(model, copy.recipe, layer, assets)
            targets = self._context
            if paste:
                targets = [(Look(model, p.recipe, layer, assets), p.mask) for p in paste]
            self._goals = [(look, _Goal(source, copy.mask, look, mask)) for look, mask in targets]
        self._moments = KeyMoments(model, layer, self.settings.samples, folder)
        self._descent: _Descent | None = None

    @property
    def identity(self) -> str:
        """What a state has to agree in with the rewriting that goes on from it."""
        digest = hashlib.sha256()
        for tray, pictures in self.pictures.items():
            for each in pictures:
                mask = region_of(each.mask).numpy()
                digest.update(f"{tray}{each.recipe.to_json()}{mask.shape}".encode())
                digest.update(mask.tobytes())
        return f"rewriting {self.model.sha256} {digest.hexdigest()} {self.settings}"

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.descended >= self.settings.steps

    def advance(self) -> Progress:
        """Look at the keys of some more pictures, or once they are known, descend by a step."""
        self.step += 1
        moments = self._moments
        if not moments.finished:
            moments.advance()
            return Progress(moments.done, self.settings.samples, LEARNING)
        with one_at_a_time(self.model.device), torch.enable_grad():
            loss = self._begun().advance(1 - self.descended / self.settings.steps)
        self.descended += 1
        return Progress(self.descended, self.settings.steps, REWRITING, loss=loss)

    def result(self) -> Rewrite:
        """The rule as it stands; before the first step of the descent, the model's own."""
        with one_at_a_time(self.model.device):
            descent = self._begun()
            weights = torch.einsum("oryx,ri->oiyx", descent.found, descent.directions)
            tensors = {f"{self.layer}.weight": weights.cpu().half().contiguous()}
            delta = Delta(tensors, self.model.sha256, self.settings.name)
            return Rewrite(delta, self.layer, descent.directions.cpu())

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        pictures = {
            tray: [(each.recipe.to_json(), region_of(each.mask)) for each in painted]
            for tray, painted in self.pictures.items()
        }
        return {
            # so that it can be made again from the state alone
            "asked": {
                "model": self.model.sha256,
                "settings": asdict(self.settings),
                "pictures": pictures,
            },
            "step": self.step,
            "descended": self.descended,
            "moments": self._moments.state_dict(),
            "descent": self._descent.state_dict() if self._descent else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step, self.descended = state["step"], state["descended"]
        self._moments.load_state_dict(state["moments"])
        if state["descent"] is not None:
            self._begun().load_state_dict(state["descent"])

    def _begun(self) -> _Descent:
        """The descent, which begins once the keys are known."""
        if self._descent is None:
            directions = key_directions(self._context, self._moments.mean, self.settings.rank)
            with torch.no_grad():
                fits = [_Fit(look, goal, directions) for look, goal in self._goals]
            self._descent = _Descent(fits, directions)
        return self._descent


def rewrite(
    model: Model | str,
    copy: Painted,
    context: Sequence[Painted],
    paste: Sequence[Painted] = (),
    *,
    layer: str | None = None,
    rank: int = RANK,
    steps: int = STEPS,
    samples: int = SAMPLES,
    name: str = "rewritten",
    assets: Assets | None = None,
    on_progress: Report | None = None,
    cancel: Cancel | None = None,
    folder: Path | None = None,
) -> Rewrite:
    """Let what is like the painted `context` come out as the copied region does, in every picture.

    The features of the region painted in `copy` are laid over those of the pictures in `paste`,
    around the middle of what is painted there; () takes the context. One convolution, `layer`
    ("b32.conv1"; None takes one of 32 pixels), is changed until it gives them. `rank` is the number
    of directions of keys that change, 1 to 8: more reach further, on the context and elsewhere. The
    second moments of keys, of so many `samples`, are kept in `folder`, None for the user's cache.
    Weights are the model's own: a recipe's deltas stay out of account. Ended early, the work gives
    what it has; the second moments that are kept are not looked for again.

    Raises RewriteError for models of other families, layers that there are not, and for what is
    painted too small; DirectionError for what is not painted at all; WrongModelError for other
    models' recipes, and Cancelled.
    """
    model, cancel = as_model(model), cancel or Cancel()
    settings = RewriteSettings(layer=layer, rank=rank, steps=steps, samples=samples, name=name)
    rewriting = Rewriting(model, copy, context, paste, settings, assets=assets, folder=folder)
    while not rewriting.finished and not (cancel.is_finishing and rewriting.descended):
        cancel.check()
        progress = rewriting.advance()
        is_due = not rewriting.descended or rewriting.descended % EVERY == 1 or rewriting.finished
        if on_progress is not None and is_due:
            on_progress(progress)
    return rewriting.result()


class _Goal:
    """Where values are compared, and which are wanted there."""

    def __init__(self, source: Look, copied: Any, target: Look, pasted: Any) -> None:
        side = target.values.shape[-1]
        cover, place = shrunk(copied, side), shrunk(pasted, side)
        rows, columns = (cover > PAINTED).nonzero(as_tuple=True)
        shift = [round(float(b - a)) for a, b in zip(_middle(cover), _middle(place), strict=True)]
        top, left = max(0, int(rows.min()), -shift[0]), max(0, int(columns.min()), -shift[1])
        bottom = min(side, int(rows.max()) + 1, side - shift[0])
        right = min(side, int(columns.max()) + 1, side - shift[1])
        if top >= bottom or left >= right:
            raise RewriteError("what you copied doesn't fit where you pasted it; paint elsewhere.")
        self.box = (top + shift[0], bottom + shift[0], left + shift[1], right + shift[1])
        share = cover[top:bottom, left:right].to(target.values)
        theirs = source.values[:, top:bottom, left:right]
        ours = self.of(target.values)
        self.values = torch.lerp(ours, theirs, share)

    def of(self, maps: Tensor) -> Tensor:
        """The part of [..., h, w] that is compared."""
        top, bottom, left, right = self.box
        return maps[..., top:bottom, left:right]


class _Fit:
    """What a change L d' of a convolution's weights makes of a picture, where it is compared.

    That depends on no more than the fields d'k and a few sums over the weights, so looking costs
    next to nothing, however wide the layer is.
    """

    def __init__(self, target: Look, goal: _Goal, directions: Tensor) -> None:
        layer, squared = target.layer, target.styles.square()
        weight = layer.weight.detach()
        self._layer, self._goal = layer, goal
        self._plain = goal.of(F.conv2d(target.keys[None], weight, padding=1)[0])
        self._fields = torch.einsum("rc,chw->rhw", directions, target.keys)[None]
        self._lengths = torch.einsum("oiyx,i->o", weight.square(), squared)
        self._crossed = torch.einsum("oiyx,i,ri->oryx", weight, squared, directions)
        self._gram = torch.einsum("i,ri,si->rs", squared, directions, directions)
        noise = target.noise
        self._noise = None if noise is None else goal.of(noise) * layer.noise_strength.detach()
        self.width = len(weight)  # channels that it writes
        self.scale = float(self._plain.std()) + 1e-12

    def losses(self, change: Tensor) -> tuple[Tensor, Tensor]:
        """How far values are from the goal, L1, and how much longer filters became, squared."""
        grown = self._lengths + 2 * (change * self._crossed).sum((1, 2, 3))
        grown = grown + torch.einsum("oryx,osyx,rs->o", change, change, self._gram)
        x = self._plain + self._goal.of(F.conv2d(self._fields, change, padding=1)[0])
        x = x * torch.rsqrt(grown.clamp_min(0) + EPSILON)[:, None, None]
        if self._noise is not None:
            x = x + self._noise
        layer = self._layer
        x = activate(x + layer.bias.detach()[:, None, None], layer.activation)
        if layer.conv_clamp is not None:
            x = x.clamp(-layer.conv_clamp, layer.conv_clamp)
        loss = (x - self._goal.values).abs().mean()
        return loss, (grown / (self._lengths + EPSILON) - 1).square().mean()


class _Descent:
    """The change L [O, rank, 3, 3] on its way to bringing the values of all targets to goals."""

    def __init__(self, fits: Sequence[_Fit], directions: Tensor) -> None:
        self.directions = directions  # [rank, I]
        self._fits = fits
        self._scale = sum(fit.scale for fit in fits) / len(fits)
        shape = (fits[0].width, len(directions), 3, 3)
        self._change = torch.zeros(shape, device=directions.device, requires_grad=True)
        self._optimizer = torch.optim.Adam([self._change], lr=RATE)

    @property
    def found(self) -> Tensor:
        """The change as it stands."""
        return self._change.detach() * self._scale

    def advance(self, left: float) -> float:
        """Go a step, with a share of 0..1 of all left; how far values are from the goals."""
        self._optimizer.param_groups[0]["lr"] = RATE * min(1.0, 2 * left)
        found = [fit.losses(self._change * self._scale) for fit in self._fits]
        loss = torch.stack([each for each, _ in found]).mean()
        growth = torch.stack([each for _, each in found]).mean()
        self._optimizer.zero_grad(set_to_none=True)
        (loss + GROWTH * growth).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on from here."""
        return {"change": self._change.detach(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        with torch.no_grad():
            self._change.copy_(state["change"])
        self._optimizer.load_state_dict(state["optimizer"])


def _middle(cover: Tensor) -> tuple[float, float]:
    """The row and column in the middle of a region."""
    rows, columns = (torch.arange(n, dtype=cover.dtype) for n in cover.shape)
    total = cover.sum()
    return float(cover.sum(1) @ rows / total), float(cover.sum(0) @ columns / total)
