"""What can differ between two portraits, sorted by the layers that decide it."""

from __future__ import annotations

from stylestudio.training.scene import AttributeSpace

SPACE = AttributeSpace(
    coarse=(
        "yaw",  # the head turns to the picture's right
        "pitch",  # and nods
        "roll",  # and leans
        "head_x",
        "head_size",
        "face_width",
        "jaw",
        "chin",
        "hair_length",
        "hair_volume",
        "fringe",
        "parting",
        "curl",
        "shoulders",
        "light",  # where it comes from, left to right
        "disc_x",
        "disc_y",
        "disc_size",
        "slope",  # of the ground behind
    ),
    middle=(
        "eye_size",
        "eye_open",
        "eye_spacing",
        "eye_tilt",
        "gaze",
        "brow_height",
        "brow_tilt",
        "brow_weight",
        "nose_length",
        "nose_width",
        "mouth_width",
        "lips",
        "smile",
        "mouth_open",
        "glasses",
        "age",
        "freckles",
        "neckline",
    ),
    fine=(
        "skin_tone",
        "skin_warmth",
        "hair_tone",
        "hair_red",
        "hair_dye",
        "eye_tone",
        "eye_hue",
        "lip_tone",
        "cloth_red",
        "cloth_blue",
        "cloth_tone",
        "sky_red",
        "sky_blue",
        "sky_tone",
        "disc_warmth",
    ),
)
