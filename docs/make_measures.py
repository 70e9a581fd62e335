"""Makes the plots of docs/measurements/measures.md, in docs/pictures: minutes on one core.

python docs/make_measures.py                    # the model is Portraits, against its painter

What was rendered is kept in the user's cache, so that the script goes on where it was stopped.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import stylestudio as ss

if TYPE_CHECKING:
    from collections.abc import Sequence

OUT = Path(__file__).parent / "pictures"
MODEL, COUNT = "portraits", 200
PSIS = (0.25, 0.5, 0.75, 1.0)
MIXED = (1, 2, 3, 4)
WIDTH, HEIGHT, MARGIN, SCALE = 520, 300, 48, 2
COLOURS = ("#d9822b", "#2b7bd9", "#3a9d5d")

Line = tuple[str, "Sequence[float]", "Sequence[tuple[float, float]]"]  # name, values, intervals


@click.command()
def main() -> None:
    """Measure along psi and along the number of seeds that are mixed; print and plot it."""
    lines = _measured("truncation_psi", PSIS, ("precision", "recall"))
    _plot("measures-truncation", "psi", PSIS, lines)
    lines = _measured("mixed", MIXED, ("precision", "recall"))
    _plot("measures-mixing", "seeds mixed in a picture", MIXED, lines)


def _measured(setting: str, values: Sequence[float], names: Sequence[str]) -> list[Line]:
    found = [
        ss.measure(MODEL, f"painter:{MODEL}", "pr", count=COUNT, **{setting: value})
        for value in values
    ]
    for value, each in zip(values, found, strict=True):
        click.echo(f"{setting} {value:g}: {', '.join(map(str, each.figures))}")
    return [
        (
            name.capitalize(),
            [each[name].value for each in found],
            [(each[name].low, each[name].high) for each in found],
        )
        for name in names
    ]


def _plot(name: str, title: str, places: Sequence[float], lines: Sequence[Line]) -> None:
    """Shares from 0 to 1 over places, with their intervals as bars."""
    size = (WIDTH * SCALE, HEIGHT * SCALE)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13 * SCALE)
    left, right = MARGIN * SCALE, (WIDTH - 16) * SCALE
    top, bottom = 14 * SCALE, (HEIGHT - MARGIN) * SCALE

    def at(place: float, value: float) -> tuple[float, float]:
        share = (place - places[0]) / (places[-1] - places[0])
        inner = 12 * SCALE
        return left + inner + share * (right - left - 2 * inner), bottom - value * (bottom - top)

    for value in np.linspace(0, 1, 6):
        y = at(places[0], value)[1]
        draw.line((left, y, right, y), "#dddddd", SCALE)
        draw.text((left - 8 * SCALE, y), f"{value:.1f}", "#444444", font, anchor="rm")
    for place in places:
        x = at(place, 0)[0]
        draw.text((x, bottom + 8 * SCALE), f"{place:g}", "#444444", font, anchor="mt")
    middle = ((left + right) / 2, bottom + 26 * SCALE)
    draw.text(middle, title, "#444444", font, anchor="mt")
    for index, (label, values, intervals) in enumerate(lines):
        colour = COLOURS[index]
        draw.line([at(*point) for point in zip(places, values, strict=True)], colour, 2 * SCALE)
        for place, value, (low, high) in zip(places, values, intervals, strict=True):
            shift = (index * 2 - 1) * SCALE  # so that bars do not hide each other
            (x, y0), (_, y1), (_, y) = at(place, low), at(place, high), at(place, value)
            draw.line((x + shift, y0, x + shift, y1), colour, SCALE)
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), colour)
        y = at(places[0], 0.6)[1] + 18 * SCALE * index  # which no line comes near
        x = left + 24 * SCALE
        draw.line((x, y, x + 24 * SCALE, y), colour, 3 * SCALE)
        draw.text((x + 32 * SCALE, y), label, "#222222", font, anchor="lm")
    path = OUT / f"{name}.webp"
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(path, quality=90, method=6)
    click.echo(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
