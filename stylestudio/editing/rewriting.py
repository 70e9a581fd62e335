"""Rewrites a rule of a model: what it draws in one context comes to be drawn as something else.

A convolution is a memory: at each place it reads a key, the features that come in times the
styles, and writes a value (Bau et al. 2020, "Rewriting a Deep Generative Model", sections 3.1 to
3.4). A change of its weights along one direction d of keys, W + L d', touches a key k by L (d'k)
alone. With d = C^-1 k*, where C is the second moment of all keys and k* the one that is to be
rewritten, other keys are touched least. L is found by descent, so that the features of a copied
region come out.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import torch
from torch.nn import functional as F

from stylestudio.editing.errors import RewriteError
from stylestudio.editing.masks import region_of
from stylestudio.files import replacing
from stylestudio.networks.stylegan2.layers import EPSILON, SynthesisLayer, activate, styles_of
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe.numbers import FIRST_PSI
from stylestudio.render import Delta, as_model, compose_ws
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

    Report = Callable[[Progress], object]

SAMPLES = 500  # pictures whose keys are summed up
BATCH = 8
STEPS = 300
RANK, MOST_DIRECTIONS = 3, 8
RATE = 0.05  # of the deviation of what comes out of the convolution
SIDE = 32  # pixels of the layer that is rewritten where none is named
RIDGE = 0.1  # of the mean second moment, added to all: below it, keys are chance
GROWTH = 0.3  # weight of how much longer filters get, which dims whatever they draw elsewhere
EVERY = 20  # steps between two reports
SEED = 1  # of the samples


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
            keys = _Look(model, recipe, self.layer, assets).keys
            return torch.einsum("rc,chw->rhw", self.directions.to(keys), keys)[0].cpu()


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
    not painted; WrongModelError for other models' recipes, and Cancelled.
    """
    model = as_model(model)
    layer = _chosen_layer(model, layer)
    if not context:
        raise RewriteError("no context is painted; paint where the change should happen.")
    if not 1 <= rank <= MOST_DIRECTIONS:
        raise RewriteError(f"rank is {rank}; it must lie between 1 and {MOST_DIRECTIONS}.")
    with one_at_a_time(model.device):
        looks = [(_Look(model, each.recipe, layer, assets), each.mask) for each in context]
        source = _Look(model, copy.recipe, layer, assets)
        targets = looks
        if paste:
            targets = [(_Look(model, each.recipe, layer, assets), each.mask) for each in paste]
        goals = [_Goal(source, copy.mask, target, mask) for target, mask in targets]
    moments = key_moments(model, layer, samples, on_progress, cancel, folder)
    directions = _key_directions(looks, moments, rank)
    with one_at_a_time(model.device):
        found = directions.to(model.device)
        pairs = zip(targets, goals, strict=True)
        with torch.no_grad():
            fits = [_Fit(target, goal, found) for (target, _), goal in pairs]
    shape = (len(source.values), rank, 3, 3)
    change = _descend(fits, shape, model.device, steps, on_progress, cancel)
    with one_at_a_time(model.device):
        weights = torch.einsum("oryx,ri->oiyx", change, found).cpu()
    delta = Delta({f"{layer}.weight": weights.half().contiguous()}, model.sha256, name)
    return Rewrite(delta, layer, directions)


class _Look:
    """What a convolution reads and writes in one picture."""

    def __init__(self, model: Model, recipe: Recipe, layer: str, assets: Assets | None) -> None:
        ws = compose_ws(model, recipe, assets)[None].to(model.device)
        self.layer, (self.step, x) = _module(model, layer), _before(model, ws, layer)
        w = ws[:, self.step.ws_index]
        with torch.no_grad():
            self.styles = styles_of(self.layer.affine, w)[0]  # [I]
            self.keys = x[0] * self.styles[:, None, None]  # [I, h, w]
            self.noise = self.layer.noise_const if self.layer.use_noise else None
            self.values = self.layer(x, w, self.noise)[0]  # [O, h, w]


class _Goal:
    """Where values are compared, and which are wanted there."""

    def __init__(self, source: _Look, copied: Any, target: _Look, pasted: Any) -> None:
        side = target.values.shape[-1]
        cover, place = _small(copied, side), _small(pasted, side)
        rows, columns = (cover > 0.05).nonzero(as_tuple=True)
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

    def __init__(self, target: _Look, goal: _Goal, directions: Tensor) -> None:
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


def _descend(
    fits: Sequence[_Fit],
    shape: tuple[int, ...],
    device: torch.device,
    steps: int,
    on_progress: Report | None,
    cancel: Cancel | None,
) -> Tensor:
    """The change L [O, rank, 3, 3] that brings the values of all targets to their goals."""
    scale = sum(fit.scale for fit in fits) / len(fits)
    with one_at_a_time(device):
        change = torch.zeros(shape, device=device, requires_grad=True)
        optimizer = torch.optim.Adam([change], lr=RATE)
    for step in range(steps):
        if cancel is not None:
            cancel.check()
        told = on_progress is not None and (step % EVERY == 0 or step == steps - 1)
        with one_at_a_time(device):
            optimizer.param_groups[0]["lr"] = RATE * min(1.0, 2 * (1 - step / steps))
            found = [fit.losses(change * scale) for fit in fits]
            loss = torch.stack([each for each, _ in found]).mean()
            growth = torch.stack([each for _, each in found]).mean()
            optimizer.zero_grad(set_to_none=True)
            (loss + GROWTH * growth).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            reached = loss.item() if told else None
        if told:
            assert on_progress is not None
            on_progress(Progress(step + 1, steps, "Rewriting", loss=reached))
        if cancel is not None and cancel.is_finishing:
            break
    with one_at_a_time(device):
        return change.detach() * scale


def _key_directions(looks: Sequence[tuple[_Look, Any]], moments: Tensor, rank: int) -> Tensor:
    """The directions [rank, I] of keys that tell the context from all else, on the processor.

    The leading right singular vectors of the context's keys, whitened by Z = C^-1/2, times Z
    (section 3.3); scaled so that the mean key of the context answers with 1 to the first.
    """
    values, vectors = torch.linalg.eigh(moments)
    values = values.clamp_min(0) + RIDGE * values.mean().clamp_min(1e-30)
    whitening = (vectors * values.rsqrt()) @ vectors.T
    weighted, total, painted = [], torch.zeros(len(moments), dtype=torch.float64), 0.0
    for look, mask in looks:
        share = _small(mask, look.keys.shape[-1]).flatten().double()
        with one_at_a_time(look.keys.device):
            keys = look.keys.flatten(1).T.cpu().double()
        inside = share > 0.05
        weighted.append(keys[inside] * share[inside, None])
        total += weighted[-1].sum(0)
        painted += float(share[inside].sum())
    mean = total / painted
    _, _, right = torch.linalg.svd(torch.cat(weighted) @ whitening, full_matrices=False)
    if rank > len(right):
        raise RewriteError(f"rank is {rank}, but the painted context has {len(right)} keys alone.")
    chosen, _ = torch.linalg.qr((right[:rank] @ whitening).T)
    answers = mean @ chosen  # [rank]
    # Turned so that the first direction is the one that the mean key answers to.
    first = chosen @ answers / answers.square().sum()
    rest = [chosen[:, i] for i in range(1, rank)]
    return torch.stack([first, *rest]).float()


def key_moments(
    model: Model,
    layer: str,
    samples: int = SAMPLES,
    on_progress: Report | None = None,
    cancel: Cancel | None = None,
    folder: Path | None = None,
) -> Tensor:
    """The second moments [I, I] of a convolution's keys, over random pictures; float64.

    Kept in `folder`, None for the user's cache. Raises Cancelled.
    """
    kept = folder or platformdirs.user_cache_path("StyleStudio", appauthor=False) / "rewriting"
    digest = hashlib.sha256(repr((model.sha256, layer, samples, 1)).encode()).hexdigest()
    path = kept / f"keys-{digest[:24]}.npy"
    channels = _module(model, layer).weight.shape[1]
    with contextlib.suppress(OSError, ValueError):
        found = np.load(path, allow_pickle=False)
        if found.shape == (channels, channels) and np.isfinite(found).all():
            return torch.from_numpy(found)
    random = np.random.RandomState(SEED)
    total, count, done = torch.zeros(channels, channels, dtype=torch.float64), 0, 0
    while done < samples:
        if cancel is not None:
            cancel.check()
        some = min(BATCH, samples - done)
        with one_at_a_time(model.device), torch.no_grad():
            ws = model.map(random.randn(some, model.z_dim), truncation_psi=FIRST_PSI)
            step, x = _before(model, ws, layer)
            styles = styles_of(_module(model, layer).affine, ws[:, step.ws_index])
            keys = (x * styles[:, :, None, None]).transpose(0, 1).flatten(1)
            total += (keys @ keys.T).cpu().double()
        count += keys.shape[1]
        done += some
        if on_progress is not None:
            on_progress(Progress(done, samples, "Learning which keys there are"))
    moments = total / count
    with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
        kept.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, moments.numpy())
    return moments


def rewritable_layers(model: Model) -> tuple[str, ...]:
    """The convolutions of a model that can be rewritten, coarse to fine."""
    synthesis: Any = model.network.synthesis
    names = [step.name for step in synthesis.steps if step.name.endswith(".conv1")]
    return tuple(n for n in names if isinstance(synthesis.get_submodule(n), SynthesisLayer))


def _chosen_layer(model: Model, layer: str | None) -> str:
    known = rewritable_layers(model)
    if not known:
        raise RewriteError(f"{model.name} can't be rewritten; only StyleGAN2 models can.")
    if layer is None:
        synthesis: Any = model.network.synthesis
        sides = {name: synthesis.get_submodule(name).resolution for name in known}
        return min(known, key=lambda name: abs(sides[name] - SIDE))
    if layer not in known:
        raise RewriteError(f"{model.name} has no layer {layer!r} to rewrite; {', '.join(known)}.")
    return layer


def _module(model: Model, layer: str) -> SynthesisLayer:
    synthesis: Any = model.network.synthesis
    module = synthesis.get_submodule(layer)
    assert isinstance(module, SynthesisLayer)
    return module


def _before(model: Model, ws: Tensor, layer: str) -> tuple[Any, Tensor]:
    """The step of a layer, and the feature maps [N, I, h, w] that it is given; constant noise."""
    synthesis: Any = model.network.synthesis
    state = synthesis.initial_state(len(ws))
    with torch.no_grad():
        for step in synthesis.steps:
            if step.name == layer:
                break
            noise = synthesis.noise_const(step) if step.has_noise else None
            state = synthesis.run_step(step, state, ws[:, step.ws_index], noise)
    return step, state.x


def _small(mask: Any, side: int) -> Tensor:
    """A painted region as [side, side] in 0..1. Raises DirectionError where nothing is painted."""
    return F.interpolate(region_of(mask)[None, None], size=(side, side), mode="area")[0, 0]


def _middle(cover: Tensor) -> tuple[float, float]:
    """The row and column in the middle of a region."""
    rows, columns = (torch.arange(n, dtype=cover.dtype) for n in cover.shape)
    total = cover.sum()
    return float(cover.sum(1) @ rows / total), float(cover.sum(0) @ columns / total)
