"""`stylestudio train directions`: the attributes of a built-in model as directions for edits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import FILE, NEW_FOLDER, parse_safetensors
from stylestudio.cli.regressors import judge_for
from stylestudio.cli.training_run import prepare, threads_option

if TYPE_CHECKING:
    from stylestudio.editing import Directions
    from stylestudio.render import Model
    from stylestudio.training.scene import Scene
    from stylestudio.training.trainer import TrainingSettings

WORLDS = ("portraits", "portraits-512", "pigments", "horizons")
PARTS = ("moves", "rating", "regions", "units", "words")


@click.command("directions", short_help="Find a built-in model's attributes as directions in W.")
@click.argument("world", type=click.Choice(WORLDS), metavar="WORLD")
@click.option(
    "--model",
    type=FILE,
    help="A file of this world's model.  [default: the built-in one]",
)
@click.option(
    "--out",
    type=parse_safetensors,
    metavar="FILE",
    help="The file to write.  [default: WORLD-directions.safetensors]",
)
@click.option(
    "--work-dir",
    type=NEW_FOLDER,
    help="Where the regressors of --evaluate are kept.  [default: runs/WORLD]",
)
@click.option(
    "--evaluate",
    is_flag=True,
    help="Write nothing; measure the directions that there are, by regressors that read pictures, "
    "which are trained the first time.",
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="What to evaluate: what directions change, how well answers find them, what regions "
    "find, what units draw, where words are; may be given again.  [default: moves]",
)
@click.option("--pictures", type=click.IntRange(8), default=16, show_default=True)
@threads_option()
def directions(
    world: str,
    model: Path | None,
    out: Path | None,
    work_dir: Path | None,
    evaluate: bool,
    parts: tuple[str, ...],
    pictures: int,
    threads: int,
) -> None:
    """Find the directions of WORLD's attributes, or measure those that ship.

    WORLD is portraits, portraits-512, pigments or horizons. Each direction comes from a regression
    on the world's own mapping, so no pictures are needed; it keeps to its group of layers.
    """
    from stylestudio.render import open_model
    from stylestudio.training.worlds import world as find_world

    prepare(threads)
    scene, settings = find_world(world)
    opened = open_model(model or world)
    if evaluate:
        folder = work_dir or Path("runs") / world
        _evaluate(opened, scene, settings, folder, parts or PARTS[:1], pictures)
        return
    path = out or Path(f"{world}-directions.safetensors")
    _found(opened, scene, settings.seed).save(path)
    click.echo(f"Wrote {click.format_filename(path)}")


def _found(model: Model, scene: Scene, seed: int) -> Directions:
    from stylestudio.editing import Directions
    from stylestudio.recipe import ModelRef
    from stylestudio.training.directions import (
        attribute_directions,
        attribute_layers,
        direction_name,
    )

    return Directions(
        tuple(map(direction_name, scene.space.names)),
        attribute_directions(model, scene, seed)[:, None].numpy(),
        attribute_layers(scene, model.num_ws).numpy(),
        ModelRef.of(model),
        "The StyleStudio authors",
    )


def _evaluate(
    model: Model,
    scene: Scene,
    settings: TrainingSettings,
    work_dir: Path,
    parts: tuple[str, ...],
    pictures: int,
) -> None:
    """Print what directions move, how well they are taught, and what regions bring up."""
    from stylestudio.cli import direction_report
    from stylestudio.editing import open_directions
    from stylestudio.render import name_of

    shipped = open_directions(name_of(scene.name), model)
    if "regions" in parts:
        if scene.name != "Portraits":
            raise click.UsageError("regions are known of portraits alone; leave them out.")
        from stylestudio.training.portraits.regions import REGIONS

        direction_report.print_regions(model, shipped, REGIONS)
    if "units" in parts:
        if scene.name != "Portraits":
            raise click.UsageError("parts are known of portraits alone; leave out the units.")
        from stylestudio.cli.unit_report import print_units

        print_units(model, scene, settings.seed, pictures)
    if "words" in parts:
        if scene.name != "Portraits":
            raise click.UsageError("parts are known of portraits alone; leave out the words.")
        from stylestudio.cli.word_report import print_words

        print_words(model, scene, settings.seed)
    if not {"moves", "rating"} & set(parts):
        return
    regressors = judge_for(scene, settings.config, work_dir, model.device)
    if "moves" in parts:
        direction_report.print_moves(model, scene, shipped, regressors, pictures)
    if "rating" in parts:
        direction_report.print_rating(model, scene, shipped, regressors)
