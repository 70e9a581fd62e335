"""Loops play on without a pop, and full colour is better than shared, in what players decode."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from stylestudio.video.codecs import CODECS, QUALITIES
from stylestudio.video.writers import ExportPlan, VideoWriter

RATE = Fraction(30)
SIDE, FRAMES = 96, 90


@pytest.fixture(scope="module")
def loop():
    """A closed loop [90, 96, 96, 3]: soft colours that move slowly, under grain that stands."""
    rng = np.random.default_rng(5)
    pattern = rng.integers(0, 255, (2, 6, 6, 3), dtype=np.uint8)
    size = (SIDE, SIDE)
    soft, other = (
        np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BICUBIC), np.float32)
        for p in pattern
    )
    grain = rng.normal(0, 6, (SIDE, SIDE, 1))
    turns = np.arange(FRAMES) * 2 * np.pi / FRAMES
    frames = [(soft * (1 + np.sin(t)) + other * (1 - np.sin(t))) / 2 + grain for t in turns]
    return np.stack(frames).clip(0, 255).round().astype(np.uint8)


def encoded(path, frames, codec, quality="good", chroma="standard", *, is_loop=True):
    """Write a file and return its decoded frames as RGB, float."""
    plan = ExportPlan(
        codec=CODECS[codec],
        sides=frames.shape[1],
        rate=RATE,
        frames=len(frames),
        has_alpha=frames.shape[3] == 4,
        quality=quality,
        chroma=chroma,
        sound=None,
        is_loop=is_loop,
        session="{}",
        recipe_at=lambda _: None,
    )
    writer = VideoWriter(path, plan)
    for frame in frames:
        writer.write(frame.astype(np.uint16) * 257 if plan.codec.deep else frame)
    writer.finish()
    with av.open(str(path)) as container:
        decoded = list(container.decode(video=0))
    times = [frame.time for frame in decoded]
    assert times == pytest.approx(np.arange(len(frames)) / 30, abs=0.001)
    shown = [
        frame.reformat(format="rgb24", src_colorspace=1, dst_colorspace=1) for frame in decoded
    ]
    return np.stack([frame.to_ndarray() for frame in shown]).astype(np.float32)


def steps(frames):
    """The mean change from each frame to the next, the first again after the last."""
    return np.abs(frames - np.roll(frames, -1, axis=0)).mean((1, 2, 3))


def decibels(frames, expected):
    return 10 * np.log10(255**2 / np.square(frames - expected).mean())


@pytest.mark.parametrize("codec", ["h264", "h265", "h265-10", "vp9", "av1"])
def test_a_loop_does_not_pop_where_it_starts_again(loop, tmp_path, codec):
    path = tmp_path / f"a{CODECS[codec].suffix}"
    plain = encoded(path, loop, codec, is_loop=False)
    even = encoded(path, loop, codec)
    assert steps(even)[-1] <= 1.5 * np.median(steps(even))
    assert steps(even)[-8:].max() < 2 * np.median(steps(even))
    assert steps(even)[-1] < steps(plain)[-1]
    for frame, before, expected in zip(even[-6:], plain[-6:], loop[-6:], strict=True):
        usual = min(decibels(before, expected), decibels(plain[0], loop[0]))
        assert decibels(frame, expected) > usual - 1


def test_short_and_transparent_loops_are_written_as_they_are(loop, tmp_path):
    short = encoded(tmp_path / "a.mp4", loop[:12], "h264")
    assert (short == encoded(tmp_path / "b.mp4", loop[:12], "h264", is_loop=False)).all()
    alpha = np.concatenate([loop[:30], loop[:30, ..., :1]], axis=-1)
    clear = encoded(tmp_path / "a.webm", alpha, "vp9")
    assert (clear == encoded(tmp_path / "b.webm", alpha, "vp9", is_loop=False)).all()


def chroma_of(frames):
    """Cb and Cr of BT.709, in levels (ITU-R BT.709, section 3)."""
    r, g, b = np.moveaxis(frames, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return {"Cb": (b - y) / 1.8556, "Cr": (r - y) / 1.5748}


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("codec", ["h264", "h265", "h265-10", "vp9"])
def test_full_colour_is_better_than_shared(loop, tmp_path, codec, quality):
    path = tmp_path / f"a{CODECS[codec].suffix}"
    clip, wanted = loop[:24], loop[:24].astype(np.float32)
    shared = encoded(path, clip, codec, quality, is_loop=False)
    full = encoded(path, clip, codec, quality, "full", is_loop=False)
    assert decibels(full, wanted) > decibels(shared, wanted)
    for name, plane in chroma_of(wanted).items():
        gained = decibels(chroma_of(full)[name], plane) - decibels(chroma_of(shared)[name], plane)
        assert gained > 0, name
