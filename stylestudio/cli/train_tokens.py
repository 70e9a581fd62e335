"""`stylestudio train tokens`: what Imagine writes pictures with, from nothing."""

from __future__ import annotations

import sys
from dataclasses import replace
from statistics import mean
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import FILE, out_option, work_dir_option
from stylestudio.cli.training_run import (
    SHEET_COLUMNS,
    begin,
    check_folder_of,
    device_option,
    drive,
    prepare,
    resume_option,
    threads_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from stylestudio.training.tokens.report import Named

BAR = 0.75  # share of what captions say that is to be so
WORST = 8  # attributes that are listed
SHOWN = (  # captions that a sheet of pictures is written for
    "a woman with red hair",
    "an old man with glasses",
    "a smiling girl with long blond hair",
    "a portrait with a dark backdrop and blue clothes",
)


@click.command("tokens", short_help="Train Tokens, which writes pictures code by code from words.")
@out_option("tokens.safetensors", "The file to write.")
@work_dir_option("tokens", "Where the resumable state and sample sheets go.")
@click.option(
    "--code-steps",
    type=click.IntRange(1),
    show_default="3000",
    help="Steps of the first half, which learns codes for pictures; --init has none.",
)
@click.option(
    "--writing-steps",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Steps of the second, which learns to write them.",
)
@click.option(
    "--init", type=FILE, help="Keep the codes of this file and go on teaching its transformer."
)
@resume_option
@device_option
@threads_option()
@click.option(
    "--evaluate",
    "evaluated",
    type=FILE,
    help="Do not train; tell how often this file's pictures show what captions say. The first "
    "time, regressors are trained for that and kept in the working folder.",
)
def tokens(
    out: Path,
    work_dir: Path,
    code_steps: int | None,
    writing_steps: int,
    init: Path | None,
    resume: bool,
    device: torch.device,
    threads: int,
    evaluated: Path | None,
) -> int:
    """Train DALL-E's idea in miniature on painted portraits and captions made for them.

    First an autoencoder learns to say a picture in 64 codes, then a transformer to write these
    behind a caption. Ctrl-C stops after the current step; the same command with --resume continues
    from there.
    """
    from stylestudio.checkpoints import read_lexicon, read_tokens, write_tokens
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.resources import resource_path
    from stylestudio.training.tokens.trainer import TokensSettings, TokensTrainer

    prepare(threads)
    if evaluated:
        return _evaluate(evaluated, work_dir, device)
    if init and code_steps:
        raise click.UsageError("--init keeps the codes of its file; leave out --code-steps.")
    check_folder_of(out)
    settings = TokensSettings(writing_steps=writing_steps, bfloat16=multiplies_bfloat16(device))
    if code_steps:
        settings = replace(settings, code_steps=code_steps)
    lexicon = read_lexicon(resource_path("text", "lexicon.safetensors"))
    start = read_tokens(init) if init else None
    trainer = TokensTrainer(settings, device, lexicon, start=start)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)

    def write(path: Path) -> None:
        write_tokens(trainer.codes.network, trainer.writing.network, trainer.writing.words, path)

    return drive(
        trainer,
        state,
        out,
        total_steps=trainer.settings.steps,
        label=lambda progress: f"{progress.stage}, loss {progress.loss:.3f}",
        write=write,
        as_it_stands="tokens.safetensors",
    )


def _evaluate(path: Path, work_dir: Path, device: torch.device) -> int:
    """Print how often what captions say is so: in what is written, and in painted pictures."""
    from stylestudio.checkpoints import read_tokens
    from stylestudio.cli.regressors import judge_for
    from stylestudio.text import open_text_model
    from stylestudio.training.tokens.report import CAPTIONS, KEPT, SAMPLES, evaluate
    from stylestudio.training.worlds import world

    scene, settings = world("portraits")
    work_dir.mkdir(parents=True, exist_ok=True)
    regressors = judge_for(scene, settings.config, work_dir, device)
    with click.progressbar(
        length=CAPTIONS, label="Writing", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        found = evaluate(
            read_tokens(path),
            regressors,
            open_text_model("lexicon"),
            scene,
            report=lambda done: bar.update(done - bar.pos),
        )
    click.echo(f"{CAPTIONS} captions, {SAMPLES} pictures each; what they say is so in this share:")
    click.echo(f"{'':24}{'written':>9}{f'best {KEPT}':>9}{'coded':>9}{'painted':>9}")
    for things in sorted({one.things for one in found}):
        which = [one for one in found if one.things == things]
        click.echo(_line(f"captions that say {things}", which))
    click.echo(_line("all", found))
    kept = mean(one.kept for one in found)
    said = "reached" if kept >= BAR else "missed"
    click.echo(f"wanted of the best {KEPT}: {BAR:.0%} ({said}); by chance it would be 50%")
    by_attribute: dict[str, list[Named]] = {}
    for one in found:
        by_attribute.setdefault(one.attribute, []).append(one)
    worst = sorted(by_attribute.items(), key=lambda pair: mean(o.written for o in pair[1]))
    click.echo("worst followed:")
    for name, which in worst[:WORST]:
        click.echo(_line(f"  {name}", which))
    _save_sheet(path, work_dir / "imagined.png")
    return 0


def _save_sheet(path: Path, sheet: Path) -> None:
    """Write a row of pictures, as Imagine shows them, for each of some captions."""
    import torch

    from stylestudio.text import imagine, open_picture_writer
    from stylestudio.training.sheets import save_sheet

    writer = open_picture_writer(path)
    rows = [imagine(caption, SHEET_COLUMNS, writer=writer) for caption in SHOWN]
    pixels = torch.stack([torch.from_numpy(one.picture) for row in rows for one in row])
    pictures = pixels.permute(0, 3, 1, 2) / 127.5 - 1
    save_sheet(pictures, SHEET_COLUMNS, sheet, dict(enumerate(SHOWN)))
    click.echo(f"Wrote {sheet}: for {len(SHOWN)} captions, the {SHEET_COLUMNS} that fit best")


def _line(name: str, which: Sequence[Named]) -> str:
    shares = (
        mean(getattr(one, of) for one in which) for of in ("written", "kept", "coded", "painted")
    )
    return f"{name:24}" + "".join(f"{share:9.1%}" for share in shares)
