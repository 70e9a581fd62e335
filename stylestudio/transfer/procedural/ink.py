"""Styles of lines and ink: woodcut, engraving, ink wash, halftone, blueprint, chalk, neon."""

from __future__ import annotations

import numpy as np

from stylestudio.transfer.procedural.primitives import (
    Field,
    Random,
    blurred,
    by_cell,
    cells,
    grain,
    over,
    per_cell,
    places,
    ramp,
    rgb,
    shapes,
    soft_step,
    warped,
    waves,
)


def woodcut(random: Random, size: int) -> Field:
    """Hatching cut with a gouge: lines that swell with the dark, solid black, bare paper."""
    tone = shapes(random, size, 26)
    rows, columns = warped(random, size, 30, 9)
    patch = cells(random, size, 110)
    angle = per_cell(random, patch.index) * np.pi
    swelling = waves(rows, columns, angle, 9.5) + 0.15 * grain(random, size, 1.2)
    cut = soft_step(swelling - (3.2 * (1 - tone) - 1.6), 0.45)
    contour = soft_step(0.022 - np.abs(tone - 0.55), 0.012)
    dark = np.maximum(1 - cut, np.maximum(contour, soft_step(2.2 - patch.margin, 1.2)))
    paper = np.ones((size, size, 3)) * rgb("f3ead7") + 0.012 * grain(random, size)[..., None]
    return over(paper, rgb("16130f"), dark)


def engraving(random: Random, size: int) -> Field:
    """Fine lines crossed and crossed again towards the dark, in sepia."""
    tone = shapes(random, size, 30)
    rows, columns = warped(random, size, 45, 10)
    dark = np.zeros((size, size))
    for order, angle in enumerate((0.7, -0.75, 0.05, 1.5)):
        lines = waves(rows, columns, angle, 5.0)
        deep = np.clip((0.86 - 0.2 * order - tone) * 2.4, 0, 1)
        dark = np.maximum(dark, soft_step(lines - (1.05 - 1.15 * deep), 0.5) * (deep > 0))
    dark = np.maximum(dark, soft_step(0.012 - np.abs(tone - 0.5), 0.01))
    paper = ramp(shapes(random, size, 60), ["ead9b5", "f4e8cd"])
    return over(paper, rgb("43240f"), 0.92 * dark)


def ink_wash(random: Random, size: int) -> Field:
    """Diluted ink on wet paper: layers with soft insides and darker rims, a few dry strokes."""
    paper = np.ones((size, size, 3)) * rgb("f2eee4")
    fibre = grain(random, size, 1.0)
    for scale, threshold, strength in ((44, 0.42, 0.3), (24, 0.6, 0.34), (14, 0.72, 0.5)):
        soft = shapes(random, size, scale) - threshold + 0.02 * fibre
        inside = soft_step(soft, 0.09) * (0.55 + 0.45 * shapes(random, size, scale / 2))
        rim = np.exp(-((soft / 0.035) ** 2))
        paper = over(paper, rgb("2a2f38"), np.clip(strength * (inside + 0.5 * rim), 0, 1))
    rows, columns = warped(random, size, 55, 30)
    stroke = soft_step(waves(rows, columns, 0.5, 95) - 0.975, 0.03)
    dry = soft_step(grain(random, size, 2.0) + 1.0, 1.2)
    return over(paper, rgb("0e1014"), 0.9 * stroke * dry) + 0.015 * fibre[..., None]


def halftone(random: Random, size: int) -> Field:
    """Four screens of printed dots, each turned by its own angle."""
    rows, columns = places(size)
    sheet = np.ones((size, size, 3)) * rgb("fbf4e4")
    inks = (("ffd400", 0.0, 30), ("e6007e", 1.31, 34), ("009fe3", 0.26, 30), ("221f20", 0.79, 26))
    for colour, angle, scale in inks:
        amount = shapes(random, size, scale)
        amount = np.clip((amount - 0.62) * 1.8, 0, 1) if colour == "221f20" else amount
        dots = waves(rows, columns, angle, 8.5) + waves(rows, columns, angle + np.pi / 2, 8.5)
        cover = soft_step(dots - (2.0 - 4.2 * amount), 0.5)
        sheet = sheet * over(np.ones_like(sheet), rgb(colour), cover)
    return sheet


def blueprint(random: Random, size: int) -> Field:
    """White lines on Prussian blue, over squared paper."""
    rows, columns = places(size)
    sheet = ramp(shapes(random, size, 34), ["0d2f66", "124080", "1a4f94"])
    squares = np.maximum(waves(rows, columns, 0, 16), waves(rows, columns, np.pi / 2, 16))
    fine = soft_step(squares - 0.93, 0.06)
    sheet = over(sheet, rgb("5f8fca"), 0.38 * fine)
    tone = shapes(random, size, 20)
    patch = cells(random, size, 74)
    lines = np.zeros((size, size))
    for level in (0.2, 0.4, 0.6, 0.8):
        lines = np.maximum(lines, soft_step(0.011 - np.abs(tone - level), 0.012))
    lines = np.maximum(lines, soft_step(1.6 - patch.margin, 1.4))
    ring = np.abs(patch.distance - 20)
    lines = np.maximum(lines, soft_step(1.1 - ring, 1.2) * (per_cell(random, patch.index) > 0.4))
    hatch = soft_step(waves(rows, columns, 0.785, 6) - 0.6, 0.5) * (
        per_cell(random, patch.index) > 0.72
    )
    lines = np.maximum(lines, 0.6 * hatch)
    return over(sheet, rgb("e8f1fb"), 0.92 * lines) + 0.012 * grain(random, size)[..., None]


def chalk(random: Random, size: int) -> Field:
    """Pastel chalk on a blackboard, gritty, rubbed in places."""
    board = ramp(shapes(random, size, 50), ["1d2624", "26322f", "34423e"])
    patch = cells(random, size, 58)
    tone = by_cell(shapes(random, size, 30), patch.index)
    colours = ramp(
        per_cell(random, patch.index), ["f6f3ea", "f5b7c0", "f7d488", "a9d6e5", "b8e0b0", "f6f3ea"]
    )
    rows, columns = warped(random, size, 12, 2.5)
    angle = per_cell(random, patch.index) * np.pi
    lines = waves(rows, columns, angle, 7.0) + 0.75 * grain(random, size, 0.9)
    cover = soft_step(lines - (1.3 - 1.6 * tone), 0.7) * 0.85
    outline = soft_step(2.0 - patch.margin + 0.9 * grain(random, size, 0.9), 1.5)
    board = over(board, rgb("e9ece6"), 0.14 * blurred(cover, 4))
    return over(over(board, colours, cover), rgb("faf8f0"), 0.9 * outline)


def neon(random: Random, size: int) -> Field:
    """Glowing contour lines at night."""
    tone = shapes(random, size, 24)
    night = ramp(shapes(random, size, 40), ["05030f", "0b0722", "160a33"])
    colours = ramp(shapes(random, size, 40), ["00e5ff", "2979ff", "d500f9", "ff1744", "ff9100"])
    phase = np.abs((tone * 9) % 1 - 0.5)
    gradient = np.hypot(*np.gradient(tone * 9)) + 1e-3
    line = soft_step(1.5 - phase / gradient, 1.2)
    glow = np.clip(blurred(line, 5) * 1.5, 0, 1)
    sheet = night + colours * (0.75 * glow)[..., None]
    return over(sheet, 0.45 + 0.55 * colours, line)
