"""Directions of a model: found, opened, taught; and points of a picture dragged."""

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
from stylestudio.editing.dissection import dissect
from stylestudio.editing.dragging import DragProgress, drag
from stylestudio.editing.errors import DirectionError, DragError, RewriteError
from stylestudio.editing.features import feature_maps
from stylestudio.editing.lookup import named_edit
from stylestudio.editing.rating import Rating, direction_between
from stylestudio.editing.regions import Ranked, rank_by_region
from stylestudio.editing.rewriting import Painted, Rewrite, rewrite
from stylestudio.editing.unit_sets import UnitSet, forget_units, keep_units, kept_units, open_units

__all__ = [
    "DirectionError",
    "Directions",
    "DragError",
    "DragProgress",
    "Painted",
    "Ranked",
    "Rating",
    "Rewrite",
    "RewriteError",
    "UnitSet",
    "builtin_directions",
    "channel_edit",
    "direction_between",
    "directions_of",
    "dissect",
    "drag",
    "feature_maps",
    "find_channels",
    "find_directions",
    "forget_units",
    "freed",
    "holds_directions",
    "keep_units",
    "kept_units",
    "named_edit",
    "open_directions",
    "open_units",
    "rank_by_region",
    "rewrite",
    "without",
]
