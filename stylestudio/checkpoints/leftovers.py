"""What lies beside the weights of a generator in one dictionary, and whether it matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.foreign_networks import EG3D

if TYPE_CHECKING:
    from collections.abc import Sequence

# Networks and numbers that only training, or finding a photo's latent, needs.
_BESIDE = re.compile(
    r"(d|net_?d|d_\w+|discriminator\w*|critic|\w*encoder|psp_encoder|vgg\w*|lpips\w*|percept\w*|"
    r"\w*loss\w*|id_\w+|arcface|facenet|face_pool|augment\w*|ada|ada_\w+|\w*optim\w*|"
    r"n_averaged|num_updates|decay|initted|step|steps|iteration|epoch|num_batches_tracked|"
    r"mean_path_length\w*|path_\w+|r1_\w+)(\.|$)",
    re.IGNORECASE,
)
# What averaging counts, which some programs keep among the averaged weights themselves.
_COUNTS = re.compile(r"n_averaged|num_updates|decay|initted|steps?", re.IGNORECASE)
_DUALSTYLEGAN = re.compile(r"res\.\d+\.(conv|norm)")
_EG3D = re.compile(r"superresolution\.|renderer\.|ray_sampler\.")


def is_beside(name: str) -> bool:
    """Whether a weight of this name belongs to no generator."""
    return _BESIDE.match(name) is not None


def is_count(name: str) -> bool:
    """Whether this is no weight but a number that averaging keeps."""
    return _COUNTS.fullmatch(name) is not None


def remark_on(names: Sequence[str]) -> list[str]:
    """A remark on weights of these names that stand beside a whole generator.

    Raises Unreadable where the pictures without them would be no pictures.
    """
    left = [name for name in names if not is_beside(name)]
    if not left:
        return []
    if any(_EG3D.match(name) for name in left):
        raise Unreadable(f"holds {EG3D}")
    layers = list(dict.fromkeys(name.split(".")[0] for name in left))
    listed = ", ".join(shown(layer, 30) for layer in layers[:4])
    more = f" and {len(layers) - 4} more" if layers[4:] else ""
    program = "DualStyleGAN" if any(map(_DUALSTYLEGAN.match, left)) else "the program it is from"
    return [
        f"The file also holds {listed}{more}, which are not StyleGAN2's and were left out; "
        f"{program} makes different pictures with them."
    ]
