"""Makes the pictures of this site, in docs/pictures: what changes is to be looked at and committed.

stylestudio tour out/tour
python docs/make_pictures.py window out/tour    # the window and its panels, from the tour
python docs/make_pictures.py concepts           # the figures of concepts.md; takes minutes
python docs/make_pictures.py models             # seeds 0 to 63 of the built-in models
python docs/make_pictures.py drawings           # the figure of window/draw.md; takes minutes
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from PIL import Image, ImageDraw

import stylestudio as ss
from stylestudio.transfer.pictures import to_pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Row = Sequence[Pixels | None]

OUT = Path(__file__).parent / "pictures"
WIDTH = 1100  # of a picture of the window
TILE = 144  # of a picture in a figure
GAP = 4
SAMPLES, COLUMNS, SAMPLE = 64, 8, 128  # of a sheet of seeds; pixels of each
# The picture of the tour that shows a panel best, where it is not called as the panel is.
SHOWN = {"picture": "compare", "source": "seed", "mixing": "two-sources"}
PANELS = (
    *("picture", "source", "truncation", "mixing", "edits", "sheets", "styles", "noise"),
    *("placement", "deltas", "interventions", "dissect", "rewrite", "stages", "measures", "drag"),
    *("photo", "adapt", "draw", "train", "translate", "words", "history", "presets"),
    *("timeline", "tasks"),
)


@click.group()
def main() -> None:
    """Make the pictures of this site."""


@main.command()
@click.argument("tour", type=click.Path(exists=True, file_okay=False, path_type=Path))
def window(tour: Path) -> None:
    """Make small pictures of the window and its panels, as `stylestudio tour` left them in TOUR."""
    shown = {f"window-{panel}": SHOWN.get(panel, panel) for panel in PANELS}
    for name, at in {"window": "opened", **shown}.items():
        (path,) = tour.glob(f"[0-9][0-9]-{at}.png")
        with Image.open(path) as picture:
            width = min(WIDTH, picture.width)
            size = (width, round(width * picture.height / picture.width))
            _save(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS), name)


@main.command()
def concepts() -> None:
    """Make the figures of concepts.md."""
    model = ss.open_model("portraits")
    _truncation(model)
    _mixing(model)
    _noise(model)
    _paths(model)
    _styles(model)
    _inversion(model)


@main.command()
def models() -> None:
    """Make sheets of seeds 0 to 63 at psi 0.7, numbered and unselected."""
    for name in ("portraits", "portraits-512", "pigments", "horizons"):
        model = ss.open_model(name)
        sheet = Image.new("RGB", (COLUMNS * SAMPLE, SAMPLES // COLUMNS * SAMPLE))
        for seed in range(SAMPLES):
            tile = ss.to_pil(ss.render(model, _recipe(model, seed)))
            tile = tile.resize((SAMPLE, SAMPLE), Image.Resampling.LANCZOS)
            ImageDraw.Draw(tile).text(
                (4, 2), str(seed), "white", stroke_width=1, stroke_fill="black"
            )
            sheet.paste(tile, (seed % COLUMNS * SAMPLE, seed // COLUMNS * SAMPLE))
        _save(sheet, f"seeds-{name}")


@main.command()
def drawings() -> None:
    """Draw three phrases, the figure of window/draw.md. Rows: seen in perspectives, and without."""
    phrases = ("a person with red hair", "black glasses", "dark skin")
    rows = [
        [to_pixels(ss.draw_by_words(words, views=views).picture()) for words in phrases]
        for views in (4, 0)
    ]
    _figure("drawings", rows)


def _truncation(model: ss.Model) -> None:
    """Rows: seeds. Columns: psi."""
    rows = [
        [
            ss.render(model, ss.Recipe.from_seed(seed, model, truncation_psi=psi))
            for psi in (-0.7, 0.0, 0.4, 0.7, 1.0, 1.5)
        ]
        for seed in (7, 12)
    ]
    _figure("truncation", rows)


def _mixing(model: ss.Model) -> None:
    """The first row and the first column: the two sources; else: a group of layers swapped."""
    base, others = _recipe(model, 7), (12, 30, 41)
    rows: list[Row] = [[None, *(ss.render(model, _recipe(model, seed)) for seed in others)]]
    for group in ("coarse", "middle", "fine"):
        mixed = [ss.render(model, base.mix(seed, group, 1.0)) for seed in others]
        rows.append([ss.render(model, base), *mixed])
    _figure("mixing", rows)


def _noise(model: ss.Model) -> None:
    """Stored noise, another, none; and how much each pixel varies over 24 of them."""
    recipe = _recipe(model, 12)
    looks = [recipe.replace(noise_mode="seeded", noise_seed=seed) for seed in range(24)]
    drawn = list(ss.render_all(model, looks))
    spread = np.std([frame.astype(np.float32) for frame in drawn], axis=0).mean(axis=2)
    grey = np.clip(spread / np.percentile(spread, 99) * 255, 0, 255).astype(np.uint8)
    plain = [
        ss.render(model, recipe),
        drawn[0],
        ss.render(model, recipe.replace(noise_mode="none")),
    ]
    _figure("noise", [[*plain, np.repeat(grey[:, :, None], 3, axis=2)]])


def _paths(model: ss.Model) -> None:
    """Rows: straight in W, straight in Z, on an arc in Z. Columns: time."""
    keys = [ss.Recipe.from_seed(seed, model) for seed in (7, 12)]
    timeline = ss.Timeline.of(keys, seconds=1, fps=5).replace(
        keyframes=tuple(ss.Keyframe(key, 1.0, "even") for key in keys)
    )
    rows = [
        list(ss.render_all(model, [*timeline.replace(path=path), keys[1]]))
        for path in ("line", "z line", "z arc")
    ]
    _figure("paths", rows)


def _styles(model: ss.Model) -> None:
    """From one style to another, and the unpainted picture."""
    recipe = _recipe(model, 7)
    first, second = "Munch The Scream", "Stained Glass"
    shares = [{first: 1.0}, {first: 0.5, second: 0.5}, {second: 1.0}, {second: 0.5}]
    looks = [recipe, *(recipe.replace(style=ss.Style.of("atelier", each)) for each in shares)]
    _figure("styles", [[ss.render(model, look) for look in looks]])


def _inversion(model: ss.Model) -> None:
    """A picture that the model cannot make, and what W, W+ and tuning make of it."""
    painted = ss.Style.of("atelier", {"Stained Glass": 0.6})
    photo = ss.render(model, _recipe(model, 41).replace(style=painted))
    found = [
        ss.render(model, ss.invert(model, photo, method, 100, editability=0.0).recipe)
        for method in ("w", "w+", "tune")
    ]
    _figure("inversion", [[photo, *found]])


def _recipe(model: ss.Model, seed: int) -> ss.Recipe:
    return ss.Recipe.from_seed(seed, model, truncation_psi=0.7)


def _figure(name: str, rows: Sequence[Row]) -> None:
    step = TILE + GAP
    size = (len(rows[0]) * step - GAP, len(rows) * step - GAP)
    figure = Image.new("RGB", size, "white")
    for y, row in enumerate(rows):
        for x, pixels in enumerate(row):
            if pixels is not None:
                tile = ss.to_pil(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS)
                figure.paste(tile, (x * step, y * step))
    _save(figure, f"concept-{name}")


def _save(picture: Image.Image, name: str) -> None:
    path = OUT / f"{name}.webp"
    picture.save(path, quality=82, method=6)
    click.echo(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
