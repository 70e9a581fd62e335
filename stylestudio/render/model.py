"""An opened model: a network on a device, and what the studio needs to know about it."""

from __future__ import annotations

import copy
import threading
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from stylestudio.checkpoints import Checkpoint, family_of
from stylestudio.errors import StyleStudioError
from stylestudio.networks.stylegan2 import choose_noises
from stylestudio.recipe.capabilities import Capabilities
from stylestudio.recipe.layers import remember_groups
from stylestudio.recipe.maps import Maps, remember_maps
from stylestudio.recipe.naming import described
from stylestudio.render.arrays import as_float, is_number
from stylestudio.render.device import DeviceError, choose_device, make_repeatable, one_at_a_time
from stylestudio.render.precision import fastest_type, prepare_chain
from stylestudio.render.units import unit_counts

if TYPE_CHECKING:
    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.recipe.capabilities import Capabilities

Precision = Literal["auto", "float32"]
LayerGroup = Literal["coarse", "middle", "fine"]


_preparing = threading.Lock()
_open: dict[str, list[weakref.ref[Model]]] = {}  # by sha256, the last opened last
_opening = threading.Lock()  # over them


class ModelError(StyleStudioError, ValueError):
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
    Copies are the model itself. What is pickled is where its file lies, the hash and the settings,
    so that other processes open it again; one that was not opened from a file can't be pickled.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits", device="cpu", precision="float32")
    >>> model
    <Model Portraits: 256 x 256, 14 layers, float32 on cpu>
    >>> model.num_ws, model.z_dim, model.layers[-1].group
    (14, 128, 'fine')
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: str = "auto",
        precision: Precision = "auto",
        place: str | None = None,
    ) -> None:
        """`place` is the absolute path of the file, or the name of a built-in model."""
        self._checkpoint = checkpoint
        self._place = place
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
        remember_groups(self.sha256, self.layers)
        steps = self.network.synthesis.steps[:-1]
        remember_maps(
            self.sha256,
            (Maps(step.resolution, n) for step, n in zip(steps, unit_counts(self), strict=True)),
        )
        with _opening:
            others = [each for each in _open.get(self.sha256, ()) if each() is not None]
            _open[self.sha256] = [*others, weakref.ref(self)]

    def __repr__(self) -> str:
        side, dtype = self.resolution, str(self.dtype).removeprefix("torch.")
        return (
            f"<Model {self.name}: {side} x {side}, {self.num_ws} layers, {dtype} on {self.device}>"
        )

    def __copy__(self) -> Model:
        return self

    def __deepcopy__(self, _memo: object) -> Model:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self._place is None:
            raise ModelError(
                f"{self.name} was not opened from a file, so it can't be pickled; "
                "save it and open that."
            )
        return _reopened, (self._place, self.sha256, str(self.device), self.precision)

    def to(self, device: str | torch.device) -> Model:
        """Return this model on a device, "auto", "cpu", "cuda" or "mps"; this one stays.

        Raises ModelError for a device that this machine doesn't have.

        >>> import stylestudio as ss
        >>> model = ss.open_model("portraits").to("cpu")
        """
        chosen = str(device)
        if _device(chosen) == self.device:
            return self
        with one_at_a_time(self.device):
            network = copy.deepcopy(self._checkpoint.network)
            moved = replace(self._checkpoint, network=network)
            return Model(moved, chosen, self.precision, self._place)

    @property
    def place(self) -> str:
        """The absolute path of its file, a built-in one's name, or "" where there is neither."""
        return self._place or ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the model file: what recipes know a model by."""
        return self._checkpoint.sha256

    @property
    def nbytes(self) -> int:
        """Bytes of its weights."""
        return sum(each.nbytes for each in self.network.state_dict().values())

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

    def map(
        self,
        z: Any,
        c: Any = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
        *,
        grad: bool = False,
    ) -> Tensor:
        """Map z [N, z_dim], any array, to ws [N, num_ws, w_dim], float32.

        c [N, c_dim] weights the classes of a conditional model; None stands for the first class.
        With `grad`, gradients reach z and c. Raises ModelError where a shape does not fit, or for
        what are no finite numbers.

        >>> import numpy as np
        >>> import stylestudio as ss
        >>> model = ss.open_model("portraits")
        >>> z = np.random.RandomState(7).randn(1, model.z_dim)
        >>> model.map(z, truncation_psi=0.7).shape
        torch.Size([1, 14, 128])
        """
        if not is_number(truncation_psi):
            raise ModelError(
                f"truncation_psi is {described(truncation_psi)}; it must be a finite number, "
                "1 for none."
            )
        whole = truncation_cutoff is None or hasattr(truncation_cutoff, "__index__")
        if not whole or truncation_cutoff not in (None, *range(self.num_ws + 1)):
            raise ModelError(
                f"truncation_cutoff is {truncation_cutoff!r}; it must be a whole number between "
                f"0 and {self.num_ws}."
            )
        with one_at_a_time(self.device), torch.set_grad_enabled(grad):
            z = self._tensor("z", z, self.z_dim)
            if self.c_dim and c is None:
                c = np.eye(1, self.c_dim, dtype=np.float32).repeat(len(z), axis=0)
            c = self._tensor("c", c, self.c_dim) if self.c_dim else None
            if c is not None and len(c) != len(z):
                raise ModelError(f"c has {len(c)} rows and z {len(z)}; they need the same number.")
            return self.network.map(z, c, truncation_psi, truncation_cutoff)

    def synthesize(self, ws: Any, noise_mode: NoiseMode = "const", *, grad: bool = False) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] to float32 [N, C, R, R], nominally -1..1.

        With `grad`, gradients reach ws; then float32 is used whatever the model's `dtype`.
        Raises ModelError where a shape does not fit, or for what are no finite numbers.

        >>> import stylestudio as ss
        >>> model = ss.open_model("portraits")
        >>> ws = model.w_avg.expand(1, model.num_ws, -1).clone().requires_grad_()
        >>> model.synthesize(ws, grad=True).mean().backward()
        >>> ws.grad.shape
        torch.Size([1, 14, 128])
        """
        if noise_mode not in ("const", "none", "random"):
            raise ModelError(f'noise_mode is {noise_mode!r}; use "const", "none" or "random".')
        ws = as_float("ws", ws, ModelError)
        if ws.ndim != 3 or ws.shape[1:] != (self.num_ws, self.w_dim):
            raise ModelError(
                f"ws has shape {list(ws.shape)}; "
                f"{self.name} needs [N, {self.num_ws}, {self.w_dim}]{_hint(ws, self)}."
            )
        with one_at_a_time(self.device), torch.set_grad_enabled(grad):
            _check_finite("ws", ws)
            noises = choose_noises(self.network.synthesis, ws.shape[0], noise_mode)
            ws = ws.to(self.device)
            if grad:  # the chain that is laid out for speed has none
                picture: Tensor = self.network.synthesis(ws, noises)
                return picture
            return self.synthesis(ws, noises)

    def _tensor(self, name: str, array: Any, width: int) -> Tensor:
        # Checked, and made float32, before it moves: reading from a device makes frames wait for
        # it, and some have no float64.
        tensor = as_float(name, array, ModelError)
        if tensor.ndim != 2 or tensor.shape[1] != width:
            raise ModelError(
                f"{name} has shape {list(tensor.shape)}; {self.name} needs [N, {width}]."
            )
        _check_finite(name, tensor)
        return tensor.to(self.device)


def _check_finite(name: str, tensor: Tensor) -> None:
    if not bool(tensor.isfinite().all()):
        raise ModelError(f"{name} holds values that are not finite numbers.")


def _hint(ws: Tensor, model: Model) -> str:
    """What a tensor that is no ws probably is."""
    if ws.shape[-1:] == (model.z_dim,) and ws.ndim == 2 and ws.shape[0] != model.num_ws:
        return "; map turns z into ws"
    if ws.shape == (model.num_ws, model.w_dim):
        return "; ws[None] adds the first dimension"
    return ""


def _group(resolution: int, first: int) -> LayerGroup:
    """Split as the StyleGAN paper does (section 3.1): 4-8, 16-32 and from 64 pixels up.

    StyleGAN3's chain starts at 16 where StyleGAN2's starts at 4, so its bounds lie higher.
    """
    coarse, middle = (8, 32) if first == 4 else (16, 64)
    if resolution <= coarse:
        return "coarse"
    return "middle" if resolution <= middle else "fine"


def _reopened(place: str, sha256: str, device: str, precision: Precision) -> Model:
    """Open a model again in another process. Raises ModelError where its file has changed."""
    from stylestudio.render.model_opening import open_model  # which makes models

    model = open_model(place, device=device, precision=precision)
    if model.sha256 != sha256:
        raise ModelError(f"{Path(place).name} has changed since the model was opened from it.")
    return model


def _device(asked: str) -> torch.device:
    try:
        return choose_device(asked)
    except DeviceError as error:
        raise ModelError(str(error)) from None


def find_open(sha256: str) -> Model | None:
    """The model of this hash that was opened last, where one is still in use."""
    with _opening:
        found = (each() for each in reversed(_open.get(sha256, ())))
        return next((model for model in found if model is not None), None)
