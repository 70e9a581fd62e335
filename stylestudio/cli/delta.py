"""`stylestudio delta`: files of changed weights."""

from __future__ import annotations

from pathlib import Path

import click


def parse_delta_output(text: str) -> Path:
    """Find out before any work whether this delta can be written."""
    path = Path(text)
    if not path.name.lower().endswith(".safetensors") or path.is_dir():
        raise click.BadParameter(f"{path.name} must end in .safetensors, and be no folder.")
    if not path.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {path.absolute().parent} does not exist.")
    return path


@click.group("delta")
def command() -> None:
    """Make files of changed weights, for `render --delta` and the window."""


@command.command("difference", short_help="Write the difference between two models.")
@click.argument("model", metavar="MODEL")
@click.argument("sibling", metavar="SIBLING")
@click.option(
    "-o",
    "--output",
    type=parse_delta_output,
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
