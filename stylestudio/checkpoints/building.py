"""Puts arrays from a file into a network that was built without memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.w_avg import SAMPLES, average_w

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array


def fill(network: Generator, arrays: dict[str, Array], family: str) -> list[str]:
    """Give a network on the meta device its weights; returns remarks for the user.

    Takes the arrays out of `arrays` one by one, so that no more than one is held twice.
    Raises Unreadable where names, shapes or values are not those of this network.
    """
    expected = network.state_dict()
    average = arrays.get("mapping.w_avg")
    was_never_set = average is not None and not average.any()
    if was_never_set:
        del arrays["mapping.w_avg"]
    lacks_average = "mapping.w_avg" in expected and (average is None or was_never_set)
    if lacks_average:
        del expected["mapping.w_avg"]
    compare(expected, arrays, f"{family} generator")
    state = {}
    for name in list(expected):
        state[name] = to_tensor(name, arrays.pop(name))
    if lacks_average:
        state["mapping.w_avg"] = torch.zeros(network.get_buffer("mapping.w_avg").shape)
    network.load_state_dict(state, strict=True, assign=True)
    network.eval().requires_grad_(False)
    if not lacks_average:
        return []
    network.get_buffer("mapping.w_avg").copy_(average_w(network))
    fault = (
        "The average w in the file was never set" if was_never_set else "The file has no average w"
    )
    return [
        f"{fault}, so it was computed from {SAMPLES} samples; "
        "truncation may differ a little from other programs."
    ]


def compare(expected: Mapping[str, Tensor], arrays: Mapping[str, Array], kind: str) -> None:
    """Raise Unreadable unless names and shapes are those of a network of this kind."""
    for name, tensor in expected.items():
        if name not in arrays:
            raise Unreadable(f"is an incomplete {kind}: {name} is missing")
        if tuple(tensor.shape) != arrays[name].shape:
            found, wanted = arrays[name].shape, tuple(tensor.shape)
            raise Unreadable(f"is inconsistent: {name} is {found} instead of {wanted}")
    unknown = sorted(set(arrays) - set(expected))
    if unknown:
        raise Unreadable(
            f"is a modified {kind} that StyleStudio cannot run: it has {shown(unknown[0])}"
            + (f" and {len(unknown) - 1} more unknown weights" if unknown[1:] else "")
        )


def to_tensor(name: str, array: Array) -> Tensor:
    """Float32 weights in plain row order, so that every file form gives the same pictures.

    Writable views of what was read are used as they are, anything else is copied.
    """
    if array.dtype.kind != "f":
        raise Unreadable(f"has {array.dtype} numbers as {shown(name)}, where weights belong")
    if not (array.flags.carray and array.dtype == np.float32):
        array = np.array(array, np.float32, order="C")
    if not np.isfinite(array).all():
        raise Unreadable(
            f"is damaged: {shown(name)} holds numbers that are not finite (NaN or infinity)"
        )
    return torch.from_numpy(array)
