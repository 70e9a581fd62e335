"""One picture painted by optimisation (Gatys et al. 2016): slow, and needs no trained painter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.progress import Cancel, Progress
from stylestudio.render.style_model import StyleError
from stylestudio.transfer.colours import match_colours
from stylestudio.transfer.losses import (
    LossWeights,
    content_loss,
    painting_statistics,
    statistics,
    style_loss,
    total_variation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.networks.feature_nets import FeatureNetwork

PIXELS = LossWeights(content=0.3, smoothness=0.1)
SHORTEST = 64  # pixels of the shorter side of photo and painting
_COARSEST = 96  # pixels of the shorter side below which no scale goes
_SCALES = 3
_RATE = 0.03  # Adam's, of pixels in 0..1, at the beginning of a scale
_MARGIN = 16  # pixels
_NOISE = 0.02  # deviation of what is added to a photo at the start
_EVEN = 1e-4  # total variation of what counts as even


@dataclass(frozen=True, kw_only=True, repr=False)
class PaintingProgress(Progress):
    """What is known after a step; the losses are those of this step, before weighting.

    The loss is the style loss.
    """

    content_loss: float
    painted: Tensor = field(repr=False, compare=False)  # [1, 3, H, W] in 0..1, as the photo


def paint_by_optimisation(
    photo: Tensor,
    painting: Tensor,
    features: FeatureNetwork,
    steps: int,
    *,
    weights: LossWeights = PIXELS,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> Iterator[PaintingProgress]:
    """Paint a photo in the manner of a painting, yielding after each of `steps` steps.

    photo [1, 3, H, W] and painting [1, 3, h, w] in 0..1, sides of at least `SHORTEST`; brushwork
    comes out as large as it is in the painting, in pixels. The photo in the painting's colours,
    with a little noise that `seed` draws, is what Adam moves pixel by pixel: first small, then
    larger, so that broad strokes form (Gatys et al. 2017). Colours that come out stronger than
    the painting's are brought back to them. The same arguments give the same pictures. To stop, use
    `cancel`, or stop iterating: nothing runs between steps.
    Raises StyleError where photo or painting is too small, and Cancelled.
    """
    for name, picture in (("photo", photo), ("painting", painting)):
        height, width = picture.shape[-2:]
        if min(height, width) < SHORTEST:
            raise StyleError(
                f"The {name} is {width} x {height} pixels; "
                f"painting by optimisation needs at least {SHORTEST} on each side."
            )
    return _steps(photo, painting, features, steps, weights, seed, cancel or Cancel())


def _steps(
    photo: Tensor,
    painting: Tensor,
    features: FeatureNetwork,
    steps: int,
    weights: LossWeights,
    seed: int,
    cancel: Cancel,
) -> Iterator[PaintingProgress]:
    noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(seed))
    picture = (match_colours(photo, painting) + _NOISE * noise.to(photo.device)).clamp(0, 1)
    done = 0
    for factor, share in _scales(photo, painting, steps):
        small, reduced_painting = _reduced(photo, factor), _reduced(painting, factor)
        scale = _Scale(
            _resized(picture, small.shape[-2:]), small, reduced_painting, features, weights
        )
        for step in range(share):
            style, content = scale.advance(step / share)
            done += 1
            picture = _resized(scale.picture.detach(), photo.shape[-2:]).clamp(0, 1)
            yield PaintingProgress(
                done,
                steps,
                "Painting",
                loss=style,
                content_loss=content,
                painted=match_colours(picture, painting),
            )
            cancel.check()
            if cancel.is_finishing:
                return


def _scales(photo: Tensor, painting: Tensor, steps: int) -> list[tuple[float, int]]:
    """The factor by which photo and painting are reduced, and the steps, of each scale."""
    shortest = min(*photo.shape[-2:], *painting.shape[-2:])
    halvings = max(0, math.floor(math.log2(shortest / _COARSEST)))
    count = max(1, min(_SCALES, halvings + 1, steps))
    shares = [steps // count + (scale < steps % count) for scale in range(count)]
    return [(0.5 ** (count - 1 - scale), share) for scale, share in enumerate(shares)]


class _Scale:
    """Optimisation at one size."""

    def __init__(
        self,
        picture: Tensor,
        photo: Tensor,
        painting: Tensor,
        features: FeatureNetwork,
        weights: LossWeights,
    ) -> None:
        self.picture = picture.clone().requires_grad_()
        self._features, self._weights = features, weights
        self._wanted = painting_statistics(features, painting[0])
        with torch.no_grad():
            self._content = features(_framed(photo)).content
        self._variations = _variations(painting) + _EVEN
        self._optimizer = torch.optim.Adam([self.picture])

    def advance(self, progress: float) -> tuple[float, float]:
        """Do a step, the rate falling as progress goes from 0 to 1; losses before it."""
        for group in self._optimizer.param_groups:
            group["lr"] = _RATE * (0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2)
        found = self._features(_framed(self.picture))
        style = style_loss(statistics(found.style), self._wanted).mean()
        content = content_loss(found.content, self._content).mean()
        # Roughness costs only as far as it exceeds the painting's, in light and in colour.
        noise = F.relu(_variations(self.picture) / self._variations - 1).sum()
        loss = style + self._weights.content * content + self._weights.smoothness * noise
        (self.picture.grad,) = torch.autograd.grad(loss, self.picture)
        self._optimizer.step()
        with torch.no_grad():
            self.picture.clamp_(0, 1)
        return style.item(), content.item()


def _variations(picture: Tensor) -> Tensor:
    """Total variation [2] of light and of colour."""
    light = picture.mean(1, keepdim=True)
    return torch.cat([total_variation(light), total_variation(picture - light)])


def _framed(pictures: Tensor) -> Tensor:
    """With a mirrored margin, so that feature networks see the edges as often as the middle."""
    return F.pad(pictures, (_MARGIN,) * 4, mode="reflect")


def _reduced(pictures: Tensor, factor: float) -> Tensor:
    if factor == 1:
        return pictures
    height, width = pictures.shape[-2:]
    return _resized(pictures, (round(height * factor), round(width * factor)))


def _resized(pictures: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    if pictures.shape[-2:] == torch.Size(size):
        return pictures
    return F.interpolate(pictures, tuple(size), mode="bicubic", antialias=True)
