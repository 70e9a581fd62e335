"""A card that is not there: tensors on torch's "meta" device, watched.

Meta tensors have shapes and types but no numbers. So what a model does on a graphics card can be
followed on any machine: a tensor that was left on the processor, a type or an operator that cards
lack, every read that makes the processor wait, and work by a thread whose turn it is not. Where the
program reads, it gets numbers that mean nothing.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchgen
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from stylestudio.checkpoints import read_checkpoint, write_safetensors
from stylestudio.networks.stylegan2 import doubling
from stylestudio.render import Model
from stylestudio.render import device as devices
from stylestudio.render.device import turn

CARD = "meta"
READS_OF_A_FRAME = 2  # the rows of w, which say what changed, and the pixels
MADE_OF_OTHERS = torch._C.DispatchKey.CompositeImplicitAutograd
COPIES = {"aten::_to_copy", "aten::copy_", "aten::empty_like", "aten::lift_fresh"}
READS = {"aten::_local_scalar_dense", "aten::equal", "aten::nonzero", "aten::masked_select"}
# Making these on the device from two threads can end the process on Apple's GPUs.
NOT_ON_APPLE = {"aten::arange", "aten::linspace", "aten::eye"}
# What torch.testing's table of operators (op_db) lists for CUDA with floating types alone.
FLOATING_ONLY = re.compile(
    r"aten::(_?upsample_(linear|bilinear|bicubic)\w*|convolution\w*|(add|ba)?b?mm|"
    r"(_?adaptive_)?avg_pool2d|grid_sampler_2d\w*|lerp_?|native_\w+_norm|_linalg_\w+)$"
)


class PretendCard(TorchDispatchMode):
    """Fails on what some card lacks; counts reads and uploads."""

    def __init__(self, *, apple: bool = True) -> None:
        """`apple` says whether the card may be one of Apple's, too."""
        super().__init__()
        self.reads: list[str] = []  # the operators that made the processor wait
        self.uploads: list[str] = []  # what went there from the processor
        self._apple = apple
        self._random = torch.Generator().manual_seed(0)
        self.operators: set[str] = set()  # that ran on the card
        self.filters: list[torch.Tensor] = []  # that convolved there

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if _is_made_of_others(func):
            with self:  # it is made of others, which count
                return func._op_dk(MADE_OF_OTHERS, *args, **kwargs)
        name = func._schema.name
        given = _tensors((args, kwargs))
        if _is_read(name, args, kwargs):
            self._check(name, func, given)
            self.reads.append(name)
            return self._invented(name, args, kwargs)
        left = [t for t in given if t.device.type == "cpu" and t.ndim]
        if left and name not in COPIES and any(t.device.type == CARD for t in given):
            raise AssertionError(f"{name} takes {_named(left)} of the processor")
        made = _made(func, args, kwargs, given)
        if _is_upload(name, given, made):
            self.uploads.append(f"{name} {_named(given)}")
        there = [tensor for tensor in (*given, *_tensors(made)) if tensor.device.type == CARD]
        if there:
            self.operators.add(name)
            if name == "aten::convolution":
                self.filters.append(args[1])
            self._check(name, func, there)
        return made

    def _check(self, name, func, there) -> None:
        if not turn._is_owned():
            raise AssertionError(f"{name} runs out of turn")
        if self._apple and name in NOT_ON_APPLE:
            raise AssertionError(f"{name} runs on the device")
        for tensor in there:
            if tensor.dtype in (torch.float64, torch.complex128):
                raise AssertionError(f"{name} has {_named(there)}: Apple's GPUs have no float64")
        if FLOATING_ONLY.match(name) and not there[0].dtype.is_floating_point:
            raise AssertionError(f"{name} has {_named(there)}, which CUDA lacks")
        for device in ("CUDA", "MPS") if self._apple else ("CUDA",):
            if not has_kernel(func._schema.name, func._schema.overload_name, device):
                raise AssertionError(f"{name} has no code for {device}")

    def _invented(self, name, args, kwargs):
        """Numbers for a read, other ones at each."""
        if name == "aten::equal":
            return True
        if name == "aten::_local_scalar_dense":
            return torch.rand((), generator=self._random).to(args[0].dtype).numpy().item()
        target = args[0]
        dtype = kwargs.get("dtype") or (args[1] if name == "aten::copy_" else target).dtype
        shape = target.shape
        if dtype.is_floating_point:
            read = torch.rand(shape, generator=self._random).to(dtype)
        else:
            read = torch.arange(shape.numel()).reshape(shape).to(dtype)
        return target.copy_(read) if name == "aten::copy_" else read


class Making(TorchFunctionMode):
    """Counts tensors made of numbers on a card, which copies them there; operators don't say so."""

    MAKERS = (torch.tensor, torch.as_tensor, torch.Tensor.new_tensor)
    INDEXING = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)

    def __init__(self, card: PretendCard) -> None:
        super().__init__()
        self._card = card

    def __torch_function__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if func in self.MAKERS and made.device.type == CARD:
            numbers = not isinstance(args[-1], torch.Tensor)
        else:
            at = args[1] if func in self.INDEXING and args[0].device.type == CARD else ()
            numbers = any(isinstance(i, list) for i in (at if isinstance(at, tuple) else (at,)))
        if numbers:
            self._card.uploads.append(func.__name__)
        return made


def _is_read(name, args, kwargs) -> bool:
    if name in READS:
        return any(t.device.type == CARD for t in _tensors(args))
    if name == "aten::_to_copy":
        to = kwargs.get("device")
        return args[0].device.type == CARD and to is not None and torch.device(to).type == "cpu"
    if name == "aten::copy_":
        return args[1].device.type == CARD and args[0].device.type == "cpu"
    return False


def _is_upload(name, given, made) -> bool:
    if name == "aten::copy_":
        return [t.device.type for t in given[:2]] == [CARD, "cpu"]
    return name == "aten::_to_copy" and (given[0].device.type, made.device.type) == ("cpu", CARD)


_found: dict[Any, tuple] = {}


def _made(func, args, kwargs, given):
    """What an operator returns. On the card it has no numbers, so one like it is made the next time

    instead of finding its shape again, for which torch takes far longer.
    """
    if not given or not _is_pure(func) or any(t.device.type != CARD for t in given):
        return func(*args, **kwargs)
    key = func, _described(args), _described(tuple(kwargs.items()))
    if key not in _found:
        made = func(*args, **kwargs)
        if isinstance(made, torch.Tensor) and made.device.type == CARD:
            _found[key] = (made.shape, made.stride(), made.dtype)
        return made
    shape, stride, dtype = _found[key]
    return torch.empty_strided(shape, stride, dtype=dtype, device=CARD)


@cache
def _is_made_of_others(func) -> bool:
    return torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), MADE_OF_OTHERS)


@cache
def _is_pure(func) -> bool:
    """Whether it returns one new tensor, and changes none."""
    values = [*func._schema.arguments, *func._schema.returns]
    return len(func._schema.returns) == 1 and all(value.alias_info is None for value in values)


def _described(value):
    """All of an argument that the shape of a result can depend on."""
    if isinstance(value, torch.Tensor):
        return value.shape, value.stride(), value.dtype, value.is_conj()
    if isinstance(value, (list, tuple)):
        return tuple(map(_described, value))
    return type(value), value


def _named(tensors) -> str:
    return ", ".join(f"{t.dtype} {list(t.shape)}" for t in tensors)


def _tensors(tree) -> list[torch.Tensor]:
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (list, tuple)):
        return []
    return [tensor for branch in tree for tensor in _tensors(branch)]


@cache
def has_kernel(name: str, overload: str, device: str) -> bool:
    """Whether torch's own table of operators names code for a device; True for those not in it."""
    entry = _table().get(f"{name.removeprefix('aten::')}.{overload}".removesuffix("."))
    if entry is None:
        return True
    delegate = re.search(r"structured_delegate: (\S+)", entry)
    if delegate:
        entry = _table()[delegate[1]]
    if device == "CUDA" and "ufunc_inner_loop" in entry:
        return True
    dispatch = re.search(r"\n  dispatch:\n((?:    .*\n?)+)", entry)
    if dispatch is None:
        return True  # it is made of others
    keys = {
        key.strip()
        for line in re.findall(r"^    (.+?):", dispatch[1], re.M)
        for key in line.split(",")
    }
    return device in keys or any(key.startswith("Composite") for key in keys)


@cache
def _table() -> dict[str, str]:
    path = Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"
    text = re.sub(r"(?m)\s*#.*$", "", path.read_text(encoding="utf-8"))
    entries = re.split(r"(?m)^- func: ", text)[1:]
    return {entry.split("(", 1)[0]: entry for entry in entries}


@pytest.fixture
def watch(monkeypatch):
    """A machine with a card that is faster in float16; what runs on it is watched."""
    monkeypatch.setattr(devices, "trouble_with", lambda _name: "")
    monkeypatch.setattr("stylestudio.render.model.fastest_type", lambda _device: torch.float16)
    monkeypatch.setattr(devices, "ONE_THREAD", (CARD,))
    monkeypatch.setattr(doubling, "on_card", lambda x: x.device.type == CARD)
    with PretendCard() as card:
        yield card


@pytest.fixture
def on_card(watch, tmp_path):
    """Open a network as a model on the card."""

    def place(network):
        path = tmp_path / "model.safetensors"
        write_safetensors(path, network, name="tiny")
        with _disable_current_modes():  # reading builds a skeleton on the meta device
            checkpoint = read_checkpoint(path)
        return Model(checkpoint, CARD)

    return place
