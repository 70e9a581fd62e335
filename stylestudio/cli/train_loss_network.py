"""`stylestudio train loss-network`: what compares styles in gatys and `train style`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note, say_skipped
from stylestudio.cli.paths import FILE, out_option, work_dir_option
from stylestudio.cli.train_styles import RANDOM_FILTERS
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    photos_option,
    prepare,
    trained,
    training_options,
)

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from stylestudio.transfer.specimens import Specimens


@click.command("loss-network")
@photos_option("Photos to learn from, beside what StyleStudio makes itself; may be repeated.")
@out_option("loss-network.safetensors", "The loss network to write, for --features.")
@work_dir_option("loss-network", "Where the resumable state and the log go.")
@click.option(
    "--steps", type=click.IntRange(1), default=1500, show_default=True, help="How long to train."
)
@click.option(
    "--teacher",
    type=FILE,
    metavar="FILE",
    help="A classifier, Tiny Darknet, whose maps it also learns to predict.",
)
@training_options
@click.option(
    "--evaluate",
    "evaluated",
    metavar="default|FILE",
    help="Do not train; paint with this loss network, and print how near it came.",
)
@click.option(
    "--against",
    default=RANDOM_FILTERS,
    show_default=True,
    metavar="random|FILE",
    help="With --evaluate: the loss network to compare it with.",
)
@click.option(
    "--evaluator",
    default=RANDOM_FILTERS,
    show_default=True,
    metavar="random|FOLDER",
    help="With --evaluate: what both are compared by, other random filters or a style predictor.",
)
@click.option(
    "--painting",
    "paintings",
    multiple=True,
    type=FILE,
    metavar="IMAGE",
    help="With --evaluate: a painting to follow; may be repeated.",
)
def loss_network(
    photos: tuple[Path, ...],
    out: Path,
    work_dir: Path,
    steps: int,
    teacher: Path | None,
    resume: bool,
    seed: int,
    device: torch.device,
    threads: int,
    evaluated: str | None,
    against: str,
    evaluator: str,
    paintings: tuple[Path, ...],
) -> int:
    """Train the network by which gatys and `train style` compare a picture with a painting.

    It learns to tell what made a picture, and whether it was spoilt: pictures of the built-in
    models, painted in the built-in styles, and procedural ones. Ctrl-C stops after the current
    step; the same command with --resume continues from there.
    """
    from stylestudio.checkpoints import read_features, write_features
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.transfer.loss_network import LossNetworkSettings, LossNetworkTrainer

    if evaluated:
        from stylestudio.cli.loss_network_measures import print_measures

        if not (photos and paintings):
            raise click.UsageError("--evaluate needs photos, --content, and a --painting.")
        prepare(threads)
        print_measures(evaluated, against, evaluator, paintings, photos)
        return 0
    check_folder_of(out)
    prepare(threads)
    settings = LossNetworkSettings(steps=steps, bfloat16=multiplies_bfloat16(device), seed=seed)
    taught = None
    if teacher:
        taught = read_features(teacher)
        settings = replace(settings, batch=8, side=128)
    trainer = LossNetworkTrainer(_read(photos, device), settings, device, taught)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)
    if not trained(
        trainer, state, total_steps=steps, label=lambda progress: f"loss {progress.loss:.2f}"
    ):
        return 130
    described = {"license": "Apache-2.0"} | ({"teacher": teacher.name} if teacher else {})
    write_features(out, trainer.features(), described)
    click.echo(f"Wrote {out}")
    return 0


def _read(folders: tuple[Path, ...], device: torch.device) -> Specimens:
    from stylestudio.transfer.paintings import find_pictures, read_photos
    from stylestudio.transfer.specimens import PHOTO_SIDE, Specimens, make_specimens

    paths = [path for folder in folders for path in find_pictures(folder)]
    photos = [photo for _, photo in read_photos(paths, PHOTO_SIDE, say_skipped, say_note)]
    click.echo("Making pictures to learn from ...", err=True)
    return Specimens(dict(make_specimens(photos)), device)
