"""Small changes to a model's weights, kept by content hash: what pivotal tuning leaves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import safetensors.torch
import torch

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

SUFFIX = ".delta.safetensors"
_MODEL = "stylestudio.delta-of"


class DeltaError(StyleStudioError, ValueError):
    """The tuned weights that a recipe names cannot be used; one sentence for the user."""


@dataclass(frozen=True, eq=False, repr=False)
class Delta:
    """What is added to weights and noise of a model's synthesis network, by state-dict name."""

    tensors: Mapping[str, Tensor]  # float16, on the CPU
    model_sha256: str  # of the model that it belongs to

    def __repr__(self) -> str:
        return f"<Delta of {len(self.tensors)} tensors, {self.nbytes / 1e6:.1f} MB>"

    @classmethod
    def between(
        cls, before: Mapping[str, Tensor], after: Mapping[str, Tensor], model_sha256: str
    ) -> Delta:
        """Take the difference of two state dicts; what `after` lacks or leaves is not kept."""
        changes = {
            name: (value.detach() - before[name]).to("cpu", torch.float16).contiguous()
            for name, value in after.items()
        }
        return cls({name: change for name, change in changes.items() if change.any()}, model_sha256)

    @cached_property
    def sha256(self) -> str:
        """Of model, names, shapes and values: what recipes know a delta by."""
        digest = hashlib.sha256(self.model_sha256.encode())
        for name in sorted(self.tensors):
            tensor = self.tensors[name]
            digest.update(f"\n{name} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()

    @property
    def nbytes(self) -> int:
        """Bytes of its values."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    @property
    def file_name(self) -> str:
        """What its file is called everywhere, so that it can be found beside a recipe."""
        return file_name(self.sha256)

    def save(self, folder: Path) -> Path:
        """Write it into a folder; all of the file or nothing. Raises OSError where that fails."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file_name
        with replacing(path) as temporary:
            temporary.write_bytes(self.to_bytes())
        return path

    def to_bytes(self) -> bytes:
        """What its file holds."""
        return safetensors.torch.save(dict(self.tensors), {_MODEL: self.model_sha256})


def file_name(sha256: str) -> str:
    """What the file of a delta is called."""
    return f"{sha256[:16]}{SUFFIX}"


def load_delta(path: Path) -> Delta:
    """Read a file that `Delta.save` wrote. Raises DeltaError where that cannot be."""
    try:
        metadata, tensors = load_tensors(path)
        of = metadata[_MODEL]
    except (CheckpointError, KeyError) as error:
        raise DeltaError(f"{path.name} holds no tuned weights that can be read.") from error
    return Delta({name: tensor.half() for name, tensor in tensors.items()}, of)
