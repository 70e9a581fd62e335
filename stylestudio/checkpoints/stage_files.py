"""Reads networks that change a finished picture: translators and enlargers.

Known are CycleGAN's and pix2pix's generators, StarGAN, VQ-GAN, and the enlargers of ESRGAN and
Real-ESRGAN; they are recognised by their weights. Nothing in a file is run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors.torch
import torch
from torch import nn

from stylestudio.checkpoints import tensor_file
from stylestudio.checkpoints.building import compare, to_tensor
from stylestudio.checkpoints.errors import CheckpointError, Unreadable
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.reading import one_sentence, read_bytes, read_head
from stylestudio.checkpoints.stage_layouts import LAYOUTS, Weights, resnet_places
from stylestudio.checkpoints.torch_files import holds_torch, torch_root
from stylestudio.checkpoints.torch_tensors import Budget
from stylestudio.checkpoints.writing import writing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from stylestudio.checkpoints.torch_tensors import Array
    from stylestudio.networks.translators import ResnetTranslator

MAX_LOOKED_AT = 3 << 29  # bytes; VQ-GAN's files have up to a GB, others about 130 MB at most

# Where files keep the weights, best first.
_WRAPPERS = ("params_ema", "params", "state_dict", "model_state_dict", "model", "G", "generator")


@dataclass(frozen=True)
class StageFile:
    """What `read_stage` finds."""

    network: nn.Module
    name: str
    sha256: str


def read_stage(path: str | os.PathLike[str]) -> StageFile:
    """Open a translator or an enlarger without running anything that is in its file.

    Raises CheckpointError, one sentence for the user, for anything else.
    """
    path = Path(path)
    with one_sentence(path):
        digest = hashlib.sha256()
        arrays = _arrays(read_bytes(path, digest=digest))
        network = _network(arrays)
    return StageFile(network, path.stem, digest.hexdigest())


def write_translator(path: Path, network: ResnetTranslator) -> None:
    """Write CycleGAN's generator as its authors' program does: weights alone, by its names.

    As `.safetensors` where the path says so, else as PyTorch does. Raises CheckpointError.
    """
    own = network.state_dict()
    names = {f"{ours}.0": conv for ours, (conv, _) in resnet_places(network.config.blocks).items()}
    names["end"] = f"model.{17 + network.config.blocks}"
    weights = {
        f"{theirs}.{part}": own[f"{ours}.{part}"].cpu().contiguous()
        for ours, theirs in names.items()
        for part in ("weight", "bias")
    }
    with writing(path) as temporary:
        if path.suffix.lower() == ".safetensors":
            safetensors.torch.save_file(weights, temporary)
        else:
            with temporary.open("wb") as file:
                torch.save(weights, file)


def holds_stage(path: str | os.PathLike[str]) -> bool:
    """Whether this is such a network, be it damaged; looking takes no longer than opening it."""
    path = Path(path)
    try:
        if not path.is_file() or path.stat().st_size > MAX_LOOKED_AT:
            return False
        with one_sentence(path):
            head = read_head(path)
            if not (holds_torch(head) or tensor_file.may_be_safetensors(head)):
                return False
            arrays = _arrays(read_bytes(path))
    except (OSError, CheckpointError):
        return False
    try:
        return _recognised(arrays) is not None
    except Unreadable:
        return True


def _arrays(data: memoryview) -> dict[str, Array]:
    if tensor_file.is_safetensors(data):
        return tensor_file.read_tensors(data)[1]
    root = torch_root(data)
    entries = as_mapping(root) or {}
    wrapped = [name for name in _WRAPPERS if as_mapping(entries.get(name)) is not None]
    return Budget(len(data)).tensors(entries[wrapped[0]] if wrapped else root)


def _recognised(arrays: dict[str, Array]) -> tuple[Callable[[], nn.Module], Weights] | None:
    """What builds the network, and the weights by our names; None where it is none of ours."""
    arrays = {name.removeprefix("module."): array for name, array in arrays.items()}
    return next(filter(None, (layout(arrays) for layout in LAYOUTS)), None)


def _network(arrays: dict[str, Array]) -> nn.Module:
    recognised = _recognised(arrays)
    if recognised is not None:
        build, weights = recognised
        with torch.device("meta"):
            network = build()
        expected = network.state_dict()
        compare(expected, weights, "network")
        state = {
            name: torch.zeros((), dtype=torch.int64)
            if name.endswith("num_batches_tracked")
            else to_tensor(name, weights[name])
            for name in expected
        }
        network.load_state_dict(state, strict=True, assign=True)
        return network.eval().requires_grad_(False)
    raise Unreadable(
        "holds no network that StyleStudio can apply to pictures; it reads CycleGAN, "
        "pix2pix, StarGAN, VQ-GAN, ESRGAN, Real-ESRGAN and Paint Transformer"
    )
