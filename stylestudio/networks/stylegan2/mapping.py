"""z -> w, and truncation (StyleGAN paper, sections 2 and B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from stylestudio.networks.stylegan2.layers import FullyConnected, normalize_2nd_moment

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2.config import StyleGAN2Config


class MappingNetwork(nn.Module):
    """A stack of `fc0 ... fcN` layers, after `embed` of the class where there are classes."""

    w_avg: Tensor

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.c_dim = config.c_dim
        self.num_ws = config.num_ws
        hidden = config.mapping_features or config.w_dim
        embedded = (config.embed_features or config.w_dim) if config.c_dim else 0
        if embedded:
            self.embed = FullyConnected(config.c_dim, embedded)
        widths = [config.z_dim + embedded, *[hidden] * (config.mapping_layers - 1), config.w_dim]
        for i in range(config.mapping_layers):
            layer = FullyConnected(
                widths[i],
                widths[i + 1],
                activation=config.mapping_activation,
                lr_multiplier=config.mapping_lr_multiplier,
            )
            self.add_module(f"fc{i}", layer)
        self.layers = [self.get_submodule(f"fc{i}") for i in range(config.mapping_layers)]
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Map z [N, z_dim] and, for a conditional network, c [N, c_dim] to w [N, w_dim]."""
        x = normalize_2nd_moment(z)
        if self.c_dim:
            if c is None:
                raise ValueError(f"this network has {self.c_dim} classes; c is needed")
            x = torch.cat([x, normalize_2nd_moment(self.embed(c))], dim=1)
        for layer in self.layers:
            x = layer(x)
        return x


def truncate(ws: Tensor, w_avg: Tensor, psi: float, cutoff: int | None = None) -> Tensor:
    """Pull the first `cutoff` rows (None: all) of ws [N, num_ws, w_dim] towards w_avg [w_dim].

    psi 1 leaves them, 0 gives w_avg, below 0 goes beyond it.
    """
    if psi == 1.0:
        return ws
    rows = ws.shape[1] if cutoff is None else cutoff
    return torch.cat([w_avg.lerp(ws[:, :rows], psi), ws[:, rows:]], dim=1)


class MappedGenerator(nn.Module):
    """What the generators of every family share: the way from z to truncated ws."""

    mapping: MappingNetwork

    def map(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> ws [N, num_ws, w_dim]."""
        ws = self.mapping(z, c).unsqueeze(1).repeat(1, self.mapping.num_ws, 1)
        return truncate(ws, self.mapping.w_avg, truncation_psi, truncation_cutoff)
