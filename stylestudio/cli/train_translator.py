"""`stylestudio train translator`: networks that turn one kind of picture into another and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.named_files import assets_of, named_files_options
from stylestudio.cli.paths import FILE, NEW_FILE, NEW_FOLDER
from stylestudio.cli.training_run import begin, check_folder_of, drive, prepare, training_options

if TYPE_CHECKING:
    from typing import Unpack

    import torch
    from torch import nn

    from stylestudio.cli.named_files import NamedFiles
    from stylestudio.cli.translator_sides import Side
    from stylestudio.training.translators import TranslatorTrainer

RESOLUTIONS = ("16", "32", "64", "128", "256")
SUFFIXES = (".pth", ".safetensors")


def _parse_out(_context: click.Context, _parameter: click.Parameter, out: Path) -> Path:
    if out.suffix.lower() not in SUFFIXES:
        raise click.BadParameter(f"{out} ends neither in .pth nor in .safetensors.")
    return out


@click.command("translator")
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@click.option("--look-a", type=FILE, metavar="RECIPE", help="The look of A, where A is a model.")
@click.option("--look-b", type=FILE, metavar="RECIPE", help="The look of B, where B is a model.")
@named_files_options
@click.option(
    "--out",
    type=NEW_FILE,
    callback=_parse_out,
    required=True,
    help="OUT.pth or OUT.safetensors; written are OUT_net_G_A (A to B) and OUT_net_G_B (B to A).",
)
@click.option(
    "--work-dir",
    type=NEW_FOLDER,
    help="Where the resumable state, the sample sheets and the samples of looks go.  "
    "[default: runs/ and OUT's name]",
)
@click.option(
    "--resolution",
    type=click.Choice(RESOLUTIONS),
    default="64",
    show_default=True,
    help="Side of the pictures to learn from; the translators take any size.",
)
@click.option("--steps", type=click.IntRange(1), default=8000, show_default=True)
@click.option(
    "--count",
    type=click.IntRange(2),
    default=500,
    show_default=True,
    help="Samples of each look to learn from.",
)
@click.option(
    "--width",
    type=click.IntRange(8, 128),
    default=24,
    show_default=True,
    help="Channels at full size; CycleGAN's own have 64.",
)
@click.option(
    "--blocks",
    type=click.IntRange(1, 16),
    default=6,
    show_default=True,
    help="Blocks in the middle; other programs know 6 and 9.",
)
@training_options
@click.option(
    "--evaluate",
    is_flag=True,
    help="Do not train; judge the two files of --out by pictures they have not seen.",
)
def translator(
    a: str,
    b: str | None,
    look_a: Path | None,
    look_b: Path | None,
    out: Path,
    work_dir: Path | None,
    resolution: str,
    steps: int,
    count: int,
    width: int,
    blocks: int,
    resume: bool,
    seed: int,
    device: torch.device,
    threads: int,
    evaluate: bool,
    **files: Unpack[NamedFiles],
) -> int:
    """Train a CycleGAN: networks that turn pictures of A into pictures of B, and back.

    A and B are folders of pictures, recipes (.json, or a .png with one inside) of a built-in
    model, or a MODEL with --look-a and --look-b. No picture needs a counterpart. A look is drawn
    on many seeds first. Ctrl-C stops after the current step and writes the networks as they stand
    into the working folder; the same command with --resume continues from there.
    """
    from stylestudio.cli.translator_sides import open_side
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.training.translators import (
        SAMPLE_ROWS,
        TranslatorSettings,
        TranslatorTrainer,
        migrate_identity,
    )

    prepare(threads)
    check_folder_of(out)
    if b is None and not (look_a or look_b):
        raise click.UsageError("name B, too: what the pictures of A are to become.")
    settings = TranslatorSettings(
        resolution=int(resolution),
        steps=steps,
        width=width,
        blocks=blocks,
        bfloat16=multiplies_bfloat16(device),
        seed=seed,
    )
    work_dir = work_dir or Path("runs") / out.stem
    assets = assets_of(files)
    side_a = open_side(a, look_a, assets, work_dir / "a", settings.read_side, count, 0)
    side_b = open_side(b or a, look_b, assets, work_dir / "b", settings.read_side, count, 1)
    if evaluate:
        _evaluate(side_a, side_b, out, settings.resolution, seed)
        return 0
    pictures = side_a.known(settings.read_side), side_b.known(settings.read_side)
    trainer = TranslatorTrainer(pictures, settings, device)
    state = work_dir / "state.pt"
    begin(trainer, state, resume, migrate_identity)
    words = f"A: {side_a.name}, B: {side_b.name}"
    return drive(
        trainer,
        state,
        out,
        total_steps=steps,
        label=lambda progress: (
            f"cycle error {progress.cycle_error:.3f}, "
            f"losses {progress.loss:.2f} / {progress.discriminator_loss:.2f}"
        ),
        write=lambda path: _write(trainer, path),
        captions=lambda step: {
            row: name if row else f"{name} at step {step:,}; {words}"
            for row, name in enumerate(SAMPLE_ROWS)
        },
        as_it_stands="as-it-stands.pth",
    )


def _files(out: Path) -> tuple[Path, Path]:
    """The files of both ways, named as CycleGAN's program names them."""
    return out.with_stem(f"{out.stem}_net_G_A"), out.with_stem(f"{out.stem}_net_G_B")


def _write(trainer: TranslatorTrainer, out: Path) -> str:
    """Write both translators; what they are called."""
    from stylestudio.checkpoints import write_translator

    for path, network in zip(_files(out), trainer.generators, strict=True):
        write_translator(path, network)  # type: ignore[arg-type]
    return " and ".join(str(path) for path in _files(out))


def _evaluate(a: Side, b: Side, out: Path, resolution: int, seed: int) -> None:
    """Print how near the way there and back comes, and how often a translation is recognised."""
    from stylestudio.checkpoints import read_stage
    from stylestudio.training.translator_report import judge

    networks: list[nn.Module] = []
    for path in _files(out):
        network = read_stage(path).network
        if network.kind != "translate":
            raise click.ClickException(f"{path} does not translate pictures.")
        networks.append(network)
    known = a.known(resolution), b.known(resolution)
    unseen = a.unseen(resolution), b.unseen(resolution)
    report = judge((networks[0], networks[1]), known, unseen, seed)
    click.echo(f"{'':28}{'A to B':>8}{'B to A':>8}")
    counts, errors, recognised = (
        [len(each) for each in unseen],
        report.cycle_errors,
        report.recognised,
    )
    click.echo(f"{'unseen pictures':28}{counts[0]:8}{counts[1]:8}")
    click.echo(f"{'cycle error, of 0..1':28}{errors[0]:8.4f}{errors[1]:8.4f}")
    click.echo(f"{'recognised as the other':28}{recognised[0]:8.1%}{recognised[1]:8.1%}")
    click.echo(
        f"Recognised by a small network taught on {len(known[0])} and {len(known[1])} other "
        f"pictures; it is right about {report.originals:.1%} of the unseen originals."
    )
