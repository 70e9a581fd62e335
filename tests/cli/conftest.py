"""A tiny model file, and a way to run the command line as a user does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from stylestudio.checkpoints import write_safetensors, write_styles
from stylestudio.cli.main import run
from stylestudio.networks.cin import CINNetwork
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What the command line said, and its exit status."""

    status: int
    out: str
    err: str


def write_model(path: Path, **config) -> Path:
    """Write a random generator whose noise and w_avg matter; 32 x 32 pixels, num_ws 8."""
    torch.manual_seed(len(path.name))
    sizes = {"channel_max": 8, "z_dim": 8, "w_dim": 8, "mapping_layers": 2} | config
    network = Generator(StyleGAN2Config.standard(32, **sizes)).eval().requires_grad_(False)
    for name, value in network.state_dict().items():
        if name.endswith(("noise_strength", "bias", "w_avg")):
            value.copy_(torch.randn(value.shape))
    write_safetensors(path, network, name=path.stem, metadata={"license": "CC0-1.0"})
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture(scope="session")
def classes_model(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "classes.safetensors", c_dim=3)


@pytest.fixture
def studio(capsys):
    """Run `stylestudio WORDS...` in this process."""

    def call(*words) -> Answer:
        capsys.readouterr()
        status = run([str(word) for word in words])
        return Answer(status, *capsys.readouterr())

    return call


@pytest.fixture
def refused(studio):
    """Run `stylestudio WORDS...`, which must fail with one sentence; return the sentence."""

    def call(*words, status: int) -> str:
        answer = studio(*words)
        assert answer.status == status, answer
        assert answer.out == ""
        assert answer.err.startswith("Error: ")
        assert answer.err.count("\n") == 1
        return answer.err

    return call


@pytest.fixture(scope="session")
def bank(tmp_path_factory):
    """Two styles, dawn and dusk."""
    torch.manual_seed(0)
    network = CINNetwork(2, 0.25)
    for value in network.state_dict().values():
        value.add_(torch.randn(value.shape) * 0.3)
    path = tmp_path_factory.mktemp("styles") / "bank.safetensors"
    write_styles(path, network, ["dawn", "dusk"])
    return path


@pytest.fixture
def photos(tmp_path):
    """Photos a.png and b.jpg of 40 x 24 pixels, in a folder of their own."""
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.random.RandomState(0).randint(0, 256, (24, 40, 3), np.uint8)
    paths = folder / "a.png", folder / "b.jpg"
    for path in paths:
        Image.fromarray(pixels).save(path)
    return paths
