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
from stylestudio.render.colours import luminance
from stylestudio.text.adapting import spread, variety
from stylestudio.video.frames import over_white

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.render import Model
    from stylestudio.text.adapting import Adaptation

    Paint = Callable[[Tensor], Tensor]

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
    seconds: float  # of the processor, so far, without measuring


def measure(adaptation: Adaptation, cancel: Cancel | None = None) -> Iterator[Standing]:
    """Run an adaptation to its end; yields at the start and at each quarter. Raises Cancelled."""
    cancel, total = cancel or Cancel(), adaptation.settings.steps
    marks = {round(total * quarter / QUARTERS) for quarter in range(QUARTERS + 1)}
    first, worked = None, 0.0
    while True:
        if adaptation.step in marks:
            pictures = adaptation.pictures_of(SAMPLES, SAMPLES_SEED)
            first = first or (variety(pictures), _colours(pictures))
            yield _standing(adaptation, pictures, first, worked)
        if adaptation.finished:
            return
        cancel.check()
        begun = time.process_time()
        adaptation.advance()
        worked += time.process_time() - begun


def standard_targets() -> dict[str, Paint]:
    """Two manners, each as what paints the model's own pictures [N, 3, R, R] in it."""
    bank = open_styles(BANK)
    return {"sepia drawings": sepia_drawings, STYLE: lambda x: bank.stylize(x, {STYLE: 1.0})}


def shown_in(paint: Paint, model: Model) -> list[Tensor]:
    """Four of the model's own pictures, of seeds that no step sees, in a manner."""
    return [*paint(torch.cat([_own_picture(model, seed) for seed in SHOWN_SEEDS]))]


def painted_samples(adaptation: Adaptation, paint: Paint) -> Standing:
    """What the samples of an adaptation that has not begun are when they are painted themselves."""
    pictures = adaptation.pictures_of(SAMPLES, SAMPLES_SEED)
    painted = torch.cat([paint(each) for each in torch.split(pictures, 4)])
    return _standing(adaptation, painted, (variety(pictures), _colours(pictures)), 0.0)


def sepia_drawings(pictures: Tensor) -> Tensor:
    """Pictures [N, 3, R, R] in 0..1 as lines and a little shade, brown on cream."""
    gray = luminance(pictures)
    wide = max(3, pictures.shape[-1] // 32) | 1
    around = F.avg_pool2d(F.pad(gray, (wide // 2,) * 4, mode="reflect"), wide, 1)
    lines = (gray / around.clamp(min=1e-3)).clamp(0, 1).square()
    tone = lines.sqrt() * (0.55 * lines + 0.45 * (0.35 + 0.65 * gray))
    dark, pale = (pictures.new_tensor(colour)[:, None, None] for colour in (DARK, LIGHT))
    return dark + (pale - dark) * tone.clamp(0, 1)


def _standing(
    adaptation: Adaptation, pictures: Tensor, first: tuple[float, float], seconds: float
) -> Standing:
    seen = adaptation.text.embed_images(pictures)
    return Standing(
        adaptation.step,
        adaptation.target.likeness(seen).mean().item(),
        adaptation.target.style_distance(pictures),
        variety(pictures) / first[0],
        _colours(pictures) / first[1],
        seconds,
    )


def _own_picture(model: Model, seed: int) -> Tensor:
    pixels = render(model, Recipe.from_seed(seed, model, truncation_psi=PSI))
    return torch.from_numpy(over_white(pixels).copy()).permute(2, 0, 1)[None].float() / 255


def _colours(pictures: Tensor) -> float:
    """Mean distance between pictures as they are, without their finest detail."""
    return spread(F.adaptive_avg_pool2d(pictures, 64))
