"""The thread that keeps and encodes frames while the next are rendered."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from stylestudio.video.frames import resized
from stylestudio.video.loop import LoopWatch
from stylestudio.video.writers import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.progress import Picture
    from stylestudio.video.store import FrameStore
    from stylestudio.video.writers import ExportPlan, Writer

WAITING = 4  # frames between rendering and encoding: enough to even out, little memory
WAIT = 0.1  # seconds between two looks at whoever may cancel


class EncoderThread(threading.Thread):
    """Feeds a writer with the frames of a store, then with those that are put in.

    Every frame goes to the store before it is encoded, so what a crash leaves can be encoded
    again from the first on, and the file becomes the same. Errors come out of `put` and `end`.
    """

    def __init__(self, plan: ExportPlan, store: FrameStore, part: Path, *, watch: bool) -> None:
        super().__init__(name="encoder", daemon=False)
        self.watch = LoopWatch() if watch else None
        self._plan, self._store, self._part = plan, store, part
        self._frames: queue.Queue[Picture | None] = queue.Queue(WAITING)
        self._stopping = threading.Event()
        self._ended = threading.Event()  # joining would note a thread of Qt's down for good
        self._error: BaseException | None = None

    def put(self, frame: Picture | None, check: Callable[[], None]) -> None:
        """Hand over a frame; `check` is called while the encoder is behind, and may raise."""
        while True:
            self._raise_error()
            try:
                self._frames.put(frame, timeout=WAIT)
            except queue.Full:
                check()
            else:
                return

    def end(self, check: Callable[[], None]) -> None:
        """Wait until everything is written and the file complete."""
        self.put(None, check)
        while not self._ended.wait(WAIT):
            check()
        self._raise_error()

    def stop(self) -> None:
        """End the thread, with whatever is done."""
        self._stopping.set()
        self._ended.wait()

    def run(self) -> None:
        """Write until the end."""
        writer = None
        try:
            writer = open_writer(self._part, self._plan)
            if self._write_all(writer):
                writer.finish()
                writer = None
        except BaseException as error:  # noqa: BLE001 - raised again in the rendering thread
            self._error = _plain_os_error(error)
        finally:
            if writer:
                _let_go(writer)
            self._ended.set()

    def _write_all(self, writer: Writer) -> bool:
        """Write every frame; return whether that was all, or whether it was stopped."""
        for index in range(len(self._store)):
            if self._stopping.is_set():
                return False
            self._write(writer, self._store.read(index))
        while not self._stopping.is_set():
            try:
                frame = self._frames.get(timeout=WAIT)
            except queue.Empty:
                continue
            if frame is None:
                return True
            self._store.append(frame)
            self._write(writer, frame)
        return False

    def _write(self, writer: Writer, frame: Picture) -> None:
        frame = resized(frame, self._plan.size)  # they differ where networks enlarge only some
        writer.write(frame)
        if self.watch:
            self.watch.see(frame)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error


def _plain_os_error(error: BaseException) -> BaseException:
    """FFmpeg's errors of files as Python's, whatever class they have there."""
    import av

    if isinstance(error, av.FFmpegError) and not isinstance(error, OSError):
        return OSError(error.errno, error.strerror)
    return error


def _let_go(writer: Writer) -> None:
    """Close an incomplete file; that it cannot be completed is known already."""
    import av

    try:
        writer.close()
    except (av.FFmpegError, OSError):
        return
