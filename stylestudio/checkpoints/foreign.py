"""Names the kinds of file that people drop by mistake."""

from __future__ import annotations

_WEB_PAGE = "is a web page, probably from a failed download; download the model again"
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "is a JPEG picture, not a model"),
    (0, b"\x89PNG", "is a PNG picture, not a model"),
    (0, b"GIF8", "is a GIF picture, not a model"),
    (0, b"RIFF", "is a WebP picture or a sound, not a model"),
    (4, b"ftyp", "is a video or picture, not a model"),
    (0, b"%PDF", "is a PDF document, not a model"),
    (0, b"\x1f\x8b", "is packed with gzip; unpack it first"),
    (0, b"7z\xbc\xaf", "is a 7z archive; unpack it first"),
    (0, b"Rar!", "is a RAR archive; unpack it first"),
    (257, b"ustar", "is a tar archive; unpack it first"),
    (
        30,
        b"session.json",
        "is a session of StyleStudio, not a model; `stylestudio info` says which models it needs",
    ),
    (0, b"PK", "is a zip archive without a torch model; unpack it first"),
    (0, b"\x89HDF", "is an HDF5 file, which StyleStudio does not read"),
    (0, b"version https://git-lfs", "is a Git LFS pointer; get the real file with git lfs pull"),
)


def name_foreign(head: bytes) -> str:
    """What a file that begins with `head` is, as the rest of a sentence."""
    for offset, signature, meaning in _SIGNATURES:
        if head[offset:].startswith(signature):
            return meaning
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return _WEB_PAGE
    if not any(head):
        return "starts with nothing but zeros; download or copy it again"
    try:
        text = head[:-4].decode() if len(head) > 64 else head.decode()
    except UnicodeDecodeError:
        return "is not a kind of model file that StyleStudio reads"
    if all(ch.isprintable() or ch in "\t\r\n" for ch in text):
        return "is a text file, not a model"
    return "is not a kind of model file that StyleStudio reads"
