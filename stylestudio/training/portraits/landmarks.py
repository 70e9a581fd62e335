"""Where a portrait's eyes, mouth, chin and hair are, from its attributes: what can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.portraits.head import CROWN, Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

GRID = 512  # places a side among which the nearest is looked for

Place = tuple[float, float]  # shares of the picture's width and height


def landmarks(attributes: Mapping[str, float]) -> dict[str, Place]:
    """Places of one portrait by name, as the painter puts them, from its attributes by name."""
    a = {name: torch.tensor(float(value)).reshape(1, 1, 1) for name, value in attributes.items()}
    along = (torch.arange(GRID) + 0.5) / GRID
    y, x = torch.meshgrid(along, along, indexing="ij")
    head = Head(a, x[None], y[None])
    eye = 0.0855 * (1 + 0.080 * a["eye_spacing"])
    half = 0.073 * torch.exp(0.20 * a["mouth_width"])
    mouth = 0.154 + 0.0070 * a["nose_length"] - 0.0130 * (a["smile"] + 0.6)
    crown = -0.012 - CROWN * (1.13 + 0.075 * a["hair_volume"])
    return {
        "left eye": _nearest(head.u + eye, head.v - 0.012),
        "right eye": _nearest(head.u - eye, head.v - 0.012),
        "left mouth corner": _nearest(head.u - 0.045 * head.yaw + half, head.v - mouth),
        "right mouth corner": _nearest(head.u - 0.045 * head.yaw - half, head.v - mouth),
        "chin": _nearest(head.p - 0.10 * head.yaw, head.q - head.chin),
        "hair": _nearest(head.p, head.q - crown),
    }


def _nearest(across: Tensor, down: Tensor) -> Place:
    """The place of the grid where two lengths come closest to 0."""
    index = int((across.square() + down.square()).argmin())
    return (index % GRID + 0.5) / GRID, (index // GRID + 0.5) / GRID
