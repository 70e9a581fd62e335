"""The measures of inversion on a model, as a table with the bar that each figure has to reach."""

from __future__ import annotations

import math
import sys
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stylestudio.inversion import Workbench
    from stylestudio.inversion.evaluate import InDomain, Race, Reframed
    from stylestudio.render import Model

LATENT_BAR, TUNED_BAR = 30.0, 33.0  # dB
STEPS_BAR = 80  # of 200, from the encoder to where the best sample leads
FRAMING_BAR, FRAMING_SHARE = 1.1, 0.9  # times the exact frame's loss; share of pictures
EDITED_BAR = 30.0  # dB

T = TypeVar("T")


def print_bars(model: Model, count: int, steps: int, tuning_steps: int, faces: Path | None) -> None:
    """Measure with bars that tell of progress, and write the table to standard output."""
    from stylestudio.inversion import Workbench, find_encoder
    from stylestudio.inversion.evaluate import BEST_OF, measure_framing, measure_in_domain

    bench = Workbench(model, find_encoder(model), samples=BEST_OF)
    found = [
        _last(measure_in_domain(bench, i, steps, tuning_steps), f"Picture {i + 1} of {count}")
        for i in range(count)
    ]
    click.echo(f"{count} pictures of {model.name} from unseen seeds, {steps} steps")
    _print_in_domain(found, steps)
    races = _races(bench, count, steps, faces)
    click.echo("Beside the published projector, same distance, steps and time")
    _print_races(races)
    framed = [
        _last(measure_framing(bench, i, steps), f"Framing {i + 1} of {count}") for i in range(count)
    ]
    _print_framing(framed)


def _last(steps: Iterator[T | None], label: str) -> T:
    """Run through the steps with a bar of unknown length; return what the last one yields."""
    results: list[T] = []
    with click.progressbar(steps, label=label, file=sys.stderr) as bar:
        results += (result for result in bar if result is not None)
    return results[-1]


def _print_in_domain(found: Sequence[InDomain], steps: int) -> None:
    def middle(name: str) -> float:
        values: list[float] = [getattr(one, name) for one in found]
        return median(values)

    _row(
        "PSNR after the latent",
        f"{middle('latent_psnr'):.1f} dB",
        LATENT_BAR,
        "dB",
        "latent_psnr",
        found,
    )
    _row(
        "PSNR after tuning", f"{middle('tuned_psnr'):.1f} dB", TUNED_BAR, "dB", "tuned_psnr", found
    )
    for title, name in (
        ("Distance of w_avg", "average_loss"),
        ("  of the best of 500 samples", "sample_loss"),
        ("  of the encoder alone", "encoder_loss"),
        (f"  after {steps} steps from a sample", "plain_loss"),
    ):
        click.echo(f"{title:<40}{middle(name):>12.4f}")
    needed = middle("steps_to_plain")
    if not math.isnan(needed):
        _say(
            "  steps from the encoder to there",
            f"{needed:.0f}",
            f"at most {STEPS_BAR}",
            needed <= STEPS_BAR,
        )
    _row(
        "Fine rows exchanged, as in the original",
        f"{middle('edited_psnr'):.1f} dB",
        EDITED_BAR,
        "dB",
        "edited_psnr",
        found,
    )
    click.echo(f"{'  colours moved by that (of 255)':<40}{middle('edit_moved'):>12.1f}")


def _row(
    title: str, figure: str, bar: float, unit: str, name: str, found: Sequence[InDomain]
) -> None:
    reached = median(getattr(one, name) for one in found) >= bar
    _say(title, figure, f"at least {bar:g} {unit}", reached)


def _say(title: str, figure: str, bar: str, reached: bool) -> None:
    verdict = click.style("reached", fg="green") if reached else click.style("missed", fg="red")
    click.echo(f"{title:<40}{figure:>12}   {bar}: {verdict}")


def _races(bench: Workbench, count: int, steps: int, faces: Path | None) -> list[Race]:
    from stylestudio.inversion import Frame, Photo, load_photo
    from stylestudio.inversion.evaluate import own_picture, race

    photos = [
        Photo(own_picture(bench.model, i)[1].cpu(), f"own picture {i + 1}") for i in range(count)
    ]
    if faces:
        photos += [load_photo(path) for path in sorted(faces.glob("*.png"))]
    return [_last(race(bench, photo, Frame(), steps), photo.name) for photo in photos]


def _print_races(races: Sequence[Race]) -> None:
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
