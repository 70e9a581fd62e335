"""`stylestudio train lexicon`: the built-in text model, from nothing, and what it can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import out_option, work_dir_option
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    device_option,
    prepare,
    resume_option,
    threads_option,
    trained,
)

if TYPE_CHECKING:
    from pathlib import Path

    import torch

BARS = {1: 0.90, 2: 0.80}  # share of first ranks, by how many things a phrase says
WORST = 8  # phrases that are listed


@click.command("lexicon", short_help="Train Lexicon, the words that the built-in worlds know.")
@out_option("lexicon.safetensors", "The text model to write.")
@work_dir_option("lexicon", "Where the resumable state goes.")
@click.option(
    "--steps", type=click.IntRange(1), help="[default: 5000, or 3000 larger ones on a GPU]"
)
@resume_option
@device_option
@threads_option(2)
@click.option(
    "--evaluate",
    "evaluated",
    metavar="MODEL",
    help="Do not train; tell how well this text model ranks pictures by phrases that Lexicon is "
    'not taught: "lexicon" for the built-in one, or a file.',
)
def lexicon(
    out: Path,
    work_dir: Path,
    steps: int | None,
    resume: bool,
    device: torch.device,
    threads: int,
    evaluated: str | None,
) -> int:
    """Train the built-in text model on the worlds' own pictures and captions made for them.

    Nothing is downloaded. Ctrl-C stops after the current step; the same command with --resume
    continues from there.
    """
    prepare(threads)
    if evaluated:
        return _evaluate(evaluated)
    from stylestudio.checkpoints import write_lexicon
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.training.lexicon.trainer import CARD_SETTINGS, SETTINGS, LexiconTrainer

    check_folder_of(out)
    settings = replace(
        SETTINGS if device.type == "cpu" else CARD_SETTINGS, bfloat16=multiplies_bfloat16(device)
    )
    if steps:
        settings = replace(settings, steps=steps)
    trainer = LexiconTrainer(settings, device)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)
    if not trained(
        trainer,
        state,
        total_steps=settings.steps,
        label=lambda progress: f"loss {progress.loss:.3f}",
    ):
        return 130
    write_lexicon(trainer.network, trainer.words, out)
    click.echo(f"Wrote {click.format_filename(out)}")
    return 0


def _evaluate(model: str) -> int:
    """Print both shares of first ranks, and the phrases that do worst."""
    from stylestudio.text import open_text_model
    from stylestudio.training.lexicon.ranking import PICTURES, TRIALS, rank

    opened = open_text_model(model)
    for things, bar in BARS.items():
        found = rank(opened, things)
        share = sum(one.share for one in found) / len(found)
        what = "one thing" if things == 1 else "two things"
        said = "reached" if share >= bar else "missed"
        click.echo(
            f"{len(found)} phrases that say {what}, {TRIALS} line-ups of {PICTURES} pictures each: "
            f"the one that fits is first in {share:.1%} (wanted {bar:.0%}: {said})"
        )
        for one in sorted(found, key=lambda one: one.share)[:WORST]:
            if one.share < 1:
                click.echo(f"  {one.share:4.0%}  {one.text}  ({one.world})")
    return 0
