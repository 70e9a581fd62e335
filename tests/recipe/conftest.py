"""Makes the values in `v1_recipes` importable, and a model that needs no network."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `v1_recipes`

from stylestudio.recipe.capabilities import Capabilities

CAN_DO = Capabilities(has_classes=True, can_be_placed=True)


@dataclass(frozen=True)
class Layer:
    group: str


@dataclass(frozen=True)
class PaperModel:
    """What a recipe needs to know of a model; the one that the files of version 1 name."""

    name: str = "tiny"
    sha256: str = "a" * 64
    num_ws: int = 8
    w_dim: int = 4
    c_dim: int = 2
    capabilities: Capabilities = CAN_DO
    layers: tuple[Layer, ...] = tuple(Layer(g) for g in ["coarse"] * 3 + ["middle"] * 4 + ["fine"])


@pytest.fixture
def paper_model():
    return PaperModel
