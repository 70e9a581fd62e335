"""Nine hand-picked palettes and the smooth space of colours between them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

ROLES = ("sky_top", "sky_middle", "sky_low", "sun", "far", "between", "near", "snow")

# The first palette is the average; the others lie at the - and + ends of four axes.
AVERAGE = "2f6a98 9fcaca ffdca2 fff4d2 93b6c4 3d7689 143347 f7f2e8"
AXES = {
    "night": (
        "2e8fb0 8accca f6eecb fffbea 93c2bd 3f8b83 11463f fbfaf2",
        "0a1130 1c2e5e 51719a f6f2de 3a5685 1e3259 070d22 a9bcd8",
    ),
    "warmth": (
        "0f3c4e 2f9186 c3e6b4 fdfbd6 64b39d 24726d 092d36 e3f2e2",
        "393a70 cc5a7c ffb76c ffeaa9 b76c8a 6c3f70 231a3d fbd9cf",
    ),
    "drama": (
        "93acd0 f5c9c4 fde8d4 ef5a3c cdb7c8 8c7ba0 3b395c fff5ee",
        "1f3650 e2724b ffc66c fff1c4 c95d4c 8a2f3c 321320 fbdcc0",
    ),
    "season": (
        "7ea6a6 e8d3a6 f5ba66 fff2d0 cfa272 a9582f 471d15 fdf3e0",
        "292352 7b5092 f29d9d ffdcc4 8d6aa3 4e3b78 191337 e6d3ec",
    ),
}
SELECTIVITY = 2.6
THRESHOLD = 1.75  # an axis outweighs the average beyond THRESHOLD / SELECTIVITY
VIVIDNESS = 1.18  # blending palettes dulls them

_RGB_TO_LMS = torch.tensor(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = torch.tensor(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_oklab(rgb: Tensor) -> Tensor:
    """sRGB [..., 3] in 0..1 -> OKLab (Ottosson 2020)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return (linear @ _RGB_TO_LMS.T) ** (1 / 3) @ _LMS_TO_LAB.T


def _from_oklab(lab: Tensor, constants: _Constants) -> Tensor:
    """OKLab [..., 3] -> sRGB in 0..1, clipped to the gamut."""
    lms = lab @ constants.lab_to_lms
    linear = (lms**3 @ constants.lms_to_rgb).clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _table() -> Tensor:
    """All palettes in OKLab [1 + 2 * axes, roles, 3]."""
    rows = [AVERAGE, *(end for pair in AXES.values() for end in pair)]
    colours = [[list(bytes.fromhex(c)) for c in row.split()] for row in rows]
    return _to_oklab(torch.tensor(colours, dtype=torch.float32) / 255)


class _Constants(NamedTuple):
    """What the mixing needs, on one device."""

    table: Tensor  # all palettes in OKLab [1 + 2 * axes, roles, 3]
    lab_to_lms: Tensor  # [3, 3], for rows
    lms_to_rgb: Tensor  # [3, 3], for rows
    land: Tensor  # how much of the land's hue each role takes on [roles, 1]
    sky: Tensor  # and of the sky's


@functools.cache
def _constants(device: torch.device) -> _Constants:
    """Made once, so that no picture waits for them on their way to the device."""
    return _Constants(
        table=_table().to(device),
        lab_to_lms=torch.linalg.inv(_LMS_TO_LAB).T.to(device),
        lms_to_rgb=torch.linalg.inv(_RGB_TO_LMS).T.to(device),
        land=torch.tensor([0, 0, 0, 0, 0.7, 1, 1, 0.1], device=device)[:, None],
        sky=torch.tensor([1, 0.8, 0.3, 0, 0.2, 0, 0, 0.1], device=device)[:, None],
    )


def mix_palette(a: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fine attributes [N, 1, 1] -> role -> colour [N, 3, 1, 1], sRGB in 0..1."""
    n, constants = a["night"].shape[0], _constants(a["night"].device)
    logits = [a["night"].new_zeros(n)]
    for axis in AXES:
        value = a[axis].reshape(n)
        logits += [-SELECTIVITY * value - THRESHOLD, SELECTIVITY * value - THRESHOLD]
    weights = torch.stack(logits, 1).softmax(1)
    lab = torch.einsum("nm,mrc->nrc", weights, constants.table)
    lab = _vary(lab, a, constants)
    rgb = _from_oklab(lab, constants)
    return {role: rgb[:, i, :, None, None] for i, role in enumerate(ROLES)}


def _vary(lab: Tensor, a: Mapping[str, Tensor], constants: _Constants) -> Tensor:
    """Turn, saturate and light the blended palettes [N, roles, 3]."""
    lightness, chroma = lab[..., :1], lab[..., 1:]
    land, sky = constants.land, constants.sky
    angle = 0.36 * (land * a["land_hue"] + sky * a["sky_hue"])
    turned = torch.cat(
        [
            chroma[..., :1] * angle.cos() - chroma[..., 1:] * angle.sin(),
            chroma[..., :1] * angle.sin() + chroma[..., 1:] * angle.cos(),
        ],
        -1,
    )
    turned = turned * VIVIDNESS * (0.22 * a["saturation"]).exp()
    # Where the palettes of other axes outweigh its own, an axis still shows.
    towards_red = 0.012 * a["warmth"] + 0.028 * land * a["land_hue"]
    towards_yellow = 0.018 * sky * a["drama"] - 0.016 * a["night"] - 0.018 * land * a["season"]
    turned = turned + torch.cat([towards_red, towards_yellow], -1)
    light = 0.045 * a["light"] + 0.035 * (sky - land) * (a["contrast"] + 0.7)
    light = light - 0.028 * sky * a["night"]
    return torch.cat([(lightness + light).clamp(0, 1), turned], -1)
