"""Colour spaces that a file names without a profile, as profiles.

PNG's cICP, gAMA and cHRM (PNG specification, third edition, sections 11.3.2 and 13), the `nclx` box
of AVIF and HEIC (ISO 14496-12, the numbers of ITU-T H.273), and Exif's Adobe RGB (DCF 2.0).
"""

from __future__ import annotations

import math
import struct
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import ExifTags

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from stylestudio.pictures.colours import Note

    Chromaticities = tuple[float, ...]  # x and y of white, red, green and blue

_D65 = (0.3127, 0.329)
_SRGB = (*_D65, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_ADOBE = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_PRIMARIES: dict[int, Chromaticities] = {  # H.273, table 2
    1: _SRGB,
    5: (*_D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: (*_D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (*_D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (*_D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
_PRIMARIES[7] = _PRIMARIES[6]
# H.273, table 3. What video is graded for, pictures are shown by: sRGB's curve; 0 says so here.
_EXPONENTS = {1: 0.0, 6: 0.0, 13: 0.0, 14: 0.0, 15: 0.0, 4: 2.2, 5: 2.8, 8: 1.0}
_BRIGHT = {16: "PQ", 18: "HLG"}
_UNSAID = 2  # of both tables
_SRGB_GAMMA = 0.45455  # stands for sRGB's curve, which no exponent gives
_ADOBE_EXPONENT = 563 / 256
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_D50 = np.array([0.9642, 1.0, 0.8249])
_HEAD = 1 << 16  # bytes of a file in which its colour space is looked for


class Space(NamedTuple):
    """Primaries, and the exponent of their curve; 0 for that of sRGB."""

    chromaticities: Chromaticities
    exponent: float = 0.0


def stated_profile(image: Image.Image, head: bytes, note: Note | None = None) -> bytes | None:
    """The profile of what a picture without one says of its colours; None where that is sRGB.

    `head` is how the file begins. `note` is told of what can't be followed.
    """
    has_profile = bool(image.info.get("icc_profile"))
    if image.mode in ("CMYK", "LAB") or (has_profile and image.format != "PNG"):
        return None
    points = _code_points(image.format, head)
    if points is not None and points != (_UNSAID, _UNSAID):
        numbered = _of_code_points(*points, note)  # a PNG's count for more than its profile
        return _profile(numbered) if has_profile or numbered != Space(_SRGB) else None
    space = None if has_profile or "srgb" in image.info else _stated(image)
    if space is None or space == Space(_SRGB):
        return None
    try:
        return _profile(space)
    except (ValueError, np.linalg.LinAlgError, OverflowError, struct.error):
        if note:
            note("describes its colours wrongly, so sRGB is assumed")
        return None


def _stated(image: Image.Image) -> Space | None:
    gamma: float = image.info.get("gamma") or 0.0
    places = image.info.get("chromaticity")
    if image.format == "PNG" and (gamma or places):
        is_srgb = not gamma or math.isclose(gamma, _SRGB_GAMMA, abs_tol=2e-5)
        return Space(tuple(places or _SRGB), 0.0 if is_srgb else 1 / gamma)
    return Space(_ADOBE, _ADOBE_EXPONENT) if _is_adobe_rgb(image) else None


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether a camera says so in Exif, by either of two ways."""
    try:
        exif = image.getexif()
        space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        index: Any = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
    except Exception:  # noqa: BLE001 - damaged Exif raises many kinds, and costs no picture
        return False
    name = index.decode("latin-1") if isinstance(index, bytes) else str(index)
    return space == 2 or (space != 1 and name.strip("\0 ") == "R03")


def _of_code_points(primaries: int, transfer: int, note: Note | None) -> Space:
    if note and transfer in _BRIGHT:
        note(
            f"has brightness beyond white ({_BRIGHT[transfer]}), so it may look pale; save it "
            "as an ordinary picture for the right one"
        )
    elif note and (primaries not in _PRIMARIES and primaries != _UNSAID):
        note(f"has an unknown kind of colours ({primaries}), so sRGB is assumed")
    return Space(_PRIMARIES.get(primaries, _SRGB), _EXPONENTS.get(transfer, 0.0))


def _code_points(kind: str | None, head: bytes) -> tuple[int, int] | None:
    """Numbers of primaries and curve where a file of this kind has any."""
    if kind == "PNG":
        at = 8  # after the signature: length, name, content, checksum
        while at + 10 <= len(head) and head[at + 4 : at + 8] != b"IDAT":
            if head[at + 4 : at + 8] == b"cICP":
                return head[at + 8], head[at + 9]
            at += 12 + int.from_bytes(head[at : at + 4], "big")
    elif kind in ("AVIF", "HEIF"):
        at = head.find(b"colrnclx")
        if 0 <= at <= len(head) - 12:
            primaries, transfer = struct.unpack_from(">HH", head, at + 8)
            return primaries, transfer
    return None


def read_head(path: Path) -> bytes:
    """As much of a file as says what its colours are."""
    with path.open("rb") as file:
        return file.read(_HEAD)


@cache
def _profile(space: Space) -> bytes:
    """An ICC profile, version 4, of three primaries and a curve (ICC.1:2010).

    Raises ValueError and LinAlgError for primaries that span no colours.
    """
    columns = _seen_under_d50(space.chromaticities)
    if space.exponent:
        curve = struct.pack(">4s4xHHi", b"para", 0, 0, _fixed(space.exponent))
    else:
        numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        curve = struct.pack(">4s4xHH5i", b"para", 3, 0, *map(_fixed, numbers))
    text = "stated by the file".encode("utf-16-be")
    words = struct.pack(">4s4xIIHHII", b"mluc", 1, 12, 0x656E, 0x5553, len(text), 28) + text
    tags = {b"desc": words, b"cprt": words, b"wtpt": _xyz(_D50)}
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags |= {name: _xyz(column) for name, column in zip(names, columns.T, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", place + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    kinds = (b"lcms", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header = struct.pack(">I4sI4s4s4s12x4s", place + len(body), *kinds, b"acsp")
    header += bytes(28) + struct.pack(">3i", *map(_fixed, _D50))
    return header + bytes(128 - len(header)) + table + body


def _seen_under_d50(places: Chromaticities) -> NDArray[Any]:
    """XYZ of the primaries as columns [3, 3], as they add up to white, brought to D50."""
    if len(places) != 8 or not all(math.isfinite(p) and -1 < p < 2 for p in places):
        raise ValueError("no chromaticities")
    if places[1] <= 0:
        raise ValueError("white has no brightness")
    xyz = np.array([(x, y, 1 - x - y) for x, y in zip(places[::2], places[1::2], strict=True)]).T
    white = xyz[:, 0] / places[1]
    primaries = xyz[:, 1:]
    if abs(np.linalg.det(primaries)) < 1e-3:
        raise ValueError("the primaries span no colours")
    primaries = primaries * np.linalg.solve(primaries, white)
    cones = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
    adapted: NDArray[Any] = np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ primaries
    return adapted


def _xyz(values: Any) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *map(_fixed, values))


def _fixed(value: float) -> int:
    return round(value * 65536)
