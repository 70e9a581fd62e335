"""`stylestudio find-directions`: directions of any model, for edits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.training_run import check_folder_of

if TYPE_CHECKING:
    from stylestudio.progress import Progress


@click.command("find-directions")
@click.argument("model", metavar="MODEL")
@click.option(
    "--method",
    type=click.Choice(["pca", "sefa"], case_sensitive=False),
    default="pca",
    show_default=True,
    help="Where w strays most, or what the layers answer most to.",
)
@click.option("--count", type=click.IntRange(1), default=64, show_default=True, help="At most.")
@click.option(
    "--layers",
    metavar="LAYERS",
    help="Directions for these layers alone: coarse, middle, fine, 0-3,7.  [default: all]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.safetensors",
    help="The file to write.  [default: MODEL-METHOD.safetensors]",
)
def command(model: str, method: str, count: int, layers: str | None, output: Path | None) -> None:
    """Find directions in MODEL (a file, or the name of a built-in model) and write them.

    No picture is looked at: the strongest come first, without names. `render --edit` takes them
    from the file with --directions, or by names such as "PCA 3" and "SeFa fine 2" without one.
    """
    path = output or Path(f"{Path(model).stem}-{method}.safetensors")
    check_folder_of(path)
    from stylestudio.editing import find_directions
    from stylestudio.render import open_model

    opened = open_model(model)
    hidden = not sys.stderr.isatty()
    label = "Looking at the model's latents"
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def show(progress: Progress) -> None:
            bar.length = progress.total
            bar.update(progress.done - bar.pos)

        found = find_directions(opened, method, count, layers, on_progress=show)  # type: ignore[arg-type]
    found.save(path)
    click.echo(f"Wrote {click.format_filename(path)}: {len(found)} directions")
