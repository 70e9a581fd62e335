"""The kinds of files that a clip can become, and what each is good for, in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Quality = Literal["small", "good", "best"]
Chroma = Literal["standard", "full"]

QUALITIES: dict[Quality, str] = {
    "small": "Small file",
    "good": "Good",
    "best": "Best",
}
CHROMAS: dict[Chroma, str] = {
    "standard": "Standard: plays everywhere (4:2:0)",
    "full": "Full: every pixel its own colour, for editing (4:4:4)",
}
SMALLEST_SIDE, LARGEST_SIDE = 16, 8192  # pixels
GIF_FASTEST = 50  # frames a second; players slow anything faster down


class ExportError(StyleStudioError, ValueError):
    """A clip cannot be exported as asked; the message is one sentence for the user."""


@dataclass(frozen=True)
class Codec:
    """One kind of file. Pixel formats and options are FFmpeg's names."""

    name: str
    label: str
    suffix: str  # "" for a folder of pictures
    container: str = ""
    encoder: str = ""
    pixels: str = ""  # pixel format of opaque pictures
    full: str = ""  # with a colour for each pixel; "" where there is no such choice
    alpha: str = ""  # with transparency; "" where pictures are laid over white
    deep: bool = False  # takes pictures of 16 bits a channel
    sound: str = ""  # encoder of its sound; "" where it is silent
    options: Mapping[str, str] = field(default_factory=dict)
    by_quality: Mapping[Quality, Mapping[str, str]] = field(default_factory=dict)
    full_options: Mapping[str, str] = field(default_factory=dict)  # with full colour, too
    ending: Mapping[str, str] = field(default_factory=dict)  # over the last frames of a loop
    decoder: str = ""  # where there is an `ending`: what reads the frames back
    smallest: int = SMALLEST_SIDE  # pixels on each side

    @property
    def title(self) -> str:
        """What people call it: H.265."""
        return re.split("[:,]", self.label)[0]

    def needs_even(self, chroma: Chroma) -> bool:
        """Whether sides must be even, because four pixels share a colour."""
        return "420" in self.pixels and not (chroma == "full" and self.full)

    def options_for(self, quality: Quality, pixels: str) -> dict[str, str]:
        """The encoder's options for a quality and a pixel format."""
        more = self.full_options if pixels == self.full else {}
        return {**self.options, **self.by_quality.get(quality, {}), **more}

    def format_for(self, *, has_alpha: bool, chroma: Chroma) -> str:
        """The pixel format for these pictures. Raises ExportError where `chroma` has none."""
        if has_alpha and self.alpha:
            return self.alpha
        if chroma == "full" and self.full:
            return self.full
        if chroma == "full" and self.needs_even(chroma):
            raise ExportError(f"{self.title} has no full colour; use standard, or H.264.")
        return self.pixels


def _crf(small: int, good: int, best: int, **more: str) -> dict[Quality, dict[str, str]]:
    """Constant quality: the less, the better the picture and the larger the file."""
    values: dict[Quality, int] = {"small": small, "good": good, "best": best}
    return {quality: {"crf": str(value), **more} for quality, value in values.items()}


_STITCHABLE = "stitchable=1"  # the same headers at every quality
_QUIET_X265 = {"x265-params": "log-level=none"}
# Encoders give chroma of 4:4:4 a coarser step, as there is four times as much of it (x264 by 6 of
# its QP, in encoder.c); who asks for full colour wants it no worse than of 4:2:0.
_FINE_X265 = {"x265-params": "log-level=none:cbqpoffs=-3:crqpoffs=-3"}
_BY_X265: dict[str, Any] = {
    "sound": "aac",
    "options": _QUIET_X265,
    "by_quality": _crf(28, 21, 14),
    "full_options": _FINE_X265,
    "ending": {"crf": "9"},
    "decoder": "hevc",
    "smallest": 64,  # one block of its pictures; x265 writes beyond its memory for less
}
_WEBP: dict[Quality, dict[str, str]] = {
    "small": {"quality": "60"},
    "good": {"quality": "85"},
    "best": {"lossless": "1", "quality": "60"},
}

_ALL = (
    Codec(
        *("h264", "H.264: plays everywhere", ".mp4", "mp4", "libx264", "yuv420p", "yuv444p"),
        sound="aac",
        # As good as slower presets at a CRF one lower, in files a fifth larger; it leaves the
        # processor to the rendering.
        options={"preset": "veryfast", "x264-params": _STITCHABLE},
        by_quality=_crf(25, 18, 11),
        full_options={"chromaoffset": "-8"},
        ending={"crf": "7", "x264-params": f"{_STITCHABLE}:deadzone-inter=6:deadzone-intra=6"},
        decoder="h264",
    ),
    Codec(
        *("h265", "H.265: half the size, newer players", ".mp4", "mp4", "libx265"),
        *("yuv420p", "yuv444p"),
        **_BY_X265,
    ),
    Codec(
        *("h265-10", "H.265, 10 bits: smooth gradients", ".mp4", "mp4", "libx265"),
        *("yuv420p10le", "yuv444p10le"),
        deep=True,
        **_BY_X265,
    ),
    Codec(
        *("vp9", "VP9: for the web, may be transparent", ".webm", "webm", "libvpx-vp9"),
        *("yuv420p", "yuv444p", "yuva420p"),
        sound="libopus",
        options={"b": "0", "deadline": "good", "cpu-used": "4"},
        by_quality=_crf(38, 28, 16),
        ending={"crf": "4"},
        decoder="vp9",
    ),
    Codec(
        *("av1", "AV1: for the web, smallest", ".webm", "webm", "libsvtav1", "yuv420p"),
        sound="libopus",
        options={"preset": "8"},
        by_quality=_crf(42, 30, 18),
        ending={"crf": "3", "svtav1-params": "enable-tf=0"},
        decoder="libdav1d",
    ),
    Codec(
        *("prores", "ProRes 4444: for editing, may be transparent", ".mov", "mov", "prores_ks"),
        *("yuv444p10le", "", "yuva444p10le"),
        deep=True,
        sound="pcm_s16le",
        options={"profile": "4444", "vendor": "apl0"},
    ),
    Codec(
        *("ffv1", "FFV1: every pixel exact (RGB)", ".mkv", "matroska", "ffv1"),
        *("bgr0", "", "bgra"),
        sound="flac",
        options={"level": "3", "slicecrc": "1"},
    ),
    Codec("gif", "GIF: 256 colours, no sound", ".gif", "gif", "gif", "pal8"),
    Codec(
        *("webp", "Animated WebP: for the web, no sound", ".webp", "webp", "libwebp_anim"),
        *("bgra", "", "bgra"),
        by_quality=_WEBP,
    ),
    Codec("png", "PNG pictures in a folder", ""),
    Codec("png16", "PNG pictures of 16 bits in a folder", "", deep=True),
)
CODECS = {codec.name: codec for codec in _ALL}


def codec_for(path: Path, name: str | None) -> Codec:
    """The codec named, or the first whose files end like `path`; without an ending, PNG.

    Raises ExportError where there is none, or it does not go with the ending.
    """
    suffix = path.suffix.lower()
    if name is None:
        for codec in _ALL:
            if codec.suffix == suffix:
                return codec
        endings = ", ".join(dict.fromkeys(codec.suffix for codec in _ALL if codec.suffix))
        raise ExportError(
            f"{path.name} has no ending that says what to write; use {endings}, "
            "or none for a folder of PNG pictures."
        )
    if name not in CODECS:
        raise ExportError(f"There is no codec {name!r}; choose one of {', '.join(CODECS)}.")
    codec = CODECS[name]
    others = {each.suffix for each in _ALL}
    if codec.suffix != suffix and (codec.suffix or suffix in others):  # folders may have dots
        wanted = f"end in {codec.suffix}" if codec.suffix else "be a folder, without an ending"
        raise ExportError(f"{path.name} must {wanted} for {codec.name}.")
    return codec
