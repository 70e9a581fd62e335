"""Plain colours of pictures, and colours kept under paint. Shapes in comments: N pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601, as in YIQ)


def as_rgb(pictures: Tensor) -> Tensor:
    """Gray or transparent pictures [N, C, R, R] in -1..1 as three channels.

    What is transparent lies over white, as in photos and in files without transparency.
    """
    if pictures.shape[1] < 4:
        return pictures.expand(-1, 3, -1, -1)
    alpha = (pictures[:, 3:].clamp(-1, 1) + 1) / 2
    return pictures[:, :3] * alpha + (1 - alpha)


def luminance(pictures: Tensor) -> Tensor:
    """How light pictures [N, 3, H, W] are: [N, 1, H, W]."""
    return (pictures * pictures.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)


def rgb_of(img: Tensor) -> Tensor:
    """The colours of a picture [1, C, R, R] as [1, 3, R, R] in -1..1."""
    return img[:, :3].to(torch.float32).clamp(-1, 1).expand(-1, 3, -1, -1)


def keep_colours(painted: Tensor, picture: Tensor) -> Tensor:
    """The light and dark of `painted` in the colours of `picture`, both [N, 3, H, W] in 0..1.

    As in "Preserving color in neural artistic style transfer" (Gatys et al. 2016):
    luminance from the one, colour from the other. Where a colour is too strong for its new
    luminance, it is made paler rather than another one.
    """
    light, chroma = luminance(painted), picture - luminance(picture)
    room = torch.where(chroma > 0, 1 - light, light)
    fits = (room / chroma.abs().clamp(min=1e-6)).amin(1, keepdim=True).clamp(max=1)
    return (light + fits * chroma).clamp(0, 1)
