"""Where the average portrait shows what, to judge directions that are found by their region."""

from __future__ import annotations

from typing import NamedTuple

_HAIR = ("hair_length", "hair_volume", "curl", "hair_tone", "hair_red", "hair_dye")


class Region(NamedTuple):
    """A box of the average picture, and the attributes that fit it."""

    box: tuple[int, int, int, int]  # left, top, right and bottom, of 256
    attributes: tuple[str, ...]


REGIONS = {
    "eyes": Region(
        (90, 109, 166, 126),
        ("eye_size", "eye_open", "eye_spacing", "eye_tilt", "gaze", "eye_tone", "eye_hue"),
    ),
    "brows": Region((88, 89, 168, 102), ("brow_height", "brow_tilt", "brow_weight")),
    "mouth": Region(
        (108, 153, 148, 170), ("mouth_width", "lips", "smile", "mouth_open", "lip_tone")
    ),
    "glasses": Region((86, 102, 170, 134), ("glasses",)),
    "nose": Region((114, 130, 142, 149), ("nose_length", "nose_width")),
    "hair": Region((72, 30, 184, 64), (*_HAIR, "fringe", "parting")),
    "ends of the hair": Region((62, 140, 76, 176), _HAIR),
    "cloth": Region(
        (50, 225, 206, 256), ("cloth_red", "cloth_blue", "cloth_tone", "shoulders", "neckline")
    ),
    "sky": Region((0, 0, 256, 12), ("sky_red", "sky_blue", "sky_tone")),
    "disc": Region((46, 50, 58, 120), ("disc_x", "disc_y", "disc_size", "disc_warmth")),
    "jaw": Region((90, 168, 166, 196), ("jaw", "chin", "face_width")),
    "neckline": Region((98, 205, 158, 240), ("neckline",)),
}
