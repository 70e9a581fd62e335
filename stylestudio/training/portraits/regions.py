"""Where the average portrait shows what, to judge directions that are found by their region."""

from __future__ import annotations

from typing import NamedTuple

_HAIR = ("hair_length", "hair_volume", "curl", "hair_tone", "hair_red", "hair_dye")


class Region(NamedTuple):
    """A box of the average picture, and the attributes that fit it."""

    box: tuple[int, int, int, int]  # left, top, right and bottom, of 256 pixels
    attributes: tuple[str, ...]


REGIONS = {
    "eyes": Region(
        (84, 108, 172, 128),
        ("eye_size", "eye_open", "eye_spacing", "eye_tilt", "gaze", "eye_tone", "eye_hue"),
    ),
    "brows": Region((82, 90, 174, 103), ("brow_height", "brow_tilt", "brow_weight")),
    "mouth": Region(
        (104, 154, 152, 172), ("mouth_width", "lips", "smile", "mouth_open", "lip_tone")
    ),
    "glasses": Region((78, 102, 178, 142), ("glasses",)),
    "nose": Region((112, 130, 142, 150), ("nose_length", "nose_width")),
    "hair": Region((64, 28, 188, 70), (*_HAIR, "fringe", "parting")),
    "ends of the hair": Region((54, 140, 72, 180), _HAIR),
    "cloth": Region(
        (60, 225, 200, 256), ("cloth_red", "cloth_blue", "cloth_tone", "shoulders", "neckline")
    ),
    "sky": Region((0, 0, 256, 12), ("sky_red", "sky_blue", "sky_tone")),
    "disc": Region((44, 40, 56, 110), ("disc_x", "disc_y", "disc_size", "disc_warmth")),
    "jaw": Region((84, 160, 172, 190), ("jaw", "chin", "face_width")),
    "neckline": Region((98, 205, 158, 240), ("neckline",)),
}
