"""Exporting: every frame of a timeline at full quality, encoded beside the rendering."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from stylestudio import __version__
from stylestudio.recipe import fits
from stylestudio.video.codecs import GIF_FASTEST, Chroma, Codec, ExportError, Quality, codec_for
from stylestudio.video.encoding import EncoderThread
from stylestudio.video.session import Session
from stylestudio.video.store import FrameStore
from stylestudio.video.writers import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.render import Assets, Model, Renderer, StyleModel
    from stylestudio.video.loop import LoopReport
    from stylestudio.video.store import Frame
    from stylestudio.video.timeline import Timeline

SMALLEST_SIDE, LARGEST_SIDE = 16, 8192  # pixels


@dataclass(frozen=True)
class Progress:
    """How far an export has come."""

    done: int  # frames rendered
    total: int
    seconds_left: float | None  # None until the first frame of this run is rendered
    frame: Frame | None  # the newest [H, W, 3 or 4], 8 or 16 bits a channel


@dataclass(frozen=True)
class ExportReport:
    """What an export made."""

    path: Path
    frames: int
    resumed_from: int  # frames that an interrupted export had left
    loop: LoopReport | None  # of a timeline that is to be a loop


class ExportCancelled(Exception):
    """The export was stopped as asked."""


class Control:
    """Pauses, continues and cancels an export from another thread."""

    def __init__(self) -> None:
        self._may_run = threading.Event()
        self._may_run.set()
        self._cancelled: bool | None = None

    def pause(self) -> None:
        """Rest after the frame that is being rendered."""
        self._may_run.clear()

    def go_on(self) -> None:
        """Continue."""
        self._may_run.set()

    def cancel(self, *, keep_frames: bool = False) -> None:
        """Stop after the frame that is being rendered.

        With `keep_frames`, the same export goes on from there when it is started again.
        """
        self._cancelled = keep_frames
        self._may_run.set()

    @property
    def keeps_frames(self) -> bool:
        """Whether what was rendered stays for another time."""
        return bool(self._cancelled)

    def check(self) -> None:
        """Wait while paused; raise ExportCancelled when cancelled."""
        self._may_run.wait()
        if self._cancelled is not None:
            raise ExportCancelled


def export_video(
    model: Model,
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
    assets: Assets | None = None,
    control: Control | None = None,
) -> ExportReport:
    """Render every frame of `timeline` on `model` and write them to `path`.

    `codec` is a name of CODECS, or follows from the ending of `path`. Pictures have the model's
    size times `scale`, or `side` pixels, by Lanczos filtering. `session` is what the file is to
    carry; by default, the timeline. `styles` are banks that recipes may name beside the built-in
    ones, `assets` is a store of what they may name, None for that of the whole program.
    `on_progress` is called in this thread.

    While it runs, a file beside `path` holds the frames rendered so far, exactly, at about half the
    size of their plain pixels; it goes when all is done. An export that was interrupted, by
    whatever, goes on from there when it is started again, and gives the same file as one that was
    not; the name `path` appears when the file is complete. Raises ExportError for what cannot be
    done, and ExportCancelled.
    """
    target = Path(path)
    kind = codec_for(target, codec)
    session = session or Session(timeline=timeline)
    job = Job(
        codec=kind,
        sides=_sides(model, kind.needs_even(chroma), side, scale),
        rate=timeline.rate,
        frames=timeline.frame_count,
        has_alpha=model.img_channels == 4,
        quality=quality,
        chroma=chroma,
        sound=None if sound is None else Path(sound),
        session=session.to_json(),
        recipe_at=timeline.recipe_at,
    )
    _check(model, timeline, job, target)
    from stylestudio.render import Assets, Renderer, shared_assets  # bring torch; reading does not

    renderer = Renderer(model, assets=Assets(styles, beyond=assets or shared_assets()))
    export = _Export(renderer, timeline, job, on_progress or (lambda _: None), control or Control())
    return export.run(target)


class _Export:
    """One run: renders in this thread, encodes in another."""

    def __init__(
        self,
        renderer: Renderer,
        timeline: Timeline,
        job: Job,
        on_progress: Callable[[Progress], None],
        control: Control,
    ) -> None:
        self._timeline = timeline
        self._job = job
        self._on_progress = on_progress
        self._control = control
        self._render = renderer.render_deep if job.codec.deep else renderer.render
        self._print = _fingerprint(renderer.model, timeline, job.codec)

    def run(self, target: Path) -> ExportReport:
        """Write the whole file, and only then give it its name."""
        lock = target.with_name(f".{target.name}.lock")
        try:
            with FileLock(lock, blocking=False):
                try:
                    return self._write(target)
                finally:
                    with contextlib.suppress(PermissionError):  # Windows keeps it while it is held
                        lock.unlink()
        except Timeout as error:
            raise ExportError(
                f"{target.name} is being exported already; wait for that, or choose another name."
            ) from error
        except OSError as error:
            raise _in_words(error, target) from error

    def _write(self, target: Path) -> ExportReport:
        kept = target.with_name(f".{target.name}.frames")
        part = target.with_name(f".{target.stem}.part{target.suffix}")
        try:
            with FrameStore(kept, self._print) as store:
                resumed_from = len(store)
                try:
                    loop = self._frames(store, part)
                    part.replace(target)
                except BaseException as error:
                    unwanted = isinstance(error, ExportCancelled) and not self._control.keeps_frames
                    if unwanted or not len(store):
                        store.delete()
                    raise
                store.delete()
            return ExportReport(target, self._job.frames, resumed_from, loop)
        finally:
            shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)

    def _frames(self, store: FrameStore, part: Path) -> LoopReport | None:
        """Render what is missing, and feed it to the encoder; what is kept, it finds itself."""
        encoder = EncoderThread(self._job, store, part, watch=self._timeline.loop)
        begin, total = len(store), self._job.frames
        loop = None
        encoder.start()
        try:
            started = time.monotonic()
            self._on_progress(Progress(begin, total, None, None))
            for n in range(begin, total):
                self._control.check()
                frame = self._render(self._timeline.recipe_at(n)).pixels
                encoder.put(frame, self._control.check)
                pace = (time.monotonic() - started) / (n + 1 - begin)
                self._on_progress(Progress(n + 1, total, pace * (total - n - 1), frame))
            encoder.end(self._control.check)
            if encoder.watch:
                end = self._timeline.recipe_at(total)
                after = self._render(end).pixels
                loop = encoder.watch.report(after, self._timeline.recipe_at(0), end)
            return loop
        finally:
            encoder.stop()


def _fingerprint(model: Model, timeline: Timeline, codec: Codec) -> bytes:
    """What the frames depend on: [32 bytes]."""
    machine = (__version__, str(model.device), model.precision, codec.deep)
    # Read once, so that 15 and 15.0 frames a second are the same.
    session = Session.from_json(Session(timeline=timeline).to_json())
    content = session.to_json() + repr(machine)
    return hashlib.sha256(content.encode()).digest()


def _sides(model: Model, needs_even: bool, side: int | None, scale: float) -> int:
    """Pixels on each side. Raises ExportError where these cannot be."""
    sides = round(model.resolution * scale) if side is None else side
    if needs_even and side is None:
        sides -= sides % 2
    if not SMALLEST_SIDE <= sides <= LARGEST_SIDE:
        raise ExportError(
            f"A side of {sides} pixels was asked for; "
            f"it must be from {SMALLEST_SIDE} to {LARGEST_SIDE}."
        )
    if needs_even and sides % 2:
        raise ExportError(
            f"Where four pixels share a colour, each side needs an even number of them; choose "
            f"{sides - 1} or {sides + 1} instead of {sides}, or full colour (4:4:4)."
        )
    return sides


def _check(model: Model, timeline: Timeline, job: Job, target: Path) -> None:
    """Raise ExportError for what can be known to fail before the first frame."""
    if not fits(timeline.first, model):
        raise ExportError(
            f"The timeline was made for {timeline.first.model.name}, not for {model.name}; "
            "open that model."
        )
    if job.codec.name == "gif" and timeline.fps > GIF_FASTEST:
        raise ExportError(
            f"A GIF shows at most {GIF_FASTEST} frames a second, and the timeline has "
            f"{timeline.fps:g}; lower it, or choose WebP."
        )
    if job.sound and not job.codec.sound:
        raise ExportError(f"{job.codec.name} carries no sound; leave it out, or choose H.264.")
    job.codec.format_for(has_alpha=job.has_alpha, chroma=job.chroma)
    folder = target.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ExportError(f"The folder {folder} does not exist or cannot be written to.")
    if target.is_dir():
        raise ExportError(f"{target.name} is a folder that exists already; choose another name.")


def _in_words(error: OSError, target: Path) -> ExportError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            f"The disk is full. What was rendered of {target.name} is kept: make room, and "
            "export it again to go on from there."
        )
    return ExportError(f"{target.name} cannot be written: {error.strerror or error}.")
