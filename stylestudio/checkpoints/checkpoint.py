"""What comes out of a model file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.networks import progan, stylegan1, stylegan2, stylegan3

    Generator = progan.Generator | stylegan1.Generator | stylegan2.Generator | stylegan3.Generator

RAW = (
    "The file holds only the raw generator, not the averaged one that published pictures are "
    "made with."
)
MAX_METADATA_TEXT = 2000
_PATH = re.compile(r"(^|[\s'\"=:(,])(~?/|[A-Za-z]:\\|\\\\|file:)\S")


@dataclass(frozen=True)
class Contents:
    """What a reader of one format found; the file's own name and hash are added later."""

    network: Generator  # eval mode, float32, on the CPU, without gradients
    format: str  # in words, "stylegan2-ada-pytorch pickle"
    name: str | None = None  # the model's own name, where the format carries one
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # one-sentence remarks for the user


@dataclass(frozen=True)
class Checkpoint:
    """A model file that has been opened."""

    network: Generator  # eval mode, float32, on the CPU, without gradients
    name: str  # the file's name without its ending, or the name its metadata give
    format: str  # in words, "stylegan2-ada-pytorch pickle"
    metadata: Mapping[str, str]  # provenance, licence, author; never a personal path
    notes: tuple[str, ...]  # one-sentence remarks for the user
    sha256: str  # of the bytes that were read


def public(metadata: Mapping[str, object]) -> dict[str, str]:
    """The short plain entries of `metadata`, without anything that looks like a local path."""
    kept = {}
    for key, value in metadata.items():
        if not isinstance(value, (str, int, float, bool)):
            continue
        text = str(value)
        if len(text) <= MAX_METADATA_TEXT and not _PATH.search(text.replace("://", "")):
            kept[key] = text
    return kept
