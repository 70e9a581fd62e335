"""Colours of a portrait: each moves in straight lines with the attributes.

A layer that turns features into RGB multiplies them by an affine function of w. Colours that are
affine in the attributes, laid over each other through masks that do not depend on them, are what
such layers can paint exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.training.drawing import constant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

Table = dict[str, tuple[tuple[float, ...], dict[str, tuple[float, float, float]]]]
Shades = dict[str, tuple[str, tuple[float, ...], tuple[float, ...]]]

# Colour of the average portrait, and its change with one unit of an attribute; sRGB in 0..1.
TABLE: Table = {
    "skin": (
        (0.76, 0.555, 0.445),
        {"skin_tone": (0.115, 0.135, 0.130), "skin_warmth": (0.016, -0.006, -0.034)},
    ),
    "hair": (
        (0.30, 0.205, 0.165),
        {
            "hair_tone": (0.130, 0.100, 0.066),
            "hair_red": (0.058, -0.004, -0.020),
            "hair_dye": (-0.030, 0.012, 0.056),
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
    "cloth": (
        (0.40, 0.42, 0.44),
        {
            "cloth_tone": (0.105, 0.105, 0.100),
            "cloth_red": (0.135, -0.070, -0.055),
            "cloth_blue": (-0.060, 0.010, 0.130),
        },
    ),
    "sky": (
        (0.57, 0.655, 0.665),
        {
            "sky_tone": (0.090, 0.085, 0.080),
            "sky_red": (0.100, -0.055, -0.045),
            "sky_blue": (-0.105, 0.005, 0.090),
        },
    ),
    "disc": (
        (0.80, 0.735, 0.645),
        {
            "sky_tone": (0.045, 0.045, 0.045),
            "disc_warmth": (0.085, -0.020, -0.130),
            "sky_red": (0.010, -0.030, -0.010),
        },
    ),
    "white": ((0.955, 0.945, 0.925), {}),
    "ink": ((0.105, 0.075, 0.085), {}),
    "mouth": ((0.30, 0.085, 0.085), {}),
}

# role: (colour it comes from, factor on each channel, added to each channel)
SHADES: Shades = {
    "skin_shade": ("skin", (0.70, 0.58, 0.55), (0.0, 0.0, 0.015)),
    "skin_light": ("skin", (0.62, 0.64, 0.64), (0.36, 0.335, 0.305)),
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
}


def mix_colours(
    a: Mapping[str, Tensor], table: Table = TABLE, shades: Shades = SHADES
) -> dict[str, Tensor]:
    """Fine attributes [N, 1, 1] by name -> role -> colour [N, 3, 1, 1], sRGB in 0..1."""
    colours = {}

    def colour_of(values: tuple[float, ...]) -> Tensor:
        return constant(values, a["skin_tone"].device)[:, None, None]

    for role, (average, changes) in table.items():
        colour = colour_of(average)
        for name, change in changes.items():
            colour = colour + a[name].unsqueeze(1) * colour_of(change)
        colours[role] = colour
    for role, (source, factor, added) in shades.items():
        colour = colours[source]
        scale, offset = (colour_of(c) for c in (factor, added))
        colours[role] = colour * scale + offset
    return {role: colour.clamp(0, 1) for role, colour in colours.items()}
