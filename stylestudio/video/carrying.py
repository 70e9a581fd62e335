"""How a session travels inside a video file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

KEY = "stylestudio.session"  # in the metadata of MP4, MOV, WebM and MKV
SOFTWARE_KEY = "stylestudio.software"  # likewise
GIF_COMMENT = b"\x21\xfe"
GIF_END = b"\x3b"
GIF_MARK = b"\x13" + KEY.encode()  # the comment's first block
BLOCK = 255  # the longest a block of a GIF can be
WEBP_CHUNK = b"StSe"  # readers pass over chunks that they do not know
CHUNK = struct.Struct("<4sI")
LARGEST = 1 << 30  # bytes of a session


def append_session(path: Path, container: str, text: str) -> None:
    """Add a session to a finished GIF or WebP; the other containers carry it as metadata."""
    content = text.encode()
    with path.open("r+b") as file:
        if container == "gif":
            file.seek(-len(GIF_END), 2)
            blocks = [content[i : i + BLOCK] for i in range(0, len(content), BLOCK)]
            file.write(GIF_COMMENT + GIF_MARK)
            file.writelines(bytes([len(block)]) + block for block in blocks)
            file.write(b"\0" + GIF_END)
        elif container == "webp":
            file.seek(0, 2)
            file.write(CHUNK.pack(WEBP_CHUNK, len(content)) + content + b"\0" * (len(content) % 2))
            length = file.tell() - CHUNK.size
            file.seek(4)
            file.write(struct.pack("<I", length))


def session_text(path: Path) -> str | None:
    """The session inside a video file; None where there is none, or the file is no video.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(12)
        if start.startswith(b"GIF8"):
            return _from_gif(path)
        if start[:4] + start[8:12] == b"RIFFWEBP":
            return _text(_from_webp(file))
    return _from_metadata(path)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "replace")


def _from_webp(file: BinaryIO) -> bytes | None:
    while len(head := file.read(CHUNK.size)) == CHUNK.size:
        name, length = CHUNK.unpack(head)
        if name == WEBP_CHUNK and length <= LARGEST:
            return file.read(length)
        file.seek(length + length % 2, 1)
    return None


def _from_gif(path: Path) -> str | None:
    content = path.read_bytes()
    start = content.rfind(GIF_COMMENT + GIF_MARK)
    if start < 0:
        return None
    return _text(b"".join(_gif_blocks(content, start + len(GIF_COMMENT + GIF_MARK))))


def _gif_blocks(content: bytes, at: int) -> Iterator[bytes]:
    while at < len(content) and content[at]:
        yield content[at + 1 : at + 1 + content[at]]
        at += 1 + content[at]


def _from_metadata(path: Path) -> str | None:
    import av

    try:
        with av.open(str(path.absolute()), metadata_errors="replace") as container:
            tags = {key.lower(): value for key, value in container.metadata.items()}
    except av.FFmpegError:
        return None
    return tags.get(KEY)
