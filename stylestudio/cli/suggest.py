"""`stylestudio stylize --suggest`: which styles or paintings are most like a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.pictures import PictureError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from stylestudio.transfer.textures import TextureDistance


def print_ranking(picture: Path, paintings: tuple[Path, ...], models: tuple[Path, ...]) -> int:
    """Print a table of the paintings and of the models' styles, the most alike first.

    Without either, the built-in styles are ranked. Of a style, which is no picture, the picture
    itself is painted in it: the style that changes it least is the most alike. A painting that
    can't be read is said and left out, unless it is the only one; 1 where any was. Raises
    PictureError.
    """
    from stylestudio.render import builtin_styles, open_styles
    from stylestudio.transfer.pictures import read_picture, shortest_side
    from stylestudio.transfer.textures import COMPARED_SIDE, rank_styles

    compared = read_picture(picture, shortest_side(COMPARED_SIDE), say_note)
    candidates: dict[str, Tensor] = {}
    failed = 0
    for path in paintings:
        try:
            candidates[str(path)] = read_picture(path, shortest_side(COMPARED_SIDE), say_note)
        except PictureError as error:
            if len(paintings) == 1:
                raise
            click.echo(f"Error: {error}", err=True)
            failed += 1
    banks = [open_styles(*models)] if models else []
    if not (models or paintings):
        banks = [open_styles(name) for name in builtin_styles()]
    for bank in banks:
        for name in bank.names:
            if name not in candidates:  # --style paints in the first bank that has it
                candidates[name] = bank.stylize(compared, {name: 1.0})
    if not candidates:
        raise click.UsageError("there is nothing to rank; name paintings, or a --model of styles.")
    for line in _table(rank_styles(compared, candidates)):
        click.echo(line)
    return 1 if failed else 0


def _table(ranked: list[TextureDistance]) -> list[str]:
    width = max(len(likeness.name) for likeness in ranked)
    lines = [f"{'':{width}}  distance  strokes  grain  palette"]
    for likeness in ranked:
        figures = f"{likeness.strokes:7.3f}  {likeness.grain:5.3f}  {likeness.palette:7.3f}"
        lines.append(f"{likeness.name:{width}}  {likeness.distance:8.3f}  {figures}")
    return lines
