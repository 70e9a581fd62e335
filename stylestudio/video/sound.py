"""A sound file beside the pictures of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylestudio.video.codecs import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import AudioFrame
    from av.container import OutputContainer

OPUS_RATE = 48000  # the one rate that Opus keeps
BIT_RATE = 192_000  # bits a second where sound is compressed with loss


class Sound:
    """Encodes the start of a sound file into a container, as far as the pictures have come."""

    def __init__(
        self, container: OutputContainer, path: Path, encoder: str, seconds: float
    ) -> None:
        import av
        from av.audio.resampler import AudioResampler
        from av.audio.stream import AudioStream

        try:
            self._input = av.open(str(path))
        except (av.FFmpegError, OSError) as error:
            raise ExportError(f"{path.name} cannot be opened as sound: {error.strerror}.") from None
        if not self._input.streams.audio:
            self._input.close()
            raise ExportError(f"{path.name} holds no sound.")
        self._name = path.name
        source = self._input.streams.audio[0]
        rate = OPUS_RATE if encoder == "libopus" else source.rate or OPUS_RATE
        stream = container.add_stream(encoder, rate=rate, layout="stereo")
        assert isinstance(stream, AudioStream)
        if encoder in ("aac", "libopus"):
            stream.bit_rate = BIT_RATE
        formats = stream.codec_context.codec.audio_formats
        chosen = formats[0].name if formats else stream.format.name
        stream.codec_context.format = chosen
        self._container, self._stream = container, stream
        self._samples = round(seconds * rate)  # that are still to come
        self._rate = rate
        self._written = 0
        self._frames = self._decoded(AudioResampler(format=chosen, layout="stereo", rate=rate))

    def advance(self, seconds: float) -> None:
        """Write the sound up to this time, about."""
        while self._written < seconds * self._rate:
            frame = next(self._frames, None)
            if frame is None:
                return
            frame.pts = self._written
            self._written += frame.samples
            self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write the rest."""
        self.advance(float("inf"))
        self._container.mux(self._stream.encode(None))
        self._input.close()

    def close(self) -> None:
        """Let go of the sound file."""
        self._input.close()

    def _decoded(self, resampler: object) -> Iterator[AudioFrame]:
        """Resampled frames, cut off where the pictures end."""
        import av
        from av.audio.resampler import AudioResampler

        assert isinstance(resampler, AudioResampler)
        left = self._samples
        try:
            for frame in self._input.decode(audio=0):
                for part in resampler.resample(frame):
                    if part.samples > left:
                        part = _first(part, left)
                    left -= part.samples
                    if part.samples:
                        yield part
                    if not left:
                        return
        except av.FFmpegError as error:
            raise ExportError(f"{self._name} is damaged: {error.strerror}.") from None


def _first(frame: AudioFrame, samples: int) -> AudioFrame:
    import av
    import numpy as np

    values = frame.to_ndarray()
    width = 1 if frame.format.is_planar else frame.layout.nb_channels
    kept: Any = np.ascontiguousarray(values[:, : samples * width])
    cut = av.AudioFrame.from_ndarray(kept, frame.format.name, frame.layout.name)
    cut.sample_rate = frame.sample_rate
    return cut
