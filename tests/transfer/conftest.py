"""Small style networks made on the spot."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture

sys.path.insert(0, str(Path(__file__).parents[1] / "checkpoints"))

from tfjs_writer import (
    EMBEDDING,
    magenta_transformer,
    whatsyourface_predictor,
    whatsyourface_transformer,
    write_tfjs,
)

PRETRAINED = Path(__file__).parents[3] / "shared" / "data" / "pretrained"


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Folders of two transformers with the embeddings "one" and "two", and of a predictor."""
    root = tmp_path_factory.mktemp("tfjs")
    numbers = np.random.RandomState(5).randn(2, EMBEDDING)
    named = dict(zip(("one", "two"), numbers.tolist(), strict=True))
    return {
        "magenta": write_tfjs(root / "x", magenta_transformer(), embeddings=named),
        "transformer": write_tfjs(
            root / "y", whatsyourface_transformer(), packing="uint16", embeddings=named
        ),
        "predictor": write_tfjs(root / "z", whatsyourface_predictor(), packing="uint16"),
    }


@pytest.fixture
def pictures():
    """Random pictures [N, 3, H, W] in 0..1, the same ones for the same shape."""

    def make(n: int = 2, height: int = 24, width: int = 36) -> torch.Tensor:
        return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(1))

    return make


@pytest.fixture
def pretrained():
    """Folder of one of the real networks outside the repository."""

    def find(name: str) -> Path:
        path = PRETRAINED / name
        if not path.exists():
            pytest.skip(f"needs the pretrained network {name}")
        return path

    return find
