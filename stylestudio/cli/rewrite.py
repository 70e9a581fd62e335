"""`stylestudio rewrite`: what a model draws in one context comes to be drawn as something else."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.cli.paths import parse_safetensors
from stylestudio.recipe import Recipe, RecipeError
from stylestudio.recipe.numbers import FIRST_PSI

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from stylestudio.cli.paths import Command
    from stylestudio.editing import Painted
    from stylestudio.progress import Progress
    from stylestudio.render import Model


class PaintedChoice(NamedTuple):
    """A picture and a painted region of it, as far as they can be understood without the model."""

    picture: str  # a seed, or a file with a recipe
    region: str  # four numbers, or a picture

    def painted(self, model: Model) -> Painted:
        """The picture and its region. Raises RecipeError and PictureError."""
        from stylestudio.editing import Painted
        from stylestudio.editing.collecting import recipes_of

        if self.picture.isdecimal() and not Path(self.picture).exists():
            seed = int(self.picture)
            recipe = Recipe.from_seed(seed, model, truncation_psi=FIRST_PSI)
        else:
            recipe = recipes_of([self.picture], model)[0]
        return Painted(recipe, self._mask(model.resolution))

    def _mask(self, side: int) -> NDArray[np.float32]:
        """The region as float32 [H, W] in 0..1."""
        import numpy as np

        if not re.fullmatch(r"[0-9]+(,[0-9]+){3}", self.region):
            from stylestudio.pictures import read_picture

            painted = read_picture(Path(self.region)).convert("L")
            return np.asarray(painted, dtype=np.float32) / np.float32(255)
        left, top, right, bottom = (int(number) for number in self.region.split(","))
        if not (left < right <= side and top < bottom <= side):
            raise RecipeError(
                f"{self.region} is no box of {side} x {side} pixels: left,top,right,bottom."
            )
        mask = np.zeros((side, side), dtype=np.float32)
        mask[top:bottom, left:right] = 1
        return mask


def parse_painted(text: str) -> PaintedChoice:
    """Read PICTURE:REGION; BadParameter where it is something else."""
    parts = re.fullmatch(r"(.+?):((?:[A-Za-z]:[\\/])?[^:]+)", text)  # C:\mask.png is a region, too
    if not parts:
        raise click.BadParameter(
            f"{text!r} is not PICTURE:REGION, such as 3:78,102,178,142 or look.png:mask.png."
        )
    return PaintedChoice(*parts.groups())


def _painted_option(
    flag: str, target: str, about: str, *, many: bool
) -> Callable[[Command], Command]:
    meta = "PICTURE:REGION"
    return click.option(flag, target, type=parse_painted, multiple=many, metavar=meta, help=about)


@click.command("rewrite")
@click.argument("model", metavar="MODEL")
@click.option(
    "-o", "--output", type=parse_safetensors, metavar="FILE", help="The .delta.safetensors."
)
@_painted_option("--copy", "copied", "What to draw instead, painted in one picture.", many=False)
@_painted_option(
    "--context", "contexts", "Where to draw it; several pictures define it better.", many=True
)
@_painted_option(
    "--paste", "pastes", "Where to try it out.  [default: all of --context]", many=True
)
@click.option("--layer", help="The convolution to change, b32.conv1.  [default: one of 32 pixels]")
@click.option(
    "--rank",
    type=click.IntRange(1, 8),
    default=3,
    show_default=True,
    help="Higher ranks change more, there and elsewhere.",
)
@click.option(
    "--samples",
    type=click.IntRange(8, 100_000),
    default=500,
    show_default=True,
    help="Random pictures from which typical keys are learned.",
)
@click.option("--name", default="rewritten", show_default=True, help="Name of the delta.")
@click.option("--evaluate", is_flag=True, help="Rewrite Portraits in known ways, and measure it.")
def command(
    model: str,
    output: Path | None,
    copied: PaintedChoice | None,
    contexts: tuple[PaintedChoice, ...],
    pastes: tuple[PaintedChoice, ...],
    layer: str | None,
    rank: int,
    samples: int,
    name: str,
    evaluate: bool,
) -> None:
    """Make MODEL draw what is painted in --copy wherever something like --context appears.

    PICTURE is a seed or a saved picture. REGION is a picture that is white where it is painted, or
    left,top,right,bottom in pixels. The delta that is written is for `render --delta` and the
    window.
    """
    from stylestudio.render import open_model

    if evaluate:
        from stylestudio.cli.rewrite_report import print_report

        print_report(open_model(model), layer, rank, samples)
        return
    if output is None or copied is None or not contexts:
        raise click.UsageError("give --copy, --context at least once, and -o FILE.")
    opened = open_model(model)
    from stylestudio.editing import rewrite

    with click.progressbar(
        length=1000, label="Rewriting", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def show(progress: Progress) -> None:
            bar.label = progress.stage
            bar.update(1000 * progress.done // progress.total - bar.pos)

        found = rewrite(
            opened,
            copied.painted(opened),
            [each.painted(opened) for each in contexts],
            [each.painted(opened) for each in pastes],
            layer=layer,
            rank=rank,
            samples=samples,
            name=name,
            on_progress=show,
        )
    found.delta.write(output)
    click.echo(f"Wrote {click.format_filename(output)}: it changes {found.layer}.")
