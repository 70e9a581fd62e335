"""`stylestudio train strokes`: what paints pictures in strokes."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note, say_skipped
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, FOLDER, out_option, work_dir_option
from stylestudio.cli.training_run import begin, check_folder_of, drive, prepare, training_options
from stylestudio.pictures import PictureError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch
    from torch import Tensor

JUDGED = 8  # pictures, where there are as many
HELD_OUT = 100_000  # the first seed of those of the built-in models
SIDE = 512  # pixels
COUNT = 500  # strokes


@click.command("strokes")
@out_option("strokes.safetensors", "The painter of strokes to write.")
@work_dir_option("strokes")
@click.option("--steps", type=click.IntRange(1), default=10_000, show_default=True)
@click.option(
    "--batch",
    type=click.IntRange(2),
    default=64,
    show_default=True,
    help="Patches a step; a GPU takes a thousand.",
)
@click.option(
    "--rate",
    type=Decimal(0, 1, min_open=True),
    default=4e-4,
    show_default=True,
    help="The learning rate.",
)
@training_options
@click.option(
    "--evaluate",
    "evaluated",
    type=FILE,
    help="Do not train; compare this painter with a plain search for strokes.",
)
@click.option(
    "--photos",
    "folders",
    multiple=True,
    type=FOLDER,
    metavar="FOLDER",
    help="Photos to judge by with --evaluate, beside pictures of the built-in models; may be "
    "repeated.",
)
def strokes(
    out: Path,
    work_dir: Path,
    steps: int,
    batch: int,
    rate: float,
    resume: bool,
    seed: int,
    device: torch.device,
    threads: int,
    evaluated: Path | None,
    folders: tuple[Path, ...],
) -> int:
    """Train the network that paints pictures in strokes.

    It learns from random strokes alone, which it has to find again. Ctrl-C stops after the current
    step; the same command with --resume continues from there.
    """
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.training.strokes import StrokeSettings, StrokeTrainer, save_painter

    prepare(threads)
    if evaluated:
        _evaluate(evaluated, folders)
        return 0
    if folders:
        raise click.UsageError("--photos only serve --evaluate; a training needs no pictures.")
    check_folder_of(out)
    settings = StrokeSettings(
        steps=steps, batch=batch, rate=rate, bfloat16=multiplies_bfloat16(device), seed=seed
    )
    trainer = StrokeTrainer(settings, device)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)
    return drive(
        trainer,
        state,
        out,
        total_steps=steps,
        label=lambda progress: f"loss {progress.loss:.3f}",
        write=lambda path: save_painter(trainer.network, path),
        as_it_stands="strokes.safetensors",
    )


def _judged(folders: tuple[Path, ...]) -> Iterator[tuple[str, Tensor]]:
    """The photos, and pictures of the built-in models until there are enough."""
    from stylestudio.render import builtin_models
    from stylestudio.transfer.contents import model_pictures
    from stylestudio.transfer.paintings import find_pictures
    from stylestudio.transfer.pictures import longest_side, read_picture

    resized = longest_side(SIDE, enlarge=True)
    photos = 0
    for path in chain.from_iterable(map(find_pictures, folders)):
        if photos == JUDGED // 2:
            break
        try:
            photo = read_picture(path, resized, say_note)[0]
        except PictureError as error:
            say_skipped(path, error)
            continue
        photos += 1
        yield path.name, photo
    names = builtin_models()
    for index in range(JUDGED - photos):
        name, seed = names[index % len(names)], HELD_OUT + index // len(names)
        yield f"{name} {seed}", _enlarged(next(model_pictures(1, seed=seed, models=[name])))


def _enlarged(picture: Tensor) -> Tensor:
    from torch.nn import functional as F

    scale = SIDE / max(picture.shape[-2:])
    large = F.interpolate(picture[None], scale_factor=scale, mode="bicubic", antialias=True)
    return large[0].clamp(0, 1)


def _evaluate(path: Path, folders: tuple[Path, ...]) -> None:
    """Print the errors of both, the time that the painter takes, and how near its SVG comes."""
    from stylestudio.automation.svg import svg_pixels
    from stylestudio.render import open_stage
    from stylestudio.training.stroke_report import pixel_error, search_strokes

    stage = open_stage(path)
    click.echo(f"{'':28}{'strokes':>8}{'error':>8}{'search':>8}{'seconds':>9}{'SVG':>7}")
    better, judged = 0, 0
    for name, picture in _judged(folders):
        target = picture.permute(1, 2, 0).numpy()
        began = time.perf_counter()
        *_, painting = stage.strokes(picture, count=COUNT)
        seconds = time.perf_counter() - began
        painted = painting.picture()
        searched = search_strokes(target, len(painting)).picture()
        errors = pixel_error(painted, target), pixel_error(searched, target)
        apart = pixel_error(svg_pixels(painting.svg(), painting.size), painted)
        click.echo(
            f"{name[:27]:28}{len(painting):8}{errors[0]:8.2f}{errors[1]:8.2f}"
            f"{seconds:9.2f}{apart:7.2f}"
        )
        better += errors[0] < errors[1]
        judged += 1
    click.echo(f"nearer than the search on {better} of {judged} (errors in levels of 255)")
