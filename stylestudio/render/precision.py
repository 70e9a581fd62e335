"""In which type a machine renders best, and the chain of steps that renderings run in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from stylestudio.memory import keep_freed_memory
from stylestudio.networks.processor import has_bfloat16
from stylestudio.render.device import computes_in

if TYPE_CHECKING:
    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.networks.chain import Chain


# Turing's small chips, TU116 and TU117, under the names that they are sold by.
_WITHOUT_CORES = re.compile(r"GTX 16|\b(MX450|MX550|T400|T500|T550|T600|T1000|T1200)\b|CMP 30HX")


def fastest_type(device: torch.device) -> torch.dtype:
    """The shortest type of feature maps that this hardware is faster with.

    bfloat16 where a CPU multiplies it directly; float16 on cards with tensor cores (from compute
    capability 7.0, but for some that call themselves 7.5 and make NaN of it), after a trial.
    """
    if device.type == "cuda":
        has_cores = torch.cuda.get_device_capability(device) >= (7, 0)
        known_bad = _WITHOUT_CORES.search(torch.cuda.get_device_name(device))
        if has_cores and not known_bad and computes_in(str(device), torch.float16):
            return torch.float16
    if device.type == "cpu" and torch.backends.mkldnn.is_available() and has_bfloat16():  # type: ignore[no-untyped-call]
        return torch.bfloat16
    return torch.float32


def prepare_chain(network: Generator, dtype: torch.dtype) -> Chain:
    """Lay a network out for rendering in `dtype`, as far as its family can be."""
    keep_freed_memory()
    return network.prepare(dtype)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device is faster with bfloat16; without such instructions a processor crawls."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return fastest_type(device) == torch.bfloat16
