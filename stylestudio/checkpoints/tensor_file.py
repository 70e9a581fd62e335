"""StyleStudio's own form: safetensors with the architecture as JSON in its metadata."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.torch
import torch

from stylestudio.checkpoints import stylegan2, stylegan3
from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.stylegan2 import StyleGAN2Config

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array

FORMAT = "StyleStudio safetensors"
_MAX_HEADER = 16 * 2**20
_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
CONFIG, _NAME = "stylestudio.config", "stylestudio.name"
STYLES_FAMILY = "cin"  # of files with styles, which are read elsewhere


def is_safetensors(data: memoryview) -> bool:
    """Whether a file begins as safetensors do: a header length, then a JSON object."""
    length = int.from_bytes(data[:8], "little")
    return 2 <= length <= min(len(data) - 8, _MAX_HEADER) and data[8] == ord("{")


def read(data: memoryview) -> Contents:
    """The generator of one of our files; its weights stay views of `data`.

    Raises Unreadable where the file is damaged or was written by another program.
    """
    metadata, arrays = read_tensors(data)
    if CONFIG not in metadata:
        raise Unreadable(
            "is a safetensors file without StyleStudio's description of the network; "
            "open the original checkpoint instead"
        )
    config = json.loads(metadata[CONFIG])
    network, notes = _build(config, arrays)
    own = {key: value for key, value in metadata.items() if not key.startswith("stylestudio.")}
    name = metadata.get(_NAME)
    return Contents(
        network,
        FORMAT,
        name=name if isinstance(name, str) and name else None,
        metadata=public(own),
        notes=tuple(notes),
        in_place=True,
    )


def read_tensors(data: memoryview) -> tuple[dict[str, Any], dict[str, Array]]:
    """The metadata of a safetensors file, and its tensors as views of `data`.

    Raises Unreadable where they reach beyond the file or are no fractions.
    """
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(bytes(data[8:end]))
    metadata = header.pop("__metadata__", {})
    return metadata, {name: _array(data[end:], name, entry) for name, entry in header.items()}


def _array(body: memoryview, name: str, entry: Any) -> Array:
    dtype = np.dtype(_DTYPES.get(entry["dtype"], "V"))
    if dtype.kind != "f":
        raise Unreadable(f"has {shown(entry['dtype'])} numbers as {shown(name)}")
    start, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not 0 <= start <= end <= len(body):
        raise Unreadable("is cut short or damaged: weights are missing at its end")
    return np.frombuffer(body[start:end], dtype).reshape(shape)


def _build(config: Any, arrays: dict[str, Array]) -> tuple[Generator, list[str]]:
    family = config.get("family") if isinstance(config, dict) else config
    if family == STYLES_FAMILY:
        raise Unreadable("holds styles for style transfer, not a model that makes pictures")
    if family not in ("stylegan2", "stylegan3"):
        raise Unreadable(
            f"holds a network of kind {shown(family)}; a newer StyleStudio may know it"
        )
    if family == "stylegan3":
        return stylegan3.build(arrays, stylegan3.Hints(**_told(config, stylegan3.Hints)))
    hints = _told(config, stylegan2.Hints)
    if "resample_filter" in hints:
        hints["resample_filter"] = tuple(float(tap) for tap in hints["resample_filter"])
        if not 0 < len(hints["resample_filter"]) <= 64:
            raise Unreadable("is damaged: its resampling filter makes no sense")
    return stylegan2.build(arrays, stylegan2.Hints(**hints))


def _told(config: dict[str, Any], kind: type[stylegan2.Hints | stylegan3.Hints]) -> dict[str, Any]:
    """What the description says that the weights do not show."""
    names = [field.name for field in dataclasses.fields(kind)]
    return {name: config[name] for name in names if name in config}


def write_safetensors(
    path: str | os.PathLike[str],
    network: Generator,
    *,
    name: str,
    metadata: Mapping[str, str] = {},
    half: bool = False,
) -> None:
    """Write a generator in StyleStudio's own form, all or nothing.

    `half` stores float16, which halves the file and costs about 0.1 % of each weight.
    Raises CheckpointError where the file cannot be written.
    """
    dtype = torch.float16 if half else torch.float32
    tensors = {
        key: value.detach().to("cpu", dtype).contiguous()
        for key, value in network.state_dict().items()
    }
    if half and not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise CheckpointError(f"{Path(path).name} was not written: its weights exceed float16.")
    family = "stylegan2" if isinstance(network.config, StyleGAN2Config) else "stylegan3"
    config = {"family": family, **dataclasses.asdict(network.config)}
    described = {**public(metadata), CONFIG: json.dumps(config), _NAME: name}
    with writing(Path(path)) as temporary:
        safetensors.torch.save_file(tensors, temporary, described)
