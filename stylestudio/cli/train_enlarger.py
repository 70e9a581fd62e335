"""`stylestudio train enlarger`: a network that makes pictures four times as large."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note, say_skipped
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, out_option, work_dir_option
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    photos_option,
    prepare,
    trained,
    training_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch
    from torch import Tensor

PHOTO_SIDE = 1024  # pixels of the longer side, at most
OF_MODELS = 48  # pictures of each built-in model to learn from
JUDGED = 16  # others, to judge by
HELD_OUT = 100_000  # their first seed


@click.command("enlarger")
@photos_option("Photos to learn from or, with --evaluate, to judge by; may be repeated.")
@out_option("enlarger.safetensors", "The enlarger to write.")
@work_dir_option("enlarger")
@click.option("--steps", type=click.IntRange(1), default=4000, show_default=True)
@click.option(
    "--rate",
    type=Decimal(1e-6, 1),
    default=1e-3,
    show_default=True,
    help="The learning rate at first.",
)
@click.option("--init", type=FILE, help="Start from this enlarger instead of from nothing.")
@training_options
@click.option(
    "--evaluate",
    "evaluated",
    type=FILE,
    help="Do not train; compare this enlarger with Lanczos on pictures it has not seen.",
)
def enlarger(
    photos: tuple[Path, ...],
    out: Path,
    work_dir: Path,
    steps: int,
    rate: float,
    init: Path | None,
    resume: bool,
    seed: int,
    device: torch.device,
    threads: int,
    evaluated: Path | None,
) -> int:
    """Train the network that enlarges pictures four times.

    It learns from pictures of the built-in models, painted in the built-in styles, and from
    procedural ones. Ctrl-C stops after the current step; the same command with --resume
    continues from there.
    """
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.training.enlarger import (
        EnlargerSettings,
        EnlargerTrainer,
        load_enlarger,
        save_enlarger,
    )

    prepare(threads)
    if evaluated:
        _evaluate(evaluated, photos)
        return 0
    check_folder_of(out)
    settings = EnlargerSettings(
        steps=steps, rate=rate, bfloat16=multiplies_bfloat16(device), seed=seed
    )
    start = None if init is None else load_enlarger(init)
    click.echo("Making pictures to learn from ...", err=True)
    trainer = EnlargerTrainer(_pictures(photos), settings, device, start)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)
    if not trained(
        trainer, state, total_steps=steps, label=lambda progress: f"loss {progress.loss:.4f}"
    ):
        return 130
    save_enlarger(trainer.network, out)
    click.echo(f"Wrote {out}")
    return 0


def _pictures(folders: tuple[Path, ...]) -> Iterator[Tensor]:
    from stylestudio.transfer.contents import model_pictures
    from stylestudio.transfer.specimens import make_specimens

    yield from model_pictures(OF_MODELS)
    for _, pictures in make_specimens():
        yield from pictures
    yield from (picture for _, picture in _photos(folders))


def _photos(folders: tuple[Path, ...]) -> Iterator[tuple[str, Tensor]]:
    from stylestudio.transfer.paintings import find_pictures, read_photos

    paths = [path for folder in folders for path in find_pictures(folder)]
    photos = read_photos(paths, PHOTO_SIDE, say_skipped, say_note)
    return ((path.name, photo) for path, photo in photos)


def _evaluate(path: Path, folders: tuple[Path, ...]) -> None:
    """Print how far from the original it and Lanczos come, in dB and by what is seen."""
    from stylestudio.render import builtin_models, open_stage
    from stylestudio.training.enlarger_report import compare
    from stylestudio.transfer.contents import model_pictures

    stage = open_stage(path)
    photos = ((name, [photo]) for name, photo in _photos(folders))
    generated = (
        (name, list(model_pictures(JUDGED, seed=HELD_OUT, models=[name])))
        for name in builtin_models()
    )
    click.echo(f"{'':24}{'dB':>8}{'Lanczos':>9}{'seen':>9}{'Lanczos':>9}")
    for name, pictures in chain(generated, photos):
        ours, plain = compare(stage, pictures)
        click.echo(
            f"{name:24}{ours.psnr:8.2f}{plain.psnr:9.2f}{ours.distance:9.4f}{plain.distance:9.4f}"
        )
