"""Colours of a portrait, mixed as those of Portraits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylestudio.training.portraits.palette import Shades, Table

# Colour of the average portrait, and its change with one unit of an attribute; sRGB in 0..1.
TABLE: Table = {
    "skin": (
        (0.77, 0.560, 0.440),
        {"skin_tone": (0.115, 0.135, 0.130), "skin_warmth": (0.016, -0.006, -0.034)},
    ),
    "hair": (
        (0.33, 0.210, 0.150),
        {
            "hair_tone": (0.130, 0.100, 0.066),
            "hair_red": (0.085, 0.004, -0.030),
            "hair_dye": (-0.030, 0.005, 0.065),
        },
    ),
    "iris": (
        (0.40, 0.41, 0.39),
        {"eye_tone": (0.095, 0.115, 0.110), "eye_hue": (-0.135, 0.030, 0.150)},
    ),
    "lips": (
        (0.67, 0.315, 0.29),
        {
            "skin_tone": (0.050, 0.050, 0.050),
            "lip_tone": (0.045, -0.110, -0.070),
        },
    ),
    "blush": (
        (0.78, 0.39, 0.325),
        {
            "skin_tone": (0.100, 0.090, 0.085),
            "lip_tone": (0.015, -0.040, -0.025),
        },
    ),
    "cloth": (
        (0.42, 0.42, 0.46),
        {
            "cloth_tone": (0.105, 0.105, 0.100),
            "cloth_red": (0.160, -0.080, -0.070),
            "cloth_blue": (-0.090, 0.015, 0.150),
        },
    ),
    "sky": (
        (0.53, 0.665, 0.690),
        {
            "sky_tone": (0.090, 0.085, 0.080),
            "sky_red": (0.100, -0.055, -0.045),
            "sky_blue": (-0.105, 0.005, 0.090),
        },
    ),
    "disc": (
        (0.91, 0.815, 0.680),
        {
            "sky_tone": (0.045, 0.045, 0.045),
            "disc_warmth": (0.085, -0.020, -0.130),
            "sky_red": (0.010, -0.030, -0.010),
        },
    ),
    "white": ((0.955, 0.945, 0.925), {}),
    "ink": ((0.105, 0.075, 0.085), {}),
    "mouth": ((0.30, 0.085, 0.085), {}),
    "gold": ((0.93, 0.79, 0.50), {}),
    "gold_shade": ((0.60, 0.42, 0.20), {}),
}

# role: (colour it comes from, factor on each channel, added to each channel)
SHADES: Shades = {
    "skin_shade": ("skin", (0.70, 0.58, 0.55), (0.0, 0.0, 0.015)),
    "skin_light": ("skin", (0.62, 0.64, 0.64), (0.36, 0.335, 0.305)),
    "skin_warm": ("skin", (0.92, 0.72, 0.66), (0.02, 0.0, 0.0)),
    "skin_line": ("skin", (0.46, 0.33, 0.30), (0.0, 0.0, 0.0)),
    "hair_shade": ("hair", (0.50, 0.47, 0.50), (0.0, 0.0, 0.01)),
    "hair_light": ("hair", (1.16, 1.14, 1.10), (0.135, 0.12, 0.105)),
    "iris_shade": ("iris", (0.42, 0.42, 0.45), (0.0, 0.0, 0.0)),
    "iris_light": ("iris", (1.15, 1.15, 1.15), (0.12, 0.12, 0.12)),
    "lips_shade": ("lips", (0.66, 0.58, 0.60), (0.0, 0.0, 0.0)),
    "lips_light": ("lips", (0.70, 0.72, 0.72), (0.28, 0.24, 0.23)),
    "cloth_shade": ("cloth", (0.60, 0.58, 0.64), (0.0, 0.0, 0.01)),
    "cloth_light": ("cloth", (0.88, 0.88, 0.88), (0.17, 0.165, 0.155)),
    "sky_shade": ("sky", (0.72, 0.72, 0.77), (-0.02, -0.02, 0.0)),
    "sky_light": ("sky", (0.74, 0.74, 0.74), (0.25, 0.25, 0.245)),
    "hill_far": ("sky", (0.80, 0.82, 0.86), (0.03, 0.03, 0.05)),
    "hill_near": ("sky", (0.56, 0.58, 0.60), (-0.01, 0.01, 0.01)),
    "leaf": ("sky", (0.46, 0.52, 0.48), (0.01, 0.03, 0.02)),
}
