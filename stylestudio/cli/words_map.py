"""`stylestudio words map`: a mapper that moves each picture to words in its own way."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import EXISTING, NEW_FILE
from stylestudio.cli.training_run import (
    check_folder_of,
    device_option,
    prepare,
    threads_option,
    with_bar,
)
from stylestudio.cli.words_given import (
    instead_option,
    seed_option,
    text_option,
    weighted,
    words_argument,
)

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from stylestudio.progress import Progress


@click.command("map", short_help="Train a mapper, an edit that depends on the picture.")
@click.argument("model", metavar="MODEL")
@words_argument
@instead_option
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    metavar="OUT",
    help="The file to write.  [default: MODEL-mapper.delta.safetensors]",
)
@text_option
@click.option("--steps", type=click.IntRange(1, 100_000), default=120, show_default=True)
@click.option(
    "--near",
    type=Decimal(0, 1),
    default=0.5,
    show_default=True,
    help="0 follows the words freely, 1 stays near each picture.",
)
@click.option(
    "--delta",
    "delta_path",
    type=EXISTING,
    metavar="FILE",
    help="Train inside the model as changed by this delta, such as one of `words adapt`.",
)
@seed_option
@device_option
@threads_option(1)
def map_words(
    model: str,
    words: tuple[str, ...],
    instead_of: str,
    output: Path | None,
    text_model: str,
    steps: int,
    near: float,
    delta_path: Path | None,
    seed: int,
    device: torch.device,
    threads: int,
) -> int:
    """Train a mapper of MODEL that moves each picture to WORDS in its own way.

    A mapper is three small networks (StyleCLIP). `render --mapper` and the window use it as an
    edit. Ctrl-C stops after the current step; the same command continues from there.
    """
    from pathlib import Path as AnyPath

    from stylestudio.render import open_delta, open_model
    from stylestudio.text import Mapping, MapSettings, open_text_model
    from stylestudio.text.prompts import wishes_of
    from stylestudio.training.runs import RunError, load_state

    prepare(threads)
    path = output or AnyPath(f"{AnyPath(model).stem}-mapper.delta.safetensors")
    check_folder_of(path)
    settings = MapSettings(
        wishes=wishes_of(weighted(words)),
        instead_of=instead_of,
        steps=steps,
        nearness=near,
        seed=seed,
    )
    opened = open_model(model, device=str(device))
    text = open_text_model(text_model).to(opened.device)
    delta = open_delta(delta_path) if delta_path else None
    mapping = Mapping(opened, text, settings, delta=delta)
    first = mapping.likeness(0.0)
    state = path.with_name(f".{path.stem}.state.pt")
    if state.exists():
        try:
            load_state(mapping, state)
        except RunError:
            say_note("Another training was left unfinished here; this one begins anew.")
    for _ in with_bar(mapping, state, total_steps=steps, label=_label, log=False):
        pass
    if not mapping.finished:
        click.echo(
            f"Stopped at step {mapping.step} of {steps}; the same command continues.", err=True
        )
        return 130
    mapping.mapper().write(path)
    with suppress(OSError):  # it may not have been written
        state.unlink()
    click.echo(
        f"Wrote {click.format_filename(path)}: likeness {first:.3f} -> {mapping.likeness():.3f} "
        "on samples that it was not trained on"
    )
    return 0


def _label(progress: Progress) -> str:
    return f"{progress.stage}, loss {progress.loss:.3f}"
