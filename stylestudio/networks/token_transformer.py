"""A transformer that writes a picture's codes one after the other, behind a caption.

The idea of DALL-E (Ramesh et al., "Zero-shot text-to-image generation", 2021, section 2) in
miniature. The caption is read as Lexicon reads it and stands before the codes as a few vectors,
so no text is written, only pictures. Without a caption these vectors stand for nothing said,
which is what guidance needs (Ho and Salimans, "Classifier-free diffusion guidance", 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.networks.lexicon import WordReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

Cache = list[tuple["Tensor", "Tensor"]]  # keys and values [N, heads, T, width / heads], by layer


@dataclass(frozen=True)
class TokenTransformerConfig:
    """The sizes of a network."""

    vocabulary: int  # words, the end mark among them
    codes: int = 512
    grid: int = 8  # codes along one side of a picture
    width: int = 192
    layers: int = 4
    heads: int = 6
    hidden: int = 576
    prefix: int = 4  # vectors that a caption becomes
    context: int = 64  # words of a caption, the end mark among them
    text_width: int = 128
    text_hidden: int = 256
    reach: int = 2  # words on either side that a word is read with

    @property
    def length(self) -> int:
        """Codes of a picture."""
        return self.grid**2


@dataclass(frozen=True)
class Sampling:
    """How codes are drawn from what the network says of them."""

    guidance: float = 8.0  # 1: as said of the caption; more leads away from what is said without
    temperature: float = 1.0  # below 1, likely codes grow likelier
    top_k: int = 64  # only so many of the codes are drawn from: those likeliest for the caption


class TokenTransformer(nn.Module):
    """Causal: what it says of a code depends on the caption and the codes before it."""

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.reader = WordReader(
            config.vocabulary, config.text_width, config.text_hidden, config.reach
        )
        self.prefix = nn.Linear(config.text_width, config.prefix * width)
        self.embedding = nn.Embedding(config.codes, width)
        self.row_embedding = nn.Parameter(torch.zeros(config.grid, 1, width))
        self.column_embedding = nn.Parameter(torch.zeros(1, config.grid, width))
        self.layers = nn.ModuleList(
            _Layer(width, config.heads, config.hidden) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, config.codes)

    def read(self, words: Tensor) -> Tensor:
        """Words int64 [N, up to context] -> what is said [N, text_width]; 0 where nothing is."""
        return self.reader.read(words)

    def forward(self, said: Tensor, codes: Tensor) -> Tensor:
        """What is said [N, text_width] and codes int64 [N, length] -> logits [N, length, codes].

        The logits of a code know only those before it.
        """
        before = self._placed(codes[:, :-1], 0)
        x = torch.cat([self._begin(said), before.to(said.dtype)], 1)
        for layer in self.layers:
            x, _ = layer(x, None)
        logits: Tensor = self.head(self.norm(x[:, self.config.prefix - 1 :]))
        return logits

    def start(self, said: Tensor) -> tuple[Tensor, Cache]:
        """What is said [N, text_width] -> logits [N, codes] of the first code, and the cache."""
        return self._go_on(self._begin(said), [None] * len(self.layers))

    def extend(self, codes: Tensor, place: int, cache: Cache) -> tuple[Tensor, Cache]:
        """Codes int64 [N] at a place -> logits [N, codes] of the next, and the cache."""
        return self._go_on(self._placed(codes[:, None], place), cache)

    def _go_on(self, x: Tensor, cache: Cache | list[None]) -> tuple[Tensor, Cache]:
        kept = []
        for layer, past in zip(self.layers, cache, strict=True):
            x, now = layer(x, past)
            kept.append(now)
        return self.head(self.norm(x[:, -1])), kept

    def _begin(self, said: Tensor) -> Tensor:
        begun: Tensor = self.prefix(said).unflatten(1, (self.config.prefix, -1))
        return begun

    def _placed(self, codes: Tensor, first: int) -> Tensor:
        """Codes [N, L] from place `first` on -> vectors [N, L, width]."""
        places = (self.row_embedding + self.column_embedding).flatten(0, 1)
        placed: Tensor = self.embedding(codes) + places[first : first + codes.shape[1]]
        return placed


@torch.no_grad()
def write_codes(
    network: TokenTransformer, said: Tensor, sampling: Sampling, chance: torch.Generator
) -> Iterator[Tensor]:
    """Draw pictures for what is said [N, text_width], code by code.

    Yields the codes int64 [N, 1], [N, 2] ... [N, length]. `chance` lies on the network's device.
    """
    count = len(said)
    logits, cache = network.start(torch.cat([said, torch.zeros_like(said)]))
    codes = said.new_zeros(count, 0, dtype=torch.int64)
    for place in range(network.config.length):
        if place:
            logits, cache = network.extend(codes[:, -1].repeat(2), place - 1, cache)
        told, untold = logits.float().chunk(2)
        steered = (untold + sampling.guidance * (told - untold)) / sampling.temperature
        # Guidance alone would also lead to codes that fit nothing around them.
        which = told.topk(min(sampling.top_k, told.shape[1]), 1).indices
        drawn = torch.multinomial(steered.gather(1, which).softmax(1), 1, generator=chance)
        codes = torch.cat([codes, which.gather(1, drawn)], 1)
        yield codes


class _Layer(nn.Module):
    """Attention to what came before, then two connected layers, each beside a straight way."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        seen = self.attention_norm(x)
        query, key, value = (
            linear(seen).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        # A single new code may look at all there is.
        found = F.scaled_dot_product_attention(query, key, value, is_causal=query.shape[2] > 1)
        x = x + self.out(found.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.widen(self.norm(x)))), (key, value)
