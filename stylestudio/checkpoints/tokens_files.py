"""Files of what writes pictures code by code: both networks and the words, in half precision."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import safetensors.torch

from stylestudio.checkpoints.errors import CheckpointError
from stylestudio.checkpoints.tensor_file import load_tensors
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.lexicon import WordList
from stylestudio.networks.picture_codes import PictureCodes, PictureCodesConfig
from stylestudio.networks.token_transformer import TokenTransformer, TokenTransformerConfig

if TYPE_CHECKING:
    from pathlib import Path

_DESCRIPTION = "tokens"  # of the metadata
_PARTS = ("codes", "writer")  # what the names of tensors begin with
MAX_SIZE = 4096  # of a layer


@dataclass(frozen=True)
class TokensFile:
    """What `read_tokens` finds."""

    codes: PictureCodes
    writer: TokenTransformer
    words: WordList
    name: str
    sha256: str  # of the file


def write_tokens(
    codes: PictureCodes, writer: TokenTransformer, words: WordList, path: Path
) -> None:
    """Write both networks and the words. Raises CheckpointError where that fails."""
    facts = {
        "codes": asdict(codes.config),
        "writer": asdict(writer.config),
        "words": words.words,
    }
    tensors = {
        f"{part}.{name}": value.half().cpu().contiguous()
        for part, network in zip(_PARTS, (codes, writer), strict=True)
        for name, value in network.state_dict().items()
        if value.is_floating_point()
    }
    metadata = {_DESCRIPTION: json.dumps(facts, ensure_ascii=False), "license": "Apache-2.0"}
    with writing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, metadata)


def read_tokens(path: Path) -> TokensFile:
    """Read what `write_tokens` wrote. Raises CheckpointError where the file is none."""
    digest = hashlib.sha256()
    metadata, tensors = load_tensors(path, digest)
    if _DESCRIPTION not in metadata:
        raise CheckpointError(
            f"{path.name} doesn't write pictures from words; use a file of `train tokens`."
        )
    try:
        facts = json.loads(metadata[_DESCRIPTION])
        words = WordList(facts["words"])
        sizes = facts["codes"]
        sizes["widths"] = tuple(sizes["widths"])
        codes_config = PictureCodesConfig(**sizes)
        writer_config = TokenTransformerConfig(**facts["writer"])
        _check(codes_config, writer_config, len(words))
        codes, writer = PictureCodes(codes_config), TokenTransformer(writer_config)
        for part, network in zip(_PARTS, (codes, writer), strict=True):
            found = {
                name.removeprefix(f"{part}."): value
                for name, value in tensors.items()
                if name.startswith(f"{part}.")
            }
            kept = network.state_dict()
            counters = {name: kept[name] for name in kept if not kept[name].is_floating_point()}
            network.load_state_dict({**found, **counters})
            network.eval().requires_grad_(False)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path.name} is damaged: its words and weights don't fit together; get it again."
        ) from error
    return TokensFile(codes, writer, words, path.stem, digest.hexdigest())


def _check(codes: PictureCodesConfig, writer: TokenTransformerConfig, words: int) -> None:
    """Raise ValueError where both networks and the words don't fit each other, or are too large."""
    if (writer.vocabulary, writer.codes, writer.grid) != (words, codes.codes, codes.grid):
        raise ValueError("other sizes")
    sizes = [codes.side, *codes.widths, codes.codes, codes.dim, *asdict(writer).values()]
    if not all(isinstance(size, int) and 0 < size <= MAX_SIZE for size in sizes):
        raise ValueError("other sizes")
    if codes.side != codes.grid << len(codes.widths) or writer.width % writer.heads:
        raise ValueError("other sizes")
