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
    device_option,
    drive,
    prepare,
    resume_option,
    threads_option,
)

if TYPE_CHECKING:
    import torch

    from stylestudio.networks.stylegan2 import StyleGAN2Config
    from stylestudio.render import Model
    from stylestudio.training.adversarial.pictures import Pictures
    from stylestudio.training.adversarial.trainer import AdversarialProgress

FEW = 50  # pictures
RESOLUTIONS = ("16", "32", "64", "128", "256", "512", "1024")
DEFAULT_RESOLUTION = 64
CHANNEL_BASE, CHANNEL_MAX = 2048, 128  # an eighth and a quarter of the papers' networks
LATENTS = 128
MAPPING_LAYERS = 2
INIT_AUGMENT_KIMG = 100.0  # a trained start needs augmentation five times as soon


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
    type=click.Choice(RESOLUTIONS),
    help=f"Side of the pictures.  [default: {DEFAULT_RESOLUTION}, or that of --init]",
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
    kimg: float,
    batch: int,
    init: str | None,
    mirror: bool,
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

    The network has 2048 / side channels at each resolution, at most 128, and 128 numbers in z and
    w: small enough to be trained on a CPU. One started with --init keeps that model's size.
    """
    from stylestudio.training.adversarial.finish import write_model
    from stylestudio.training.adversarial.settings import AdversarialSettings
    from stylestudio.training.adversarial.trainer import (
        SAMPLE_ROWS,
        AdversarialTrainer,
        migrate_identity,
    )

    prepare(threads)
    check_folder_of(out)
    start = _start(init, resolution) if init else None
    config = _config(start, resolution)
    settings = AdversarialSettings(
        config=config,
        kimg=kimg,
        batch=batch,
        mirror=mirror,
        seed=seed,
        augment_kimg=INIT_AUGMENT_KIMG if start else AdversarialSettings.augment_kimg,
    )
    trainer = AdversarialTrainer(
        _read(pictures, config.img_resolution), settings, init=start, device=device
    )
    state = (work_dir or Path("runs") / out.stem) / "state.pt"
    begin(trainer, state, resume, migrate_identity)
    if trainer.pictures_before is not None:
        say_note(
            f"these are not the same pictures as before, {len(trainer.pictures)} where there were "
            f"{trainer.pictures_before}; training continues with them."
        )

    def captions(step: int) -> dict[int, str]:
        of_model = f"Step {step:,}, {step * batch / 1000:,.1f} kimg"
        return {0: of_model, SAMPLE_ROWS: "Pictures of the folder"}

    return drive(
        trainer,
        state,
        out,
        total_steps=settings.total_steps,
        label=lambda progress: f"{progress.done * batch / 1000:.4g} kimg, {_label(progress)}",
        write=lambda path: write_model(trainer, path),
        captions=captions,
        as_it_stands="as-it-stands.safetensors",
    )


def _config(start: Model | None, resolution: str | None) -> StyleGAN2Config:
    from stylestudio.networks.stylegan2 import StyleGAN2Config

    if start:
        config = start.network.config
        assert isinstance(config, StyleGAN2Config)
        return config
    return StyleGAN2Config.standard(
        int(resolution or DEFAULT_RESOLUTION),
        channel_base=CHANNEL_BASE,
        channel_max=CHANNEL_MAX,
        z_dim=LATENTS,
        w_dim=LATENTS,
        mapping_layers=MAPPING_LAYERS,
    )


def _start(init: str, resolution: str | None) -> Model:
    """Open the model of --init; it has to be one that can be trained on the pictures."""
    from stylestudio.render import open_model

    model = open_model(init, device="cpu")
    if model.network.family != "stylegan2":
        raise click.ClickException(f"{init} is a StyleGAN3; --init takes a StyleGAN2.")
    if model.c_dim:
        raise click.ClickException(
            f"{init} was trained with {model.c_dim} classes; --init takes a model without."
        )
    if model.img_channels != 3:
        raise click.ClickException(
            f"{init} makes pictures of {model.img_channels} channels; --init takes a colour model."
        )
    if resolution and int(resolution) != model.resolution:
        raise click.UsageError(
            f"{init} makes pictures of {model.resolution} pixels; leave --resolution out."
        )
    return model


def _read(folder: Path, resolution: int) -> Pictures:
    """Read the pictures with a bar, and say which files are none."""
    from stylestudio.training.adversarial.pictures import find_files

    pictures = read_with_bar(folder, find_files(folder), resolution)
    if len(pictures) < FEW:
        only = "is one picture" if len(pictures) == 1 else f"are only {len(pictures)} pictures"
        say_note(f"there {only}; a model memorises so few pictures and makes little else.")
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


def _label(progress: AdversarialProgress) -> str:
    return (
        f"r {progress.r_t:+.2f}, p {progress.p:.3f}, "
        f"losses {progress.loss:.2f} / {progress.discriminator_loss:.2f}"
    )
