"""Finds the tokenizer that belongs to a text model."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Protocol

from stylestudio.checkpoints import CheckpointError, LexiconFile
from stylestudio.errors import StyleStudioError
from stylestudio.networks.lexicon import split_words
from stylestudio.text.bpe import MAX_TEXT, VOCABULARY, clip_byte_pairs, find_byte_pairs

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.checkpoints import TextImageFile
    from stylestudio.networks.lexicon import WordList

_DESCRIBED = "tokenizer.json"
_SIGLIP_1 = 32_000  # symbols; SigLIP 2 has 256,000 and keeps punctuation
_SHOWN = 24  # letters of a word in a sentence
_PUNCTUATION = str.maketrans("", "", string.punctuation)


class TextModelError(StyleStudioError, ValueError):
    """Words or pictures that a text model can't take; `str()` is one sentence."""


class Tokenizer(Protocol):
    """Turns texts into numbers."""

    def tokens(self, text: str, context: int) -> list[int]:
        """As many numbers as `context` says; too long texts are cut."""


class DescribedTokenizer:
    """One that a `tokenizer.json` describes, as SigLIP's files have it."""

    def __init__(self, file: Path, padding: int | None, *, drops_punctuation: bool) -> None:
        """Without a padding it is the one that the SigLIP of this vocabulary learned with.

        Raises CheckpointError where the `tokenizers` package is missing or the file damaged.
        """
        try:
            import tokenizers  # an extra: only SigLIP's files need it
        except ImportError as error:
            raise CheckpointError(
                "This model's tokenizer needs one more package: pip install stylestudio[words]."
            ) from error
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(file))
        except Exception as error:  # the package raises nothing more precise
            raise CheckpointError(
                f"The {file.name} beside the model can't be read; get the file again."
            ) from error
        self._padding = self._usual_padding() if padding is None else padding
        self._drops_punctuation = drops_punctuation

    def tokens(self, text: str, context: int) -> list[int]:
        """As many numbers as `context` says; too long texts are cut, their end mark is kept."""
        text = " ".join(text[:MAX_TEXT].lower().split())
        if self._drops_punctuation:
            text = " ".join(text.translate(_PUNCTUATION).split())
        numbers = self._tokenizer.encode(text).ids
        if len(numbers) > context:
            numbers = [*numbers[: context - 1], numbers[-1]]
        return [*numbers, *[self._padding] * (context - len(numbers))]

    def _usual_padding(self) -> int:
        """SigLIP 2 has Gemma's `<pad>`; SigLIP repeats the end mark, though it knows a `<pad>`."""
        is_gemma = self._tokenizer.token_to_id("<eos>") is not None  # the others have </s>
        padding: int | None = self._tokenizer.token_to_id("<pad>") if is_gemma else None
        return 1 if padding is None else padding


class ListTokenizer:
    """One number a word, from a list; other words are named with those that are spelt alike."""

    def __init__(self, words: WordList, name: str) -> None:
        self._list = words
        self._name = name

    @property
    def words(self) -> tuple[str, ...]:
        """All that it knows."""
        return self._list.words

    def tokens(self, text: str, context: int) -> list[int]:
        """As many numbers as `context` says; too long texts are cut.

        Raises TextModelError for words that are not in the list.
        """
        text = text[:MAX_TEXT]
        unknown = self._list.unknown(text)
        if unknown:
            near = self._list.near(unknown[0])
            instead = f"try {' or '.join(near)}" if near else "use others"
            name = self._name[:1].upper() + self._name[1:]
            raise TextModelError(
                f'{name} doesn\'t know the word "{_short(unknown[0])}"; {instead}.'
            )
        if not split_words(text):
            raise TextModelError("There are no words to read; type some.")
        return self._list.tokens(text, context)


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN else word[: _SHOWN - 1] + "…"


def find_tokenizer(file: TextImageFile | LexiconFile) -> Tokenizer | None:
    """The tokenizer in or beside a model, or CLIP's own where the sizes are CLIP's; else None."""
    if isinstance(file, LexiconFile):
        return ListTokenizer(file.words, file.name)
    config = file.network.config
    if not config.siglip:
        found = find_byte_pairs(file.folder)
        if found is not None:
            return found
        if config.vocabulary == VOCABULARY:
            return clip_byte_pairs()
    described = file.folder / _DESCRIBED
    if described.is_file():
        return DescribedTokenizer(
            described, file.padding, drops_punctuation=config.vocabulary == _SIGLIP_1
        )
    return None
