"""CLIP's tokenizer: words to numbers by byte-pair encoding.

Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2;
Radford et al. 2021, section 2.4: lower case, about 49,000 symbols, between a start and an end.
"""

from __future__ import annotations

import gzip
import html
import json
import lzma
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import ftfy

from stylestudio.checkpoints import CheckpointError
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
MERGES = 48_894  # that CLIP uses of a longer list
VOCABULARY = 512 + MERGES + 2
MAX_TEXT = 10_000  # characters of one text
_CLITICS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_FILES = ("bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "merges.txt")


class BytePairs:
    """A vocabulary and the order in which its pieces are joined."""

    def __init__(self, merges: Sequence[str], numbers: dict[str, int] | None = None) -> None:
        """`merges` are "left right", first come first joined; without `numbers`, CLIP's own."""
        self._ranks = {merge: rank for rank, merge in enumerate(merges)}
        if numbers is None:
            symbols = list(_symbols().values())
            symbols += [symbol + WORD_END for symbol in symbols]
            symbols += [merge.replace(" ", "") for merge in merges]
            numbers = {symbol: number for number, symbol in enumerate([*symbols, START, END])}
        self._numbers = numbers
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        """The numbers of a text, without start and end."""
        return [number for word in _words(_cleaned(text)) for number in self._pieces(word)]

    def tokens(self, text: str, context: int) -> list[int]:
        """The numbers of a text between start and end, filled up with 0 or cut to `context`."""
        numbers = [self._numbers[START], *self.encode(text)[: context - 2], self._numbers[END]]
        return numbers + [0] * (context - len(numbers))

    def _pieces(self, word: str) -> list[int]:
        if word in (START, END):
            return [self._numbers[word]]
        if word not in self._known:
            symbols = _symbols()
            pieces = [symbols[byte] for byte in word.encode()]
            pieces[-1] += WORD_END
            self._known[word] = [self._numbers[piece] for piece in self._joined(pieces)]
        return self._known[word]

    def _joined(self, pieces: list[str]) -> list[str]:
        never = len(self._ranks)
        while len(pieces) > 1:
            pairs = [f"{a} {b}" for a, b in pairwise(pieces)]
            first = min(pairs, key=lambda pair: self._ranks.get(pair, never))
            if first not in self._ranks:
                break
            joined, index = [], 0
            while index < len(pieces):
                both = index < len(pairs) and pairs[index] == first
                joined.append(pieces[index] + pieces[index + 1] if both else pieces[index])
                index += 1 + both
            pieces = joined
        return pieces


def find_byte_pairs(folder: Path) -> BytePairs | None:
    """The tokenizer beside a model, from `vocab.json` and `merges.txt` or CLIP's own list.

    None where there is none. Raises CheckpointError where it is damaged.
    """
    for name in _FILES:
        file = folder / name
        if not file.is_file():
            continue
        try:
            raw = gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
            lines = raw.decode().splitlines()[1:]  # the first names the version
            merges = [line for line in lines[:MERGES] if line.count(" ") == 1]
            vocabulary = folder / "vocab.json"
            if name == "merges.txt" and vocabulary.is_file():
                return BytePairs(merges, _checked(json.loads(vocabulary.read_bytes())))
            return BytePairs(merges)
        except (OSError, EOFError, ValueError) as error:
            raise CheckpointError(
                f"The tokenizer {name} beside the model can't be read; get the file again."
            ) from error
    return None


@cache
def clip_byte_pairs() -> BytePairs:
    """The tokenizer of every CLIP, which ships with StyleStudio (OpenAI, MIT licence)."""
    data = lzma.decompress(resource_path("text", "clip-merges.txt.xz").read_bytes())
    return BytePairs(data.decode().splitlines())


def _checked(numbers: object) -> dict[str, int]:
    if not (isinstance(numbers, dict) and all(type(each) is int for each in numbers.values())):
        raise ValueError("vocab.json is not a table of numbers")
    if not {START, END} <= numbers.keys():
        raise ValueError("vocab.json has no start and end")
    return numbers


@cache
def _symbols() -> dict[int, str]:
    """A letter that can be seen for each byte, in the order of CLIP's vocabulary."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {byte: chr(byte) for byte in seen} | {
        byte: chr(256 + index) for index, byte in enumerate(hidden)
    }


def _cleaned(text: str) -> str:
    """Text as the published tokenizer sees it: mended, entities resolved, lower-case."""
    text = html.unescape(html.unescape(ftfy.fix_text(text[:MAX_TEXT])))
    return " ".join(text.split()).lower()


def _words(text: str) -> Iterator[str]:
    """Runs of letters, single digits, endings such as 's, and runs of anything else."""
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        whole = next(
            (each for each in (START, END, *_CLITICS) if text.startswith(each, start)), None
        )
        if whole is not None:
            end = start + len(whole)
        else:
            kind, end = _kind(text[start]), start + 1
            while kind != "N" and end < len(text) and _kind(text[end]) == kind:
                end += 1
        yield text[start:end]
        start = end


def _kind(letter: str) -> str:
    """L for letters, N for numbers, a blank for white space, and P for anything else."""
    category = unicodedata.category(letter)[0]
    return " " if letter.isspace() else category if category in "LN" else "P"
