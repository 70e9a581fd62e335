"""Gives the regions of a picture other textures and hues, each at its own brightness.

A model paints hair, skin and backdrop in its own way every time; an encoder that has seen nothing
else finds none of them in a photo. Told apart by colour and place alone, regions need no knowledge
of what a model shows. Random textures of that kind are known as domain randomisation (Tobin et
al. 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.render.colours import LUMA

RETEXTURED = 0.7  # share of pictures
REGIONS = 7
SMALL = 32  # pixels at which regions are told apart
ROUNDS = 5  # of k-means
COLOUR, PLACE = 1.5, 0.35  # their weights in it, of colours and places in -1..1
SHARP = 40.0  # how quickly one region passes into the next
TEXTURES = 3  # that a picture's regions mix
STRONGEST = 0.3  # deviation of a texture at most, of the range -1..1
TINTED = 0.4  # of a texture's colours, compared with its brightness
HUE = 0.12  # deviation of a region's new colour, which leaves its luminance as it is


def retextured(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures [N, 3, R, R] in -1..1, some of them with other textures and hues by region.

    All that is random is drawn on the CPU; pictures stay where they are.
    """
    count, _, side, _ = pictures.shape
    device = pictures.device

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator).to(device)

    maps = F.interpolate(_regions(pictures, generator), size=side, mode="bilinear")
    colours = torch.einsum("nkhw,nchw->nkc", maps, pictures) / (maps.sum((2, 3))[..., None] + 1e-3)
    flat = torch.einsum("nkhw,nkc->nchw", maps, colours)
    flatness = torch.einsum("nkhw,nk->nhw", maps, draw(REGIONS))[:, None]
    strengths = STRONGEST * draw(REGIONS, TEXTURES) ** 3
    weights = torch.einsum("nkhw,nkf->nfhw", maps, strengths)
    textures = _textures(count, side, generator).to(device)
    hue = HUE * torch.randn(count, REGIONS, 3, generator=generator).to(device)
    hue = hue - (hue * hue.new_tensor(LUMA)).sum(-1, keepdim=True)
    changed = pictures.lerp(flat, flatness) + (textures * weights[:, :, None]).sum(1)
    changed = changed + torch.einsum("nkhw,nkc->nchw", maps, hue)
    return torch.where(draw(1, 1, 1) < RETEXTURED, changed, pictures)


def _regions(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """How far each pixel belongs to each region, [N, REGIONS, SMALL, SMALL], by soft k-means."""
    count, device = len(pictures), pictures.device
    at = torch.linspace(-1, 1, SMALL)
    grid = torch.stack([at.expand(SMALL, SMALL), at[:, None].expand(SMALL, SMALL)]).to(device)
    colours = COLOUR * F.adaptive_avg_pool2d(pictures, SMALL)
    pixels = torch.cat([colours, PLACE * grid.expand(count, -1, -1, -1)], 1)
    pixels = pixels.flatten(2).transpose(1, 2)  # [N, SMALL * SMALL, 5]
    chosen = torch.randint(SMALL**2, (count, REGIONS), generator=generator).to(device)
    centres = pixels.gather(1, chosen[..., None].expand(-1, -1, 5))
    numbers = torch.arange(REGIONS).to(device)
    for _ in range(ROUNDS):
        nearest = torch.cdist(pixels, centres).argmin(-1)
        owned = (nearest[..., None] == numbers).float()
        centres = owned.transpose(1, 2) @ pixels / (owned.sum(1)[..., None] + 1e-3)
    belongs = (-SHARP * torch.cdist(pixels, centres).square()).softmax(-1)
    return belongs.transpose(1, 2).reshape(count, REGIONS, SMALL, SMALL)


def _textures(count: int, side: int, generator: torch.Generator) -> Tensor:
    """Noise from coarse to fine, stretched at random, [N, TEXTURES, 3, side, side], on the CPU."""
    textures = []
    for _ in range(TEXTURES):
        cells = (4 * 2 ** (4.5 * torch.rand(2, generator=generator))).int().clamp(max=side)
        down, across = cells.tolist()
        grey = torch.randn(count, 1, down, across, generator=generator)
        tint = TINTED * torch.randn(count, 3, 4, 4, generator=generator)
        textures.append(
            F.interpolate(grey, size=side, mode="bilinear")
            + F.interpolate(tint, size=side, mode="bicubic")
        )
    return torch.stack(textures, 1)
