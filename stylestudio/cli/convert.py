"""`stylestudio convert`: any readable model file, as safetensors or in rosinality's layout."""

from __future__ import annotations

from pathlib import Path

import click

from stylestudio.cli.paths import NEW, same_file

SUFFIXES = {".safetensors": "StyleStudio's own form", ".pt": "rosinality's layout"}


def _parse_target(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        kinds = " or ".join(f"{suffix} ({form})" for suffix, form in SUFFIXES.items())
        raise click.BadParameter(f"{path.name} must end in {kinds}.")
    if not path.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {path.absolute().parent} does not exist.")
    return path


@click.command("convert")
@click.argument("source", metavar="IN", type=NEW)
@click.argument("target", metavar="OUT", type=_parse_target)
def command(source: Path, target: Path) -> None:
    """Convert the model IN to OUT: .safetensors, which opens fastest and runs nothing, or .pt in
    rosinality's layout, for programs that read it.

    IN is a file, or the name of a built-in model. Weights are kept exactly; personal paths in
    the file are left out.
    """
    from stylestudio.checkpoints import read_checkpoint, write_rosinality, write_safetensors
    from stylestudio.render.model_opening import model_path

    source = model_path(source)
    if same_file(target, source):
        raise click.UsageError("IN and OUT are the same file.")
    checkpoint = read_checkpoint(source)
    for note in checkpoint.notes:
        click.echo(f"Note: {note}", err=True)
    if target.suffix.lower() == ".pt":
        write_rosinality(target, checkpoint.network)
    else:
        write_safetensors(
            target, checkpoint.network, name=checkpoint.name, metadata=checkpoint.metadata
        )
    click.echo(f"Wrote {click.format_filename(target)}")
