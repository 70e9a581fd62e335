"""`stylestudio train folder`: a model of one's own, from a folder of pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FOLDER, NEW_FILE, NEW_FOLDER
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    complain_of,
    device_option,
    drive,
    prepare,
    resume_option,
    threads_option,
)
from stylestudio.training.adversarial.settings import (
    DEFAULT_RESOLUTION,
    DEFAULT_SIZE,
    RESOLUTIONS,
    SIZES,
)

if TYPE_CHECKING:
    import torch

    from stylestudio.render import Model
    from stylestudio.training.adversarial.keeping import Keeper
    from stylestudio.training.adversarial.pictures import Pictures
    from stylestudio.training.adversarial.trainer import AdversarialProgress

PRECISIONS = ("auto", "float32", "bfloat16")


@click.command("folder")
@click.argument("pictures", type=FOLDER, metavar="PICTURES")
@click.option(
    "--out",
    type=NEW_FILE,
    required=True,
    help="The model file to write, .safetensors.",
)
@click.option(
    "--work-dir",
    type=NEW_FOLDER,
    help="Where the resumable state and the sample sheets go.  [default: runs/ and OUT's name]",
)
@click.option(
    "--resolution",
    type=click.Choice([str(side) for side in RESOLUTIONS]),
    help=f"Side of the pictures.  [default: {DEFAULT_RESOLUTION}, or that of --init]",
)
@click.option(
    "--size",
    type=click.Choice([*SIZES]),
    help=f"How large a network: see below.  [default: {DEFAULT_SIZE}, or that of --init]",
)
@click.option(
    "--kimg",
    type=Decimal(0, min_open=True),
    default=200.0,
    show_default=True,
    help="How many thousand pictures to show in all; may change when resuming.",
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    help="Pictures at a time; best a multiple of 4.",
)
@click.option(
    "--init",
    metavar="MODEL",
    help="Start from this StyleGAN2 model, a file or a built-in one, instead of from nothing.",
)
@click.option("--mirror", is_flag=True, help="Show every picture mirrored as well.")
@click.option(
    "--snapshot-kimg",
    type=Decimal(0),
    default=50.0,
    show_default=True,
    help="Keep a snapshot in the working folder every so many thousand pictures; 0 for none.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many of the newest snapshots to keep; that of the lowest FID stays as well.",
)
@click.option(
    "--fid-pictures",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="Measure each snapshot's FID on so many pictures, by the built-in reader; 0 for none.",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    show_default=True,
    help="bfloat16 is quicker on newer GPUs, where auto takes it; regularisation stays in float32.",
)
@resume_option
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Random seed.",
)
@threads_option()
@device_option
def folder(
    pictures: Path,
    out: Path,
    work_dir: Path | None,
    resolution: str | None,
    size: str | None,
    kimg: float,
    batch: int,
    init: str | None,
    mirror: bool,
    snapshot_kimg: float,
    keep: int,
    fid_pictures: int,
    precision: str,
    resume: bool,
    seed: int,
    threads: int,
    device: torch.device,
) -> int:
    """Train a model on the pictures in the folder PICTURES.

    The middle square of every readable picture is used. Start with at least a few hundred
    pictures that resemble each other. Ctrl-C stops after the current step and writes the model as
    it stands into the working folder. The same command with --resume continues from there, also
    with pictures added to the folder. The working folder also has sheets of samples, a log and the
    options.

    At each resolution, networks have channel_base / side channels, at most channel_max. Sizes are:

    \b
    small   channel_base  2048, channel_max 128:  1 million weights, z and w of 128
    medium  channel_base  8192, channel_max 256:  6 million weights, z and w of 256
    large   channel_base 16384, channel_max 512: 25 million weights, z and w of 512
    full    channel_base 32768, channel_max 512: 30 million weights, z and w of 512

    A CPU can train small ones. Large is the papers' for up to 256 pixels, and full for more.

    --init takes any StyleGAN2 that opens, of the same resolution. The network keeps its size unless
    --size gives another; weights that fit are taken over, and the command says which do not.
    """
    from stylestudio.measures.training_fid import TrainingFid
    from stylestudio.progress import Cancel
    from stylestudio.training.adversarial.finish import write_model
    from stylestudio.training.adversarial.keeping import Keeper, Schedule
    from stylestudio.training.adversarial.starting import Start, size_words, takes_bfloat16
    from stylestudio.training.adversarial.trainer import SAMPLE_ROWS, migrate_identity

    prepare(threads)
    check_folder_of(out)
    start = Start(
        size=size,
        resolution=int(resolution) if resolution else None,
        kimg=kimg,
        batch=batch,
        mirror=mirror,
        seed=seed,
    )
    model = _opened(init) if init else None
    config = start.config(model)
    state = (work_dir or Path("runs") / out.stem) / "state.pt"
    trainer = start.begin(
        _read(pictures, state.parent, config.img_resolution),
        model,
        device,
        bfloat16=precision == "bfloat16" or (precision == "auto" and takes_bfloat16(device)),
    )
    click.echo(f"The network has {size_words(config)}.", err=True)
    if model and trainer.transfer and trainer.transfer.left:
        say_note(f"of {model.name}, {trainer.transfer}.")
    begin(trainer, state, resume, migrate_identity)
    if trainer.pictures_before is not None:
        say_note(
            f"these are not the same pictures as before, {len(trainer.pictures)} where there were "
            f"{trainer.pictures_before}; training continues with them."
        )

    def captions(step: int) -> dict[int, str]:
        of_model = f"Step {step:,}, {step * batch / 1000:,.1f} kimg"
        return {0: of_model, SAMPLE_ROWS: "Pictures of the folder"}

    fid = TrainingFid(fid_pictures) if fid_pictures > 1 else None
    complain = complain_of(state)
    keeper = Keeper(trainer, state.parent, Schedule(snapshot_kimg, keep), fid, complain)
    cancel = Cancel()

    return drive(
        trainer,
        state,
        out,
        total_steps=trainer.settings.total_steps,
        label=lambda progress: (
            f"{progress.done * batch / 1000:.4g} kimg, {_label(progress, keeper)}"
        ),
        write=lambda path: write_model(trainer, path),
        captions=captions,
        as_it_stands="as-it-stands.safetensors",
        after=lambda progress: keeper.after(progress, cancel),
        complain=complain,
    )


def _opened(init: str) -> Model:
    from stylestudio.render import open_model

    return open_model(init, device="cpu")


def _read(folder: Path, work: Path, resolution: int) -> Pictures:
    """Read the pictures with a bar, and say which files are none; what is in `work` is left out."""
    from stylestudio.training.adversarial.pictures import find_files
    from stylestudio.training.adversarial.starting import few_note

    pictures = read_with_bar(folder, find_files(folder, work), resolution)
    if few := few_note(len(pictures)):
        say_note(few)
    return pictures


def read_with_bar(folder: Path, files: list[Path], resolution: int) -> Pictures:
    """Read files of a folder with a bar, and say which are no pictures. Raises PicturesError."""
    from stylestudio.training.adversarial.pictures import read_pictures

    hidden = not sys.stderr.isatty()
    with click.progressbar(files, label="Reading pictures", file=sys.stderr, hidden=hidden) as bar:
        pictures = read_pictures(folder, bar, resolution)
    for name, reason in pictures.skipped.items():
        click.echo(f"Skipped {name}: {reason}", err=True)
    return pictures


def _label(progress: AdversarialProgress, keeper: Keeper) -> str:
    fid = keeper.fid
    return (
        f"r {progress.r_t:+.2f}, p {progress.p:.3f}, "
        f"losses {progress.loss:.2f} / {progress.discriminator_loss:.2f}"
    ) + ("" if fid is None else f", FID {fid:.4g}")
