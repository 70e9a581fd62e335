from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture

sys.path.insert(0, str(Path(__file__).parent))

from stylestudio.checkpoints import read_checkpoint

SHARED = Path(__file__).parents[3] / "shared" / "fixtures"


@pytest.fixture
def read_bytes(tmp_path):
    """Opens bytes as a file of the given name."""

    def read(data: bytes, name: str = "model.pkl"):
        path = tmp_path / name
        path.write_bytes(data)
        return read_checkpoint(path)

    return read


@pytest.fixture
def same_pictures():
    """Asserts that two generators agree exactly, in w and in every noise mode that is fixed."""

    def compare(found, expected, atol: float = 0.0):
        z = torch.from_numpy(np.random.RandomState(1).randn(2, expected.config.z_dim)).float()
        c = torch.eye(expected.config.c_dim)[:2] if expected.config.c_dim else None
        for psi, cutoff in ((1.0, None), (0.5, 3)):
            ws = expected.map(z, c, psi, cutoff)
            torch.testing.assert_close(found.map(z, c, psi, cutoff), ws, rtol=0, atol=atol)
        for mode in ("const", "none"):
            pictures = expected.synthesize(ws, mode)
            assert pictures.std() > 1e-3
            torch.testing.assert_close(found.synthesize(ws, mode), pictures, rtol=0, atol=atol)

    return compare


@pytest.fixture
def shared_fixture():
    """Path and golden values of one of the reference checkpoints outside the repository."""

    def find(file_name: str):
        path = SHARED / file_name
        if not path.exists():
            pytest.skip(f"needs the reference checkpoint {file_name}")
        return path, np.load(path.with_suffix(".npz"))

    return find
