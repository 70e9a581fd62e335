"""Features that tell pictures apart much as eyes do, without training or anything to download."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RandomFilters(nn.Module):
    """Fixed random filters of one size, over brightness and colour, rectified.

    A single layer of them, seen at several scales, tells textures and edges about as well as a
    trained network's first layers (Ustyuzhaninov et al. 2017).
    """

    filters: Tensor

    def __init__(self, channels: int = 24, kernel: int = 5, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        filters = torch.randn(channels, 3, kernel, kernel, generator=generator)
        filters -= filters.mean((2, 3), keepdim=True)  # blind to even colour: pixels tell that
        filters /= filters.square().sum((1, 2, 3), keepdim=True).sqrt()
        self.register_buffer("filters", filters)

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, H, W] in -1..1 -> [N, channels, H, W]."""
        margin = self.filters.shape[-1] // 2
        padded = F.pad(pictures, (margin,) * 4, mode="replicate")
        return F.relu(F.conv2d(padded, self.filters))
