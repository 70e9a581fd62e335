"""Small changes to a model's weights, kept by content hash: what pivotal tuning leaves."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.torch
import torch

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.recipe import DeltaUse
from stylestudio.render.model_opening import as_model

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from stylestudio.render.model import Model

SUFFIX = ".delta.safetensors"
MAPPER = "mapper."  # how the names of a mapper's weights begin
_MODEL = "stylestudio.delta-of"  # the model's hash, and after a space the delta's name, if any


class DeltaError(StyleStudioError, ValueError):
    """The tuned weights that a recipe names cannot be used; one sentence for the user."""


@dataclass(frozen=True, eq=False, repr=False)
class Delta:
    """What is added to weights and noise of a model's synthesis network, by state-dict name."""

    tensors: Mapping[str, Tensor]  # float16, or float32 where changes are too large; on the CPU
    model_sha256: str  # of the model that it belongs to
    name: str = ""  # to read; the hash does not depend on it

    def __repr__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"<Delta{named} of {len(self.tensors)} tensors, {self.nbytes / 1e6:.1f} MB>"

    @classmethod
    def between(
        cls,
        before: Mapping[str, Tensor],
        after: Mapping[str, Tensor],
        model_sha256: str,
        name: str = "",
    ) -> Delta:
        """Take the difference of two state dicts; what `after` lacks or leaves is not kept."""
        changes = {
            name: _shortened((value.detach() - before[name]).to("cpu", torch.float32)).contiguous()
            for name, value in after.items()
        }
        kept = {name: change for name, change in changes.items() if change.any()}
        return cls(kept, model_sha256, name)

    def use(
        self, amount: float = 1.0, layers: Iterable[float] | None = None, *, name: str = ""
    ) -> DeltaUse:
        """Put it into a recipe's `deltas`: `amount` 0 leaves the model, 1 adds all of it.

        `layers` are num_ws shares of the amount, None stands for all 1. Raises RecipeError.
        """
        return DeltaUse.of(self, amount, layers, name=name)

    @property
    def is_mapper(self) -> bool:
        """Whether it holds no changes, but the networks of an edit: what `MapperEdit` uses."""
        return any(name.startswith(MAPPER) for name in self.tensors)

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

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write it into a folder; all of the file or nothing. Raises OSError where that fails."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = Path(folder) / self.file_name
        self.write(path)
        return path

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file of any name, as `save` does."""
        with replacing(Path(path)) as temporary:
            temporary.write_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """What its file holds."""
        # One entry alone, as the order of several is another each time.
        metadata = {_MODEL: f"{self.model_sha256} {self.name}".strip()}
        return safetensors.torch.save(dict(self.tensors), metadata)


def file_name(sha256: str) -> str:
    """What the file of a delta is called."""
    return f"{sha256[:16]}{SUFFIX}"


def load_delta(path: Path) -> Delta:
    """Read a file that `Delta.save` wrote. Raises DeltaError where that cannot be."""
    try:
        metadata, tensors = load_tensors(path)
        of, _, name = metadata[_MODEL].partition(" ")
    except (CheckpointError, KeyError) as error:
        raise DeltaError(f"{path.name} holds no tuned weights that can be read.") from error
    changes = {name: _shortened(tensor.float()) for name, tensor in tensors.items()}
    return Delta(changes, of, name)


def open_delta(path: str | os.PathLike[str]) -> Delta:
    """Open a file of changed weights; where it has no name inside, it is called as its file.

    Raises DeltaError where it can't be read.

    >>> import stylestudio as ss
    >>> try:
    ...     delta = ss.open_delta("mine.delta.safetensors")
    ... except ss.DeltaError as error:
    ...     print(error)
    mine.delta.safetensors holds no tuned weights that can be read.
    """
    place = Path(path)
    delta = load_delta(place)
    return delta if delta.name else replace(delta, name=place.name.removesuffix(SUFFIX))


def difference(model: Model | str, sibling: Model | str) -> Delta:
    """Return what has to be added to a model's weights to get those of a sibling.

    It is rounded to half precision, so at an amount of 1 pictures are a step of 8 bits off here
    and there; `recipe.delta(sibling)` crossfades exactly. Raises DeltaError for models that don't
    have the same layers.

    >>> import stylestudio as ss
    >>> ss.difference("portraits", "portraits")
    <Delta 'Portraits' of 0 tensors, 0.0 MB>
    """
    ours, theirs = as_model(model), as_model(sibling)
    before = ours.network.synthesis.state_dict()
    after = sibling_weights(before, theirs, ours.name)
    return Delta.between(before, after, ours.sha256, theirs.name)


def holds_delta(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds changes of weights, be it damaged."""
    return _origin(path) is not None


def model_of_delta(path: str | os.PathLike[str]) -> str:
    """The hash of the model that a file's delta belongs to; "" where it holds none."""
    return (_origin(path) or "").partition(" ")[0]


def _origin(path: str | os.PathLike[str]) -> str | None:
    """What the head of a file says of the model of its delta, and after a space of its name."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            said: str | None = (file.metadata() or {}).get(_MODEL)
            return said
    except (OSError, safetensors.SafetensorError):
        return None


def check_changes(delta: Delta, plain: Mapping[str, Tensor], model: Model) -> None:
    """Raise DeltaError where a delta does not fit the plain weights of a model's synthesis."""
    tensors = delta.tensors.items()
    if delta.is_mapper:
        raise DeltaError(
            f"{delta.name or delta.file_name} is a mapper, no delta: use it as an edit."
        )
    if all(name in plain and plain[name].shape == change.shape for name, change in tensors):
        return
    if delta.model_sha256 == model.sha256:
        raise DeltaError(f"{delta.file_name} is damaged: it does not fit {model.name}.")
    raise DeltaError(
        f"The delta {delta.name or delta.file_name} changes other layers than those of "
        f"{model.name}; it was made for another model."
    )


def changed_synthesis(model: Model, delta: Delta) -> Any:
    """Return a copy of the model's synthesis network with all of a delta added, on its device.

    Raises DeltaError where the delta does not fit the model.
    """
    synthesis = copy.deepcopy(model.network.synthesis)
    plain = synthesis.state_dict()
    check_changes(delta, plain, model)
    with torch.no_grad():
        for name, change in delta.tensors.items():
            plain[name].add_(change.to(plain[name].device, plain[name].dtype))
    return synthesis


def sibling_weights(plain: Mapping[str, Tensor], sibling: Model, name: str) -> dict[str, Tensor]:
    """The weights of a sibling's synthesis that are others than the plain ones, by name.

    `name` is that of the model with the plain weights. Raises DeltaError unless both have weights
    of the same names and shapes.
    """
    theirs = sibling.network.synthesis.state_dict()
    same = theirs.keys() == plain.keys()
    if not same or any(theirs[key].shape != value.shape for key, value in plain.items()):
        raise DeltaError(
            f"{sibling.name} can't be blended with {name}: its layers differ; choose a "
            "model trained from it, or from the same one."
        )
    placed = {key: value.to(plain[key].device) for key, value in theirs.items()}
    others = {key: value for key, value in placed.items() if not torch.equal(value, plain[key])}
    if any(key.endswith("resample_filter") for key in others):  # no weight, but a part of layers
        raise DeltaError(f"{sibling.name} can't be blended with {name}: it resizes in another way.")
    return others


def _shortened(change: Tensor) -> Tensor:
    """In half precision, unless it holds numbers that are too large for that."""
    short = change.half()
    return short if bool(short.isfinite().all()) or not bool(change.isfinite().all()) else change
