"""A small model whose pictures mostly stay within black and white, as trained models' do."""

import pytest

from stylestudio.checkpoints import write_safetensors
from stylestudio.render import open_model


@pytest.fixture(scope="session")
def model(tmp_path_factory, make_network):
    return calm(tmp_path_factory, make_network())


@pytest.fixture(scope="session")
def clear(tmp_path_factory, make_network):
    """One whose pictures are transparent in places."""
    return calm(tmp_path_factory, make_network(img_channels=4))


def calm(tmp_path_factory, network):
    for name, value in network.synthesis.named_parameters():
        if ".torgb." in name and "affine" not in name:
            value.mul_(0.08)
        elif name.endswith("noise_strength"):
            value.mul_(0.1)
    path = tmp_path_factory.mktemp("models") / "calm.safetensors"
    write_safetensors(path, network, name="calm")
    return open_model(path, device="cpu")
