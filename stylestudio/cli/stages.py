"""Networks that change finished pictures, as they are named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.cli.numbers import parse_share_of
from stylestudio.cli.paths import FILE
from stylestudio.recipe import RecipeError, parse_number
from stylestudio.recipe.numbers import NUMBERS
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets


class StageChoice(NamedTuple):
    """One `--stage`: a file, and how strongly its network changes the picture."""

    path: Path
    strength: float


def parse_stage(text: str) -> StageChoice:
    """Read FILE[:STRENGTH] or NAME[:STRENGTH]; BadParameter where it is something else."""
    name, strength = parse_share_of(text, NUMBERS["stages.strength"].range, "strength")
    return StageChoice(parse_network(name), strength)


def parse_network(name: str) -> Path:
    """The file of a network: a built-in one by its name; BadParameter where there is none."""
    built_in = {path.stem: path for path in resource_path("stages").glob("*.safetensors")}
    path = built_in.get(name, Path(name))
    if not path.is_file():
        known = " and ".join(sorted(built_in))
        raise click.BadParameter(f"{name} does not exist; built in are {known}.")
    return path


def parse_attribute(text: str) -> tuple[str, float]:
    """Read NAME:AMOUNT, or a NAME for all of it; BadParameter where it is something else."""
    name, colon, number = text.rpartition(":")
    if not colon:
        name, number = text, "1"
    try:
        amount = parse_number(number)
    except RecipeError:
        amount = -1.0
    if not name.strip() or not 0 <= amount <= 1:
        raise click.BadParameter(
            f"{text!r} is not NAME:AMOUNT with an amount from 0 to 1, such as male:0.5."
        )
    return name.strip(), amount


stages_option = click.option(
    "--stage",
    "stages",
    type=parse_stage,
    multiple=True,
    metavar="FILE[:STRENGTH]",
    help="Run the picture through a network: CycleGAN, pix2pix, StarGAN, VQ-GAN, ESRGAN, "
    "Real-ESRGAN, Paint Transformer, or the built-in enlarger or strokes; may "
    "be given again.",
)
networks_option = click.option(
    "--network",
    "network_files",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="The file of a network that the recipe's stages use; may be given again.",
)


def hold_networks(assets: Assets, files: tuple[Path, ...]) -> None:
    """Have networks at hand. Raises CheckpointError."""
    from stylestudio.render import open_stage

    for path in files:
        assets.hold(open_stage(path))


def staged(recipe: Recipe, stages: tuple[StageChoice, ...], assets: Assets) -> Recipe:
    """The recipe with these stages after its own. Raises CheckpointError."""
    from stylestudio.render import open_stage

    for choice in stages:
        network = open_stage(choice.path)
        assets.hold(network)
        recipe = recipe.stage(network, choice.strength)
    return recipe
