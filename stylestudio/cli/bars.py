"""What each built-in model is to reach, on held-out pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _by_group(coarse: float, middle: float, fine: float) -> dict[str, float]:
    return {"coarse": coarse, "middle": middle, "fine": fine}


@dataclass(frozen=True, kw_only=True)
class Bars:
    """The bars of one model."""

    psnr: float  # dB to the painter, attributes given in W
    finest: tuple[float, float] = (0.85, 1.10)  # energy of the finest octave, of the painter's
    border: float = 1.3  # error in the outer 4 px, of that inside
    from_z: Mapping[str, float] = field(default_factory=lambda: _by_group(0.85, 0.8, 0.9))  # R^2
    mixing: float = 4.0  # times further than any other group
    noise: float = 0.02  # of an attribute's range


BARS = {
    "Portraits": Bars(psnr=33.0, from_z=_by_group(0.85, 0.85, 0.9), mixing=5.0),
    "Portraits 512": Bars(psnr=33.0, from_z=_by_group(0.85, 0.85, 0.9), mixing=5.0),
    "Horizons": Bars(psnr=33.0),
    "Pigments": Bars(
        psnr=27.0,
        finest=(0.80, 1.10),
        from_z=_by_group(0.8, 0.75, 0.85),
        mixing=3.0,
        noise=0.03,
    ),
}
