"""`stylestudio measure`: figures about a model or a folder of pictures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.answers import json_option
from stylestudio.cli.deltas import read_look
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.measures import Measurement, Measuring


def parse_what(text: str) -> tuple[str, ...]:
    """Read `fid,kid,pr`; BadParameter where something is no figure."""
    from stylestudio.measures import WHAT

    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in WHAT]
    if unknown or not names:
        wrong = unknown[0] if unknown else "nothing"
        raise click.BadParameter(f"{wrong} can't be measured; choose from {', '.join(WHAT)}.")
    return names


@click.command("measure", short_help="Measure a model: FID, KID, precision, path length ...")
@click.argument("model", metavar="MODEL|FOLDER")
@click.option(
    "--against",
    metavar="MODEL|FOLDER",
    help="The reference: a folder of pictures, or another model.",
)
@click.option(
    "--what",
    type=parse_what,
    default="fid,kid,pr",
    show_default=True,
    metavar="NAMES",
    help="fid, kid, pr (precision and recall), dc (density and coverage); of models alone: ppl, "
    "ppl-zfull, ppl-wfull, ppl-zend, ppl-wend, separability.",
)
@click.option(
    "--count",
    type=click.IntRange(20),
    default=1000,
    show_default=True,
    help="Pictures of each side at most, and pairs of PPL.",
)
@click.option(
    "--features",
    default="default",
    show_default=True,
    metavar="default|efficientnet-lite0|FILE",
    help="The feature network: the built-in reader, the EfficientNet-Lite0 of a package, or the "
    "file of an Inception, an EfficientNet-Lite0 or a VGG.",
)
@click.option(
    "--psi", type=Decimal(-1, 2), help="Truncation of the model's pictures.  [default: 1]"
)
@click.option("--recipe", type=FILE, metavar="FILE", help="Give the model's pictures this look.")
@click.option(
    "--mixed",
    type=click.IntRange(1, 4),
    default=1,
    show_default=True,
    help="Seeds that are mixed into each picture, at random layers.",
)
@click.option(
    "--crop",
    is_flag=True,
    help="Measure PPL on the middle of the picture only, where FFHQ has faces.",
)
@click.option(
    "--regressors",
    type=FILE,
    metavar="FILE",
    help="The file of regressors that reads attributes of a built-in world, for "
    "separability; `train WORLD --evaluate` leaves it in its work folder.",
)
@click.option(
    "--labels",
    type=FILE,
    metavar="CSV",
    help='Attributes of seeds for separability: a line "seed,NAME,...", then 0s and 1s.',
)
@json_option("Print everything as JSON.")
def command(
    model: str,
    against: str | None,
    what: tuple[str, ...],
    count: int,
    features: str,
    psi: float | None,
    recipe: Path | None,
    mixed: int,
    crop: bool,
    regressors: Path | None,
    labels: Path | None,
    as_json: bool,
) -> None:
    """Measure a model, or a folder of pictures.

    Compare figures of the built-in reader only with each other, at the same count, never with
    published ones. Each is followed by its 95 % interval. Ctrl-C stops; the same command continues.
    """
    from stylestudio.measures import MeasureSettings, Measuring
    from stylestudio.render import shared_assets

    settings = MeasureSettings(
        what=what,
        count=count,
        features=features,
        look=read_look(recipe, shared_assets()) if recipe else None,
        truncation_psi=psi,
        mixed=mixed,
        cropped=crop,
        regressors=regressors,
        labels=labels,
    )
    measurement = _measured(Measuring(model, against, settings))
    click.echo(measurement.to_json() if as_json else str(measurement))


def _measured(measuring: Measuring) -> Measurement:
    """Measure with a bar."""
    measurement = None
    hidden = not sys.stderr.isatty()
    try:
        with click.progressbar(
            length=measuring.total, label="Measuring", file=sys.stderr, hidden=hidden
        ) as bar:
            for progress in measuring.run():
                bar.label = progress.stage
                bar.update(progress.done - bar.pos)
                measurement = progress.measurement
    except KeyboardInterrupt:
        click.echo("Stopped; the same command continues from here.", err=True)
        raise click.Abort from None
    assert measurement is not None
    return measurement
