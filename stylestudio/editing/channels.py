"""Single style channels: what one sigma of each is, and which change most of a picture or region.

Many channels control one thing in one place (StyleSpace, Wu et al. 2021). Which do, a gradient
tells for all of them at once: of random sums of the pixels inside a region, and outside of it, the
squares of the derivatives by a channel are, on average, how much that channel changes there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.editing.directions import Directions, shares_of
from stylestudio.editing.errors import DirectionError
from stylestudio.editing.masks import region_of
from stylestudio.editing.statistics import check_has_w, few_statistics
from stylestudio.errors import whole_number
from stylestudio.networks.chain import StepInput, run_steps, steps_upto
from stylestudio.networks.stylegan2.layers import MovedRow
from stylestudio.recipe import Channel, ChannelEdit, ModelRef, Recipe, place_of
from stylestudio.render import as_model, compose_ws, style_channels
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.progress import Cancel
    from stylestudio.recipe.layers import Layers
    from stylestudio.render import Model

SIDE = 64  # pixels of the picture that is looked at, where the network has one so small
PROBES, FEW_PROBES = 8, 2  # random sums of each kind; few of pictures larger than that
STEP = 3.0  # sigmas of a channel's own that an amount of 1 moves it by: one changes little
FAINT = 0.1  # of the largest change inside: what changes less is nothing that anybody sees
SEED = 0

_PLACE = re.compile(r"\s*([A-Za-z0-9_.]+)/([0-9]{1,5})\s*")


def channel_edit(model: Model | str, place: str, amount: float = 1.0) -> ChannelEdit:
    """Make the edit of one style channel, such as "b16.conv1/45".

    An amount of 1 moves it by three standard deviations of its own. Raises DirectionError for a
    layer or a channel that the model lacks.

    >>> import stylestudio as ss
    >>> edit = ss.editing.channel_edit("portraits", "b16.conv1/5", 2)
    >>> ss.Recipe.from_seed(7, "portraits").edit(edit)
    <Recipe of Portraits: seed 7; edit b16.conv1/5 2 sigmas: channels b16.conv1/5>
    """
    model = as_model(model)
    check_has_w(model)
    counts = style_channels(model)
    match = _PLACE.fullmatch(place)
    if match is None or match[1] not in counts:
        first, *_, last = counts
        raise DirectionError(
            f"{place!r} is not a style channel of {model.name}; its layers go from {first} to "
            f"{last}, as in {first}/0."
        )
    layer, number = match[1], int(match[2])
    if number >= counts[layer]:
        raise DirectionError(
            f"there is no style channel {number} in {layer} of {model.name}; it has 0 to "
            f"{counts[layer] - 1}."
        )
    return _edit(layer, number, float(channel_sigmas(model, layer)[number]), amount)


def is_channel(name: str) -> bool:
    """Whether a name looks like that of a style channel."""
    return _PLACE.fullmatch(name) is not None


def channel_sigmas(model: Model, layer: str) -> NDArray[np.float64]:
    """How far each style channel of a layer strays over the model's own w: [channels].

    From the covariance of w, as styles are an affine map of it.
    """
    affine: Any = model.network.synthesis.get_submodule(layer).affine
    with one_at_a_time(model.device):
        weight = affine.weight.detach().cpu().double().numpy() * affine.weight_gain
    return few_statistics(model).sigma(weight)


def find_channels(
    model: Model | str,
    recipe: Recipe | None = None,
    mask: Any = None,
    count: int = 32,
    layers: Layers | None = None,
    *,
    cancel: Cancel | None = None,
) -> Directions:
    """Find the style channels that change a picture most, or a region of it and little else.

    `recipe` is the picture, None for the average; `mask` [H, W] is 0 outside and up to 1 inside,
    None for all of it. `layers` are as for `find_directions`. RGB layers are left out, as their
    channels only recolour. Raises DirectionError for an empty mask and a model without style
    channels, WrongModelError for another model's recipe, RecipeError for layers, and Cancelled.

    >>> import stylestudio as ss
    >>> channels = ss.editing.find_channels("portraits", count=4, layers="coarse")
    >>> len(channels)
    4
    """
    model = as_model(model)
    check_has_w(model)
    count = whole_number("count", count, 1, DirectionError)
    recipe = recipe or Recipe.from_seed(0, model, truncation_psi=0.0)
    region = None if mask is None else region_of(mask)
    ref = ModelRef.of(model)
    shares = np.ones(model.num_ws) if layers is None else shares_of(layers, ref, model.num_ws)
    ws = compose_ws(model, recipe)
    with one_at_a_time(model.device):
        changes = _changes(model, ws, region, np.flatnonzero(shares).tolist(), cancel)
    if not changes:
        raise DirectionError(f"{model.name} has no style channels in these layers.")
    inside = np.concatenate([each.inside for each in changes])
    outside = np.concatenate([each.outside for each in changes])
    scores = inside if region is None else inside / (outside + FAINT * inside.max() + 1e-12)
    places = [(each, number) for each in changes for number in range(len(each.inside))]
    best = [places[i] for i in np.argsort(-scores, kind="stable")[:count]]
    edits = [_edit(each.layer, number, float(each.sigmas[number]), 0.0) for each, number in best]
    return Directions.from_edits(edits, ref, "channels found by StyleStudio")


class _Changes(NamedTuple):
    """What one sigma of each channel of a layer changes, as root mean squares."""

    layer: str
    sigmas: NDArray[np.float64]  # [channels]
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]


def _changes(
    model: Model, ws: Tensor, region: Tensor | None, rows: list[int], cancel: Cancel | None
) -> list[_Changes]:
    """The changes by the channels of the convolutions that these rows of ws drive."""
    network: Any = model.network.synthesis
    steps = steps_upto(network.steps, SIDE)
    counts = style_channels(model)
    chosen = [
        step
        for step in steps
        if step.ws_index in rows and step.name in counts and not step.makes_rgb
    ]
    if not chosen:
        return []
    probes = PROBES if steps[-1].resolution <= SIDE else FEW_PROBES
    with torch.inference_mode(False), torch.enable_grad():
        offsets = {
            step.name: torch.zeros(
                2 * probes, counts[step.name], device=ws.device, requires_grad=True
            )
            for step in chosen
        }
        own = ws.detach().clone()[None].expand(2 * probes, -1, -1)

        def given(step: Step, state: State) -> StepInput:
            if cancel is not None:
                cancel.check()
            w = own[:, step.ws_index]
            noise = network.noise_const(step) if step.has_noise else None
            offset = offsets.get(step.name)
            return StepInput(
                network, step, state, w if offset is None else MovedRow(w, offset), noise
            )

        *_, (_, last) = run_steps(steps, network.initial_state(2 * probes), given)
        img = last.img
        assert img is not None
        side = img.shape[-1]
        weights = torch.ones(side, side)
        if region is not None:
            weights = F.interpolate(region[None, None], size=(side, side), mode="area")[0, 0]
        both = torch.stack([weights, 1 - weights])[:, None, None]  # inside, outside
        signs = torch.randint(
            2,
            (2, probes, *img.shape[1:]),
            generator=torch.Generator().manual_seed(SEED),
        )
        sums = both.sum((3, 4), keepdim=True).clamp(min=1e-6) * img.shape[1]
        seen = ((2.0 * signs - 1) * (both / sums).sqrt()).reshape(img.shape).to(img.device)
        found = torch.autograd.grad((img * seen).sum(), [*offsets.values()])
    result = []
    for name, slopes in zip(offsets, found, strict=True):
        sigmas = channel_sigmas(model, name)
        squares = slopes.detach().cpu().double().reshape(2, probes, -1).square().mean(1).numpy()
        inside, outside = np.sqrt(squares) * sigmas
        result.append(_Changes(name, sigmas, inside, outside))
    return result


def _edit(layer: str, number: int, sigma: float, amount: float) -> ChannelEdit:
    channel = Channel(layer, number, STEP * sigma)
    return ChannelEdit(place_of(channel), (channel,), float(amount))
