"""A small network that puts pictures and words into one space, and the words that it knows.

Two towers as CLIP has them (Radford et al. 2021, section 2.4): a transformer reads words, one
number each, and a few convolutions look at pictures of 128 pixels.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from stylestudio.networks.text_image import TowerConfig, Transformer

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOPE = 0.1  # of leaky ReLUs
DEEP = (1, 2)  # stages that look a second time at what they see
_TEXT = TowerConfig(width=128, layers=2, heads=4, hidden=256)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class LexiconConfig:
    """The sizes of a network."""

    vocabulary: int  # words, the end mark among them
    dim: int = 256
    image_size: int = 128  # a multiple of two to the power of the number of widths
    widths: tuple[int, ...] = (24, 48, 96, 128)  # channels after each halving of the picture
    narrow: int = 40  # channels that go on to the connected layers, whose weights they multiply
    hidden: int = 512
    context: int = 48  # words of a text, the end mark among them
    text: TowerConfig = _TEXT


class WordList:
    """Words in the order of their numbers; the end mark has the number after the last.

    >>> words = WordList(("a", "big", "smile"))
    >>> words.tokens("A big, big smile!", 6)
    [0, 1, 1, 2, 3, 0]
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        """Numbers that tokens can have, with the end mark."""
        return len(self.words) + 1

    def tokens(self, text: str, context: int) -> list[int]:
        """The numbers of a text and the end mark, filled up with 0 or cut to `context`.

        Words that are not known are left out; see `unknown`.
        """
        known = [self._numbers[word] for word in split_words(text) if word in self._numbers]
        numbers = [*known[: context - 1], len(self.words)]
        return numbers + [0] * (context - len(numbers))

    def unknown(self, text: str) -> list[str]:
        """The words of a text that are not in the list, each once."""
        return [word for word in dict.fromkeys(split_words(text)) if word not in self._numbers]

    def near(self, word: str, count: int = 3) -> list[str]:
        """The known words that are spelt most like this one; perhaps none is."""
        return difflib.get_close_matches(word, self.words, count, cutoff=0.6)


def split_words(text: str) -> list[str]:
    """The words of a text in lower case; what is neither letter nor digit parts them."""
    return _WORD.findall(text.lower())


class LexiconNetwork(nn.Module):
    """Two towers; each gives vectors [N, dim], which are not of length one yet."""

    def __init__(self, config: LexiconConfig) -> None:
        super().__init__()
        self.config = config
        text = config.text
        self.visual = PictureTower(config)
        self.token_embedding = nn.Embedding(config.vocabulary, text.width)
        self.positional_embedding = nn.Parameter(torch.empty(config.context, text.width))
        self.transformer = Transformer(text, "gelu", 1e-5)
        self.ln_final = nn.LayerNorm(text.width)
        self.text_projection = nn.Linear(text.width, config.dim)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Tokens int64 [N, up to context] -> [N, dim]; a text is read at its end mark."""
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        x = self.ln_final(self.transformer(x, causal=True))
        found = x[torch.arange(len(tokens), device=x.device), tokens.argmax(1)]
        return self.text_projection(found)  # type: ignore[no-any-return]


class PictureTower(nn.Module):
    """Strided convolutions with coordinates as further channels, then connected layers."""

    grid: Tensor

    def __init__(self, config: LexiconConfig) -> None:
        super().__init__()
        side, widths = config.image_size, config.widths
        at = torch.linspace(-1, 1, side)
        grid = torch.stack([at.expand(side, side), at[:, None].expand(side, side)])
        self.register_buffer("grid", grid[None], persistent=False)
        pairs = zip((5, *widths[:-1]), widths, strict=True)
        stages = [_stage(i, o, deep=index in DEEP) for index, (i, o) in enumerate(pairs)]
        self.stages = nn.Sequential(
            *stages,
            _convolution(widths[-1], widths[-1], 1),
            nn.Conv2d(widths[-1], config.narrow, 1),
        )
        cells = (side >> len(widths)) ** 2
        self.hidden = nn.Sequential(
            nn.Linear(config.narrow * cells, config.hidden), nn.LeakyReLU(SLOPE)
        )
        self.projection = nn.Linear(config.hidden, config.dim)

    def forward(self, pixels: Tensor) -> Tensor:
        """Pictures [N, 3, image_size, image_size] in -1..1 -> [N, dim]."""
        return self.projection(self.seen(pixels))  # type: ignore[no-any-return]

    def seen(self, pixels: Tensor) -> Tensor:
        """What there is in pictures [N, 3, image_size, image_size] -> [N, hidden]."""
        x = torch.cat([pixels, self.grid.expand(len(pixels), -1, -1, -1)], 1)
        x = self.stages(x.contiguous(memory_format=torch.channels_last))
        return self.hidden(x.flatten(1))  # type: ignore[no-any-return]


def _stage(inputs: int, outputs: int, *, deep: bool) -> nn.Sequential:
    further = [_convolution(outputs, outputs, 1)] if deep else []
    return nn.Sequential(_convolution(inputs, outputs, 2), *further)


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    )
