"""`stylestudio words measure`: how far words move what they ask for in a built-in world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.regressors import regressors_for
from stylestudio.cli.training_run import multiplies_bfloat16, prepare, threads_option
from stylestudio.cli.words_given import text_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.text.measuring import Moved

WORLDS = ("portraits", "pigments", "horizons")
PARTS = ("move", "find")


@click.command("measure", short_help="Measure what words move in a built-in world.")
@click.argument("world", type=click.Choice(WORLDS), metavar="WORLD")
@text_option
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="Directions (move), searches (find), or both, given twice.  [default: both]",
)
@click.option(
    "--phrases",
    type=click.IntRange(1, 60),
    default=30,
    show_default=True,
    help="How many, each for another attribute, in wordings that Lexicon was not taught.",
)
@click.option(
    "--work-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the regressors that read pictures are kept.  [default: runs/WORLD]",
)
@threads_option()
def measure(
    world: str,
    text_model: str,
    parts: tuple[str, ...],
    phrases: int,
    work_dir: Path | None,
    threads: int,
) -> None:
    """Print how far words move what they ask for in WORLD: portraits, pigments or horizons.

    Attributes are read off pictures by regressors, which are trained the first time; that takes an
    hour or more.
    """
    from stylestudio.render import open_model
    from stylestudio.text import open_text_model
    from stylestudio.text.measuring import draw_phrases, measure_moves, measure_searches
    from stylestudio.training.regressors import RegressorSettings
    from stylestudio.training.worlds import world as find_world

    prepare(threads)
    scene, settings = find_world(world)
    model, text = open_model(world), open_text_model(text_model)
    regressors = regressors_for(
        scene,
        RegressorSettings(config=settings.config, bfloat16=multiplies_bfloat16(model.device)),
        (work_dir or Path("runs") / world) / "regressors.safetensors",
        model.device,
    )
    asked = draw_phrases(scene, phrases)
    text = text.to(model.device)
    if "move" in parts or not parts:
        click.echo("Directions, at 1.5 sigmas:")
        print_moved(measure_moves(model, text, scene, regressors, asked))
    if "find" in parts or not parts:
        click.echo("Searches, from another picture each:")
        print_moved(measure_searches(model, text, scene, regressors, asked))


def print_moved(measured: Iterable[Moved]) -> None:
    """A line for each phrase as it is measured, and how many reach what is wanted."""
    from stylestudio.text.measuring import OTHERS, OWN, WANTED
    from stylestudio.training.scene import GROUPS

    click.echo(f"{'':32} {'attribute':>14} {'own':>6} {'coarse':>7} {'middle':>7} {'fine':>7}")
    found: list[Moved] = []
    for each in measured:
        found.append(each)
        others = [f"{each.others[g]:.2f}" if g in each.others else "-" for g in GROUPS]
        missed = "" if each.reached else "  missed"
        click.echo(
            f"{each.asked.text[:32]:32} {each.asked.attribute:>14} {each.own:6.2f} "
            f"{others[0]:>7} {others[1]:>7} {others[2]:>7}{missed}"
        )
    reached = sum(each.reached for each in found)
    everything = [amount for each in found for amount in each.others.values()]
    others_moved = sum(everything) / len(everything)
    slowest = max(each.seconds for each in found)
    enough = reached >= WANTED * len(found) and others_moved < OTHERS
    click.echo(
        f"{reached} of {len(found)} phrases move their attribute by {OWN:g} standard deviation or "
        f"more (wanted {WANTED * len(found):.0f}); attributes of other\ngroups move by "
        f"{others_moved:.2f} on average (wanted less than {OTHERS:g}); each took at most "
        f"{slowest:.0f} s: {'reached' if enough else 'missed'}"
    )
