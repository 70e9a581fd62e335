"""A model that puts pictures and words into one space, ready for use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints import holds_lexicon, read_lexicon, read_text_image
from stylestudio.recipe.naming import described
from stylestudio.render import device as devices
from stylestudio.resources import resource_path
from stylestudio.text.tokenizer import ListTokenizer, TextModelError, find_tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from stylestudio.checkpoints import LexiconFile, TextImageFile
    from stylestudio.networks.lexicon import LexiconNetwork
    from stylestudio.networks.text_image import Activation, TextImageNetwork
    from stylestudio.text.tokenizer import Tokenizer

BUILT_IN = "lexicon"


class TextModel:
    """Gives pictures and texts vectors of length one; the nearer two are, the better they fit.

    Its weights are float32 and never change. Read the texts first and call `free_text_tower`: what
    is left, the image tower, is the smaller part of what most models take.
    """

    def __init__(self, file: TextImageFile | LexiconFile, path: Path | None = None) -> None:
        """`path` is where the text tower is read again after `free_text_tower`."""
        self._path = path
        self._config = file.network.config
        self._visual = file.network.visual
        # None while the text tower is freed
        self._network: TextImageNetwork | LexiconNetwork | None = file.network
        self._mean = torch.tensor(file.mean)[:, None, None]
        self._std = torch.tensor(file.std)[:, None, None]
        self._squashes = file.squashes
        self._tokenizer: Tokenizer | None = find_tokenizer(file)
        self.words: tuple[str, ...] = ()  # those that it knows, where it has a list of its own
        if isinstance(self._tokenizer, ListTokenizer):
            self.words = self._tokenizer.words
        self.name = file.name
        self.sha256 = file.sha256
        self.notes = file.notes

    def __repr__(self) -> str:
        return f"<TextModel {self.name}: pictures of {self.image_size} px, {self.dim} numbers>"

    @property
    def image_size(self) -> int:
        """The side in pixels of the pictures that the network takes."""
        return self._config.image_size

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        return self._config.dim

    @property
    def context(self) -> int:
        """Tokens of a text."""
        return self._config.context

    @property
    def nbytes(self) -> int:
        """Bytes of the weights that are in memory now."""
        network = self._visual if self._network is None else self._network
        return sum(tensor.nbytes for tensor in network.state_dict().values())

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self._mean.device

    def to(self, device: torch.device | str) -> TextModel:
        """Move the network to a device, and return self."""
        self._visual.to(device)
        if self._network is not None:
            self._network.to(device)
        self._mean, self._std = self._mean.to(device), self._std.to(device)
        return self

    def embed_images(self, x: Any) -> Tensor:
        """Pictures [N, 3, H, W] in 0..1 -> unit vectors float32 [N, dim].

        Those of another size are brought to it as the model's makers did: shrunk to the short side
        and cropped, or squashed. Gradients reach `x`. Raises TextModelError for other forms.
        """
        x = torch.as_tensor(x)
        if x.ndim != 4 or x.shape[1] != 3 or 0 in x.shape or not x.is_floating_point():
            form = f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"
            raise TextModelError(f"embed_images takes float [N, 3, H, W] in 0..1, not {form}.")
        x = self._fitted(x.to(self.device, torch.float32))
        return F.normalize(self._visual((x - self._mean) / self._std), dim=-1)

    def embed_tokens(self, ids: Any) -> Tensor:
        """Tokens int64 [N, context] -> unit vectors float32 [N, dim].

        Raises TextModelError for other forms and for numbers beyond the vocabulary.
        """
        ids = torch.as_tensor(ids)
        size = self._config.vocabulary
        if ids.ndim != 2 or ids.shape[1] != self.context or ids.is_floating_point():
            raise TextModelError(
                f"embed_tokens takes whole numbers [N, {self.context}], not {list(ids.shape)}."
            )
        if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < size:
            raise TextModelError(f"Tokens lie between 0 and {size - 1} in {self.name}.")
        network = self._with_text_tower()
        return F.normalize(network.encode_text(ids.to(self.device, torch.int64)), dim=-1)

    def embed_text(self, texts: Sequence[str] | str) -> Tensor:
        """Texts -> unit vectors float32 [N, dim]; what is too long is cut.

        Raises TextModelError for empty texts, for words that a model with a list of its own doesn't
        know, and where the model has no tokenizer.
        """
        texts = [texts] if isinstance(texts, str) else list(texts)
        ids = self.tokens(texts)
        return self.embed_tokens(torch.tensor(ids, dtype=torch.int64).view(-1, self.context))

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """What `embed_tokens` takes for texts; raises TextModelError as `embed_text` does."""
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise TextModelError("There are no words to read; type some.")
        if self._tokenizer is None:
            raise TextModelError(
                f"{self.name} has no tokenizer that StyleStudio knows; put its tokenizer.json, or "
                "vocab.json and merges.txt, beside it."
            )
        return [self._tokenizer.tokens(text, self.context) for text in texts]

    def free_text_tower(self) -> None:
        """Give back the memory of what reads texts; it is read again when it is needed."""
        if self._path is not None:
            self._network = None

    def _with_text_tower(self) -> TextImageNetwork | LexiconNetwork:
        """The whole network, read again where its text tower was freed."""
        if self._network is None:
            assert self._path is not None
            file = _read(self._path, getattr(self._config, "activation", None))
            if file.sha256 != self.sha256:
                raise TextModelError(f"{self.name} has changed on disk; open it again.")
            file.network.visual = self._visual
            self._network = file.network.to(self.device)
        return self._network

    def _fitted(self, x: Tensor) -> Tensor:
        """Pictures of the network's size; what shrinks is low-passed, so gradients are true."""
        size, (height, width) = self.image_size, x.shape[2:]
        if (height, width) == (size, size):
            return x
        if self._squashes:
            sides = (size, size)
        else:
            short = min(height, width)
            sides = (round(height * size / short), round(width * size / short))
        on = x.device
        if x.requires_grad and on.type in devices.ONE_THREAD:
            x = x.cpu()  # Apple's GPUs give no gradients of this
        x = F.interpolate(x, sides, mode="bicubic", antialias=True).clamp(0, 1).to(on)
        top, left = (sides[0] - size) // 2, (sides[1] - size) // 2
        return x[:, :, top : top + size, left : left + size]


def open_text_model(
    path: str | os.PathLike[str], activation: Activation | None = None
) -> TextModel:
    """Open a CLIP or SigLIP file, or the folder of one, without running anything in it.

    "lexicon" is the built-in one, which knows the built-in worlds and some hundred words for them:
    `words` of what is opened lists these.

    `activation`, "quick_gelu" or "gelu", is needed only for files that don't say which one they
    were trained with. Raises CheckpointError, one sentence, where the file can't be used.

    >>> import stylestudio as ss
    >>> try:
    ...     text = ss.open_text_model("ViT-B-32.pt")
    ...     likeness = text.embed_images(pixels) @ text.embed_text(["round glasses"]).T
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    ViT-B-32.pt does not exist
    """
    path = resource_path("text", "lexicon.safetensors") if str(path) == BUILT_IN else Path(path)
    return TextModel(_read(path, activation), path)


def as_text_model(text: TextModel | str | None) -> TextModel:
    """The text model itself, or the built-in one by its name or for None.

    Raises TextModelError for what is neither.
    """
    if text is None or text == BUILT_IN:
        return open_text_model(BUILT_IN)
    if isinstance(text, str) or not hasattr(text, "embed_images"):
        raise TextModelError(
            f"{described(text)} is not a text model; ss.open_text_model opens one."
        )
    return text


def _read(path: Path, activation: Activation | None) -> TextImageFile | LexiconFile:
    return read_lexicon(path) if holds_lexicon(path) else read_text_image(path, activation)
