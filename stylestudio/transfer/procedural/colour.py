"""Styles of coloured pieces and paint: glass, mosaic, dots, paper, thread, marbling."""

from __future__ import annotations

import numpy as np

from stylestudio.transfer.procedural.primitives import (
    Field,
    Random,
    blurred,
    by_cell,
    cells,
    flat,
    grain,
    over,
    per_cell,
    ramp,
    rgb,
    shapes,
    soft_step,
    warped,
    waves,
)


def stained_glass(random: Random, size: int) -> Field:
    """Panes of glowing glass between lines of lead."""
    pane = cells(random, size, 34)
    hue = 0.72 * by_cell(shapes(random, size, 40), pane.index) + 0.28 * per_cell(random, pane.index)
    glass = flat(
        hue, ["0b2a6b", "1553a8", "1f8fb5", "167a4a", "d9a514", "e2701c", "b3152b", "5f1560"]
    )
    light = 0.72 + 0.5 * np.exp(-((pane.distance / 17) ** 2))
    light = light * (0.85 + 0.3 * shapes(random, size, 5))
    glass = np.clip(glass * light[..., None] + 0.05, 0, 1)
    lead = soft_step(4.2 - pane.margin, 1.4)
    shine = soft_step(1.0 - np.abs(pane.margin - 0.9), 1.0) * 0.2
    return over(over(glass, rgb("0c0b0d"), lead), rgb("6b6a70"), shine)


def mosaic(random: Random, size: int) -> Field:
    """Small stones set in flowing rows, with pale mortar between."""
    rows, columns = warped(random, size, 42, 16)
    pitch = 11.0
    u, v = rows / pitch + 50, columns / pitch + 50
    stone = np.floor(u).astype(np.int64) * 1000 + np.floor(v + 0.5 * (np.floor(u) % 2)).astype(int)
    _, index = np.unique(stone, return_inverse=True)
    index = index.reshape(size, size)
    tone = by_cell(shapes(random, size, 30), index) + 0.16 * (per_cell(random, index) - 0.5)
    colours = ["1c3f6e", "2f7f9e", "8cc0b3", "efe3bf", "d9a441", "b4532a", "6e2318"]
    colour = ramp(np.clip(tone, 0, 1), colours)
    edge = np.minimum(
        0.5 - np.abs(u % 1 - 0.5), 0.5 - np.abs((v + 0.5 * (np.floor(u) % 2)) % 1 - 0.5)
    )
    light = 0.88 + 0.2 * per_cell(random, index) + 0.1 * (edge * 2)
    mortar = soft_step(0.11 - edge, 0.09)
    return over(np.clip(colour * light[..., None], 0, 1), rgb("cfc6b4"), mortar)


def pointillism(random: Random, size: int) -> Field:
    """Dots of pure colour that mix only in the eye."""
    light = shapes(random, size, 34)
    sheet = np.ones((size, size, 3)) * rgb("efe6cf")
    colours = ["20307a", "2a6fb0", "3aa17e", "9cc24b", "f3d24b", "f29b38", "e3572f", "c83a6b"]
    for pitch, radius in ((7.0, 3.4), (6.5, 3.0), (6.0, 2.6)):
        dot = cells(random, size, pitch, 0.8)
        wander = per_cell(random, dot.index) + per_cell(random, dot.index) - 1
        hue = by_cell(light, dot.index) + 0.42 * wander
        colour = ramp(np.clip(hue, 0, 1), colours)
        sheet = over(sheet, colour, 0.95 * soft_step(radius - dot.distance, 1.1))
    return sheet


def paper_cut(random: Random, size: int) -> Field:
    """Sheets of coloured paper with cut-out shapes, each throwing a shadow on the next."""
    colours = ["f6e7cb", "f2b134", "ed553b", "a8324a", "4b2e5a", "173f5f"]
    depth = shapes(random, size, 30)
    sheet = np.ones((size, size, 3)) * rgb(colours[-1])
    for layer, colour in enumerate(colours[-2::-1]):
        cover = soft_step(depth - (layer + 1) / len(colours), 0.012)
        shadow = np.roll(blurred(cover, 5), (5, 4), (0, 1))
        sheet = over(sheet, rgb("0a0810"), 0.55 * shadow)
        fibre = 0.02 * grain(random, size, 0.8)[..., None]
        sheet = over(sheet, rgb(colour) + fibre, cover)
    return sheet


def cross_stitch(random: Random, size: int) -> Field:
    """Crosses of thread on linen."""
    pitch = 10
    rows, columns = np.mgrid[0:size, 0:size]
    index = (rows // pitch) * 1000 + columns // pitch
    _, index = np.unique(index, return_inverse=True)
    index = index.reshape(size, size)
    tone = by_cell(shapes(random, size, 26), index)
    colours = ["7a1f2b", "c8443f", "e8a33d", "f3e3b3", "7fae8e", "2f6b6b", "1f3558"]
    thread = flat(tone, colours)
    y, x = (rows % pitch + 0.5) / pitch, (columns % pitch + 0.5) / pitch
    falling, rising = np.abs(y - x), np.abs(y + x - 1)
    sheet = np.ones((size, size, 3)) * rgb("d9cdb4")
    sheet = (
        sheet
        * (0.8 + 0.2 * waves(rows, columns, 0, 2.5) * waves(rows, columns, 1.57, 2.5))[..., None]
    )
    for away, shade in ((falling, 0.78), (rising, 1.0)):
        round_ = shade * (1.08 - 1.1 * np.clip(away / 0.26, 0, 1) ** 2)
        sheet = over(sheet, np.clip(thread * round_[..., None], 0, 1), soft_step(0.25 - away, 0.06))
    return sheet


def marbling(random: Random, size: int) -> Field:
    """Colours floated on water, drawn out with a comb, taken off on paper."""
    rows, columns = warped(random, size, 26, 20)
    combed = columns + 16 * np.sin(2 * np.pi * rows / 60)
    swirl = shapes(random, size, 40)
    phase = (combed / 46 + 2.2 * swirl + 0.08 * grain(random, size, 3)) % 1
    colours = ["12355b", "2a9d8f", "f4ead2", "e9c46a", "f4ead2", "d1495b", "f4ead2", "12355b"]
    sheet = flat(phase, colours)
    sheet = np.stack([blurred(sheet[..., c], 0.8) for c in range(3)], axis=-1)
    vein = soft_step(0.05 - np.abs(phase * 8 % 1 - 0.5), 0.08)
    return over(sheet, rgb("0d1b2a"), 0.8 * vein)


def watercolour(random: Random, size: int) -> Field:
    """Transparent washes that pool at their rims, on rough white paper."""
    sheet = np.ones((size, size, 3)) * rgb("fcfaf4")
    rough = grain(random, size, 1.4)
    inks = ("3d7ea6", "e4736a", "f2b84b", "5a9b6b", "6b5aa8")
    for colour in inks:
        soft = shapes(random, size, 28) - 0.62 + 0.015 * rough
        inside = soft_step(soft, 0.05) * (0.35 + 0.5 * shapes(random, size, 18))
        rim = np.exp(-(((soft - 0.01) / 0.02) ** 2))
        cover = np.clip(inside + 0.5 * rim, 0, 1) * (0.92 + 0.08 * rough)
        sheet = sheet * over(np.ones_like(sheet), rgb(colour), np.clip(cover, 0, 1))
    return sheet
