"""`stylestudio train directions`: the attributes of a built-in model as directions for edits."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.regressors import regressors_for
from stylestudio.cli.training_run import (
    check_folder_of,
    multiplies_bfloat16,
    prepare,
    threads_option,
)

if TYPE_CHECKING:
    from stylestudio.editing import Directions
    from stylestudio.render import Model
    from stylestudio.training.scene import Scene
    from stylestudio.training.trainer import TrainingSettings

WORLDS = ("portraits", "pigments", "horizons")


@click.command("directions", short_help="Find what the attributes of a built-in model are in W.")
@click.argument("world", type=click.Choice(WORLDS), metavar="WORLD")
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of this world's model.  [default: the built-in one]",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.  [default: WORLD-directions.safetensors]",
)
@click.option(
    "--work-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the regressors of --evaluate are kept.  [default: runs/WORLD]",
)
@click.option(
    "--evaluate",
    is_flag=True,
    help="Write nothing; measure the directions that there are, by regressors that read pictures, "
    "which are trained the first time.",
)
@click.option("--pictures", type=click.IntRange(8), default=16, show_default=True)
@threads_option()
def directions(
    world: str,
    model: Path | None,
    out: Path | None,
    work_dir: Path | None,
    evaluate: bool,
    pictures: int,
    threads: int,
) -> None:
    """Find the directions of WORLD's attributes, or measure those that ship.

    WORLD is portraits, pigments or horizons. Each direction is regressed from the world's own
    mapping, so no picture is looked at; it goes with its group of layers.
    """
    from stylestudio.render import open_model

    prepare(threads)
    module = importlib.import_module(f"stylestudio.training.{world}")
    scene = getattr(module, world.title())()
    opened = open_model(model or world)
    if evaluate:
        folder = work_dir or Path("runs") / world
        _evaluate(opened, scene, module.SETTINGS, folder, pictures)
        return
    path = out or Path(f"{world}-directions.safetensors")
    check_folder_of(path)
    _found(opened, scene, module.SETTINGS.seed).save(path)
    click.echo(f"Wrote {click.format_filename(path)}")


def _found(model: Model, scene: Scene, seed: int) -> Directions:
    from stylestudio.editing import Directions
    from stylestudio.recipe import ModelRef
    from stylestudio.training.directions import attribute_directions, attribute_layers

    return Directions(
        scene.space.names,
        attribute_directions(model, scene, seed)[:, None].numpy(),
        attribute_layers(scene, model.num_ws).numpy(),
        ModelRef.of(model),
        "The StyleStudio authors",
    )


def _evaluate(
    model: Model, scene: Scene, settings: TrainingSettings, work_dir: Path, pictures: int
) -> None:
    """Print what each direction moves, and how many move enough."""
    import torch

    from stylestudio.editing import open_directions
    from stylestudio.training.directions import OTHERS, OWN, STEPS, measure_directions
    from stylestudio.training.regressors import RegressorSettings
    from stylestudio.training.scene import GROUPS

    shipped = open_directions(scene.name.lower(), model)
    settings = replace(settings, bfloat16=multiplies_bfloat16())
    regressors = regressors_for(
        scene,
        RegressorSettings(config=settings.config, bfloat16=settings.bfloat16),
        work_dir / "regressors.safetensors",
    )
    moves = {
        name: torch.from_numpy(vector.copy())
        for name, vector in zip(shipped.names, shipped.vectors, strict=True)
    }
    click.echo(
        f"{'':16} {'own, at':>14} {'other groups':>22}\n"
        f"{'':16} {STEPS[0]:>7g} {STEPS[-1]:>6g} {'coarse':>8} {'middle':>6} {'fine':>6}"
    )
    reached = 0
    for each in measure_directions(model, scene, moves, regressors, pictures):
        reached += each.reached
        others = [f"{each.others[g]:.2f}" if g in each.others else "-" for g in GROUPS]
        steps = "" if each.monotone else "  not monotone"
        missed = "" if each.reached else "  missed"
        click.echo(
            f"{each.name:16} {each.steps[0]:7.2f} {each.steps[-1]:6.2f} "
            f"{others[0]:>8} {others[1]:>6} {others[2]:>6}{steps}{missed}"
        )
    click.echo(
        f"{reached} of {len(moves)} directions move their attribute by {OWN:g} standard deviations "
        f"at {STEPS[-1]:g} sigmas either way, evenly over {len(STEPS)} steps, "
        f"and other groups by less than {OTHERS:g} ({pictures} pictures)."
    )
