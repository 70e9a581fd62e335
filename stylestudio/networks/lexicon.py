"""A small network that puts pictures and words into one space, and the words that it knows.

Two towers as CLIP has them (Radford et al. 2021, section 2.4), but small ones: convolutions look at
pictures of 128 pixels, and one reads words, each with its neighbours, and adds them up: a sum
of words is learnt ten times sooner than a transformer, and a caption says little more than that.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOPE = 0.1  # of leaky ReLUs
DEEP = (1, 2)  # stages that look a second time at what they see
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
    text_width: int = 128
    text_hidden: int = 256
    reach: int = 2  # words on either side that a word is read with


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


class WordReader(nn.Module):
    """Reads words, each with its neighbours, and adds them up."""

    def __init__(self, vocabulary: int, width: int, hidden: int, reach: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.neighbours = nn.Conv1d(width, hidden, 2 * reach + 1, padding=reach)
        self.joined = nn.Conv1d(hidden, width, 1)

    def read(self, tokens: Tensor) -> Tensor:
        """What is said in tokens int64 [N, up to context] -> [N, width], all words together.

        The end mark has the largest number; what follows it changes nothing.
        """
        places = torch.arange(tokens.shape[1]).to(tokens.device)
        are_words = (places < tokens.argmax(1, keepdim=True))[:, None]
        x = self.token_embedding(tokens).transpose(1, 2) * are_words
        x = x + self.joined(F.gelu(self.neighbours(x)))
        return (x * are_words).sum(2)  # type: ignore[no-any-return]


class LexiconNetwork(WordReader):
    """Two towers; each gives vectors [N, dim], which are not of length one yet."""

    def __init__(self, config: LexiconConfig) -> None:
        width = config.text_width
        super().__init__(config.vocabulary, width, config.text_hidden, config.reach)
        self.config = config
        self.visual = PictureTower(config)
        self.text_projection = nn.Linear(width, config.dim)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Tokens int64 [N, up to context] -> [N, dim]."""
        return self.text_projection(self.read(tokens))  # type: ignore[no-any-return]


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
