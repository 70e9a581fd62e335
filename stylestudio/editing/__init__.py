"""Directions of a model: found, opened, taught, and what edits are made of them."""

from stylestudio.editing.channels import channel_edit, find_channels
from stylestudio.editing.components import find_directions
from stylestudio.editing.conditional import freed, without
from stylestudio.editing.direction_files import (
    builtin_directions,
    directions_of,
    holds_directions,
    open_directions,
)
from stylestudio.editing.directions import Directions
from stylestudio.editing.errors import DirectionError, RewriteError
from stylestudio.editing.lookup import named_edit
from stylestudio.editing.rating import Rating, direction_between
from stylestudio.editing.regions import Ranked, rank_by_region
from stylestudio.editing.rewriting import Painted, Rewrite, rewrite

__all__ = [
    "DirectionError",
    "Directions",
    "Painted",
    "Ranked",
    "Rating",
    "Rewrite",
    "RewriteError",
    "builtin_directions",
    "channel_edit",
    "direction_between",
    "directions_of",
    "find_channels",
    "find_directions",
    "freed",
    "holds_directions",
    "named_edit",
    "open_directions",
    "rank_by_region",
    "rewrite",
    "without",
]
