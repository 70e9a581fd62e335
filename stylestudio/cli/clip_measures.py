"""What players show of exported clips: the seam of a loop, and colours of 4:4:4 and 4:2:0."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.bench.figures import Figure, at_least, at_most
from stylestudio.recipe import Recipe
from stylestudio.render import render_all
from stylestudio.video import Timeline
from stylestudio.video.codecs import CODECS, QUALITIES
from stylestudio.video.writers import ExportPlan, VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stylestudio.render import Model
    from stylestudio.video.codecs import Chroma, Quality

    Frames = NDArray[np.uint8]  # [frames, H, W, 3]

LOOPS = ("h264", "h265", "h265-10", "vp9", "av1")
WITH_FULL_COLOUR = ("h264", "h265", "h265-10", "vp9")
RATE = Fraction(30)
SEAM = 1.5  # times the median step that the step over the seam may be
COMPARED = 24  # frames of the loop that colours are compared on
_BT709 = 1  # FFmpeg's number of the colour space of our files


def measure_clips(model: Model, frames: int = 60) -> Iterator[Figure]:
    """Encode a loop through three seeds of the model, and look at what is decoded.

    The step from one frame to the next is the mean difference of pixels. What full colour gains is
    in dB, of RGB and of the two colour differences of BT.709; the least of all qualities.
    """
    recipes = [Recipe.from_seed(seed, model, truncation_psi=0.7) for seed in (1, 2, 3)]
    clip = Timeline.of(recipes, frames / float(RATE), loop=True).replace(path="spline")
    loop = np.stack([*render_all(model, clip)])
    for codec in LOOPS:
        decoded = _decoded(loop, codec, is_loop=True)
        steps = np.abs(decoded - np.roll(decoded, -1, axis=0)).mean((1, 2, 3))
        share = float(steps[-1] / np.median(steps))
        name = f"{codec}: step over the seam, of the median step"
        yield Figure(model.name, name, share, "x", at_most(SEAM))
    for codec in WITH_FULL_COLOUR:
        gains = [_gains(loop[:COMPARED], codec, quality) for quality in QUALITIES]
        for plane in gains[0]:
            least = min(gain[plane] for gain in gains)
            name = f"{codec}: 4:4:4 against 4:2:0 in {plane}"
            yield Figure(model.name, name, least, "dB", at_least(0.0))


def _gains(frames: Frames, codec: str, quality: Quality) -> dict[str, float]:
    """By how many dB each plane of full colour comes closer to what was rendered."""
    wanted = _planes(frames.astype(np.float32))
    noises = {}
    for chroma in ("standard", "full"):
        found = _planes(_decoded(frames, codec, quality, chroma))
        noises[chroma] = {name: np.square(found[name] - wanted[name]).mean() for name in wanted}
    ratio = {name: noises["standard"][name] / noises["full"][name] for name in wanted}
    return {name: float(10 * np.log10(value)) for name, value in ratio.items()}


def _planes(frames: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """RGB, and Cb and Cr in levels (ITU-R BT.709, section 3)."""
    r, g, b = np.moveaxis(frames, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return {"RGB": frames, "Cb": (b - y) / 1.8556, "Cr": (r - y) / 1.5748}


def _decoded(
    frames: Frames,
    codec: str,
    quality: Quality = "good",
    chroma: Chroma = "standard",
    *,
    is_loop: bool = False,
) -> NDArray[np.float32]:
    """The frames as a player gets them from a file, RGB in levels of 8 bits."""
    import av

    # Recipes are asked for by the codecs of single pictures alone.
    plan: dict[str, Any] = {"recipe_at": None, "session": "{}", "sound": None}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"clip{CODECS[codec].suffix}")
        writer = VideoWriter(
            path,
            ExportPlan(
                codec=CODECS[codec],
                sides=frames.shape[1],
                rate=RATE,
                frames=len(frames),
                quality=quality,
                chroma=chroma,
                is_loop=is_loop,
                has_alpha=False,
                **plan,
            ),
        )
        for frame in frames:
            writer.write(frame.astype(np.uint16) * 257 if CODECS[codec].deep else frame)
        writer.finish()
        with av.open(str(path)) as container:
            shown = [
                frame.reformat(format="rgb24", src_colorspace=_BT709, dst_colorspace=_BT709)
                for frame in container.decode(video=0)
            ]
            return np.stack([frame.to_ndarray() for frame in shown]).astype(np.float32)
