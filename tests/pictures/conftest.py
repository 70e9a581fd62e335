"""Colour profiles and TIFF files, made on the spot."""

import struct

import numpy as np
import pytest

# Primaries seen under D50, as columns (profiles of sRGB, Display P3, Adobe RGB 1998, ProPhoto).
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]]
)
SPACES = {
    "Display P3": (
        [[0.51512, 0.29198, 0.1571], [0.2412, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]],
        2.2,
    ),
    "Adobe RGB": (
        [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]],
        2.2,
    ),
    "ProPhoto": (
        [[0.79767, 0.13519, 0.03134], [0.28804, 0.71188, 0.00009], [0.0, 0.0, 0.82491]],
        1.8,
    ),
}


def icc_profile(primaries, gamma: float, space: bytes = b"RGB ") -> bytes:
    """An ICC profile, version 2, of three primaries and one exponent (ICC.1:2001-04)."""

    def xyz(values):
        numbers = [round(value * 65536) for value in values]
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *numbers)

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(8 + 3 + 67)
    columns = np.asarray(primaries, float).T
    tags = {
        b"desc": name + bytes(-len(name) % 4),
        b"cprt": b"text\0\0\0\0CC0\0",
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {key: xyz(c) for key, c in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for key, content in tags.items():
        table += key + struct.pack(">II", place + len(body), len(content))
        body += content
    size = place + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + table + body


def in_space(srgb, name: str):
    """Levels of sRGB [..., 3] as levels of another space, and its profile."""
    primaries, gamma = SPACES[name]
    encoded = np.asarray(srgb) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    there = light @ SRGB.T @ np.linalg.inv(np.asarray(primaries)).T
    levels = (there.clip(0, 1) ** (1 / gamma) * 255).round().astype(np.uint8)
    return levels, icc_profile(primaries, gamma)


def tiff_bytes(
    numbers,
    *,
    order="<",
    compress=None,
    compression=8,
    predictor=1,
    tile=None,
    planar=False,
    photometric=None,
    extra=None,
) -> bytes:
    """A baseline TIFF of [H, W] or [H, W, channels] of any kind of number; strips of 5 rows."""
    numbers = np.asarray(numbers)
    pixels = numbers.reshape(*numbers.shape[:2], -1)
    pixels = pixels.astype(pixels.dtype.newbyteorder(order))
    height, width, samples = pixels.shape
    planes = [pixels[..., i : i + 1] for i in range(samples)] if planar else [pixels]
    rows, columns = tile or (5, width)
    blocks = []
    for plane in planes:
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                block = plane[top : top + rows, left : left + columns]
                if tile:
                    short = (rows - block.shape[0], columns - block.shape[1])
                    block = np.pad(block, ((0, short[0]), (0, short[1]), (0, 0)))
                blocks.append(_packed(block, predictor, compress))
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    entries = [
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, [8 * pixels.dtype.itemsize] * samples),
        (259, 3, [compression if compress else 1]),
        (262, 3, [photometric if photometric is not None else (2 if samples >= 3 else 1)]),
        (277, 3, [samples]),
        (284, 3, [2 if planar else 1]),
        (317, 3, [predictor]),
        (339, 3, [kind] * samples),
    ]
    if extra is not None:
        entries.append((338, 3, [extra]))
    starts = [8 + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    sizes = [len(block) for block in blocks]
    if tile:
        entries += [(322, 4, [columns]), (323, 4, [rows]), (324, 4, starts), (325, 4, sizes)]
    else:
        entries += [(273, 4, starts), (278, 4, [rows]), (279, 4, sizes)]
    data = b"".join(blocks)
    at = 8 + len(data)
    directory, late = struct.pack(f"{order}H", len(entries)), b""
    late_at = at + 2 + 12 * len(entries) + 4
    for tag, of_type, values in sorted(entries):
        packed = struct.pack(f"{order}{len(values)}{'H' if of_type == 3 else 'I'}", *values)
        directory += struct.pack(f"{order}HHI", tag, of_type, len(values))
        if len(packed) <= 4:
            directory += packed.ljust(4, b"\0")
        else:
            directory += struct.pack(f"{order}I", late_at + len(late))
            late += packed
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at)
    return head + data + directory + bytes(4) + late


def _packed(block, predictor: int, compress) -> bytes:
    if predictor == 2:
        block = np.concatenate([block[:, :1], np.diff(block, axis=1)], axis=1).astype(block.dtype)
    content = block.tobytes()
    if predictor == 3:
        rows, columns, channels = block.shape
        big = np.ascontiguousarray(block.astype(block.dtype.newbyteorder(">")))
        planes = big.view(np.uint8).reshape(rows, columns * channels, -1).transpose(0, 2, 1)
        flat = planes.reshape(rows, -1, channels)
        content = np.concatenate([flat[:, :1], np.diff(flat, axis=1)], axis=1).tobytes()
    return compress(content) if compress else content


@pytest.fixture
def make_profile():
    return icc_profile


@pytest.fixture
def to_space():
    return in_space


@pytest.fixture
def make_tiff():
    return tiff_bytes
