"""Pictures of any kind, from files, as plain colours: upright, sRGB, 8 bits, over white."""

from stylestudio.pictures.colours import plain_rgb, srgb_profile
from stylestudio.pictures.kinds import SUFFIXES, picture_format, pictures_in
from stylestudio.pictures.reading import (
    PictureError,
    load_upright,
    plain_picture,
    read_picture,
    refuse_strip,
)

__all__ = [
    "SUFFIXES",
    "PictureError",
    "load_upright",
    "picture_format",
    "pictures_in",
    "plain_picture",
    "plain_rgb",
    "read_picture",
    "refuse_strip",
    "srgb_profile",
]
