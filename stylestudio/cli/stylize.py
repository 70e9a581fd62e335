"""`stylestudio stylize`: photos repainted in the manner of paintings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.repainting import (
    KEEP,
    UNPAINTED,
    NetworkRepainter,
    OptimisationRepainter,
    Recolouring,
    Repainter,
    paint,
)
from stylestudio.cli.styles import parse_style
from stylestudio.cli.train_styles import DEFAULT_FEATURES

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    class Options(TypedDict):
        """How photos are painted: the options of the command by name."""

        style: dict[str, float] | None
        painting: Path | None
        method: str | None
        strength: float
        colours: str | None
        size: int | None
        steps: int
        seed: int
        features: str


SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
LARGEST = 2048  # pixels of the longer side, unless --size says otherwise: about 4 GB of memory
LARGEST_BY_STEPS = 512  # the same where every step paints the whole picture


@click.command("stylize")
@click.argument(
    "photos",
    metavar="PHOTO...",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The picture to write; for several photos, the folder.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The styles to open; given twice, the two halves of a pair.  [default: the built-in ones]",
)
@click.option(
    "--style",
    type=parse_style,
    metavar="NAME:WEIGHT,...",
    help="Styles of the model to blend, by shares.",
)
@click.option(
    "--painting",
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="IMAGE",
    help="A painting to take the style from.",
)
@click.option(
    "--method",
    type=click.Choice(["network", "gatys"]),
    help="How a painting is followed: by a model that is a pair, or, slowly, step by step without "
    "any model.  [default: network with --model, else gatys]",
)
@click.option(
    "--strength",
    type=Decimal(0, 1),
    default=1.0,
    show_default=True,
    help="0 leaves the photo, 1 paints it over.",
)
@click.option(
    "--colours",
    "--colors",
    metavar="keep|IMAGE",
    help="Keep the photo's own colours, or take those of a picture; alone, only recolour.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 8192),
    help=f"Longer side in pixels.  [default: the photo's own, at most {LARGEST}; for gatys "
    f"{LARGEST_BY_STEPS}]",
)
@click.option("--steps", type=click.IntRange(1), default=150, show_default=True, help="Of gatys.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help="Of gatys.")
@click.option(
    "--features",
    default=DEFAULT_FEATURES,
    show_default=True,
    metavar="default|FILE",
    help="What judges the painting in gatys: random filters, or a classifier, such as "
    "torchvision's VGG-19.",
)
@click.option(
    "--suggest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="IMAGE",
    help="Paint nothing; rank the styles of the model, and pictures given as PHOTO, by likeness "
    "to this one.",
)
def command(
    photos: tuple[Path, ...],
    output: Path | None,
    models: tuple[Path, ...],
    suggest: Path | None,
    **how: Unpack[Options],
) -> None:
    """Repaint each PHOTO in styles, or in the manner of a painting.

    Styles are the built-in ones, or those of a model: a style bank (.safetensors), a network of
    fast_neural_style (.pth), the folder of a TensorFlow.js model, or AdaIN's normalised VGG and
    decoder. A model of one style needs neither --style nor --painting.
    """
    if suggest:
        from stylestudio.cli.suggest import print_ranking

        print_ranking(suggest, photos, models)
        return
    if not photos or output is None:
        raise click.UsageError("name a PHOTO, and with -o the picture to write.")
    _check(models, how)
    targets = _targets(photos, output)
    repaint = _repainter(models, how)
    recolour = Recolouring(how["colours"], how["strength"] if repaint is UNPAINTED else 1.0)
    largest = LARGEST_BY_STEPS if isinstance(repaint, OptimisationRepainter) else LARGEST
    if len(photos) > 1:
        output.mkdir(exist_ok=True)
    _paint_all(photos, targets, repaint, recolour, how["size"], largest)
    many = f"{len(targets)} pictures to {click.format_filename(output)}"
    click.echo(f"Wrote {many if targets[1:] else click.format_filename(targets[0])}")


def _check(models: tuple[Path, ...], how: Options) -> None:
    """Raise UsageError for options that contradict each other or leave nothing to do."""
    recoloured = how["colours"] not in (None, KEEP)
    if how["style"] and how["painting"]:
        raise click.UsageError("--style and --painting (or --like) were both given; give one.")
    if not (models or how["style"] or how["painting"] or recoloured):
        raise click.UsageError(
            "name a built-in --style, styles of your own with --model, or a --painting to follow."
        )
    if how["method"] == "gatys" and (models or not how["painting"]):
        raise click.UsageError("--method gatys needs a --painting, and takes no --model.")
    if how["method"] == "network" and how["painting"] and not models:
        raise click.UsageError("--method network needs a --model to follow a painting.")
    if recoloured and not Path(how["colours"] or "").is_file():
        raise click.UsageError(f"the picture of --colours, {how['colours']}, does not exist.")


def _repainter(models: tuple[Path, ...], how: Options) -> Repainter:
    if models or how["style"]:
        return NetworkRepainter(models, how["style"], how["painting"], how["strength"])
    if how["painting"]:
        return OptimisationRepainter(
            how["painting"], how["features"], how["steps"], how["seed"], how["strength"]
        )
    return UNPAINTED


def _paint_all(
    photos: tuple[Path, ...],
    targets: list[Path],
    repaint: Repainter,
    recolour: Recolouring,
    size: int | None,
    largest: int,
) -> None:
    from stylestudio.transfer.pictures import longest_side, read_picture, save_picture

    resized = longest_side(size or largest, enlarge=size is not None)
    total = len(photos) * repaint.steps
    hidden = total == 1 or not sys.stderr.isatty()
    with click.progressbar(length=total, label="Painting", file=sys.stderr, hidden=hidden) as bar:
        for photo, target in zip(photos, targets, strict=True):
            picture = read_picture(photo, resized, say_note)
            save_picture(target, paint(repaint, recolour, picture, photo, bar.update))


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
