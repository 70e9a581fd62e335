"""What a loss network has to be blind to, colours, and what it has to see: noise and fog."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SPOILT = ("as it is", "scrambled", "noisy", "foggy")
_LEFT_ALONE = 0.5  # share of pictures
_GREY, _TURNED, _INVERTED = 0.12, 0.5, 0.1  # shares whose colours are so changed


def spoil(pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Spoil half of [N, 3, S, S] in 0..1 in ways that weak loss networks do not mind.

    Pictures lie on the generator's device.

    Scrambled ones keep the energy of every wave but lose where it is, so their strokes become
    noise of the same colours; foggy ones lose what is fine. Returns pictures, and the numbers of
    what happened to each [N], as in SPOILT.
    """
    count = len(pictures)
    device = generator.device
    draw = torch.rand(count, generator=generator, device=device)
    kinds = ((draw - _LEFT_ALONE) / (1 - _LEFT_ALONE) * 3 + 1).floor().clamp(min=0).long()
    amount = torch.rand(count, generator=generator, device=device)
    noise = torch.randn(pictures.shape, generator=generator, device=device)
    spoilt = pictures.clone()
    for kind, change in enumerate((_scrambled, _noisy, _foggy), 1):
        chosen = kinds == kind
        if chosen.any():
            spoilt[chosen] = change(
                pictures[chosen], amount[chosen, None, None, None], noise[chosen]
            )
    return spoilt.clamp(0, 1), kinds


def _scrambled(pictures: Tensor, amount: Tensor, noise: Tensor) -> Tensor:
    turned = torch.fft.rfft2(noise[:, :1]).angle() * (0.5 + 0.5 * amount)
    turned[..., 0, 0] = 0  # the mean stays
    waves = torch.fft.rfft2(pictures) * torch.polar(torch.ones_like(turned), turned)
    scrambled: Tensor = torch.fft.irfft2(waves, s=pictures.shape[-2:])
    return scrambled


def _noisy(pictures: Tensor, amount: Tensor, noise: Tensor) -> Tensor:
    """Noise of any coarseness, in colours."""
    coarse = _blurred(noise, 2.5 * (3 * amount % 1))
    return pictures + (0.04 + 0.2 * amount) * coarse / coarse.std((1, 2, 3), keepdim=True)


def _foggy(pictures: Tensor, amount: Tensor, _noise: Tensor) -> Tensor:
    return pictures.lerp(_blurred(pictures, 1.5 + 5 * amount), 0.5 + 0.5 * (3 * amount % 1))


def _blurred(pictures: Tensor, sigma: Tensor) -> Tensor:
    """By a Gaussian of sigma [N, 1, 1, 1] pixels, around the borders."""
    height, width = pictures.shape[-2:]
    squared = torch.fft.fftfreq(height)[:, None] ** 2 + torch.fft.rfftfreq(width) ** 2
    damping = torch.exp(-2 * (math.pi * sigma) ** 2 * squared.to(sigma.device))
    blurred: Tensor = torch.fft.irfft2(torch.fft.rfft2(pictures) * damping, s=(height, width))
    return blurred


def recolour(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """[N, 3, H, W] in 0..1 with other hues, saturation, contrast and light; some as negatives."""
    count = len(pictures)

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator, device=generator.device)

    angle = (draw() - 0.5) * 2 * math.pi * (draw() < _TURNED)
    saturation = (0.4 + 1.2 * draw(1, 1)) * (draw(1, 1) > _GREY)
    contrast = (0.6 + 0.8 * draw(1, 1)) * torch.where(draw(1, 1) < _INVERTED, -1.0, 1.0)
    grey = contrast.new_full((3, 3), 1 / 3)
    across = contrast.new_tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
    # About the axis of greys.
    hue = torch.eye(3).to(cosine.device) * cosine + across * sine + grey * (1 - cosine)
    colours = contrast * (grey + saturation * (hue - grey))
    mean = pictures.mean((1, 2, 3), keepdim=True)
    moved = torch.einsum("nij,njhw->nihw", colours, pictures - mean) + mean
    return (moved + 0.25 * (draw(3, 1, 1) - 0.5)).clamp(0, 1)
