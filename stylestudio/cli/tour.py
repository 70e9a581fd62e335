"""`stylestudio tour`: the real window, driven through its panels, with pictures of every step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import FILE, NEW_FOLDER

if TYPE_CHECKING:
    from pathlib import Path


@click.command("tour")
@click.argument("out_dir", type=NEW_FOLDER)
@click.option("--model", type=FILE, default=None)
@click.option("--panels", is_flag=True, help="Only look at each panel, in both themes.")
@click.option(
    "--hour",
    type=click.IntRange(6),
    metavar="EDITS",
    help="Work at random instead, for so many edits after warming up (600: an hour's), through "
    "undo, another window and a crash; nothing may be lost or left behind.",
)
@click.option(
    "--scale", type=click.FloatRange(1, 4), default=1.0, help="Of the screen, 2 for HiDPI."
)
def command(
    out_dir: Path, model: Path | None, panels: bool, hour: int | None, scale: float
) -> None:
    """Operate the real window; write pictures of every panel and a sample export to OUT_DIR.

    Needs no display. The exit status is 0 only if every step did what it shows, and with
    --panels, if every text had the room that it needs.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = f"{scale:g}"
    from stylestudio.automation.panels import picture_panels
    from stylestudio.automation.tour import run_tour

    if hour is not None:
        from stylestudio.automation.hour import run_hour

        for line in run_hour(hour, model=model):
            click.echo(line)
        return
    for path in (picture_panels if panels else run_tour)(out_dir, model):
        click.echo(click.format_filename(path))
