"""The names under which programs store the weights of a generator, and the way to NVIDIA's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.stylegan2 import filter_taps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stylestudio.checkpoints.torch_tensors import Array

UPSAMPLING_GAIN = 4.0  # programs that keep their low-pass have it with the gain of doubling


@dataclass
class Converted:
    """Weights under NVIDIA's names, and what else a layout says."""

    arrays: dict[str, Array]
    known: dict[str, Any] = field(default_factory=dict)  # what their shapes do not show
    notes: list[str] = field(default_factory=list)  # one-sentence remarks for the user


@dataclass(frozen=True)
class Layout:
    """One program's names for the weights of a generator."""

    name: str
    finder: str  # a weight that only this layout has; what stands before its name is a prefix
    companion: str  # another that goes with it
    convert: Callable[[dict[str, Array], Mapping[str, Array]], Converted]
    # from weights without their prefix, and the arrays beside them, which it may leave alone;
    # raises Unreadable for a weight that the layout has no place for

    def prefixes(self, names: Iterable[str]) -> list[str]:
        """What stands before the weights of each generator of this layout among these names."""
        known = set(names)
        found = [
            name.removesuffix(self.finder)
            for name in known
            if name == self.finder or name.endswith(f".{self.finder}")
        ]
        return sorted(prefix for prefix in found if prefix + self.companion in known)


def shared_low_pass(kernels: Mapping[str, Array]) -> dict[str, Any]:
    """What stored low-passes [..., k, k] tell: their taps. Raises Unreadable for odd ones."""
    if not kernels:
        return {}
    planes = {name: array.reshape(array.shape[-2:]) for name, array in kernels.items()}
    for name, plane in planes.items():
        if not abs(float(plane.sum()) - UPSAMPLING_GAIN) < 1e-2:
            raise Unreadable(f"is a modified StyleGAN2: {shown(name)} has an unknown gain")
    return {"resample_filter": filter_taps([plane / UPSAMPLING_GAIN for plane in planes.values()])}


def without_first_axis(array: Array, axes: int, name: str) -> Array:
    """Without the first of that many axes, which has length 1."""
    if array.ndim != axes or array.shape[0] != 1:
        raise Unreadable(f"is a modified StyleGAN2: {shown(name)} has the shape {array.shape}")
    first: Array = array[0]
    return first
