"""What every room's tests share: a small model made on the spot."""

import os
import tempfile

# Tests leave the user's own files alone.
os.environ["XDG_CACHE_HOME"] = os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="stylestudio-")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see stylestudio.__main__

import pytest
import torch

from stylestudio.checkpoints import write_safetensors
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.render import Model, open_model


def random_network(seed: int = 0, resolution: int = 32, **config) -> Generator:
    """A generator in which every weight, bias, noise strength and w_avg matters."""
    torch.manual_seed(seed)
    sizes = {"channel_base": 256, "channel_max": 16, "z_dim": 8, "w_dim": 8, "mapping_layers": 2}
    network = Generator(StyleGAN2Config.standard(resolution, **(sizes | config)))
    for name, value in network.state_dict().items():
        if name.endswith(("noise_strength", "bias", "w_avg")):
            value.add_(torch.randn(value.shape) * 0.3)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def make_network():
    return random_network


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """Open a random model; `config` as of StyleGAN2Config.standard."""

    def make(seed: int = 0, name: str = "tiny", **config) -> Model:
        path = tmp_path_factory.mktemp("models") / f"{name}.safetensors"
        write_safetensors(path, random_network(seed, **config), name=name)
        return open_model(path, device="cpu")

    return make


@pytest.fixture(scope="session")
def model(make_model) -> Model:
    return make_model()
