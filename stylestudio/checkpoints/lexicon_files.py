"""Files of a small text model with its own list of words: safetensors in half precision."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import safetensors.torch

from stylestudio.checkpoints.errors import CheckpointError
from stylestudio.checkpoints.tensor_file import load_tensors
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList

if TYPE_CHECKING:
    from pathlib import Path

MAX_SIZE = 1024  # of a layer, and words of a text
MAX_SIDE = 1024  # pixels that such a model looks at
_HALVES = (0.5, 0.5, 0.5)
_DESCRIPTION = "lexicon"  # of the metadata


@dataclass(frozen=True)
class LexiconFile:
    """What `read_lexicon` finds."""

    network: LexiconNetwork
    words: WordList
    name: str
    sha256: str  # of the file
    mean: tuple[float, ...] = _HALVES  # of pixels in 0..1, as of `TextImageFile`
    std: tuple[float, ...] = _HALVES
    squashes: bool = False
    notes: tuple[str, ...] = ()


def holds_lexicon(path: Path) -> bool:
    """Whether a file says that it is such a model; what is in it may still be damaged."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            return _DESCRIPTION in (file.metadata() or {})
    except (OSError, safetensors.SafetensorError):
        return False


def write_lexicon(network: LexiconNetwork, words: WordList, path: Path) -> None:
    """Write a network and its words. Raises CheckpointError where that fails."""
    facts = {"config": asdict(network.config), "words": words.words}
    tensors = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    metadata = {_DESCRIPTION: json.dumps(facts, ensure_ascii=False)}
    with writing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, metadata)


def read_lexicon(path: Path) -> LexiconFile:
    """Read what `write_lexicon` wrote. Raises CheckpointError where the file is none."""
    digest = hashlib.sha256()
    metadata, tensors = load_tensors(path, digest)
    try:
        facts = json.loads(metadata[_DESCRIPTION])
        words = WordList(facts["words"])
        sizes = facts["config"]
        sizes["widths"] = tuple(sizes["widths"])
        config = LexiconConfig(**sizes)
        _check(config, len(words), sum(tensor.numel() for tensor in tensors.values()))
        network = LexiconNetwork(config)
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path.name} is damaged: its words and weights don't fit together; get it again."
        ) from error
    return LexiconFile(network.eval().requires_grad_(False), words, path.stem, digest.hexdigest())


def _check(config: LexiconConfig, words: int, numbers: int) -> None:
    """Raise ValueError where sizes ask for another network than the weights can fill."""
    if config.vocabulary != words:
        raise ValueError("another number of words")
    cells = (config.image_size >> len(config.widths)) ** 2
    asked = config.narrow * cells * config.hidden + config.hidden * config.dim
    asked += config.vocabulary * config.text_width
    asked += config.text_width * config.text_hidden * (2 * config.reach + 2)
    if not all(0 < size <= MAX_SIZE for size in (*config.widths, config.context)):
        raise ValueError("other sizes")
    if not 0 < asked <= numbers or not 16 <= config.image_size <= MAX_SIDE:
        raise ValueError("other sizes")
