"""Small networks that serve one model each: how they are written, read and found again."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import platformdirs
import safetensors.torch
import torch
from torch import nn

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.checkpoints.writing import writing
from stylestudio.render import shared_assets
from stylestudio.render.device import one_at_a_time
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.errors import StyleStudioError
    from stylestudio.render import Assets, Model


class ServingNetwork(nn.Module, ABC):
    """A network that was trained for one model."""

    @property
    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What it is built from, but for its weights; as JSON can say it."""


NetworkT = TypeVar("NetworkT", bound=ServingNetwork)


@dataclass(frozen=True, eq=False)
class StoredNetwork(Generic[NetworkT]):
    """What such a network's file holds, as a store of assets keeps it."""

    sha256: str  # of the file's bytes
    network: NetworkT  # on the CPU
    model_sha256: str  # of the model that it serves

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        return sum(tensor.nbytes for tensor in self.network.state_dict().values())

    def on(self, device: torch.device) -> NetworkT:
        """The network on a device, as a copy where that is not the CPU."""
        if device.type == "cpu":
            return self.network
        with one_at_a_time(device):
            return copy.deepcopy(self.network).to(device)


def network_folder(kind: str) -> Path:
    """Where the networks of a kind, such as "encoder", that a user has trained are kept."""
    return platformdirs.user_data_path("StyleStudio", appauthor=False) / f"{kind}s"


@dataclass(frozen=True)
class NetworkStore(Generic[NetworkT]):
    """The files of one kind of network."""

    kind: str  # "encoder"
    build: Callable[..., NetworkT]  # from its facts
    error: type[StyleStudioError]

    def save(self, network: NetworkT, model: Model, path: Path) -> None:
        """Write a network in half precision; the file says which model it is for, by hash."""
        tensors = {
            name: (value.half() if value.is_floating_point() else value).contiguous()
            for name, value in network.state_dict().items()
        }
        description = json.dumps({"model": model.sha256, **network.facts})
        with writing(path) as temporary:
            safetensors.torch.save_file(tensors, temporary, {self._entry: description})

    def read(self, path: Path) -> StoredNetwork[NetworkT]:
        """Read a network, whatever model it is for. Raises the error where the file is none."""
        digest = hashlib.sha256()
        try:
            metadata, tensors = load_tensors(path, digest)
            facts = json.loads(metadata[self._entry])
            trained_for = str(facts.pop("model"))
            network = self.build(**facts)
            network.load_state_dict(tensors)
        except (CheckpointError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise self.error(f"{path.name} holds no {self.kind}; train one again.") from error
        network.eval().requires_grad_(False)
        return StoredNetwork(digest.hexdigest(), network, trained_for)

    def load(self, path: Path, model: Model) -> NetworkT:
        """Read a network for exactly this model.

        Raises the error where the file is none, or was trained for another model.
        """
        stored = self.read(path)
        if stored.model_sha256 != model.sha256:
            raise self.error(
                f"{path.name} was trained for another model than {model.name}; train one for it."
            )
        return stored.on(model.device)

    def own_path(self, model: Model) -> Path:
        """Where the user's own network for a model is looked for."""
        return network_folder(self.kind) / f"{model.sha256[:16]}.{self.kind}.safetensors"

    def find(self, model: Model, assets: Assets | None = None) -> NetworkT | None:
        """Return the network trained for exactly this model: the user's, or one that ships.

        It stays at hand in `assets`, None for the store of the whole program.
        """
        assets = assets or shared_assets()
        shipped = sorted(resource_path(f"{self.kind}s").glob("*.safetensors"))
        for path in (self.own_path(model), *shipped):
            with contextlib.suppress(OSError, self.error):
                stored: StoredNetwork[NetworkT] = assets.load(StoredNetwork, path, self.read)
                if stored.model_sha256 == model.sha256:
                    return stored.on(model.device)
        return None

    @property
    def _entry(self) -> str:
        """Of a file's metadata, which holds the facts."""
        return f"stylestudio.{self.kind}"
