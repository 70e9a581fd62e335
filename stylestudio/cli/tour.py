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
def command(out_dir: Path, model: Path | None) -> None:
    """Operate the real window; write pictures of every panel and a sample export to OUT_DIR.

    Needs no display. The exit status is 0 only if every step did what it shows.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from stylestudio.automation.tour import run_tour

    for path in run_tour(out_dir, model):
        click.echo(click.format_filename(path))
