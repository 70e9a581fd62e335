"""From frames to a file: a video container with its encoder, or a folder of PNG pictures."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from stylestudio.recipe.pictures import PERCEPTUAL, RECIPE_KEY
from stylestudio.threads import software
from stylestudio.video.carrying import KEY, SOFTWARE_KEY, append_session
from stylestudio.video.frames import over_white, resized
from stylestudio.video.palette import Palette
from stylestudio.video.seam import ENDING, Seam
from stylestudio.video.sound import Sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from pathlib import Path

    import av
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

    from stylestudio.progress import Picture
    from stylestudio.recipe import Recipe
    from stylestudio.video.codecs import Chroma, Codec, Quality


BT709 = 1  # in the numbering of ITU-T H.273, for primaries, transfer and matrix alike
RGB = 0  # no matrix: the channels are red, green and blue themselves
LIMITED, WHOLE = 1, 2  # FFmpeg's numbers for 16..235 and 0..255
SMALLEST_STEP = 1000  # parts of a frame's duration in which MP4 counts


@dataclass(frozen=True)
class ExportPlan:
    """All that a writer needs to know of a clip."""

    codec: Codec
    sides: int  # pixels of the square picture, or its width
    rate: Fraction
    frames: int
    has_alpha: bool
    quality: Quality
    chroma: Chroma
    sound: Path | None
    is_loop: bool  # the first frame follows the last
    session: str  # "" where there is none
    recipe_at: Callable[[int], Recipe]
    height: int | None = None  # where the picture is no square
    export_weights: Callable[[Path], object] | None = None  # those of the recipes, into a folder

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.sides, self.height or self.sides


class Writer(Protocol):
    """Takes the frames of a clip in order."""

    def write(self, frame: Picture) -> None:
        """Add a frame."""

    def finish(self) -> None:
        """Complete the file."""

    def close(self) -> None:
        """Let go of an incomplete file."""


def open_writer(path: Path, plan: ExportPlan) -> Writer:
    """Begin a file, or a folder, at `path`; what stood there is replaced."""
    return VideoWriter(path, plan) if plan.codec.container else PictureWriter(path, plan)


class VideoWriter:
    """Encodes with PyAV. Colours are tagged and converted as BT.709, or stay RGB."""

    def __init__(self, path: Path, plan: ExportPlan) -> None:
        import av
        from av.video.stream import VideoStream

        self._path, self._plan = path, plan
        self._format = plan.codec.format_for(has_alpha=plan.has_alpha, chroma=plan.chroma)
        self._count = 0
        os.environ.setdefault("SVT_LOG", "1")  # or the AV1 encoder fills the terminal
        self._container = av.open(
            str(path.absolute()), "w", format=plan.codec.container, options=self._muxing()
        )
        if plan.session:
            self._container.metadata[KEY] = plan.session
        self._container.metadata[SOFTWARE_KEY] = software()
        self._options = plan.codec.options_for(plan.quality, self._format)
        stream = self._container.add_stream(
            plan.codec.encoder, rate=plan.rate, options=self._options
        )
        assert isinstance(stream, VideoStream)
        self._stream = stream
        stream.width, stream.height = plan.size
        stream.pix_fmt = self._format
        self._describe(stream.codec_context)
        self._encoder: VideoStream | VideoCodecContext = stream
        self._palette = Palette()
        self._seam = Seam(plan.codec.decoder, stream.codec_context) if self._has_seam else None
        self._sound: Sound | None = None
        if plan.sound:
            seconds = float(plan.frames / plan.rate)
            self._sound = Sound(self._container, plan.sound, plan.codec.sound, seconds)

    def write(self, frame: Picture) -> None:
        """Encode a frame."""
        picture = self._picture(resized(frame, self._plan.size))
        picture.pts = self._count
        picture.time_base = 1 / self._plan.rate
        if self._seam:
            picture = self._toward_start(picture, self._seam)
        self._mux(self._encoder.encode(picture))
        self._count += 1
        if self._sound:
            self._sound.advance(float(self._count / self._plan.rate))

    def finish(self) -> None:
        """Write what the encoder still holds, the rest of the sound, and the index."""
        self._mux(self._encoder.encode(None))
        if self._sound:
            self._sound.finish()
        self._container.close()
        if self._plan.session:
            append_session(self._path, self._plan.codec.container, self._plan.session)

    def close(self) -> None:
        """Let go of an incomplete file."""
        if self._sound:
            self._sound.close()
        self._container.close()

    def _muxing(self) -> dict[str, str]:
        """Options of the container; bitexact leaves random numbers and dates out."""
        options = {"fflags": "+bitexact"}
        if self._plan.codec.container in ("mp4", "mov"):
            options["movflags"] = "use_metadata_tags+faststart"
            options["movie_timescale"] = str(self._plan.rate.numerator * SMALLEST_STEP)
        if self._plan.codec.container == "webp":
            options["loop"] = "0"  # for ever, as a GIF; its own default is once
        return options

    @property
    def _has_seam(self) -> bool:
        """Whether a player shows a seam that can be evened out."""
        codec, enough = self._plan.codec, self._plan.frames >= 3 * ENDING
        return self._plan.is_loop and enough and bool(codec.ending) and "yuva" not in self._format

    def _toward_start(self, picture: av.VideoFrame, seam: Seam) -> av.VideoFrame:
        """The picture as it is to be encoded, so that the last ones lead over to the first."""
        ending = self._count - (self._plan.frames - ENDING)
        if ending == 0:
            self._mux(self._encoder.encode(None))
            self._encoder = self._finer_encoder()
        return seam.lead(picture, (ending + 1) / ENDING) if ending >= 0 else seam.see(picture)

    def _finer_encoder(self) -> VideoCodecContext:
        """A second encoder for the same stream."""
        import av
        from av.video.codeccontext import VideoCodecContext

        context = av.CodecContext.create(self._plan.codec.encoder, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = self._plan.size
        context.pix_fmt = self._format
        context.framerate = self._plan.rate
        context.options = {**self._options, **self._plan.codec.ending}
        context.flags = self._stream.codec_context.flags
        self._describe(context)
        return context

    def _mux(self, packets: list[av.Packet[Any]]) -> None:
        for packet in packets:
            if self._seam:
                self._seam.keep(packet)
            packet.stream = self._stream
            self._container.mux(packet)

    def _describe(self, context: VideoCodecContext) -> None:
        context.time_base = 1 / self._plan.rate
        if self._format == "pal8":
            return
        context.color_primaries = context.color_trc = BT709
        context.colorspace = BT709 if self._is_yuv else RGB
        context.color_range = LIMITED if self._is_yuv else WHOLE
        if self._plan.codec.encoder == "libx265":
            context.codec_tag = "hvc1"  # as Apple's players want it

    @property
    def _is_yuv(self) -> bool:
        return self._format.startswith("yuv")

    def _picture(self, frame: Picture) -> av.VideoFrame:
        """The frame in the encoder's pixel format."""
        from av import VideoFrame
        from av.video.reformatter import ColorRange, Colorspace, Interpolation

        if not (self._plan.has_alpha and self._plan.codec.alpha):
            frame = over_white(frame)
        if self._format == "pal8":
            return _paletted(frame, self._palette)
        depth = {1: ("rgb24", "rgba"), 2: ("rgb48le", "rgba64le")}[frame.itemsize]
        pixels: Any = np.ascontiguousarray(frame)
        given = VideoFrame.from_ndarray(pixels, format=depth[frame.shape[2] == 4])
        exact = Interpolation.LANCZOS | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
        return given.reformat(
            format=self._format,
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG if self._is_yuv else ColorRange.JPEG,
            dst_color_primaries=BT709,
            dst_color_trc=BT709,
            interpolation=exact | Interpolation.FULL_CHR_H_INP | Interpolation.BITEXACT,
        )


def _paletted(frame: Picture, palette: Palette) -> av.VideoFrame:
    """Reduce to the 256 colours that suit this frame best."""
    from av import VideoFrame

    indices, chosen = palette.reduce(frame.astype(np.uint8, copy=False))
    colours = np.zeros((256, 4), np.uint8)
    colours[:, 0] = 255
    colours[: len(chosen), 1:] = chosen
    planes: Any = (indices, colours)
    return VideoFrame.from_ndarray(planes, format="pal8")


class PictureWriter:
    """Writes each frame as a PNG that carries its recipe, beside them weights and the session."""

    def __init__(self, path: Path, plan: ExportPlan) -> None:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        self._path, self._plan = path, plan
        self._digits = max(4, len(str(plan.frames - 1)))
        self._count = 0

    def write(self, frame: Picture) -> None:
        """Write a picture."""
        picture = resized(frame, self._plan.size)
        name = f"{self._count:0{self._digits}}.png"
        recipe = self._plan.recipe_at(self._count)
        (self._path / name).write_bytes(png_bytes(picture, recipe.to_json()))
        self._count += 1

    def finish(self) -> None:
        """Write the weights that recipes name, and the session."""
        if self._plan.export_weights is not None:
            self._plan.export_weights(self._path)
        (self._path / "session.json").write_text(self._plan.session, encoding="utf-8")

    def close(self) -> None:
        """Nothing is open between two frames."""


def png_bytes(frame: Picture, recipe: str) -> bytes:
    """A PNG [H, W, 3 or 4] of 8 or 16 bits a channel in sRGB, with a recipe in a text chunk.

    (PNG specification, third edition; Pillow writes no colours of 16 bits.)
    """
    height, width, channels = frame.shape
    header = struct.pack(
        ">IIBBBBB", width, height, 8 * frame.itemsize, {3: 2, 4: 6}[channels], 0, 0, 0
    )
    rows = frame.astype(f">u{frame.itemsize}").reshape(height, -1).view(np.uint8)
    filtered = np.full((height, 1 + rows.shape[1]), 2, np.uint8)  # 2: less the byte above it
    filtered[0, 1:] = rows[0]
    filtered[1:, 1:] = rows[1:] - rows[:-1]
    text = RECIPE_KEY.encode() + b"\0\0\0\0\0" + recipe.encode()
    chunks = [
        (b"IHDR", header),
        (b"sRGB", PERCEPTUAL),
        (b"iTXt", text),
        (b"IDAT", zlib.compress(filtered.tobytes(), 6)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
