"""Measures exports: frames rendered, frames encoded, and both side by side."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.bench.figures import Figure, alternate, at_least
from stylestudio.recipe import Recipe
from stylestudio.render import Renderer
from stylestudio.video import Session, Timeline, export_video
from stylestudio.video.codecs import codec_for
from stylestudio.video.encoding import EncoderThread
from stylestudio.video.store import FrameStore
from stylestudio.video.writers import ExportPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stylestudio.progress import Picture
    from stylestudio.render import Model

FPS = 30


def measure_export(model: Model, frames: int, rounds: int) -> Iterator[Figure]:
    """Compare an H.264 export with rendering its frames, and encoding them, alone.

    On a card the encoder has the processor to itself, so an export should take about as long as
    rendering alone. On the processor both need the same cores, however many threads share them:
    then it should take no longer than one after the other.
    """
    renderer = Renderer(model)
    ends = [Recipe.from_seed(seed, model, truncation_psi=0.7) for seed in (1, 2)]
    clip = Timeline.of(ends, frames / FPS, fps=FPS)
    pictures = [renderer.render(clip.recipe_at(n)).pixels for n in range(frames)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        works: dict[str, Callable[[], object]] = {
            "rendered": lambda: [renderer.render(clip.recipe_at(n)) for n in range(frames)],
            "encoded": lambda: _encode(clip, pictures, path),
            "exported": lambda: export_video(model, clip, path),
        }
        seconds = alternate(works, rounds)
    yield Figure(model.name, "frames exported as H.264", frames / seconds["exported"], "frames/s")
    on_card = model.device.type != "cpu"
    share = 100 * seconds["rendered"] / seconds["exported"]
    goal = at_least(85) if on_card else None
    yield Figure(model.name, "export, of the rate of rendering alone", share, "%", goal)
    share = 100 * seconds["encoded"] / seconds["rendered"]
    yield Figure(model.name, "encoding alone, of the time of rendering", share, "%")
    share = 100 * (seconds["rendered"] + seconds["encoded"]) / seconds["exported"]
    goal = None if on_card else at_least(85)
    yield Figure(model.name, "export, of the rate of one after the other", share, "%", goal)


def _encode(clip: Timeline, pictures: Sequence[Picture], path: Path) -> None:
    """Keep and encode frames as an export does."""
    plan = ExportPlan(
        codec=codec_for(path, None),
        sides=pictures[0].shape[0],
        rate=clip.rate,
        frames=len(pictures),
        has_alpha=pictures[0].shape[2] == 4,
        quality="good",
        chroma="standard",
        sound=None,
        is_loop=False,
        session=Session(timeline=clip).to_json(),
        recipe_at=clip.recipe_at,
    )
    with FrameStore(path.with_suffix(".frames"), bytes(32)) as store:
        encoder = EncoderThread(plan, store, path, watch=False)
        encoder.start()
        try:
            for picture in pictures:
                encoder.put(picture, _never)
            encoder.end(_never)
        finally:
            encoder.stop()
        store.delete()


def _never() -> None:
    """Nobody cancels."""
