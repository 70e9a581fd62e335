"""`stylestudio invert`: photos turned into latents of a model, one picture and recipe each."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from stylestudio.cli.inversion_report import PARTS, print_report
from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, FOLDER, output_option, photos_argument
from stylestudio.cli.photos import go_to_folder, photo_files, photo_targets
from stylestudio.pictures import PictureError

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.inversion import InversionContext, InversionSettings, PhotoInversion, Snapshot
    from stylestudio.render import Model

SAVE_EVERY = 20  # steps between two states that the next run can go on from


@click.command("invert")
@click.argument("model", metavar="MODEL")
@photos_argument
@output_option("The .png to write; for several photos or a folder of them, the folder.")
@click.option(
    "--method",
    type=click.Choice(["auto", "encoder", "w", "w+", "tune"]),
    default="auto",
    show_default=True,
    help="w: one row; w+: a row for each layer (auto is this); tune: then the weights, too.",
)
@click.option("--steps", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--tuning-steps", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option(
    "--align",
    is_flag=True,
    help="Search the picture for the square that the model could show, such as a head.",
)
@click.option(
    "--editability",
    type=Decimal(0, 1),
    default=1.0,
    show_default="1; for --part likeness, 0.25",
    help="0 is closest to the photo, 1 looks most like the model's own pictures and edits well.",
)
@click.option(
    "--features",
    type=FILE,
    help="A classifier to judge likeness by: torchvision's vgg16 or vgg19.",
)
@click.option(
    "--evaluate", is_flag=True, help="Measure inversion on MODEL instead of inverting a photo."
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="For --evaluate: measure this alone; may be repeated.",
)
@click.option(
    "--count", type=click.IntRange(1, 100), default=20, show_default=True, help="For --evaluate."
)
@click.option(
    "--photos",
    "--photos-of-faces",  # its first name
    "compared",
    type=FOLDER,
    help="For --evaluate: a folder of photos for the parts look and race.",
)
@click.option(
    "--regressors",
    type=FILE,
    help="For --evaluate of a built-in: what `train NAME --evaluate` has kept, to read edits with.",
)
def command(
    model: str,
    photos: tuple[Path, ...],
    output: Path | None,
    method: str,
    steps: int,
    tuning_steps: int,
    align: bool,
    editability: float,
    features: Path | None,
    evaluate: bool,
    parts: tuple[str, ...],
    count: int,
    compared: Path | None,
    regressors: Path | None,
) -> int:
    """Find each PHOTO (a file, or a folder of them) in MODEL.

    Each result is a PNG that carries its recipe and opens in the studio; tuned weights lie beside
    it. Results that a folder holds are kept; after Ctrl-C, the same command continues.
    """
    if evaluate:
        from stylestudio.render import open_model

        source = click.get_current_context().get_parameter_source("editability")
        print_report(
            open_model(model),
            parts or PARTS,
            count,
            steps,
            tuning_steps,
            None if source is ParameterSource.DEFAULT else editability,
            photos=compared,
            regressors=regressors,
        )
        return 0
    if not photos or output is None:
        raise click.UsageError("PHOTO and -o are needed.")
    files = photo_files(photos)
    many = go_to_folder(photos, files, output)
    targets = photo_targets(files, output, (".png",), many=many)
    if many:
        output.mkdir(exist_ok=True)
    from stylestudio.inversion import InversionSettings, inversion_context
    from stylestudio.inversion.distance import distance_by
    from stylestudio.render import open_model

    opened = open_model(model)
    settings = InversionSettings(
        method=method,  # type: ignore[arg-type]  # click has checked it
        steps=steps,
        tuning_steps=tuning_steps,
        search=align,
    )
    context = inversion_context(opened)
    if features:
        context.distance = distance_by(features, opened.device)
    return _invert_all(opened, context, targets, settings, editability, keep=many)


def _invert_all(
    model: Model,
    context: InversionContext,
    targets: dict[Path, Path],
    settings: InversionSettings,
    editability: float,
    *,
    keep: bool,
) -> int:
    """Invert one after another; what cannot be read is said and left out. 1 where any was.

    With `keep`, results that are there already stay.
    """
    failed = 0
    for number, (photo, target) in enumerate(targets.items(), start=1):
        if keep and target.exists():
            click.echo(f"{target} already exists", err=True)
            continue
        try:
            title = f"{photo.name} ({number} of {len(targets)})" if len(targets) > 1 else photo.name
            _invert_one(model, context, photo, target, settings, editability, title)
        except PictureError as error:
            if len(targets) == 1:
                raise
            click.echo(f"Error: {error}", err=True)
            failed += 1
    return 1 if failed else 0


def _invert_one(
    model: Model,
    context: InversionContext,
    photo: Path,
    target: Path,
    settings: InversionSettings,
    editability: float,
    title: str,
) -> None:
    """Invert one photo with a bar, going on from what an interrupted run has left."""
    from stylestudio.inversion import PhotoInversion, Steering, load_photo

    loaded = load_photo(photo)
    for note in loaded.notes:
        say_note(note)
    inversion = PhotoInversion(context, loaded, settings, Steering(editability))
    state = target.with_name(f".{target.stem}.inversion")
    result = _left(inversion, state)
    hidden, is_said = not sys.stderr.isatty(), False
    with click.progressbar(
        length=inversion.total_steps + 1, label=title, file=sys.stderr, show_pos=True, hidden=hidden
    ) as bar:
        for progress in inversion.run(result):
            bar.label = f"{title}, distance {progress.loss:.4f}" if progress.done else title
            bar.update(progress.done + 1 - bar.pos)
            if progress.snapshot:
                result = progress.snapshot
                if progress.done % SAVE_EVERY == 0:
                    is_said = _save(inversion, result, state, is_said=is_said)
    assert result is not None
    _write(model, inversion, result, target)
    with suppress(OSError):  # it may not have been written
        state.unlink()


def _save(inversion: PhotoInversion, result: Snapshot, state: Path, *, is_said: bool) -> bool:
    """Keep what the next run can go on from; returns whether the user knows that this failed."""
    from stylestudio.inversion.unfinished import save_unfinished

    try:
        save_unfinished(inversion, result, state)
    except OSError as error:
        if not is_said:
            reason = error.strerror or error
            say_note(f"This can't be continued later: {state.name} can't be written: {reason}.")
        return True
    return is_said


def _left(inversion: PhotoInversion, state: Path) -> Snapshot | None:
    """Where an interrupted run of the same inversion had come to."""
    from stylestudio.inversion.unfinished import UnfinishedError, load_unfinished

    if not state.is_file():
        return None
    try:
        unfinished = load_unfinished(state)
        unfinished.check(inversion.context.model)
    except UnfinishedError:
        return None
    alike = (
        unfinished.settings == inversion.settings
        and unfinished.steering.editability == inversion.steering.editability
        and unfinished.features_sha256 == inversion.context.distance.features_sha256
    )
    same = alike and unfinished.photo.pixels.shape == inversion.photo.pixels.shape
    if not same or not (unfinished.photo.pixels - inversion.photo.pixels).abs().max() < 1e-4:
        return None
    return unfinished.snapshot


def _write(model: Model, inversion: PhotoInversion, result: Snapshot, target: Path) -> None:
    from stylestudio.recipe import save_png
    from stylestudio.render import render, shared_assets

    recipe = result.recipe(model, inversion.photo.name)
    if result.delta:
        try:
            shared_assets().keep(result.delta)
        except OSError as error:
            say_note(
                "The tuned weights lie beside the picture alone, as the studio's own folder can't "
                f"be written: {error.strerror or error}."
            )
        shared_assets().export(recipe, target.absolute().parent)
    save_png(target, render(model, recipe), recipe)
    click.echo(f"Wrote {click.format_filename(target)}")
