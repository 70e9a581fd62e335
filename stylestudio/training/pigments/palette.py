"""The pigments: two hues that turn together, each pale and deep, the paper, a dark and a metal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

# Changes of sRGB that keep the lightness: towards orange (away from azure), towards magenta.
WARM = (1.0, 0.0, -1.0)
ROSE = (0.6, -0.75, 0.6)
BODY_HUE = math.radians(168)  # 0 is orange, 90 magenta, 180 azure, 270 green
ACCENT_HUE = math.radians(18)
GOLD_HUE = math.radians(4)


def mix_pigments(a: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fine attributes [N, 1, 1] by name -> role -> colour [N, 3], sRGB in 0..1.

    All but the hues moves in straight lines with the attributes, as far as sRGB reaches.
    """
    fine = {name: column.reshape(-1, 1) for name, column in a.items()}
    body_hue = BODY_HUE - 0.75 * fine["hue"]
    accent_hue = ACCENT_HUE - 0.14 * fine["hue"] - 0.34 * fine["accent"]
    night, metal = fine["night"], fine["metal"]
    glow = 0.20 + 0.16 * fine["glow"]
    ground = 0.76 - 0.26 * night
    ground_chroma = 0.05 + 0.065 * night
    body = 0.42 + 0.09 * fine["body"]
    accent = 0.60 - 0.04 * fine["body"] + 0.03 * fine["accent"]
    zero = torch.zeros_like(night)
    pigments = {  # lightness, chroma, hue
        "ground": (ground, ground_chroma, body_hue),
        "ground_light": (ground + 0.17, 0.8 * ground_chroma, body_hue),
        "ground_deep": (ground - 0.20, 0.04 + ground_chroma, body_hue),
        "body": (body, zero + 0.25, body_hue),
        "body_light": (body + glow, zero + 0.21, body_hue),
        "body_deep": (body - 0.22, zero + 0.18, body_hue),
        "accent": (accent, zero + 0.31, accent_hue),
        "accent_light": (accent + glow, zero + 0.22, accent_hue),
        "accent_deep": (accent - 0.21, zero + 0.28, accent_hue),
        "light": (zero + 0.94, zero + 0.03, zero),
        "deep": (zero + 0.11, zero + 0.07, body_hue),
        "gold": (0.64 - 0.09 * metal, 0.22 + 0.14 * metal, GOLD_HUE + 0.2 * metal),
        "gold_light": (0.86 - 0.06 * metal, 0.13 + 0.10 * metal, GOLD_HUE + 0.2 * metal),
    }
    contrast = 1.0 + 0.18 * fine["contrast"]
    vivid = 1.0 + 0.18 * fine["saturation"]
    colours = {}
    for role, (lightness, chroma, hue) in pigments.items():
        p, q = vivid * chroma * hue.cos(), vivid * chroma * hue.sin()
        if role.startswith("ground"):
            p = p + 0.055 * fine["paper"]
        level = 0.5 + (lightness - 0.5) * contrast + 0.05 * fine["light"]
        channels = [level + p * warm + q * rose for warm, rose in zip(WARM, ROSE, strict=True)]
        colours[role] = soft_limit(torch.cat(channels, 1))
    return colours


def soft_limit(colour: Tensor, margin: float = 0.12) -> Tensor:
    """Any number -> 0..1; unchanged between `margin` and 1 - `margin`, bent smoothly beyond."""
    over = (colour - (1 - margin)).clamp(min=0) / margin
    under = (margin - colour).clamp(min=0) / margin
    inside = colour.clamp(margin, 1 - margin)
    return inside + margin * (torch.tanh(over) - torch.tanh(under))
