"""A painting of strokes as a clip in which it comes to be."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.files import replacing
from stylestudio.progress import Progress
from stylestudio.video.codecs import ExportError, codec_for
from stylestudio.video.writers import ExportPlan, VideoWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.recipe import Recipe
    from stylestudio.render.strokes import Strokes

HELD = 1.5  # seconds that the finished painting stays
FIRST = 4  # strokes that are painted as slowly as the first one


def stroke_counts(strokes: int, frames: int) -> list[int]:
    """How many strokes are painted in each frame: ever more at a time, as they become smaller."""
    growth = math.log1p(strokes / FIRST)
    return [round(FIRST * math.expm1(growth * (i + 1) / frames)) for i in range(frames)]


def write_painting(
    strokes: Strokes,
    path: Path,
    scale: float = 1.0,
    seconds: float = 8.0,
    fps: int = 30,
    on_progress: Callable[[Progress], object] = lambda _: None,
) -> None:
    """Write a clip of the painting being made; its ending says the format, see `CODECS`.

    All of the file or nothing. Raises ExportError for an ending that no clip has, and OSError.
    """
    codec = codec_for(path, None)
    if not codec.container:
        raise ExportError(f"{path.name} must have a video ending, such as .mp4.")
    counts = stroke_counts(len(strokes), max(1, round(seconds * fps)))
    counts += [len(strokes)] * round(HELD * fps)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in strokes.size)

    def no_recipe(_: int) -> Recipe:
        raise AssertionError("only folders of pictures carry recipes")

    plan = ExportPlan(
        codec=codec,
        sides=width,
        height=height,
        rate=Fraction(fps),
        frames=len(counts),
        has_alpha=False,
        quality="good",
        chroma="standard",
        sound=None,
        is_loop=False,
        session="",
        recipe_at=no_recipe,
    )
    with replacing(path) as partial:
        writer = VideoWriter(partial, plan)
        try:
            for done, picture in enumerate(strokes.pictures_after(counts, scale), 1):
                writer.write((picture * 255).round().astype(np.uint8))
                on_progress(Progress(done, len(counts), "Writing"))
            writer.finish()
        except BaseException:
            writer.close()
            raise
