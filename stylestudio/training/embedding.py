"""How attributes become rows of w, and which layers may read which attributes.

Attributes are embedded in W by a fixed orthonormal map. Each layer reads only the part of w that
carries its own group, so mixing rows from several sources mixes exactly those attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.networks.stylegan2.layers import SynthesisLayer, ToRGB
from stylestudio.training.scene import GROUPS

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import SynthesisNetwork
    from stylestudio.training.scene import AttributeSpace

GAIN = 3.0  # length of one attribute's unit in W
COARSE_ROWS, MIDDLE_ROWS = 3, 4  # convolutions at 4-8 and at 16-32 pixels; the rest are fine


def group_of_row(row: int) -> str:
    """The attribute group that a row of w decides (StyleGAN paper, section 3.1)."""
    if row < COARSE_ROWS:
        return "coarse"
    return "middle" if row < COARSE_ROWS + MIDDLE_ROWS else "fine"


class Embedding:
    """The fixed map attributes [N, K] -> w [N, w_dim], drawn from a seed, the same on any device.

    Raises ValueError where w is too small to hold the attributes.
    """

    def __init__(
        self, space: AttributeSpace, w_dim: int, seed: int, device: torch.device | str = "cpu"
    ) -> None:
        count = len(space.names)
        if w_dim < count:
            raise ValueError(f"w_dim is {w_dim}; {count} attributes need at least as many")
        self.space = space
        generator = torch.Generator().manual_seed(seed)
        axes = torch.linalg.qr(torch.randn(w_dim, count, generator=generator))[0]
        self.axes = axes.to(device)
        self.projections = {group: self._projection(group) for group in GROUPS}

    def to_w(self, attributes: Tensor) -> Tensor:
        """[..., K] -> [..., w_dim]."""
        w: Tensor = GAIN * attributes @ self.axes.T
        return w

    def to_attributes(self, w: Tensor) -> Tensor:
        """[..., w_dim] -> [..., K]; whatever w holds beside attributes is ignored."""
        attributes: Tensor = w @ self.axes / GAIN
        return attributes

    def _projection(self, group: str) -> Tensor:
        """The matrix [w_dim, w_dim] that keeps only a group's part of w."""
        axes = self.axes[:, self.space.indices(group)]
        projection: Tensor = axes @ axes.T
        return projection

    @torch.no_grad()
    def wire(self, synthesis: SynthesisNetwork) -> None:
        """Make every layer blind to what its rows of w say about other groups."""
        for step in synthesis.steps:
            layer = synthesis.get_submodule(step.name)
            assert isinstance(layer, SynthesisLayer | ToRGB)
            weight = layer.affine.weight
            weight.copy_(weight @ self.projections[group_of_row(step.ws_index)])


def mix_rows(sources: dict[str, Tensor], num_ws: int) -> Tensor:
    """One w [N, w_dim] a group -> ws [N, num_ws, w_dim] with each row from its group's source."""
    return torch.stack([sources[group_of_row(row)] for row in range(num_ws)], 1)
