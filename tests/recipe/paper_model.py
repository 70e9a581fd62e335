"""A model that needs no network: the one that the files of version 1 name."""

from dataclasses import dataclass

from stylestudio.recipe.capabilities import Capabilities

CAN_DO = Capabilities(has_classes=True, can_be_placed=True)


@dataclass(frozen=True)
class Layer:
    group: str


@dataclass(frozen=True)
class PaperModel:
    """What parameters need to know of a model."""

    name: str = "tiny"
    sha256: str = "a" * 64
    num_ws: int = 8
    w_dim: int = 4
    c_dim: int = 2
    capabilities: Capabilities = CAN_DO
    layers: tuple[Layer, ...] = tuple(map(Layer, ["coarse"] * 3 + ["middle"] * 4 + ["fine"]))
