"""A sound file beside the pictures of a clip."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.video.codecs import ExportError
from stylestudio.video.hearing import SoundFile

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import OutputContainer

BIT_RATE = 192_000  # bits a second where sound is compressed with loss
RATES = {
    # Opus takes other rates too, but always plays at this one.
    "libopus": (48000,),
    # AAC takes lower ones, in packets of up to 0.14 s; at these, the end is met within 0.05 s.
    "aac": (22050, 24000, 32000, 44100, 48000, 88200, 96000),
}
HIGHEST_RATE = 192_000  # that FLAC and PCM keep


class Sound:
    """Encodes the start of a sound file into a container, as far as the pictures have come.

    The track lasts as long as the pictures: a longer sound is cut, silence follows a shorter one.
    Mono stays mono, anything else becomes stereo. Raises ExportError, naming the sound file,
    where that cannot be read, decoded or encoded.
    """

    def __init__(
        self, container: OutputContainer, path: Path, encoder: str, seconds: float
    ) -> None:
        from av.audio.stream import AudioStream

        self._file = SoundFile(path)
        self._rate = _rate_for(encoder, self._file.rate)
        self._layout = "mono" if self._file.channels == 1 else "stereo"
        stream = container.add_stream(encoder, rate=self._rate, layout=self._layout)
        assert isinstance(stream, AudioStream)
        if encoder in ("aac", "libopus"):
            stream.bit_rate = BIT_RATE
        formats = stream.codec_context.codec.audio_formats
        if formats:
            stream.codec_context.format = formats[0].name
        self._container, self._stream = container, stream
        self._samples = round(seconds * self._rate)
        self._written = 0
        self._blocks = self._file.blocks(self._rate, self._layout)

    def advance(self, seconds: float) -> None:
        """Write the sound up to this time, about."""
        while self._written < min(seconds * self._rate, self._samples):
            block = next(self._blocks, None)
            if block is None:  # second by second, so that a long silence takes little memory
                block = np.zeros((1 if self._layout == "mono" else 2, self._rate), np.float32)
            self._write(block[:, : self._samples - self._written])

    def finish(self) -> None:
        """Write the rest."""
        self.advance(float("inf"))
        self._encode(None)
        self._file.close()

    def close(self) -> None:
        """Let go of the sound file."""
        self._file.close()

    def _write(self, block: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        import av

        samples: Any = np.ascontiguousarray(block)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._written
        self._written += block.shape[1]
        self._encode(frame)

    def _encode(self, frame: Any) -> None:
        import av

        try:
            packets = self._stream.encode(frame)
        except av.FFmpegError as error:
            raise ExportError(
                f"The sound of {self._file.name} cannot be encoded: {error.strerror}; "
                "convert it to a WAV of 44.1 or 48 kHz, or leave it out."
            ) from None
        self._container.mux(packets)


def _rate_for(encoder: str, rate: int) -> int:
    """The rate itself where the encoder keeps it, else the next higher one, else the highest."""
    rates = RATES.get(encoder)
    if rates is None:
        return min(rate, HIGHEST_RATE)
    return next((known for known in rates if known >= rate), rates[-1])
