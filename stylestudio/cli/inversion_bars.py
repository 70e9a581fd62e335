"""The measures of inversion on a model, as a table with the bar that each figure has to reach."""

from __future__ import annotations

import math
import sys
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import click

from stylestudio.cli.inversion_edits import Reader
from stylestudio.cli.measures import MIXING_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from stylestudio.inversion import Workbench
    from stylestudio.inversion.evaluate import Exchange, Likeness, Race, Reframed, Start
    from stylestudio.render import Model

PARTS = ("likeness", "start", "race", "framing")
LATENT_BAR, TUNED_BAR = 30.0, 33.0  # dB
SHORT = 0.4  # of the steps are enough from the encoder
FRAMING_BAR, FRAMING_SHARE = 1.1, 0.9  # times the exact frame's loss; share of pictures
EDITED_BAR = 30.0  # dB

T = TypeVar("T")


def print_bars(
    model: Model,
    parts: Sequence[str],
    count: int,
    steps: int,
    tuning_steps: int,
    *,
    faces: Path | None,
    regressors: Path | None,
) -> None:
    """Measure with bars that tell of progress, and write the table to standard output.

    Raises ClickException where regressors are named that do not read this model's pictures.
    """
    from stylestudio.inversion import Workbench, find_encoder
    from stylestudio.inversion.evaluate import (
        BEST_OF,
        measure_framing,
        measure_likeness,
        measure_start,
    )

    reader = Reader(model, regressors) if regressors else None
    bench = Workbench(model, find_encoder(model), samples=BEST_OF)
    click.echo(f"{count} pictures of {model.name} from unseen seeds, {steps} steps")

    def each(measure: Callable[[int], Iterator[T | None]], title: str) -> list[T]:
        return [_last(measure(i), f"{title} {i + 1} of {count}") for i in range(count)]

    if "likeness" in parts:
        found = each(lambda i: measure_likeness(bench, i, steps, tuning_steps), "Picture")
        _print_likeness(found, reader)
    if "start" in parts and bench.encoder is None:
        click.echo("No encoder; `stylestudio train encoder` makes one.")
    elif "start" in parts:
        short = round(SHORT * steps)
        starts = each(lambda i: measure_start(bench, i, steps, short), "Start")
        _print_starts(starts, steps, short)
    if "race" in parts:
        _print_races(_races(bench, count, steps, faces))
    if "framing" in parts:
        _print_framing(each(lambda i: measure_framing(bench, i, steps), "Framing"))


def _last(steps: Iterator[T | None], label: str) -> T:
    """Run through the steps with a bar of unknown length; return what the last one yields."""
    results: list[T] = []
    with click.progressbar(steps, label=label, file=sys.stderr) as bar:
        results += (result for result in bar if result is not None)
    return results[-1]


def _print_likeness(found: Sequence[Likeness], reader: Reader | None) -> None:
    _at_least("PSNR after the latent", [one.latent_psnr for one in found], LATENT_BAR)
    _at_least("PSNR after tuning", [one.tuned_psnr for one in found], TUNED_BAR)
    exchanges = [one.exchange for one in found]
    title = "Fine rows exchanged, as in the original"
    _at_least(title, [exchange.psnr for exchange in exchanges], EDITED_BAR)
    colours = median(exchange.moved for exchange in exchanges)
    click.echo(f"{'  colours moved by that (of 255)':<40}{colours:>12.1f}")
    if reader:
        _print_moved(reader, exchanges)


def _print_moved(reader: Reader, exchanges: Sequence[Exchange]) -> None:
    """What the exchange does to attributes, by the mixing bar of the model itself."""
    for title, before, after in (
        ("attributes moved (sd)", "found", "found_exchanged"),
        ("in the originals", "true", "true_exchanged"),
    ):
        moved = reader.moved(
            [getattr(each, before) for each in exchanges],
            [getattr(each, after) for each in exchanges],
        )
        figures = ", ".join(f"{group} {value:.2f}" for group, value in moved.items())
        click.echo(f"  {title}: {figures}")
        ratio = moved["fine"] / max(moved["coarse"], moved["middle"])
        bar = f"at least {MIXING_BAR:g}"
        _say("    fine to the larger other", f"{ratio:.1f}", bar, ratio >= MIXING_BAR)


def _print_starts(starts: Sequence[Start], steps: int, short: int) -> None:
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


def _at_least(title: str, values: Sequence[float], bar: float) -> None:
    middle = median(values)
    _say(title, f"{middle:.1f} dB", f"at least {bar:g} dB", middle >= bar)


def _say(title: str, figure: str, bar: str, reached: bool) -> None:
    verdict = click.style("reached", fg="green") if reached else click.style("missed", fg="red")
    click.echo(f"{title:<40}{figure:>12}   {bar}: {verdict}")


def _races(bench: Workbench, count: int, steps: int, faces: Path | None) -> list[Race]:
    from stylestudio.inversion import Frame, Photo, load_photo
    from stylestudio.inversion.evaluate import own_picture, race
    from stylestudio.pictures import pictures_in

    photos = [
        Photo(own_picture(bench.model, i)[1].cpu(), f"own picture {i + 1}") for i in range(count)
    ]
    if faces:
        photos += [load_photo(path) for path in pictures_in(faces)[0]]
    return [_last(race(bench, photo, Frame(), steps), photo.name) for photo in photos]


def _print_races(races: Sequence[Race]) -> None:
    click.echo("Beside the published projector, same distance, steps and time")
    click.echo(f"{'':<24}{'ours':>10}{'seconds':>10}{'published':>12}{'seconds':>10}")
    for race in races:
        click.echo(
            f"{race.name:<24}{race.ours.loss:>10.4f}{race.ours.seconds:>10.1f}"
            f"{race.published.loss:>12.4f}{race.published.seconds:>10.1f}"
        )
    won = sum(race.ours.loss < race.published.loss for race in races)
    _say("Ours is closer", f"{won} of {len(races)}", "all", won == len(races))


def _print_framing(framed: Sequence[Reframed]) -> None:
    good = sum(one.found_loss <= FRAMING_BAR * one.exact_loss for one in framed)
    needed = math.ceil(FRAMING_SHARE * len(framed))
    ratio = median(one.found_loss / one.exact_loss for one in framed)
    click.echo(f"{'Framed again: loss to the exact frame':<40}{ratio:>12.3f}")
    _say("  within 10 %", f"{good} of {len(framed)}", f"at least {needed}", good >= needed)
