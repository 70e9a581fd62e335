"""What the first bytes of a file say about it, whatever its name ends in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

HEAD = 64  # bytes looked at

# Those that Pillow reads by itself. Left out are formats that it hands to other programs (EPS),
# knows the size of alone (MPEG), or that hold measurements (FITS, HDF5).
READ = (
    *("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "PSD", "PPM", "QOI", "DIB"),
    *("DDS", "ICNS", "ICO", "PCX", "SGI", "TGA"),
)
HEIF = "HEIF"
CR3 = "CR3"  # Canon's raw files
CAMERA_RAW = "is a camera's raw file; develop it and save it as JPEG or TIFF"
SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".tif", ".tiff"),
        *(".bmp", ".dib", ".avif", ".avifs", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jxl"),
        *(".psd", ".ppm", ".pgm", ".pbm", ".pnm", ".qoi", ".tga", ".dds", ".ico", ".icns"),
        *(".pcx", ".sgi"),
    )
)
MOVING = ("AVIF", "GIF", "PNG", "WEBP")  # formats whose further pictures are an animation

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBP", "WEBP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"8BPS", "PSD"),
    (0, b"qoif", "QOI"),
    (0, b"DDS ", "DDS"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)


def picture_format(path: str | os.PathLike[str]) -> str:
    """The format of a picture by its first bytes, in Pillow's words ("PNG", "HEIF"); else "".

    Formats that can't be read here have a name, too ("JPEG XL"). Raises OSError where the file
    cannot be read.
    """
    with Path(path).open("rb") as file:
        return format_of(file.read(HEAD))


def pictures_in(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """The pictures right in a folder, by content or name, and why each of the others is none.

    In order of their names; hidden files are left out. A reason is the rest of a sentence that
    begins with "which". Raises OSError where the folder cannot be read.
    """
    pictures: list[Path] = []
    others: dict[Path, str] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            others[path] = "is a folder; name it on its own to use its pictures"
        elif path.suffix.lower() in SUFFIXES or picture_format(path):
            pictures.append(path)
        else:
            with path.open("rb") as file:
                others[path] = why_not(file.read(HEAD))
    return pictures, others


def format_of(head: bytes) -> str:
    """`picture_format` for a file that begins with `head`."""
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    # BMP's two letters alone begin many a text; its header's size is small, and three zeros follow.
    if head[:2] == b"BM" and head[15:18] == b"\0\0\0":
        return "BMP"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PPM"
    if head[4:8] == b"ftyp":
        size = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))}
        # Both kinds may call themselves mif1, so the more particular name is looked for first.
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIF_BRANDS:
            return HEIF
        if b"crx " in brands:
            return CR3
    return ""


def why_not(head: bytes) -> str:
    """What a file is that no decoder takes for a picture, as the rest of a sentence."""
    name = format_of(head)
    if name in ("JPEG XL", "OpenEXR", "Radiance HDR"):
        return f"is a picture in the format {name}, which can't be read; save it as PNG or TIFF"
    if name == CR3:
        return CAMERA_RAW
    if name:
        return f"is damaged, or a kind of {name} that can't be read; save it as PNG or JPEG"
    if not head:
        return "is empty; download or copy it again"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")):
        return "is an SVG drawing or other text, not a pixel picture; save it as PNG"
    if start.startswith((b"<!doctype", b"<html")):
        return "is a web page, not a picture; save the picture itself"
    if head[4:8] == b"ftyp" or head.startswith((b"\x1a\x45\xdf\xa3", b"\0\0\x01\xba")):
        return "is a video, not a picture; save one of its frames"
    if head.startswith((b"%PDF", b"%!PS")):
        return "is a PDF or PostScript document, not a picture; save it as PNG"
    return "is not a picture that can be read"
