"""From words to new pictures: DALL-E's idea in miniature.

A transformer writes pictures code by code behind the words (Ramesh et al., "Zero-shot text-to-image
generation", 2021), and of many, a text model picks those that fit best, as the paper does in
section 2.6. The built-in one writes small portraits in StyleStudio's own manner.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import read_tokens
from stylestudio.networks.token_transformer import Sampling, write_codes
from stylestudio.progress import Cancel, Progress, png_bytes
from stylestudio.resources import resource_path
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, title_of, wishes_of
from stylestudio.text.tokenizer import ListTokenizer, TextModelError
from stylestudio.transfer.pictures import to_pixels

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.checkpoints import TokensFile
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

BUILT_IN = "tokens"
AT_ONCE = 16  # pictures
MOST_WRITTEN = 256
NAME = "Imagine"  # who doesn't know a word


@dataclass(frozen=True, kw_only=True)
class ImagineSettings:
    """What to imagine, and how.

    Raises TextModelError for what is out of range.
    """

    wishes: tuple[Wish, ...]
    count: int = 4  # pictures that are kept
    written: int = 48  # pictures of which these are the ones that fit best
    guidance: float = Sampling.guidance  # how closely the words are followed; 1 as in training
    temperature: float = Sampling.temperature  # below 1, pictures grow more usual
    top_k: int = Sampling.top_k  # of the codes, only so many of the likeliest are drawn from
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, count=0, written=0, top_k=0)
        if not 1 <= self.count <= self.written <= MOST_WRITTEN:
            raise TextModelError(
                f"count is {self.count} of {self.written} written pictures; write up to "
                f"{MOST_WRITTEN}, and keep at least 1 of them."
            )
        if not 0 <= self.guidance <= 10 or not 0 < self.temperature <= 10 or self.top_k < 1:
            raise TextModelError(
                "guidance must lie in 0..10, temperature above 0 and up to 10, top_k above 0."
            )


@dataclass(frozen=True, eq=False, repr=False)
class Imagined:
    """A picture that was written for words."""

    picture: NDArray[np.uint8]  # [H, W, 3]
    likeness: float  # to the words, -1..1

    def __repr__(self) -> str:
        height, width, _ = self.picture.shape
        return f"<Imagined, {width} x {height} px: likeness {self.likeness:.3f}>"

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return png_bytes(self.picture)


@dataclass(frozen=True, kw_only=True, repr=False)
class ImagineProgress(Progress):
    """How many codes are written."""

    found: tuple[Imagined, ...] = ()  # at the end: the kept pictures, those that fit best first


class PictureWriter:
    """What writes pictures from words."""

    def __init__(self, file: TokensFile) -> None:
        self._codes, self._writer = file.codes, file.writer
        self._tokenizer = ListTokenizer(file.words, NAME)
        self.name = file.name
        self.sha256 = file.sha256

    def __repr__(self) -> str:
        return f"<PictureWriter {self.name}: pictures of {self.side} px>"

    @property
    def words(self) -> tuple[str, ...]:
        """All that it knows."""
        return self._tokenizer.words

    @property
    def side(self) -> int:
        """Pixels along one side of its pictures."""
        return self._codes.config.side

    @property
    def length(self) -> int:
        """Codes of a picture."""
        return self._codes.config.length

    @torch.no_grad()
    def read(self, wishes: Sequence[Wish]) -> Tensor:
        """What is said in wishes [1, text_width], each as much as its weight.

        Raises TextModelError for words that it doesn't know.
        """
        context = self._writer.config.context
        tokens = [self._tokenizer.tokens(wish.words, context) for wish in wishes]
        weights = torch.tensor([[wish.weight] for wish in wishes])
        return (self._writer.read(torch.tensor(tokens)) * weights).sum(0, keepdim=True)

    def write(self, said: Tensor, sampling: Sampling, chance: torch.Generator) -> Iterator[Tensor]:
        """Draw a picture for each row said [N, text_width]; codes int64 [N, 1] .. [N, length]."""
        yield from write_codes(self._writer, said, sampling, chance)

    @torch.no_grad()
    def paint(self, codes: Tensor) -> Tensor:
        """Codes int64 [N, length] -> pictures [N, 3, side, side] in 0..1."""
        return (self._codes.decode(codes) / 2 + 0.5).clamp(0, 1)


def open_picture_writer(path: str | os.PathLike[str] = BUILT_IN) -> PictureWriter:
    """Open a file of `stylestudio train tokens`, "tokens" for the built-in one.

    Raises CheckpointError, one sentence, where the file can't be used.

    >>> import stylestudio as ss
    >>> writer = ss.open_picture_writer("tokens")
    >>> best = ss.imagine("a woman with red hair", 1, writer=writer, written=2)
    """
    built_in = str(path) == BUILT_IN
    return PictureWriter(
        read_tokens(resource_path("text", "tokens.safetensors") if built_in else Path(path))
    )


class Imagining:
    """Pictures on their way from words."""

    def __init__(self, settings: ImagineSettings, text: TextModel, writer: PictureWriter) -> None:
        """`text` ranks what `writer` writes. Raises TextModelError for unknown words."""
        self.settings = settings
        self._writer, self._text = writer, text
        self._said = writer.read(settings.wishes)
        self._target = Target(text, settings.wishes)

    @property
    def name(self) -> str:
        """What the pictures are called."""
        return title_of(self.settings.wishes)

    def run(self, cancel: Cancel | None = None) -> Iterator[ImagineProgress]:
        """Write all, yielding at every code; the last brings the pictures. Raises Cancelled.

        The same settings write the same on the same machine.
        """
        cancel, settings = cancel or Cancel(), self.settings
        sampling = Sampling(settings.guidance, settings.temperature, settings.top_k)
        chance = torch.Generator().manual_seed(settings.seed)
        rounds = range(0, settings.written, AT_ONCE)
        total, done = len(rounds) * self._writer.length, 0
        found: list[Imagined] = []
        for first in rounds:
            some = min(AT_ONCE, settings.written - first)
            written = self._writer.write(self._said.expand(some, -1), sampling, chance)
            for codes in written:
                done += 1
                yield ImagineProgress(done, total, "Imagining")
                cancel.check()
                if codes.shape[1] == self._writer.length:
                    found += self._ranked(self._writer.paint(codes))
        found.sort(key=lambda one: -one.likeness)
        yield ImagineProgress(total, total, "Imagining", found=tuple(found[: settings.count]))

    @torch.no_grad()
    def _ranked(self, pictures: Tensor) -> list[Imagined]:
        likeness = self._target.likeness(self._text.embed_images(pictures)).tolist()
        return [
            Imagined(to_pixels(picture), value)
            for picture, value in zip(pictures, likeness, strict=True)
        ]


def imagine(
    words: Words,
    count: int = 4,
    *,
    text: TextModel | str | None = None,
    writer: PictureWriter | None = None,
    written: int = 48,
    guidance: float = Sampling.guidance,
    temperature: float = Sampling.temperature,
    top_k: int = Sampling.top_k,
    seed: int = 0,
    on_progress: Callable[[ImagineProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> list[Imagined]:
    """Write new pictures for words, and return the `count` that fit best, the best first.

    `words` are one text, several, or texts with weights, which below 0 say what not to show. Of
    `written` pictures (at least `count`), `text` says which fit: an opened text model, None for
    Lexicon. `writer` is from `open_picture_writer`, None for the built-in one, which knows
    portraits alone. Raises TextModelError for words that either doesn't know, and Cancelled.

    >>> import stylestudio as ss
    >>> for one in ss.imagine("a woman with red hair", 2, written=4):
    ...     print(one.picture.shape)
    (64, 64, 3)
    (64, 64, 3)
    """
    settings = ImagineSettings(
        wishes=wishes_of(words),
        count=count,
        written=max(count, written),
        guidance=guidance,
        temperature=temperature,
        top_k=top_k,
        seed=seed,
    )
    imagining = Imagining(settings, as_text_model(text), writer or open_picture_writer())
    found: tuple[Imagined, ...] = ()
    for progress in imagining.run(cancel):
        found = progress.found
        if on_progress:
            on_progress(progress)
    return list(found)
