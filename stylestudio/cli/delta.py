"""`stylestudio delta`: files of changed weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import parse_safetensors

if TYPE_CHECKING:
    from pathlib import Path


@click.group("delta")
def command() -> None:
    """Make files of changed weights, for `render --delta` and the window."""


@command.command("difference", short_help="Write the difference between two models.")
@click.argument("model", metavar="MODEL")
@click.argument("sibling", metavar="SIBLING")
@click.option(
    "-o",
    "--output",
    type=parse_safetensors,
    required=True,
    metavar="FILE",
    help="The .delta.safetensors to write.",
)
def difference(model: str, sibling: str, output: Path) -> None:
    """Write the difference between the weights of MODEL and SIBLING.

    Both have to have the same layers, as a model and one that was trained from it.
    """
    from stylestudio.render import difference as between
    from stylestudio.render import open_model

    delta = between(open_model(model), open_model(sibling))
    delta.write(output)
    size = f"{len(delta.tensors)} of the weights differ, {delta.nbytes / 1e6:.1f} MB"
    click.echo(f"Wrote {click.format_filename(output)}: {size}")
