"""An opened model: a network on a device, and what the studio needs to know about it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from stylestudio.checkpoints import Checkpoint, family_of, read_checkpoint
from stylestudio.networks.stylegan2 import choose_noises
from stylestudio.recipe.capabilities import Capabilities
from stylestudio.render.arrays import as_float
from stylestudio.render.device import DeviceError, choose_device, make_repeatable, one_at_a_time
from stylestudio.render.precision import fastest_type, prepare_chain
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.recipe.capabilities import Capabilities

Precision = Literal["auto", "float32"]
LayerGroup = Literal["coarse", "middle", "fine"]


FIRST_MODEL = "portraits"

_preparing = threading.Lock()


class ModelError(ValueError):
    """A model cannot be used as asked; the message is one sentence for the user."""


@dataclass(frozen=True)
class LayerInfo:
    """What one row of ws drives, for the names that artists see."""

    index: int
    resolution: int
    group: LayerGroup


class Model:
    """A generator ready to render; immutable, so threads may share it.

    `precision` "float32" reproduces the published networks; "auto" takes the shortest type that
    this device is faster with, `dtype`, in which pictures stay within a step or two of 8 bits.
    """

    def __init__(
        self, checkpoint: Checkpoint, device: str = "auto", precision: Precision = "auto"
    ) -> None:
        self._checkpoint = checkpoint
        self.device = _device(device)
        self.precision = precision
        # A file name that is not valid text must not keep recipes from being written.
        self.name = checkpoint.name.encode("utf-8", "replace").decode("utf-8")
        self.format = checkpoint.format
        self.metadata = checkpoint.metadata
        self.notes = checkpoint.notes
        make_repeatable(self.device)
        with one_at_a_time(self.device):
            self.network = checkpoint.network.to(self.device)
        self.dtype = torch.float32 if precision == "float32" else fastest_type(self.device)
        self._chain: tuple[object, Chain] | None = None  # and the network it was prepared from
        config = self.network.config
        self.resolution: int = config.img_resolution
        self.img_channels: int = config.img_channels
        if self.img_channels not in (1, 3, 4):
            raise ModelError(
                f"{self.name} makes pictures of {self.img_channels} channels; "
                "1 (gray), 3 (RGB) or 4 (with transparency) can be shown."
            )
        self.num_ws: int = config.num_ws
        self.z_dim: int = config.z_dim
        self.w_dim: int = config.w_dim
        self.c_dim: int = config.c_dim
        self.capabilities: Capabilities = family_of(self.network).capabilities(self.network)
        resolutions: dict[int, int] = {}
        for step in self.network.synthesis.steps:
            if step.has_noise or step.ws_index not in resolutions:
                resolutions[step.ws_index] = step.resolution
        self.layers = tuple(
            LayerInfo(i, resolutions[i], _group(resolutions[i], min(resolutions.values())))
            for i in range(self.num_ws)
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the model file: what recipes know a model by."""
        return self._checkpoint.sha256

    @property
    def w_avg(self) -> Tensor:
        """The average w [w_dim], float32."""
        return self.network.mapping.w_avg

    @property
    def synthesis(self) -> Chain:
        """The chain of steps that renderings run: the network's, laid out for this device."""
        with one_at_a_time(self.device), _preparing:
            if self._chain is None or self._chain[0] is not self.network:
                with torch.no_grad():
                    self._chain = (self.network, prepare_chain(self.network, self.dtype))
            return self._chain[1]

    @property
    def can_move(self) -> bool:
        """Whether the scene can be shifted and turned in the picture, as StyleGAN3's can."""
        return self.capabilities.can_be_placed

    @property
    def has_noise(self) -> bool:
        """Whether any layer adds noise."""
        return self.capabilities.has_noise

    @torch.no_grad()
    def map(
        self,
        z: Any,
        c: Any = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """Map z [N, z_dim], any array, to ws [N, num_ws, w_dim], float32.

        c [N, c_dim] weights the classes of a conditional model; None stands for the first class.
        Raises ModelError where a shape does not fit.
        """
        whole = truncation_cutoff is None or hasattr(truncation_cutoff, "__index__")
        if not whole or truncation_cutoff not in (None, *range(self.num_ws + 1)):
            raise ModelError(
                f"truncation_cutoff is {truncation_cutoff!r}; it must be a whole number between "
                f"0 and {self.num_ws}."
            )
        with one_at_a_time(self.device):
            z = self._tensor("z", z, self.z_dim)
            if self.c_dim and c is None:
                c = np.eye(1, self.c_dim, dtype=np.float32).repeat(len(z), axis=0)
            c = self._tensor("c", c, self.c_dim) if self.c_dim else None
            if c is not None and len(c) != len(z):
                raise ModelError(f"c has {len(c)} rows and z {len(z)}; they need the same number.")
            return self.network.map(z, c, truncation_psi, truncation_cutoff)

    @torch.no_grad()
    def synthesize(self, ws: Any, noise_mode: NoiseMode = "const") -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] to float32 [N, C, R, R], nominally -1..1."""
        if noise_mode not in ("const", "none", "random"):
            raise ModelError(f'noise_mode is {noise_mode!r}; use "const", "none" or "random".')
        ws = as_float("ws", ws, ModelError)
        if ws.ndim != 3 or ws.shape[1:] != (self.num_ws, self.w_dim):
            raise ModelError(
                f"ws has shape {list(ws.shape)}; "
                f"{self.name} needs [N, {self.num_ws}, {self.w_dim}]."
            )
        with one_at_a_time(self.device):
            noises = choose_noises(self.network.synthesis, ws.shape[0], noise_mode)
            return self.synthesis(ws.to(self.device), noises)

    def _tensor(self, name: str, array: Any, width: int) -> Tensor:
        # float64 must become float32 before it moves: some devices have no float64.
        tensor = as_float(name, array, ModelError).to(self.device)
        if tensor.ndim != 2 or tensor.shape[1] != width:
            raise ModelError(
                f"{name} has shape {list(tensor.shape)}; {self.name} needs [N, {width}]."
            )
        return tensor


def _group(resolution: int, first: int) -> LayerGroup:
    """Split as the StyleGAN paper does (section 3.1): 4-8, 16-32 and from 64 pixels up.

    StyleGAN3's chain starts at 16 where StyleGAN2's starts at 4, so its bounds lie higher.
    """
    coarse, middle = (8, 32) if first == 4 else (16, 64)
    if resolution <= coarse:
        return "coarse"
    return "middle" if resolution <= middle else "fine"


def builtin_models() -> tuple[str, ...]:
    """Names of the models that ship with the program; the one that the window opens on first."""
    names = (path.stem for path in resource_path("models").glob("*.safetensors"))
    return tuple(sorted(names, key=lambda name: (name != FIRST_MODEL, name)))


def open_model(
    path: str | os.PathLike[str], *, device: str = "auto", precision: Precision = "auto"
) -> Model:
    """Open a model file of any supported format, or a built-in model by name.

    Nothing in the file is executed. Raises CheckpointError for a file that cannot be read and
    ModelError for a device that this machine does not have; both messages are for the user.
    """
    if precision not in ("auto", "float32"):
        raise ModelError(f'precision is {precision!r}; use "auto" or "float32".')
    name = os.fspath(path).lower()
    if name in builtin_models() and not Path(path).exists():
        path = resource_path("models", f"{name}.safetensors")
    return Model(read_checkpoint(path), device, precision)


def _device(asked: str) -> torch.device:
    try:
        return choose_device(asked)
    except DeviceError as error:
        raise ModelError(str(error)) from None
