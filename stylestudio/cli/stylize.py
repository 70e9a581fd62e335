"""`stylestudio stylize`: photos repainted in the manner of paintings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.styles import parse_style

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.render import StyleModel

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
LARGEST = 2048  # pixels of the longer side, unless --size says otherwise: about 4 GB of memory
PAINTING_SIDE = 256  # pixels of the shorter side, at which predictors were trained


@click.command("stylize")
@click.argument(
    "photos",
    metavar="PHOTO...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The picture to write; for several photos, the folder.",
)
@click.option(
    "--model",
    "models",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The styles to open; given twice, the two halves of a pair.",
)
@click.option(
    "--style",
    type=parse_style,
    metavar="NAME:WEIGHT,...",
    help="Styles of the model to blend, by shares.",
)
@click.option(
    "--like",
    "painting",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="IMAGE",
    help="A painting to take the style from; needs a pair.",
)
@click.option(
    "--strength",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="0 leaves the photo, 1 paints it over.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 8192),
    help=f"Longer side in pixels.  [default: the photo's own, at most {LARGEST}]",
)
def command(
    photos: tuple[Path, ...],
    output: Path,
    models: tuple[Path, ...],
    style: dict[str, float] | None,
    painting: Path | None,
    strength: float,
    size: int | None,
) -> None:
    """Repaint each PHOTO in the styles of a model.

    A model is a style bank (.safetensors), a network of fast_neural_style (.pth), or the folder
    of a TensorFlow.js model. A model of one style needs neither --style nor --like.
    """
    if style and painting:
        raise click.UsageError("--style and --like were both given; give one of them.")
    targets = _targets(photos, output)
    import torch

    from stylestudio.render import open_styles
    from stylestudio.transfer.pictures import (
        longest_side,
        read_picture,
        save_picture,
        shortest_side,
    )

    model = open_styles(*models).to("cuda" if torch.cuda.is_available() else "cpu")
    embedding = None
    if painting:
        embedding = model.embed(read_picture(painting, shortest_side(PAINTING_SIDE)))
    resized = longest_side(size or LARGEST, enlarge=size is not None)
    if len(photos) > 1:
        output.mkdir(exist_ok=True)
    hidden = len(photos) == 1 or not sys.stderr.isatty()
    with click.progressbar(
        list(zip(photos, targets, strict=True)), label="Painting", file=sys.stderr, hidden=hidden
    ) as bar:
        for photo, target in bar:
            picture = read_picture(photo, resized)
            painted = _painted(model, picture, photo, style, embedding, strength)
            save_picture(target, painted)
    many = f"{len(targets)} pictures to {click.format_filename(output)}"
    click.echo(f"Wrote {many if targets[1:] else click.format_filename(targets[0])}")


def _targets(photos: tuple[Path, ...], output: Path) -> list[Path]:
    """The file to write for each photo. Raises UsageError where that is not to be done."""
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"the folder {output.absolute().parent} does not exist.")
    if output.is_dir() or len(photos) > 1:
        if output.exists() and not output.is_dir():
            raise click.UsageError(f"{output} is a file; several photos need a folder.")
        targets = [output / f"{photo.stem}.png" for photo in photos]
    elif output.suffix.lower() in SUFFIXES:
        targets = [output]
    else:
        raise click.UsageError(f"{output.name} must end in {', '.join(SUFFIXES)}.")
    for photo, target in zip(photos, targets, strict=True):
        if targets.count(target) > 1:
            raise click.UsageError(f"two photos would be written to {target}; rename one of them.")
        if target.exists() and any(target.samefile(other) for other in photos):
            raise click.UsageError(f"{target} is a photo of yours; choose another place to write.")
        if target.is_dir():
            raise click.UsageError(f"{target} is a folder, where {photo.name} would be written.")
    return targets


def _painted(
    model: StyleModel,
    picture: Tensor,
    photo: Path,
    style: dict[str, float] | None,
    embedding: Tensor | None,
    strength: float,
) -> Tensor:
    """Paint one photo; too large a one is said, which torch does in its own words."""
    try:
        return model.stylize(picture, style, embedding=embedding, strength=strength)
    except (MemoryError, RuntimeError) as error:
        if "memory" not in str(error).lower():
            raise
        height, width = picture.shape[-2:]
        raise click.ClickException(
            f"{photo.name} at {width} x {height} pixels needs more memory than there is; "
            "choose a smaller --size."
        ) from error
