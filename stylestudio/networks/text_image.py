"""Networks that put pictures and words into one space: CLIP and SigLIP, with ViT towers.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision",
section 2.4; Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training". Weights have the
names of the first published CLIP; what only SigLIP has is `visual.pool` and the biases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Activation = Literal["quick_gelu", "gelu", "gelu_tanh"]


@dataclass(frozen=True)
class TowerConfig:
    """One transformer."""

    width: int
    layers: int
    heads: int
    hidden: int  # width of the layers between


@dataclass(frozen=True)
class TextImageConfig:
    """What the weights and the description beside them say about a network."""

    dim: int
    image_size: int
    patch: int
    image: TowerConfig
    text: TowerConfig
    context: int  # tokens of a text
    vocabulary: int
    activation: Activation
    siglip: bool = False
    epsilon: float = 1e-5

    @property
    def grid(self) -> int:
        """Patches along a side of the picture."""
        return self.image_size // self.patch


class TextImageNetwork(nn.Module):
    """Two towers; each gives vectors [N, dim], which are not of length one yet."""

    def __init__(self, config: TextImageConfig) -> None:
        super().__init__()
        self.config = config
        text = config.text
        self.visual = ImageTower(config)
        self.token_embedding = nn.Embedding(config.vocabulary, text.width)
        self.positional_embedding = nn.Parameter(torch.empty(config.context, text.width))
        self.transformer = Transformer(text, config.activation, config.epsilon)
        self.ln_final = nn.LayerNorm(text.width, config.epsilon)
        self.text_projection = nn.Parameter(torch.empty(text.width, config.dim))
        self.text_projection_bias = nn.Parameter(torch.empty(config.dim)) if config.siglip else None
        self.logit_scale = nn.Parameter(torch.empty(()))  # a logarithm
        self.logit_bias = nn.Parameter(torch.empty(())) if config.siglip else None

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Tokens int64 [N, context] -> [N, dim].

        CLIP reads a text at its end token, which has the largest number of all; SigLIP at the last
        place, whatever stands there.
        """
        x = self.token_embedding(tokens) + self.positional_embedding
        siglip = self.config.siglip
        x = self.ln_final(self.transformer(x, causal=not siglip))
        if siglip:
            found = x[:, -1]
        else:
            ends = tokens.argmax(1)[:, None, None].expand(-1, 1, x.shape[2])
            found = x.gather(1, ends)[:, 0]
        return F.linear(found, self.text_projection.t(), self.text_projection_bias)


class ImageTower(nn.Module):
    """A vision transformer."""

    def __init__(self, config: TextImageConfig) -> None:
        super().__init__()
        width, places = config.image.width, config.grid**2
        siglip = config.siglip
        self.conv1 = nn.Conv2d(3, width, config.patch, config.patch, bias=siglip)
        self.class_embedding = None if siglip else nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(places + (not siglip), width))
        self.ln_pre = None if siglip else nn.LayerNorm(width, config.epsilon)
        self.transformer = Transformer(config.image, config.activation, config.epsilon)
        self.ln_post = nn.LayerNorm(width, config.epsilon)
        self.proj = None if siglip else nn.Parameter(torch.empty(width, config.dim))
        self.pool = AttentionPool(config) if siglip else None

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pictures [N, 3, image_size, image_size] -> [N, dim]."""
        x = self.conv1(pixels).flatten(2).transpose(1, 2)
        if self.class_embedding is not None:
            x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1)
        x = x + self.positional_embedding
        if self.ln_pre is not None:
            x = self.ln_pre(x)
        x = self.transformer(x, causal=False)
        if self.pool is not None:
            return self.pool(self.ln_post(x))  # type: ignore[no-any-return]
        return self.ln_post(x[:, 0]) @ self.proj  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """Blocks that normalise before they act."""

    def __init__(self, config: TowerConfig, activation: Activation, epsilon: float) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(
            Block(config, activation, epsilon) for _ in range(config.layers)
        )

    def forward(self, x: Tensor, *, causal: bool) -> Tensor:
        """[N, places, width] -> the same form; `causal`: no place sees those after it."""
        for block in self.resblocks:
            x = block(x, causal)
        return x


class Block(nn.Module):
    """Attention, then two layers at each place."""

    def __init__(self, config: TowerConfig, activation: Activation, epsilon: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.width, epsilon)
        self.attn = Attention(config.width, config.heads)
        self.ln_2 = nn.LayerNorm(config.width, epsilon)
        self.mlp = Hidden(config.width, config.hidden, activation)

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """[N, places, width] -> the same form."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, causal)
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Attention with several heads; the weights of queries, keys and values lie in one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, asking: Tensor, x: Tensor, causal: bool = False) -> Tensor:
        """What each of asking [N, P, width] finds in x [N, Q, width] -> [N, P, width]."""
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (
            F.linear(y, weight, bias).view(*y.shape[:2], self.heads, -1).transpose(1, 2)
            for y, weight, bias in zip((asking, x, x), weights, biases, strict=True)
        )
        found = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(found.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class Hidden(nn.Module):
    """The two layers at each place."""

    def __init__(self, width: int, hidden: int, activation: Activation) -> None:
        super().__init__()
        self.activation = activation
        self.c_fc = nn.Linear(width, hidden)
        self.c_proj = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] -> the same form."""
        x = self.c_fc(x)
        if self.activation == "quick_gelu":
            x = x * torch.sigmoid(1.702 * x)
        else:
            x = F.gelu(x, approximate="tanh" if self.activation == "gelu_tanh" else "none")
        return self.c_proj(x)  # type: ignore[no-any-return]


class AttentionPool(nn.Module):
    """SigLIP's way from all places to one vector: a learned question asks them."""

    def __init__(self, config: TextImageConfig) -> None:
        super().__init__()
        tower = config.image
        self.probe = nn.Parameter(torch.empty(1, 1, tower.width))
        self.attn = Attention(tower.width, tower.heads)
        self.ln = nn.LayerNorm(tower.width, config.epsilon)
        self.mlp = Hidden(tower.width, tower.hidden, config.activation)

    def forward(self, x: Tensor) -> Tensor:
        """[N, places, width] -> [N, width]."""
        x = self.attn(self.probe.expand(len(x), -1, -1), x)
        return (x + self.mlp(self.ln(x)))[:, 0]  # type: ignore[no-any-return]
