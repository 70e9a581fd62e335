"""Exporting: every frame of a timeline at full quality, encoded beside the rendering."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from stylestudio import __version__
from stylestudio.errors import hint_of_choice
from stylestudio.files import discard, is_reachable, locked, put_in_place
from stylestudio.progress import Cancel, Cancelled, Progress, TimeLeft
from stylestudio.recipe import deltas_of, fits
from stylestudio.recipe.naming import described
from stylestudio.video.codecs import (
    CHROMAS,
    GIF_FASTEST,
    LARGEST_SIDE,
    QUALITIES,
    SMALLEST_SIDE,
    Chroma,
    ExportError,
    Quality,
    codec_for,
)
from stylestudio.video.encoding import EncoderThread
from stylestudio.video.frames import resized
from stylestudio.video.session import Session
from stylestudio.video.store import FrameStore
from stylestudio.video.timeline import Timeline
from stylestudio.video.writers import ExportPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.progress import Picture
    from stylestudio.recipe import Recipe, Stage
    from stylestudio.render import Assets, Delta, Model, PictureStage, Renderer, StyleModel
    from stylestudio.video.codecs import Codec
    from stylestudio.video.loop import LoopReport


@dataclass(frozen=True, repr=False)
class ExportReport:
    """What an export made."""

    path: Path
    frames: int
    resumed_from: int  # frames that an interrupted export had left
    loop: LoopReport | None  # of a timeline that is to be a loop

    def __repr__(self) -> str:
        resumed = f", from frame {self.resumed_from} on" if self.resumed_from else ""
        loop = f", loop {self.loop}" if self.loop else ""
        return f"<ExportReport {self.path.name}: {self.frames} frames{resumed}{loop}>"


def export_video(
    model: Model | str,
    timeline: Timeline,
    path: str | os.PathLike[str],
    codec: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    side: int | None = None,
    scale: float = 1.0,
    quality: Quality = "good",
    chroma: Chroma = "standard",
    sound: str | os.PathLike[str] | None = None,
    session: Session | None = None,
    styles: Iterable[StyleModel] = (),
    stages: Iterable[PictureStage] = (),
    deltas: Iterable[Delta | Model] = (),
    enlarge: Stage | None = None,
    assets: Assets | None = None,
    cancel: Cancel | None = None,
) -> ExportReport:
    """Render every frame of `timeline` on `model` and write them to `path`.

    `codec` is a name of CODECS, or follows from the ending of `path`. Pictures have the model's
    size, or what networks enlarge it to, times `scale`, or `side` pixels, by Lanczos filtering. In
    codecs that lose detail, the last frames of a loop lead over to the first as it is decoded, lest
    it pop. `session` is what the file is to carry; by default, the timeline. `styles`, `stages`,
    `deltas` and `assets` are what recipes may name, as `ss.render` takes them. All frames go
    through `enlarge`, too, which is no part of the session. `on_progress` is called in this thread;
    `done` counts frames, and `picture` is the newest [H, W, 3 or 4], 8 or 16 bits a channel.

    While it runs, a file beside `path` holds the frames rendered so far, exactly, at about half the
    size of their plain pixels; it goes when all is done. An export that was interrupted, by
    whatever, goes on from there when it is started again, and gives the same file as one that was
    not; the name `path` appears when the file is complete. Raises ExportError for what cannot be
    done, and Cancelled; a `cancel` that keeps what is partial leaves the frames for another time.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> recipes = [ss.Recipe.from_seed(seed, model) for seed in (7, 12)]
    >>> timeline = ss.Timeline.of(recipes, seconds=0.2)
    >>> ss.export_video(model, timeline, "walk.mkv", on_progress=lambda progress: None)
    <ExportReport walk.mkv: 6 frames>
    """
    from stylestudio.render import as_model  # brings torch; reading a session does not

    model = as_model(model)
    if not isinstance(timeline, Timeline):
        raise ExportError(
            f"{described(timeline)} is not a timeline; "
            "ss.Timeline.of(recipes, seconds=6) makes one."
        )
    if not isinstance(path, str | os.PathLike):
        raise ExportError(f"{described(path)} is not the path of the video.")
    for name, word, choices in (("quality", quality, QUALITIES), ("chroma", chroma, CHROMAS)):
        if hint := hint_of_choice(word, [*choices]):
            raise ExportError(f"{name} is {word!r}; {hint}")
    target = Path(path)
    kind = codec_for(target, codec)
    session = session or Session(timeline=timeline)
    from stylestudio.render import Renderer, holding  # bring torch; reading does not

    assets = holding(styles, stages, deltas, assets)
    own = side_of(model, timeline, assets, enlarge)

    def recipe_at(n: int) -> Recipe:
        recipe = timeline.recipe_at(n)
        return recipe if enlarge is None else recipe.stage(enlarge)

    def export_weights(folder: Path) -> None:
        for recipe in {deltas_of(recipe): recipe for recipe in timeline.recipes}.values():
            assets.export(recipe, folder)

    plan = ExportPlan(
        codec=kind,
        sides=_sides(own, kind, chroma, side, scale),
        rate=timeline.rate,
        frames=timeline.frame_count,
        has_alpha=model.img_channels == 4,
        quality=quality,
        chroma=chroma,
        sound=None if sound is None else Path(sound),
        is_loop=timeline.loop,
        session=session.to_json(),
        recipe_at=recipe_at,
        export_weights=export_weights,
    )
    _check(model, timeline, plan, target)
    renderer = Renderer(model, assets=assets)
    export = _Export(renderer, timeline, plan, on_progress or (lambda _: None), cancel or Cancel())
    return export.run(target)


def side_of(model: Model, timeline: Timeline, assets: Assets, enlarge: Stage | None = None) -> int:
    """Pixels on each side of the largest frames, which networks may have enlarged.

    Raises StageError where a network that recipes name is not at hand.
    """
    from stylestudio.render import enlargement  # brings torch

    recipes = {recipe.stages: recipe for recipe in timeline.recipes}.values()
    own = model.resolution * max(enlargement(recipe, assets) for recipe in recipes)
    return own if enlarge is None else own * assets.stage(enlarge.network).scale


def frames_file(target: Path) -> Path:
    """Where an export to `target` keeps the frames rendered so far."""
    return target.with_name(f".{target.name}.frames")


def remove_leftovers(target: Path) -> None:
    """Remove what an interrupted export to `target` left. Raises OSError."""
    for path in (frames_file(target), _part_file(target), _lock_file(target)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def is_being_exported(target: Path) -> bool:
    """Whether some process exports to `target` at present."""
    lock = _lock_file(target)
    if not lock.exists():
        return False
    try:
        with locked(lock):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _lock_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _part_file(target: Path) -> Path:
    return target.with_name(f".{target.stem}.part{target.suffix}")


class _Export:
    """One run: renders in this thread, encodes in another."""

    def __init__(
        self,
        renderer: Renderer,
        timeline: Timeline,
        plan: ExportPlan,
        on_progress: Callable[[Progress], None],
        cancel: Cancel,
    ) -> None:
        self._timeline = timeline
        self._plan = plan
        self._on_progress = on_progress
        self._cancel = cancel
        self._time_left = TimeLeft(cancel.clock)
        self._render = renderer.render_deep if plan.codec.deep else renderer.render
        self._print = _fingerprint(renderer.model, timeline, plan)

    def run(self, target: Path) -> ExportReport:
        """Write the whole file, and only then give it its name."""
        try:
            with locked(_lock_file(target)):
                return self._write(target)
        except Timeout as error:
            raise ExportError(
                f"{target.name} is already being exported; wait for it, or choose another name."
            ) from error
        except OSError as error:
            raise _in_words(error, target) from error

    def _write(self, target: Path) -> ExportReport:
        kept = frames_file(target)
        part = _part_file(target)
        try:
            with FrameStore(kept, self._print) as store:
                resumed_from = len(store)
                try:
                    loop = self._frames(store, part)
                    put_in_place(part, target)
                except BaseException as error:
                    unwanted = isinstance(error, Cancelled) and not self._cancel.keeps_partial
                    if unwanted or not len(store):
                        store.delete()
                    raise
                store.delete()
            return ExportReport(target, self._plan.frames, resumed_from, loop)
        finally:
            shutil.rmtree(part, ignore_errors=True) if part.is_dir() else discard(part)

    def _frames(self, store: FrameStore, part: Path) -> LoopReport | None:
        """Render what is missing, and feed it to the encoder; what is kept, it finds itself."""
        encoder = EncoderThread(self._plan, store, part, watch=self._timeline.loop)
        begin, total = len(store), self._plan.frames
        loop = None
        encoder.start()
        try:
            self._report(begin)
            for n in range(begin, total):
                self._cancel.check()
                frame = self._render(self._plan.recipe_at(n), self._should_stop).pixels
                encoder.put(frame, self._cancel.check)
                self._report(n + 1, frame)
            encoder.end(self._cancel.check)
            if encoder.watch:
                end = self._plan.recipe_at(total)
                after = resized(self._render(end).pixels, self._plan.size)
                loop = encoder.watch.report(after, self._plan.recipe_at(0), end)
            return loop
        finally:
            encoder.stop()

    def _should_stop(self) -> bool:
        """Never, as Cancelled is raised where it should; networks take long for a frame."""
        self._cancel.check()
        return False

    def _report(self, done: int, frame: Picture | None = None) -> None:
        total = self._plan.frames
        stage = "Rendering frames" if done < total else "Finishing the file"
        progress = Progress(done, total, stage, picture=frame)
        self._on_progress(self._time_left.fill(progress))


def _fingerprint(model: Model, timeline: Timeline, plan: ExportPlan) -> bytes:
    """What the frames depend on: [32 bytes]."""
    import torch  # which reading a session does without

    kind = (str(model.device), model.precision, str(model.dtype), torch.get_num_threads())
    machine = (__version__, *kind, plan.codec.deep, plan.recipe_at(0).stages)
    # Read once, so that 15 and 15.0 frames a second are the same.
    session = Session.from_json(Session(timeline=timeline).to_json())
    content = session.to_json() + repr(machine)
    return hashlib.sha256(content.encode()).digest()


def _sides(own: int, kind: Codec, chroma: Chroma, side: Any, scale: Any) -> int:
    """Pixels on each side, of frames that have `own`. Raises ExportError where these cannot be."""
    if side is not None and not (isinstance(side, Real) and float(side).is_integer()):
        raise ExportError(f"side is {described(side)}; it must be a whole number of pixels.")
    if not (isinstance(scale, Real) and 0 < own * float(scale) < math.inf):
        raise ExportError(f"scale is {described(scale)}; it must be a finite number above 0.")
    needs_even = kind.needs_even(chroma)
    sides = round(own * float(scale)) if side is None else int(float(side))
    if needs_even and side is None:
        sides -= sides % 2
    if not SMALLEST_SIDE <= sides <= LARGEST_SIDE:
        raise ExportError(
            f"A side of {sides} pixels was asked for; "
            f"it must be from {SMALLEST_SIDE} to {LARGEST_SIDE}."
        )
    if sides < kind.smallest:
        raise ExportError(
            f"{kind.title} needs at least {kind.smallest} pixels on each side; "
            "choose a larger size, or H.264."
        )
    if needs_even and sides % 2:
        raise ExportError(
            f"With 4:2:0 colour, each side needs an even number of pixels; choose "
            f"{sides - 1} or {sides + 1} instead of {sides}, or full colour (4:4:4)."
        )
    return sides


def _check(model: Model, timeline: Timeline, plan: ExportPlan, target: Path) -> None:
    """Raise ExportError for what can be known to fail before the first frame."""
    if not fits(timeline.first, model):
        raise ExportError(
            f"The timeline was made for {timeline.first.model.name_beside(model)}, "
            f"not for {model.name}; "
            "open that model."
        )
    if plan.codec.name == "gif" and timeline.fps > GIF_FASTEST:
        raise ExportError(
            f"A GIF shows at most {GIF_FASTEST} frames a second, and the timeline has "
            f"{timeline.fps:g}; lower it, or choose WebP."
        )
    if plan.sound and not plan.codec.sound:
        raise ExportError(f"{plan.codec.title} can't hold sound; leave it out, or choose H.264.")
    if plan.sound and plan.sound.exists() and target.exists() and target.samefile(plan.sound):
        raise ExportError(
            f"{target.name} holds the sound of the clip and would be lost; choose another name."
        )
    plan.codec.format_for(has_alpha=plan.has_alpha, chroma=plan.chroma)
    folder = target.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ExportError(f"The folder {folder} does not exist or cannot be written to.")
    if target.is_dir():
        raise ExportError(
            f"{target.name or target} is a folder that exists already; choose another name."
        )
    if not plan.codec.suffix and target.exists():
        raise ExportError(f"{target.name} is a file that exists already; choose another name.")


def _in_words(error: OSError, target: Path) -> ExportError:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_full and not is_reachable(frames_file(target)):
        return ExportError(
            f"The disk is full; no frame of {target.name} could be kept. "
            "Free some space, then export it again."
        )
    if is_full:
        return ExportError(
            f"The disk is full. The frames of {target.name} so far are kept: free some space, "
            "then export it again to continue."
        )
    return ExportError(f"{target.name} cannot be written: {error.strerror or error}.")
