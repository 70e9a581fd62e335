"""`stylestudio words adapt`: a model taken to another domain, by words or by a few pictures."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import EXISTING, NEW_FILE, NEW_FOLDER
from stylestudio.cli.training_run import (
    check_folder_of,
    device_option,
    prepare,
    threads_option,
    with_bar,
)
from stylestudio.cli.words_given import instead_option, seed_option, text_option, weighted
from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor

    from stylestudio.render import Model
    from stylestudio.text import (
        Adaptation,
        AdaptProgress,
        AdaptSettings,
        AdaptSnapshot,
        TextModel,
    )
    from stylestudio.text.adapt_folder import AdaptFolder
    from stylestudio.text.adapt_report import Standing
    from stylestudio.text.layer_choice import Layers

LAYERS = ("auto", "all", "coarse", "middle", "fine")


@click.command("adapt", short_help="Adapt a model to another domain, by words or pictures.")
@click.argument("model", metavar="MODEL")
@click.argument("words", metavar="[WORDS...]", nargs=-1)
@instead_option
@click.option(
    "--picture",
    "pictures",
    type=EXISTING,
    multiple=True,
    metavar="FILE",
    help="A picture in the manner you want, or a folder of them, instead of words; "
    "four are enough. May be given again.",
)
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    metavar="OUT.delta.safetensors",
    help="The delta to write.  [default: MODEL-adapted.delta.safetensors]",
)
@click.option(
    "--snapshots",
    type=NEW_FOLDER,
    metavar="FOLDER",
    help="Where a delta and a sheet of samples go every few steps, in place of an earlier run's.  "
    "[default: beside OUT]",
)
@text_option
@click.option("--steps", type=click.IntRange(1, 100_000), default=60, show_default=True)
@click.option(
    "--layers",
    type=click.Choice(LAYERS),
    default="auto",
    show_default=True,
    help="Layers that may change; auto picks those that matter most to words at "
    "each step, or all for pictures.",
)
@seed_option
@device_option
@threads_option(2)
@click.option(
    "--evaluate",
    is_flag=True,
    help="Write nothing; print likeness, variety and work at each quarter. Without "
    "targets it uses its own drawings, painted pictures and words.",
)
def adapt(
    model: str,
    words: tuple[str, ...],
    instead_of: str,
    pictures: tuple[Path, ...],
    output: Path | None,
    snapshots: Path | None,
    text_model: str,
    steps: int,
    layers: Layers,
    seed: int,
    device: torch.device,
    threads: int,
    evaluate: bool,
) -> int:
    """Adapt MODEL to another domain, given by WORDS or pictures, and write the delta.

    `render --delta` and the window take the delta, with an amount from 0 to 1. Seeds, edits and
    inversions go on working. Every few steps leave a snapshot; an earlier one often looks better
    than the last. Ctrl-C stops after the current step; the same command continues from there.
    """
    from pathlib import Path as AnyPath

    from stylestudio.render import open_model
    from stylestudio.text import Adaptation, AdaptSettings, open_text_model
    from stylestudio.text.adapt_folder import AdaptFolder
    from stylestudio.text.prompts import wishes_of

    prepare(threads)
    if (words and pictures) or not (words or pictures or evaluate):
        raise click.UsageError("give either WORDS or --picture to adapt the model to.")
    path = output or AnyPath(f"{AnyPath(model).stem}-adapted.delta.safetensors")
    check_folder_of(path)
    wishes = wishes_of(weighted(words)) if words else ()
    opened = open_model(model, device=str(device))
    text = open_text_model(text_model).to(opened.device)
    shown = _read(pictures, opened.resolution)
    settings = AdaptSettings(
        wishes=wishes, instead_of=instead_of, steps=steps, layers=layers, seed=seed
    )
    if evaluate:
        return _evaluate(opened, text, settings, shown)
    adaptation = Adaptation(opened, text, settings, shown)
    stem = path.name.removesuffix(".safetensors").removesuffix(".delta")
    folder = snapshots or path.with_name(f"{stem}-snapshots")
    return _adapt(adaptation, path, AdaptFolder(folder))


def _adapt(adaptation: Adaptation, path: Path, folder: AdaptFolder) -> int:
    """Adapt with a bar, going on from what an interrupted run has left; write the delta."""
    from stylestudio.training.runs import load_state

    total = adaptation.settings.steps
    if folder.state.exists():
        load_state(adaptation, folder.state)
    else:
        folder.clear()
    for progress in with_bar(adaptation, folder.state, total_steps=total, label=_label):
        if progress.snapshot:
            _keep(progress.snapshot, folder)
    if not adaptation.finished:
        click.echo(
            f"Stopped at step {adaptation.step} of {total}; the same command continues.", err=True
        )
        return 130
    last = adaptation.snapshot()
    with replacing(path) as temporary:
        temporary.write_bytes(last.delta.to_bytes())
    with suppress(OSError):  # it may not have been written
        folder.state.unlink()
    click.echo(
        f"Wrote {click.format_filename(path)}: likeness {last.likeness:.3f}, variety "
        f"{last.variety:.0%}; its snapshots are in {click.format_filename(folder.folder)}"
    )
    return 0


def _keep(snapshot: AdaptSnapshot, folder: AdaptFolder) -> None:
    try:
        folder.keep(snapshot)
    except OSError as error:
        reason = error.strerror or error
        say_note(f"The snapshot of step {snapshot.step} can't be written: {reason}.")


def _evaluate(
    model: Model, text: TextModel, settings: AdaptSettings, pictures: list[Tensor]
) -> int:
    """Print how an adaptation goes; where nothing is asked for, how the standard ones do."""
    from stylestudio.text import Adaptation
    from stylestudio.text.adapt_report import (
        WORDS,
        measure,
        painted_samples,
        shown_in,
        standard_targets,
    )
    from stylestudio.text.prompts import title_of, wishes_of

    def report(title: str, adaptation: Adaptation, ideal: Standing | None = None) -> None:
        click.echo(f"{title}: {steps} steps, layers {settings.layers}")
        click.echo("   step  likeness   style  variety  colours  processor seconds")
        for at in measure(adaptation):
            click.echo(f"  {at.step:5d}{_figures(at)}  {at.seconds:17.0f}")
        if ideal:
            click.echo(f"  ideal{_figures(ideal)}")

    steps = settings.steps
    if settings.wishes or pictures:
        title = title_of(settings.wishes) if settings.wishes else f"{len(pictures)} pictures"
        report(title, Adaptation(model, text, settings, pictures))
        return 0
    for title, paint in standard_targets().items():
        adaptation = Adaptation(model, text, settings, shown_in(paint, model))
        ideal = painted_samples(adaptation, paint)
        report(f"4 pictures, {title}", adaptation, ideal)
    wanted, usual = WORDS
    by_words = replace(settings, wishes=wishes_of(wanted), instead_of=usual)
    report(f'"{wanted}" instead of "{usual}"', Adaptation(model, text, by_words))
    return 0


def _figures(at: Standing) -> str:
    style = "" if at.style is None else f"{at.style:.2f}"
    return f"  {at.likeness:8.3f}  {style:>6}  {at.shapes:7.0%}  {at.colours:7.0%}"


def _label(progress: AdaptProgress) -> str:
    return f"loss {progress.loss:.3f}"


def _read(pictures: tuple[Path, ...], side: int) -> list[Tensor]:
    from stylestudio.cli.photos import photo_files
    from stylestudio.transfer.pictures import read_picture, shortest_side

    files = photo_files(pictures)
    return [read_picture(file, shortest_side(side), say_note) for file in files]
