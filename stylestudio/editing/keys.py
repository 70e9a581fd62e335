"""What a convolution reads and writes as a memory: keys, values, and which keys are common.

A key is what comes in at a place, times the styles (Bau et al. 2020, "Rewriting a Deep Generative
Model", section 3.1).
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import torch
from torch.nn import functional as F

from stylestudio.editing.errors import RewriteError
from stylestudio.editing.masks import region_of
from stylestudio.files import replacing
from stylestudio.networks.stylegan2.layers import SynthesisLayer, styles_of
from stylestudio.recipe.numbers import FIRST_PSI
from stylestudio.render import compose_ws
from stylestudio.render.classes import drawn_classes
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

BATCH = 8  # pictures whose keys are summed up together
# Pixels of the layer that is rewritten where none is named. `rewrite portraits --evaluate` reached
# 97 % of unseen pictures with it, 62 % with the layer of 64 pixels, and none with that of 16.
SIDE = 32
RIDGE = 0.1  # of the mean second moment, added to all: below it, keys are chance
SEED = 1  # of the samples; the next one is that of their classes
PAINTED = 0.05  # share of a place from which on it counts as painted


class Look:
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


class KeyMoments:
    """The second moments of a convolution's keys over random pictures, summed up bit by bit.

    A conditional model shows all classes alike. The moments of so many `samples` are kept in
    `folder`, None for the user's cache.
    """

    def __init__(self, model: Model, layer: str, samples: int, folder: Path | None = None) -> None:
        self._model, self._layer, self._samples = model, layer, samples
        kept = folder or platformdirs.user_cache_path("StyleStudio", appauthor=False) / "rewriting"
        version = 2 if model.c_dim else 1  # the first one saw the first class alone
        digest = hashlib.sha256(repr((model.sha256, layer, samples, version)).encode()).hexdigest()
        self._path = kept / f"keys-{digest[:24]}.npy"
        channels = _module(model, layer).weight.shape[1]
        self.done = 0  # pictures
        self._count = 0  # keys
        self._total = torch.zeros(channels, channels, dtype=torch.float64)
        self._random = np.random.RandomState(SEED)
        # Of all samples at once, so that going on from a state needs only their number.
        self._classes = drawn_classes(model, samples, np.random.RandomState(SEED + 1))
        with contextlib.suppress(OSError, ValueError):
            found = np.load(self._path, allow_pickle=False)
            if found.shape == (channels, channels) and np.isfinite(found).all():
                self._total, self._count, self.done = torch.from_numpy(found), 1, samples

    @property
    def finished(self) -> bool:
        """Whether all pictures are summed up."""
        return self.done >= self._samples

    @property
    def mean(self) -> Tensor:
        """The second moments [I, I]; float64."""
        return self._total / self._count

    def advance(self) -> None:
        """Sum up the keys of some more pictures; the last ones let all be kept."""
        model, some = self._model, min(BATCH, self._samples - self.done)
        with one_at_a_time(model.device), torch.no_grad():
            z = self._random.randn(some, model.z_dim)
            c = None if self._classes is None else self._classes[self.done : self.done + some]
            ws = model.map(z, c, truncation_psi=FIRST_PSI)
            step, x = _before(model, ws, self._layer)
            styles = styles_of(_module(model, self._layer).affine, ws[:, step.ws_index])
            keys = (x * styles[:, :, None, None]).transpose(0, 1).flatten(1)
            self._total += (keys @ keys.T).cpu().double()
        self._count += keys.shape[1]
        self.done += some
        if self.finished:
            with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(self._path) as temporary, temporary.open("wb") as file:
                    np.save(file, self.mean.numpy())

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on from here."""
        return {"done": self.done, "count": self._count, "total": self._total}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.done, self._count, self._total = state["done"], state["count"], state["total"]
        self._random = np.random.RandomState(SEED)
        self._random.randn(self.done, self._model.z_dim)


def key_directions(looks: Sequence[tuple[Look, Any]], moments: Tensor, rank: int) -> Tensor:
    """The directions [rank, I] of keys that tell the context from all else (section 3.3).

    The leading right singular vectors of the context's keys, whitened by Z = C^-1/2, times Z;
    scaled so that the mean key of the context answers with 1 to the first.
    """
    values, vectors = torch.linalg.eigh(moments)
    values = values.clamp_min(0) + RIDGE * values.mean().clamp_min(1e-30)
    whitening = (vectors * values.rsqrt()) @ vectors.T
    weighted, total, painted = [], torch.zeros(len(moments), dtype=torch.float64), 0.0
    for look, mask in looks:
        share = shrunk(mask, look.keys.shape[-1]).flatten().double()
        keys = look.keys.flatten(1).T.cpu().double()
        inside = share > PAINTED
        weighted.append(keys[inside] * share[inside, None])
        total += weighted[-1].sum(0)
        painted += float(share[inside].sum())
    mean = total / painted
    _, _, right = torch.linalg.svd(torch.cat(weighted) @ whitening, full_matrices=False)
    chosen, _ = torch.linalg.qr((right[:rank] @ whitening).T)
    answers = mean @ chosen  # [rank]
    # Turned so that the first direction is the one that the mean key answers to.
    first = chosen @ answers / answers.square().sum()
    rest = [chosen[:, i] for i in range(1, rank)]
    return torch.stack([first, *rest]).float().to(looks[0][0].keys.device)


def check_rank(looks: Sequence[tuple[Look, Any]], rank: int) -> None:
    """Raise RewriteError where the painted context has fewer keys than there are directions."""
    shares = [shrunk(mask, look.keys.shape[-1]) for look, mask in looks]
    count = min(sum(int((share > PAINTED).sum()) for share in shares), len(looks[0][0].keys))
    if rank > count:
        raise RewriteError(
            f"the painted context has {count} of the {rank} places that rank {rank} needs; paint "
            "more of it, or lower the rank."
        )


def rewritable_layers(model: Model) -> tuple[str, ...]:
    """The convolutions of a model that can be rewritten, coarse to fine."""
    synthesis: Any = model.network.synthesis
    names = [step.name for step in synthesis.steps if step.name.endswith(".conv1")]
    return tuple(n for n in names if isinstance(synthesis.get_submodule(n), SynthesisLayer))


def layer_sides(model: Model) -> dict[str, int]:
    """Those, and the pixels of a side of what they write."""
    return {name: _module(model, name).resolution for name in rewritable_layers(model)}


def usual_layer(model: Model) -> str:
    """The one that is rewritten where none is named. Raises RewriteError for other families."""
    sides = layer_sides(model)
    if not sides:
        raise RewriteError(f"{model.name} can't be rewritten; only StyleGAN2 models can.")
    return min(sides, key=lambda name: abs(sides[name] - SIDE))


def chosen_layer(model: Model, layer: str | None) -> str:
    """The one that is named. Raises RewriteError for one that there is not."""
    usual, known = usual_layer(model), rewritable_layers(model)
    if layer is not None and layer not in known:
        raise RewriteError(f"{model.name} has no layer {layer!r} to rewrite; {', '.join(known)}.")
    return layer or usual


def shrunk(mask: Any, side: int) -> Tensor:
    """A painted region as [side, side] in 0..1.

    Raises DirectionError where nothing is painted, and RewriteError where it is next to nothing.
    """
    small = F.interpolate(region_of(mask)[None, None], size=(side, side), mode="area")[0, 0]
    if small.max() <= PAINTED:
        raise RewriteError("a painted region is too small; paint more, or choose a finer layer.")
    return small


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
