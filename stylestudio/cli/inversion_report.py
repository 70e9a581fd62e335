"""The measures of inversion on a model, as a table with the threshold for each figure."""

from __future__ import annotations

import math
import sys
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import click

from stylestudio.cli.bars import BARS
from stylestudio.cli.inversion_edits import AttributeReader
from stylestudio.cli.notes import say_skipped
from stylestudio.cli.photos import photo_files
from stylestudio.pictures import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from stylestudio.inversion import InversionContext, Photo
    from stylestudio.inversion.evaluate import (
        CropSearchReport,
        InitializationReport,
        LookReport,
        MixingComparison,
        ProjectorComparison,
        ReconstructionReport,
    )
    from stylestudio.render import Model

PARTS = ("likeness", "look", "start", "race", "framing")
LATENT_THRESHOLD, TUNED_THRESHOLD = 30.0, 33.0  # dB
SHORT = 0.4  # of the steps are enough from the encoder
CROP_THRESHOLD, CROP_SHARE = 1.1, 0.9  # times the exact crop's loss; share of pictures
EDITED_THRESHOLD = 30.0  # dB
LOOK_THRESHOLD = 95.0  # of 100 samples

T = TypeVar("T")


def print_report(
    model: Model,
    parts: Sequence[str],
    count: int,
    steps: int,
    tuning_steps: int,
    editability: float | None,
    *,
    photos: Path | None,
    regressors: Path | None,
) -> None:
    """Measure with bars that tell of progress, and write the table to standard output.

    Raises ClickException where regressors are named that do not read this model's pictures.
    """
    from stylestudio.inversion import EDITABILITY, InversionContext, find_encoder
    from stylestudio.inversion.cropper import CROPPERS
    from stylestudio.inversion.evaluate import (
        BEST_OF,
        measure_crop_search,
        measure_initialization,
        measure_look,
        measure_reconstruction,
    )
    from stylestudio.inversion.evaluate import (
        EDITABILITY as CLOSE,
    )

    given = None if photos is None else _photos(photos)  # before work that takes minutes
    reader = AttributeReader(model, regressors) if regressors else None
    context = InversionContext(
        model, find_encoder(model), samples=BEST_OF, cropper=CROPPERS.find(model)
    )
    click.echo(f"{count} pictures of {model.name} from unseen seeds, {steps} steps")

    def each(measure: Callable[[int], Iterator[T | None]], title: str) -> list[T]:
        return [_last(measure(i), f"{title} {i + 1} of {count}") for i in range(count)]

    if "likeness" in parts:
        close = CLOSE if editability is None else editability
        found = each(
            lambda i: measure_reconstruction(context, i, steps, tuning_steps, close), "Picture"
        )
        _print_reconstruction(found, reader)
    if "look" in parts and given is None:
        click.echo("No photos to look at; --photos FOLDER names some.")
    elif "look" in parts and given is not None:
        usual = EDITABILITY if editability is None else editability
        _print_looks(
            [
                _last(measure_look(context, photo, steps, usual), photo.name)
                for photo in given[:count]
            ]
        )
    if "start" in parts and context.encoder is None:
        click.echo("No encoder; `stylestudio train encoder` makes one.")
    elif "start" in parts:
        short = round(SHORT * steps)
        starts = each(lambda i: measure_initialization(context, i, steps, short), "Start")
        _print_starts(starts, steps, short)
    if "race" in parts:
        _print_comparisons(_comparisons(context, count, steps, given or []))
    if "framing" in parts:
        _print_crop_search(each(lambda i: measure_crop_search(context, i, steps), "Framing"))


def _last(steps: Iterator[T | None], label: str) -> T:
    """Run through the steps with a bar of unknown length; return what the last one yields."""
    results: list[T] = []
    with click.progressbar(steps, label=label, file=sys.stderr) as bar:
        results += (result for result in bar if result is not None)
    return results[-1]


def _print_reconstruction(
    found: Sequence[ReconstructionReport], reader: AttributeReader | None
) -> None:
    _at_least("PSNR after the latent", [one.latent_psnr for one in found], LATENT_THRESHOLD)
    _at_least("PSNR after tuning", [one.tuned_psnr for one in found], TUNED_THRESHOLD)
    mixings = [one.mixing for one in found]
    title = "Fine rows exchanged, as in the original"
    _at_least(title, [mixing.psnr for mixing in mixings], EDITED_THRESHOLD)
    colours = median(mixing.moved for mixing in mixings)
    click.echo(f"{'  colours moved by that (of 255)':<40}{colours:>12.1f}")
    if reader:
        _print_moved(reader, mixings)


def _print_moved(reader: AttributeReader, mixings: Sequence[MixingComparison]) -> None:
    """What the mixing does to attributes, by the mixing threshold of the model itself."""
    for title, before, after in (
        ("attributes moved (sd)", "found", "found_mixed"),
        ("in the originals", "true", "true_mixed"),
    ):
        moved = reader.moved(
            [getattr(each, before) for each in mixings],
            [getattr(each, after) for each in mixings],
        )
        figures = ", ".join(f"{group} {value:.2f}" for group, value in moved.items())
        click.echo(f"  {title}: {figures}")
        ratio = moved["fine"] / max(moved["coarse"], moved["middle"])
        threshold = f"at least {BARS['Portraits'].mixing:g}"
        _say(
            "    fine to the larger other",
            f"{ratio:.1f}",
            threshold,
            ratio >= BARS["Portraits"].mixing,
        )


def _print_starts(starts: Sequence[InitializationReport], steps: int, short: int) -> None:
    for title, values in (
        ("Distance of w_avg", [start.average for start in starts]),
        ("  of the best of 500 samples", [start.sample for start in starts]),
        ("  of the encoder alone", [start.encoder for start in starts]),
        (f"  after {steps} steps from a sample", [start.from_sample for start in starts]),
        (f"  after {short} steps from the encoder", [start.from_encoder for start in starts]),
    ):
        click.echo(f"{title:<40}{median(values):>12.4f}")
    ratio = median(start.from_encoder / start.from_sample for start in starts)
    _say("  the last to the one before", f"{ratio:.2f}", "at most 1", ratio <= 1)


def _at_least(title: str, values: Sequence[float], threshold: float) -> None:
    middle = median(values)
    _say(title, f"{middle:.1f} dB", f"at least {threshold:g} dB", middle >= threshold)


def _say(title: str, figure: str, threshold: str, reached: bool) -> None:
    verdict = click.style("reached", fg="green") if reached else click.style("missed", fg="red")
    click.echo(f"{title:<40}{figure:>12}   {threshold}: {verdict}")


def _comparisons(
    context: InversionContext, count: int, steps: int, photos: list[Photo]
) -> list[ProjectorComparison]:
    from stylestudio.inversion import Crop, Photo
    from stylestudio.inversion.evaluate import compare_projectors, own_picture

    compared = [
        Photo(own_picture(context.model, i)[1].cpu(), f"own picture {i + 1}") for i in range(count)
    ]
    compared += photos
    return [
        _last(compare_projectors(context, photo, Crop(), steps), photo.name) for photo in compared
    ]


def _photos(folder: Path) -> list[Photo]:
    """The photos of a folder that can be read; others are said. Raises UsageError for none."""
    from stylestudio.inversion import load_photo

    found = []
    for path in photo_files([folder]):
        try:
            found.append(load_photo(path))
        except PictureError as error:
            say_skipped(path, error)
    if not found:
        raise click.UsageError(f"None of the photos in {folder} can be read; choose another.")
    return found


def _print_looks(looks: Sequence[LookReport]) -> None:
    click.echo("Photos: how many of 100 samples of the model are more typical")
    click.echo(f"{'':<24}{'distance':>10}{'latent':>10}{'its farthest row':>18}{'picture':>10}")
    for look in looks:
        click.echo(
            f"{look.name:<24}{look.loss:>10.4f}{look.latent:>10.0f}{look.farthest_row:>18.0f}"
            f"{look.picture:>10.0f}"
        )
    like = sum(max(look.latent, look.picture) <= LOOK_THRESHOLD for look in looks)
    threshold = f"all within {LOOK_THRESHOLD:g}"
    _say("Like the model's own", f"{like} of {len(looks)}", threshold, like == len(looks))


def _print_comparisons(comparisons: Sequence[ProjectorComparison]) -> None:
    click.echo("Beside the published projector, same distance, steps and time")
    click.echo(f"{'':<24}{'ours':>10}{'seconds':>10}{'published':>12}{'seconds':>10}")
    for comparison in comparisons:
        click.echo(
            f"{comparison.name:<24}{comparison.ours.loss:>10.4f}{comparison.ours.seconds:>10.1f}"
            f"{comparison.published.loss:>12.4f}{comparison.published.seconds:>10.1f}"
        )
    won = sum(comparison.ours.loss < comparison.published.loss for comparison in comparisons)
    _say("Ours is closer", f"{won} of {len(comparisons)}", "all", won == len(comparisons))


def _print_crop_search(found: Sequence[CropSearchReport]) -> None:
    good = sum(one.found_loss <= CROP_THRESHOLD * one.exact_loss for one in found)
    needed = math.ceil(CROP_SHARE * len(found))
    ratio = median(one.found_loss / one.exact_loss for one in found)
    click.echo(f"{'Framed again: loss to the exact crop':<40}{ratio:>12.3f}")
    _say("  within 10 %", f"{good} of {len(found)}", f"at least {needed}", good >= needed)
