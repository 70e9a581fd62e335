"""What StyleGAN2 and StyleGAN3 share: the mapping network, and checks of what files claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.networks.stylegan2.config import Activation

if TYPE_CHECKING:
    from collections.abc import Mapping
MAX_WIDTH = 16384  # numbers in z or w; the published networks have 512
MAX_CLASSES = 32768  # the largest labelled collections have about 22,000


def mapping_sizes(
    shapes: Mapping[str, tuple[int, ...]], z_dim: Any = None, c_dim: Any = None
) -> dict[str, Any]:
    """Config fields of the mapping network that has weights of these shapes.

    `z_dim` and `c_dim` are what the file says of them, None where it says nothing. Raises
    Unreadable where the weights show something else: half of a conditional network, say.
    """
    layers = 0
    while len(shapes.get(f"mapping.fc{layers}.weight", ())) == 2:
        layers += 1
    if not layers:
        raise Unreadable("holds no mapping network: mapping.fc0.weight is missing")
    embed = shapes.get("mapping.embed.weight", (0, 0))
    if len(embed) != 2:
        raise Unreadable("is an incomplete generator: mapping.embed.weight has an unexpected shape")
    if embed[1] > MAX_CLASSES:
        raise Unreadable(f"claims to know {embed[1]} classes; at most {MAX_CLASSES} are supported")
    width, inputs = shapes["mapping.fc0.weight"]
    w_dim = shapes[f"mapping.fc{layers - 1}.weight"][0]
    if max(inputs, w_dim) > MAX_WIDTH:
        raise Unreadable(f"claims a latent space of {max(inputs, w_dim)} dimensions")
    _check_inputs(inputs - embed[0], embed[1], w_dim, z_dim, c_dim)
    return {
        "z_dim": inputs - embed[0],
        "c_dim": embed[1],
        "mapping_layers": layers,
        "mapping_features": width if layers > 1 and width != w_dim else None,
        "embed_features": embed[0] if embed[1] and embed[0] != w_dim else None,
    }


def _check_inputs(z_dim: int, c_dim: int, w_dim: int, stated_z: Any, stated_c: Any) -> None:
    """Raise Unreadable where the inputs of the mapping network are more or fewer than z."""
    if not c_dim and (stated_c or z_dim == 2 * (w_dim if stated_z is None else stated_z)):
        raise Unreadable(
            "is a conditional generator without the embedding of its classes, so it can't be run: "
            "mapping.embed.weight is missing"
        )
    for name, stated, found in (("z_dim", stated_z, z_dim), ("c_dim", stated_c, c_dim)):
        if stated is not None and stated != found:
            raise Unreadable(
                f"is inconsistent: its {name} is {shown(stated)}, its weights are for {found}"
            )


def checked_activation(value: Any) -> Activation:
    """The name of an activation. Raises Unreadable for one that is unknown."""
    for known in get_args(Activation):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise Unreadable(
        f"uses the activation {shown(value)!r}; StyleStudio knows {', '.join(get_args(Activation))}"
    )


def checked_number(name: str, value: Any) -> float:
    """A positive finite number. Raises Unreadable, with its name, for anything else."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and 0 < value < 1e9):
        raise Unreadable(f"has {name} = {shown(value)}, which is not valid")
    return value  # type: ignore[no-any-return]


def checked_clamp(value: Any) -> float | None:
    """A bound for feature maps, or None for no bound. Raises Unreadable for anything else."""
    return None if value is None else checked_number("conv_clamp", value)
