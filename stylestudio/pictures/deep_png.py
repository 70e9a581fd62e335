"""PNG files of 16 bits a channel in colour, which Pillow cannot write.

PNG specification, third edition: section 5 (chunks), 11.2 (IHDR, IDAT, IEND) and 11.3 (sRGB, iTXt).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = {3: 2, 4: 6}  # of IHDR, by channels
PERCEPTUAL = b"\0"  # the rendering intent that the sRGB chunk asks for
UP = 2  # the filter that leaves of each line what differs from the line above


def deep_png(pixels: NDArray[np.uint16], texts: Mapping[str, str]) -> bytes:
    """A whole file of uint16 [H, W, 3 or 4] in sRGB, with texts by keyword."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, COLOURS[channels], 0, 0, 0)
    lines = pixels.astype(">u2").reshape(height, -1).view(np.uint8)
    filtered = np.full((height, lines.shape[1] + 1), UP, np.uint8)
    filtered[0, 1:] = lines[0]
    filtered[1:, 1:] = lines[1:] - lines[:-1]  # modulo 256
    chunks = [(b"IHDR", header), (b"sRGB", PERCEPTUAL)]
    for keyword, text in texts.items():
        chunks.append((b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()))
    chunks += [(b"IDAT", zlib.compress(filtered.tobytes())), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
