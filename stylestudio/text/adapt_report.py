"""What `stylestudio words adapt --evaluate` measures: how near, how varied, how soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.progress import Cancel
from stylestudio.recipe import Recipe
from stylestudio.render import open_styles, render
from stylestudio.text.adapting import spread, variety

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.render import Model
    from stylestudio.text.adapting import Adaptation

SAMPLES = 32
SAMPLES_SEED = 3
QUARTERS = 4
SHOWN_SEEDS = (1001, 1002, 1003, 1004)  # of the pictures that are drawn and painted
PSI = 0.9
BANK, STYLE = "sketchbook", "Watercolour"
WORDS = ("a person with green hair", "a person with brown hair")  # wanted, and usual
DARK, LIGHT = (0.23, 0.13, 0.06), (0.97, 0.91, 0.78)  # of sepia


class Standing(NamedTuple):
    """Where an adaptation stands, measured on samples that no step has seen."""

    step: int
    likeness: float  # to the target, -1..1
    style: float | None  # distance of styles; None for words
    shapes: float  # how much samples differ at equal brightness and contrast, 1 as at first
    colours: float  # how much they differ as they are, 1 as at first
    seconds: float  # of work so far, without measuring


def measure(adaptation: Adaptation, cancel: Cancel | None = None) -> Iterator[Standing]:
    """Run an adaptation to its end; yields at the start and at each quarter. Raises Cancelled."""
    cancel, total = cancel or Cancel(), adaptation.settings.steps
    marks = {round(total * quarter / QUARTERS) for quarter in range(QUARTERS + 1)}
    first, worked = None, 0.0
    while True:
        if adaptation.step in marks:
            pictures = adaptation.pictures_of(SAMPLES, SAMPLES_SEED)
            shapes, colours = variety(pictures), _colours(pictures)
            first = first or (shapes, colours)
            yield Standing(
                adaptation.step,
                adaptation.target.likeness(adaptation.text.embed_images(pictures)).mean().item(),
                adaptation.target.style_distance(pictures),
                shapes / first[0],
                colours / first[1],
                worked,
            )
        if adaptation.finished:
            return
        cancel.check()
        begun = time.monotonic()
        adaptation.advance()
        worked += time.monotonic() - begun


def standard_targets(model: Model) -> dict[str, list[Tensor]]:
    """Four pictures each in two manners: the model's own, drawn in sepia, and painted."""
    own = torch.cat([_own_picture(model, seed) for seed in SHOWN_SEEDS])
    painted = open_styles(BANK).stylize(own, {STYLE: 1.0})
    return {"sepia drawings": [*sepia_drawings(own)], STYLE: [*painted]}


def sepia_drawings(pictures: Tensor) -> Tensor:
    """Pictures [N, 3, R, R] in 0..1 as lines and a little shade, brown on cream."""
    light = pictures.new_tensor([0.299, 0.587, 0.114])[:, None, None]
    gray = (pictures * light).sum(1, keepdim=True)
    wide = max(3, pictures.shape[-1] // 32) | 1
    around = F.avg_pool2d(F.pad(gray, (wide // 2,) * 4, mode="reflect"), wide, 1)
    lines = (gray / around.clamp(min=1e-3)).clamp(0, 1).square()
    tone = lines.sqrt() * (0.55 * lines + 0.45 * (0.35 + 0.65 * gray))
    dark, pale = (pictures.new_tensor(colour)[:, None, None] for colour in (DARK, LIGHT))
    return dark + (pale - dark) * tone.clamp(0, 1)


def _own_picture(model: Model, seed: int) -> Tensor:
    pixels = render(model, Recipe.from_seed(seed, model, truncation_psi=PSI))
    return torch.from_numpy(pixels[..., :3].copy()).permute(2, 0, 1)[None].float() / 255


def _colours(pictures: Tensor) -> float:
    """Mean distance between pictures as they are, without their finest detail."""
    return spread(F.adaptive_avg_pool2d(pictures, 64))
