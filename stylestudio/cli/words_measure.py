"""`stylestudio words measure`: how far words move what they ask for in a built-in world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import NEW_FOLDER
from stylestudio.cli.regressors import judge_for
from stylestudio.cli.training_run import prepare, threads_option
from stylestudio.cli.words_given import text_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.render import Model
    from stylestudio.text import TextModel
    from stylestudio.text.measuring import Moved

WORLDS = ("portraits", "pigments", "horizons")
PARTS = ("move", "find", "channels", "style", "cost")


@click.command("measure", short_help="Measure what words move in a built-in world.")
@click.argument("world", type=click.Choice(WORLDS), metavar="WORLD")
@text_option
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="Directions (move, channels), searches (find), styles (style), or a step's cost at the "
    "sizes of ViT-B/32 (cost); may be given again.  [default: move, find]",
)
@click.option(
    "--phrases",
    type=click.IntRange(1, 60),
    default=30,
    show_default=True,
    help="Number of phrases, each for another attribute, in wordings that Lexicon was not taught.",
)
@click.option(
    "--work-dir",
    type=NEW_FOLDER,
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
    """Measure how far words move the attributes they name in WORLD.

    WORLD is portraits, pigments or horizons.

    Attributes are read off pictures by regressors, which are trained the first time; that takes
    more than an hour.
    """
    from stylestudio.render import open_model
    from stylestudio.text import open_text_model

    prepare(threads)
    model = open_model(world)
    text = open_text_model(text_model).to(model.device)
    chosen = parts or PARTS[:2]
    if {"move", "find", "channels"} & {*chosen}:
        _measure_moves(world, model, text, chosen, phrases, work_dir or Path("runs") / world)
    if "style" in chosen:
        print_styles(text)
    if "cost" in chosen:
        print_costs(model)


def _measure_moves(
    world: str,
    model: Model,
    text: TextModel,
    parts: tuple[str, ...],
    phrases: int,
    work_dir: Path,
) -> None:
    from stylestudio.text.measuring import (
        draw_phrases,
        measure_channels,
        measure_moves,
        measure_searches,
    )
    from stylestudio.training.worlds import world as find_world

    scene, settings = find_world(world)
    regressors = judge_for(scene, settings.config, work_dir, model.device)
    asked = draw_phrases(scene, phrases)
    if "move" in parts:
        click.echo("Directions, at 1.5 sigmas:")
        print_moved(measure_moves(model, text, scene, regressors, asked))
    if "channels" in parts:
        click.echo("Channels, at 1.5 sigmas:")
        print_moved(measure_channels(model, text, scene, regressors, asked))
    if "find" in parts:
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


def print_styles(text: TextModel) -> None:
    """A line for each prompt, and how many come nearer to it."""
    from stylestudio.render import open_styles
    from stylestudio.text.measuring_styles import BETTER, measure_styles

    click.echo(f"{'':24} {'best single style':>18} {'found':>7} {'without cut-outs':>17}")
    found = []
    for each in measure_styles(open_styles("sketchbook"), text):
        found.append(each)
        click.echo(f"{each.words:24} {each.single:18.3f} {each.augmented:7.3f} {each.plain:17.3f}")
    rose, helped = sum(e.rose for e in found), sum(e.augmented > e.plain for e in found)
    enough = rose == len(found) and helped >= BETTER * len(found)
    click.echo(
        f"likeness rises for {rose} of {len(found)} (wanted all), and cut-outs help for {helped} "
        f"(wanted {BETTER * len(found):.0f}): {'reached' if enough else 'missed'}"
    )


def print_costs(model: Model) -> None:
    """What a step costs, and how much memory is given back once words are read."""
    from stylestudio.text.measuring_cost import measure_costs, measure_memory, random_text_model

    before, after = measure_memory(model)
    click.echo(
        f"Once the words are read, {(before - after) / 1e6:.0f} of {before / 1e6:.0f} MB of the "
        "text model are given back."
    )
    click.echo(f"{'':24} {'seconds':>8} {'of processor time':>18}")
    for cost in measure_costs(model, random_text_model()):
        click.echo(f"{cost.what:24} {cost.seconds:8.2f} {cost.processor:18.2f}")
