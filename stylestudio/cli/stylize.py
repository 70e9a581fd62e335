"""`stylestudio stylize`: photos repainted in the manner of paintings."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, NEW, keep_what_is_read, output_option, photos_argument
from stylestudio.cli.photos import change_photos, go_to_folder, photo_files, photo_targets
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


LARGEST = 2048  # pixels of the longer side, unless --size says otherwise: about 4 GB of memory
LARGEST_BY_STEPS = 512  # the same where every step paints the whole picture


@click.command("stylize")
@photos_argument
@output_option("The picture to write; for several photos or a folder of them, the folder.")
@click.option(
    "--model",
    "models",
    multiple=True,
    type=NEW,
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
    type=FILE,
    metavar="IMAGE",
    help="A painting to take the style from.",
)
@click.option(
    "--method",
    type=click.Choice(["network", "gatys"]),
    help="How to follow a painting: with a model that is a pair or, slowly, step by step without "
    "a model.  [default: network with --model, else gatys]",
)
@click.option(
    "--strength",
    type=Decimal(0, 1),
    default=1.0,
    show_default=True,
    help="0 leaves the photo unchanged, 1 repaints it fully.",
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
@click.option(
    "--steps", type=click.IntRange(1), default=150, show_default=True, help="Only for gatys."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help="Only for gatys.")
@click.option(
    "--features",
    default=DEFAULT_FEATURES,
    show_default=True,
    metavar="default|random|FILE",
    help="The loss network of gatys: StyleStudio's own, random filters, or a classifier, such as "
    "torchvision's VGG-19.",
)
@click.option(
    "--suggest",
    type=FILE,
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
) -> int:
    """Repaint each PHOTO (files, or folders of them) in styles, or in the manner of a painting.

    Transparency is kept in PNG and WebP; every picture says what it was made by. After Ctrl-C, a
    painting by gatys is written as far as it has come.

    Styles are the built-in ones, or those of a model: a style bank (.safetensors), a network of
    fast_neural_style (.pth), the folder of a TensorFlow.js model, or AdaIN's normalised VGG and
    decoder. A model of one style needs neither --style nor --painting.
    """
    if suggest:
        from stylestudio.cli.suggest import print_ranking

        return print_ranking(suggest, tuple(photo_files(photos)), models)
    if not photos or output is None:
        raise click.UsageError("name a PHOTO, and with -o the picture to write.")
    _check(models, how)
    files = photo_files(photos)
    many = go_to_folder(photos, files, output)
    targets = photo_targets(files, output, many=many)
    read = [Path(name) for name in (how["painting"], how["colours"], *models) if name]
    for target in targets.values():
        keep_what_is_read(target, *read)
    repaint = _repainter(models, how)
    recolour = Recolouring(how["colours"], how["strength"] if repaint is UNPAINTED else 1.0)
    if many:
        output.mkdir(exist_ok=True)
    return _paint_all(targets, repaint, recolour, how, models)


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
    targets: dict[Path, Path],
    repaint: Repainter,
    recolour: Recolouring,
    how: Options,
    models: tuple[Path, ...],
) -> int:
    """Paint one photo after the other; Ctrl-C ends a painting that is made step by step."""
    from stylestudio.transfer.pictures import longest_side

    by_steps = isinstance(repaint, OptimisationRepainter)
    largest = LARGEST_BY_STEPS if by_steps else LARGEST
    return change_photos(
        targets,
        lambda picture, photo, advance: paint(repaint, recolour, picture, photo, advance),
        lambda photo: _made_by(photo, models, how),
        label="Painting",
        resized=longest_side(how["size"] or largest, enlarge=how["size"] is not None),
        steps=repaint.steps,
        cancel=repaint.cancel if by_steps else None,
    )


def _made_by(photo: Path, models: tuple[Path, ...], how: Options) -> str:
    """The command line that paints such a picture, files by their names without folders."""
    defaults = {"strength": 1.0, "steps": 150, "seed": 0, "features": DEFAULT_FEATURES}
    words = ["stylestudio", "stylize", photo.name]
    for model in models:
        words += ["--model", model.name]
    for name, value in how.items():
        if value is None or value == defaults.get(name):
            continue
        if name == "style" and isinstance(value, dict):
            value = ",".join(f"{style}:{weight:g}" for style, weight in value.items())
        elif name in ("painting", "features") or (name == "colours" and value != KEEP):
            value = Path(str(value)).name
        words += [f"--{name}", str(value)]
    return shlex.join(words)
