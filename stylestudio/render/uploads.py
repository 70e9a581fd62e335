"""Small numbers of recipes on a device, where they go only when they change."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from torch import Tensor

KEPT_BYTES = 16 << 20


class Uploads:
    """Keeps what was copied to a device last, as every copy makes the processor wait for it.

    Belongs to one thread. Nobody writes into what it gives.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """What `make` makes on the processor, on the device; equal keys stand for equal numbers."""
        if key not in self._kept:
            with torch.inference_mode(False):  # for whoever needs gradients, too
                self._kept[key] = made = make().to(self._device)
            self._bytes += made.nbytes
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        self._kept.move_to_end(key)
        return self._kept[key]
