"""Small changes to a model's weights, kept by content hash: what pivotal tuning leaves."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import safetensors
import safetensors.torch
import torch

from stylestudio.files import replacing
from stylestudio.recipe import deltas_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from stylestudio.recipe import Recipe

SUFFIX = ".delta.safetensors"
_MODEL = "stylestudio.delta-of"
_MEMORY = 512 << 20  # bytes of deltas that are kept at hand


class DeltaError(ValueError):
    """The tuned weights that a recipe names cannot be used; one sentence for the user."""


@dataclass(frozen=True, eq=False)
class Delta:
    """What is added to weights and noise of a model's synthesis network, by state-dict name."""

    tensors: Mapping[str, Tensor]  # float16, on the CPU
    model_sha256: str  # of the model that it belongs to

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
        return f"{self.sha256[:16]}{SUFFIX}"

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


def load_delta(path: Path) -> Delta:
    """Read a file that `Delta.save` wrote. Raises DeltaError where that cannot be."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            of = (file.metadata() or {})[_MODEL]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, KeyError, safetensors.SafetensorError) as error:
        raise DeltaError(f"{path.name} holds no tuned weights that can be read.") from error
    return Delta({name: tensor.half() for name, tensor in tensors.items()}, of)


class DeltaStore:
    """Finds deltas by hash: those at hand, then those in the user's folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._at_hand: OrderedDict[str, Delta] = OrderedDict()

    @property
    def folder(self) -> Path:
        """Where deltas are kept from one run to the next."""
        return (
            self._folder or platformdirs.user_data_path("StyleStudio", appauthor=False) / "deltas"
        )

    def remember(self, delta: Delta) -> None:
        """Keep a delta at hand, at the cost of those not used for longest."""
        self._at_hand[delta.sha256] = delta
        self._at_hand.move_to_end(delta.sha256)
        while sum(kept.nbytes for kept in self._at_hand.values()) > _MEMORY:
            if len(self._at_hand) == 1:
                break
            self._at_hand.popitem(last=False)

    def keep(self, delta: Delta) -> None:
        """Keep a delta at hand and in the user's folder. Raises OSError where that fails."""
        self.remember(delta)
        if not (self.folder / delta.file_name).exists():
            delta.save(self.folder)

    def drop(self, delta: Delta) -> None:
        """Remove a delta from the user's folder; it may stay at hand."""
        (self.folder / delta.file_name).unlink(missing_ok=True)

    def find(self, sha256: str) -> Delta:
        """Return the delta of this hash. Raises DeltaError where it is nowhere."""
        delta = self._at_hand.get(sha256)
        if delta is None:
            path = self.folder / f"{sha256[:16]}{SUFFIX}"
            if not path.is_file():
                raise DeltaError(
                    f"The tuned weights {path.name} were not found; put the file beside the "
                    "recipe and open it again, or switch tuning off."
                )
            delta = load_delta(path)
            if delta.sha256 != sha256:
                raise DeltaError(f"{path.name} is damaged: it does not hold the tuned weights.")
        self.remember(delta)
        return delta

    def adopt(self, recipe: Recipe, folder: Path) -> None:
        """Take over the deltas that a recipe names from the folder that its file lies in."""
        for sha256 in deltas_of(recipe):
            path = folder / f"{sha256[:16]}{SUFFIX}"
            if path.is_file() and not (self.folder / path.name).exists():
                self.keep(load_delta(path))

    def export(self, recipe: Recipe, folder: Path) -> list[Path]:
        """Write the deltas that a recipe names beside it. Raises DeltaError and OSError."""
        return [self.find(sha256).save(folder) for sha256 in deltas_of(recipe)]

    def pack(self, recipes: Iterable[Recipe]) -> dict[str, bytes]:
        """The contents of delta files for all that these recipes name, by SHA-256 of the contents.

        Those that are nowhere are left out.
        """
        packed = {}
        for sha256 in dict.fromkeys(name for recipe in recipes for name in deltas_of(recipe)):
            with contextlib.suppress(DeltaError):
                content = self.find(sha256).to_bytes()
                packed[hashlib.sha256(content).hexdigest()] = content
        return packed

    def unpack(self, packed: Mapping[str, bytes]) -> None:
        """Keep the deltas that `pack` packed. Raises DeltaError and OSError where that fails."""
        for content in packed.values():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"tuned{SUFFIX}"
                path.write_bytes(content)
                self.keep(load_delta(path))


deltas = DeltaStore()
