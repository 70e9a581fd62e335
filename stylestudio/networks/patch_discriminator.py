"""Judges patches of a picture, each by itself (Isola et al. 2017, section 3.2.2)."""

from __future__ import annotations

from torch import Tensor, nn

MOST_WIDENED = 8  # times the first width


class PatchDiscriminator(nn.Module):
    """Strided convolutions whose results each see a patch: 70 pixels wide where 3 are strided.

    Pictures [N, 3, R, R] in -1..1 -> how real each patch looks, [N, 1, h, w]; R is 8 times as
    large as the stride at least.
    """

    def __init__(self, width: int = 64, strided: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        before = width
        for index in range(1, strided + 1):
            after = width * min(2**index, MOST_WIDENED)
            stride = 2 if index < strided else 1
            layers += [
                nn.Conv2d(before, after, 4, stride, 1),
                nn.InstanceNorm2d(after),
                nn.LeakyReLU(0.2),
            ]
            before = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, R, R] in -1..1 -> [N, 1, h, w]."""
        return self.layers(pictures)  # type: ignore[no-any-return]
