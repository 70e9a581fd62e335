"""`stylestudio find-directions`: directions of any model, for edits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from stylestudio.cli.paths import parse_safetensors

if TYPE_CHECKING:
    from stylestudio.editing import Directions
    from stylestudio.progress import Progress
    from stylestudio.render import Model


@click.command("find-directions")
@click.argument("model", metavar="MODEL")
@click.option(
    "--method",
    type=click.Choice(["pca", "sefa", "channels"], case_sensitive=False),
    default="pca",
    show_default=True,
    help="PCA of w, SeFa, or the style channels that change the average picture most.",
)
@click.option("--count", type=click.IntRange(1), default=64, show_default=True, help="At most.")
@click.option(
    "--layers",
    metavar="LAYERS",
    help="Directions for these layers alone: coarse, middle, fine, 0-3,7.  [default: all]",
)
@click.option(
    "--names",
    metavar="NAME,...",
    help="Take these directions of the model instead of finding some.",
)
@click.option(
    "--more",
    multiple=True,
    metavar="WHAT",
    help="Take the direction from --less to these: seeds (0-3,7), files of recipes or latents, or "
    "folders such as invert fills; may be given again.",
)
@click.option(
    "--less", multiple=True, metavar="WHAT", help="The pictures the direction starts from."
)
@click.option(
    "--name", default="more minus less", show_default=True, help="The name of the --more direction."
)
@click.option(
    "--without",
    metavar="NAME,...",
    help="Remove the component along these directions from each direction.",
)
@click.option(
    "-o",
    "--output",
    type=parse_safetensors,
    metavar="OUT.safetensors",
    help="The file to write.  [default: MODEL-METHOD.safetensors]",
)
def command(
    model: str,
    method: str,
    count: int,
    layers: str | None,
    names: str | None,
    more: tuple[str, ...],
    less: tuple[str, ...],
    name: str,
    without: str | None,
    output: Path | None,
) -> None:
    """Find directions in MODEL (a file, or the name of a built-in model) and write them.

    No pictures are needed. The strongest directions come first and have no names.
    `render --edit` takes them from the file with --directions, or by names such as "PCA 3",
    "SeFa fine 2" and "b16.conv1/45" (a style channel) without one.
    With --more and --less it finds one direction between two groups of pictures; with --without,
    it removes what other directions change.
    """
    if bool(more) != bool(less):
        raise click.UsageError("--more and --less go together: a direction leads between groups.")
    if names and more:
        raise click.UsageError("--names and --more are two ways to say which directions.")
    source = click.get_current_context().get_parameter_source
    for option in ("method", "count"):
        if (names or more) and source(option) is not ParameterSource.DEFAULT:
            raise click.UsageError(
                f"--{option} is for directions that are found without --names and --more."
            )
    kind = "more" if more else "named" if names else method
    path = output or Path(f"{Path(model).stem}-{kind}.safetensors")
    from stylestudio.editing import Directions, direction_between, freed
    from stylestudio.editing.collecting import recipes_of
    from stylestudio.editing.lookup import chosen_edits
    from stylestudio.recipe import ModelRef
    from stylestudio.render import open_model

    opened = open_model(model)
    if more:
        ends = recipes_of(more, opened), recipes_of(less, opened)
        found = direction_between(opened, name, *ends, layers)
    elif names:
        edits = chosen_edits(opened, _listed(names), layers=layers)
        found = Directions.from_edits(edits, ModelRef.of(opened))
    else:
        found = _found(opened, method, count, layers)
    if without:
        found = freed(found, chosen_edits(opened, _listed(without)))
    found.save(path)
    many = "a direction" if len(found) == 1 else f"{len(found)} directions"
    click.echo(f"Wrote {click.format_filename(path)}: {many}")


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _found(model: Model, method: str, count: int, layers: str | None) -> Directions:
    from stylestudio.editing import find_channels, find_directions

    if method == "channels":
        return find_channels(model, count=count, layers=layers)
    hidden = not sys.stderr.isatty()
    label = "Looking at the model's latents"
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def show(progress: Progress) -> None:
            bar.length = progress.total
            bar.update(progress.done - bar.pos)

        return find_directions(model, method, count, layers, on_progress=show)  # type: ignore[arg-type]
