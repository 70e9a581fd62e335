"""Any sound that FFmpeg decodes, as one unbroken run of samples of one rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stylestudio.video.codecs import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream

Block = NDArray[np.float32]  # [channels, samples], nominally -1..1

SMALLEST_GAP = 0.01  # seconds by which time stamps may be off: containers round them
LARGEST_GAP = 10.0  # seconds; beyond it a clock was set anew, and nothing is missing
# Containers that say when each piece of sound is to be heard. In bare streams time is only
# counted, and wrongly where the rate changes.
STAMPED = frozenset(("matroska", "mov", "mpegts", "flv", "asf", "avi", "ogg", "nut"))


class SoundFile:
    """The sound of a file: its own, or that of a video.

    Raises ExportError, naming the file, where it cannot be opened or holds nothing that decodes.
    """

    def __init__(self, path: Path) -> None:
        import av

        self.name = path.name
        try:
            # An absolute path is never taken for the address of a protocol ("a: b.wav").
            self._input = av.open(str(path.absolute()), metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            raise ExportError(f"{path.name} cannot be opened as sound: {error.strerror}.") from None
        try:
            stream = self._best_stream()
            self._frames = self._decoded(stream)
            self._first = next(self._frames, None)
            if self._first is None:
                raise ExportError(f"{path.name} is damaged: no sound in it can be decoded.")
        except ExportError:
            self._input.close()
            raise
        self.channels = self._first.layout.nb_channels
        # A decoder may label its first frame with the rate of what was read ahead.
        self.rate = max(self._first.sample_rate, stream.rate or 0)

    def blocks(self, rate: int, layout: str) -> Iterator[Block]:
        """Decode everything, once, in this rate and layout; the first sample is at time 0.

        Where time stamps leave a gap, there is silence, so what follows stays in time. Pieces
        that are damaged are left out.
        """
        resampler: AudioResampler | None = None
        kind: object = None
        clock = 0.0  # seconds of sound so far, gaps and all
        begin: float | None = None  # time stamp of the clock's zero
        is_stamped = not STAMPED.isdisjoint(self._input.format.name.split(","))
        for frame in self._all_frames():
            gap = 0.0
            if is_stamped and frame.pts is not None and frame.time_base is not None:
                stamp = float(frame.pts * frame.time_base)
                begin = stamp if begin is None else begin
                gap = stamp - begin - clock
                if not -SMALLEST_GAP <= gap <= LARGEST_GAP:
                    begin, gap = stamp - clock, 0.0
            has_gap = gap > SMALLEST_GAP
            if has_gap or kind != _kind(frame):
                yield from _arrays(resampler, None)
                resampler, kind = _resampler(rate, layout), _kind(frame)
            if has_gap:
                yield np.zeros((1 if layout == "mono" else 2, round(gap * rate)), np.float32)
                clock += gap
            clock += frame.samples / frame.sample_rate
            yield from _arrays(resampler, frame)
        yield from _arrays(resampler, None)

    def close(self) -> None:
        """Let go of the file."""
        self._input.close()

    def _all_frames(self) -> Iterator[AudioFrame]:
        assert self._first is not None
        yield self._first
        yield from self._frames

    def _best_stream(self) -> AudioStream:
        from av.audio.stream import AudioStream

        stream = self._input.streams.best("audio")
        if not isinstance(stream, AudioStream):
            raise ExportError(f"{self.name} holds no sound.")
        if stream.codec_context is None:
            raise ExportError(f"{self.name} holds a kind of sound that can't be decoded.")
        return stream

    def _decoded(self, stream: AudioStream) -> Iterator[AudioFrame]:
        """Every frame that decodes."""
        import av

        packets = self._input.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                if isinstance(error, OSError):  # the disk or the network, not the content
                    raise ExportError(f"{self.name} cannot be read: {error.strerror}.") from None
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if isinstance(frame, av.AudioFrame) and frame.samples and frame.sample_rate:
                    yield frame


def _kind(frame: AudioFrame) -> tuple[object, ...]:
    """What a resampler is set up for."""
    return frame.sample_rate, frame.layout.name, frame.format.name


def _resampler(rate: int, layout: str) -> AudioResampler:
    from av.audio.resampler import AudioResampler

    # At most 1: many channels mixed to two never clip. (FFmpeg documentation, "Resampler Options")
    return AudioResampler("fltp", layout, rate, options={"rematrix_maxval": "1.0"})


def _arrays(resampler: AudioResampler | None, frame: AudioFrame | None) -> Iterator[Block]:
    """What a resampler gives for a frame, or for None at the end."""
    for part in resampler.resample(frame) if resampler else ():
        if part is not None:  # what it gives at the end where it had nothing to do
            samples: Any = part.to_ndarray()
            yield samples
