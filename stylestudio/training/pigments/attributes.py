"""What can differ between two sheets of marbled paper, sorted by the layers that decide it."""

from __future__ import annotations

from stylestudio.training.scene import AttributeSpace

SPACE = AttributeSpace(
    coarse=(
        "direction",
        "curl",
        "bend",
        "sway",
        "drift",
        "balance",
        "pool",
        "pool_x",
        "pool_y",
        "pool_size",
        "eye",
        "eye_x",
        "eye_y",
        "fold",
        "fold_slant",
    ),
    middle=(
        "bands",
        "islands",
        "level",
        "comb",
        "petals",
        "rings",
        "feather",
        "veins",
        "wash",
        "veil",
    ),
    fine=(
        "hue",
        "accent",
        "paper",
        "night",
        "body",
        "light",
        "saturation",
        "contrast",
        "glow",
        "metal",
        "specks",
        "grain",
    ),
)
