"""`stylestudio strokes`: photos and generated pictures, painted in strokes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import NEW
from stylestudio.cli.photos import go_to_folder, photo_files, photo_targets
from stylestudio.pictures import PictureError

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.progress import Progress
    from stylestudio.render import PictureStage
    from stylestudio.render.strokes import Brush, Strokes

PAINTED = 1024  # pixels of the longer side of what is painted, at most
LARGEST_SEED = 2**32 - 1
PICTURES, CLIPS = (".png",), (".mp4", ".webm", ".mov", ".mkv", ".gif", ".webp")
ENDINGS = (".svg", *PICTURES, *CLIPS)


@click.command("strokes")
@click.argument("pictures", metavar="PHOTO|SEED...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "--out",
    "output",
    type=NEW,
    required=True,
    metavar="OUT",
    help="The file to write: .svg, .png, or a clip of the painting being made: .mp4, .webm, .gif "
    "...; for several pictures or a folder of them, the folder.",
)
@click.option(
    "--as",
    "ending",
    type=click.Choice([ending[1:] for ending in ENDINGS]),
    help="What to write into a folder.  [default: svg]",
)
@click.option("--strokes", "count", type=click.IntRange(1), help="The largest number of strokes.")
@click.option(
    "--levels",
    type=click.IntRange(1),
    help="Sizes of strokes, from coarse to fine.  [default: all that the picture has]",
)
@click.option(
    "--brush",
    type=click.Choice(["round", "flat", "oval"]),
    default="round",
    show_default=True,
    help="The form of the strokes: rectangles with round ends, rectangles, or ellipses.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 16384),
    help="Longer side in pixels of what is written.  [default: that of the picture, at most "
    f"{PAINTED}]",
)
@click.option(
    "--seconds", type=Decimal(0.1, 600), default=8.0, show_default=True, help="Of a clip."
)
@click.option(
    "--model",
    default="portraits",
    show_default=True,
    metavar="MODEL",
    help="The model that seeds are of.",
)
@click.option(
    "--painter",
    default="strokes",
    metavar="FILE",
    help="The network that paints: a file of Paint Transformer.  [default: the built-in one]",
)
def command(
    pictures: tuple[str, ...],
    output: Path,
    ending: str | None,
    count: int | None,
    levels: int | None,
    brush: Any,
    size: int | None,
    seconds: float,
    model: str,
    painter: str,
) -> int:
    """Paint each PHOTO (files, or folders of them) or the picture of each SEED in strokes.

    Strokes are data: an SVG file, sharp at any size; a PNG of any size; or a clip of the
    painting being made.
    """
    sources = _sources(pictures)
    many = go_to_folder([Path(word) for word in pictures], list(sources), output)
    targets = _targets(sources, output, ending, many=many)
    from stylestudio.render import open_stage

    stage = open_stage(painter)
    if many:
        output.mkdir(exist_ok=True)
    failed = 0
    for source, target in targets.items():
        try:
            picture = _picture(source, model, sources[source])
        except PictureError as error:
            if len(targets) == 1:
                raise
            click.echo(f"Error: {error}", err=True)
            failed += 1
            continue
        strokes = _painted(stage, picture, levels, count, brush)
        _write(strokes, target, (size or max(strokes.size)) / max(strokes.size), seconds)
        click.echo(f"Wrote {click.format_filename(target)}: {len(strokes)} strokes")
    return 1 if failed else 0


def _sources(words: tuple[str, ...]) -> dict[Path, int | None]:
    """What is to be painted: files, and stand-ins for them with a seed."""
    sources: dict[Path, int | None] = {}
    for word in words:
        if Path(word).exists():
            sources |= dict.fromkeys(photo_files([Path(word)]))
        elif word.isdecimal() and int(word) <= LARGEST_SEED:
            sources[Path(f"seed{int(word):04}")] = int(word)
        else:
            raise click.UsageError(f"{word} is neither a photo that exists nor a seed.")
    return sources


def _targets(
    sources: dict[Path, int | None], output: Path, ending: str | None, *, many: bool
) -> dict[Path, Path]:
    chosen = f".{ending or 'svg'}"
    targets = photo_targets(list(sources), output, ENDINGS, many=many, ending=chosen)
    if ending and not many and output.suffix.lower() != chosen:
        raise click.UsageError(f"{output.name} must end in {chosen}, as --as says.")
    return targets


def _picture(source: Path, model: str, seed: int | None) -> Tensor:
    """What to paint, [3, H, W] in 0..1."""
    from stylestudio.transfer.pictures import longest_side, read_picture

    if seed is None:
        return read_picture(source, longest_side(PAINTED, enlarge=False), say_note)[0]
    import numpy as np
    import torch

    from stylestudio.recipe import Recipe
    from stylestudio.recipe.pictures import to_pil
    from stylestudio.render import open_model, render

    opened = open_model(model)
    frame = render(opened, Recipe.from_seed(seed, opened))
    pixels = torch.from_numpy(np.array(to_pil(frame).convert("RGB")))
    return pixels.permute(2, 0, 1).float() / 255


def _painted(
    stage: PictureStage, picture: Tensor, levels: int | None, count: int | None, brush: Brush
) -> Strokes:
    from stylestudio.render.painting_strokes import passes_of

    height, width = picture.shape[1:]
    with click.progressbar(
        stage.strokes(picture, levels, count, brush),
        length=passes_of(height, width, levels, count),
        label="Painting",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        *_, strokes = bar
    return strokes


def _write(strokes: Strokes, target: Path, scale: float, seconds: float) -> None:
    suffix = target.suffix.lower()
    if suffix == ".svg":
        strokes.save_svg(target)
    elif suffix in PICTURES:
        import torch

        from stylestudio.transfer.pictures import save_picture

        save_picture(target, torch.from_numpy(strokes.picture(scale)).permute(2, 0, 1)[None])
    else:
        from stylestudio.video.painting import write_painting

        with click.progressbar(
            length=1, label="Writing", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:

            def show(progress: Progress) -> None:
                bar.length = progress.total
                bar.update(progress.done - bar.pos)

            write_painting(strokes, target, scale, seconds, on_progress=show)
