"""What every room's tests share: a small model and a few styles made on the spot."""

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from own_folders import in_folder

# Tests leave the user's own files alone.
os.environ |= in_folder(tempfile.mkdtemp(prefix="stylestudio-"))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see stylestudio.threads

import pytest
import torch

from stylestudio.checkpoints import write_safetensors, write_styles
from stylestudio.networks.cin import CINNetwork
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.render import Model, open_model

pytest_plugins = ["no_case", "pretend_card", "windows_rules"]

T = TypeVar("T")


def random_network(seed: int = 0, resolution: int = 32, **config) -> Generator:
    """A generator in which every weight, bias, noise strength and w_avg matters."""
    torch.manual_seed(seed)
    sizes = {"channel_base": 256, "channel_max": 16, "z_dim": 8, "w_dim": 8, "mapping_layers": 2}
    network = Generator(StyleGAN2Config.standard(resolution, **(sizes | config)))
    for name, value in network.state_dict().items():
        if name.endswith(("noise_strength", "bias", "w_avg")):
            value.add_(torch.randn(value.shape) * 0.3)
    return network.eval().requires_grad_(False)


@pytest.fixture(autouse=True)
def tiny_numbers_stay():
    """Commands that train flush the tiniest numbers to zero, for the whole thread."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def in_threads():
    """Call a function in four threads that take turns after every few instructions."""

    def call(work: Callable[[int], T]) -> list[T]:
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(4) as pool:
                return list(pool.map(work, range(4)))
        finally:
            sys.setswitchinterval(before)

    return call


@pytest.fixture(scope="session")
def make_network():
    return random_network


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """Open a random model; `config` as of StyleGAN2Config.standard."""

    def make(seed: int = 0, name: str = "tiny", precision: str = "auto", **config) -> Model:
        path = tmp_path_factory.mktemp("models") / f"{name}.safetensors"
        write_safetensors(path, random_network(seed, **config), name=name)
        return open_model(path, device="cpu", precision=precision)

    return make


@pytest.fixture(scope="session")
def model(make_model) -> Model:
    return make_model()


def random_bank(styles: int, seed: int = 0) -> CINNetwork:
    """A narrow network in which every weight matters."""
    torch.manual_seed(seed)
    network = CINNetwork(styles, width=0.25)
    for name, value in network.state_dict().items():
        value.add_(torch.randn(value.shape) * (0.5 if name.startswith("tables") else 0.1))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def bank() -> CINNetwork:
    return random_bank(3)


@pytest.fixture(scope="session")
def bank_path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("banks") / "bank.safetensors"
    write_styles(path, random_bank(3), ["dawn", "noon", "dusk"], metadata={"license": "CC0-1.0"})
    return path


@pytest.fixture
def builtin_bank(bank_path, monkeypatch) -> Path:
    """The bank with the styles "dawn", "noon" and "dusk", as if it shipped with the program."""
    monkeypatch.setattr(
        "stylestudio.render.style_opening.resource_path",
        lambda *parts: bank_path.parent.joinpath(*parts[1:]),
    )
    return bank_path
