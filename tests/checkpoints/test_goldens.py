"""Published networks' outputs, recorded with their authors' code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stylestudio.checkpoints import read_checkpoint, write_safetensors
from stylestudio.render import open_model

STYLEGAN2_FILES = [
    "sg2ada_64.pkl",
    "sg2ada_orig_repo_32.pkl",
    "sg2ada_cond_32.pkl",
    "sg2ada_resnet_32.pkl",
    "sg2tf_32.pkl",
    "rosinality_32.pt",
    "sg2_genforce_64.pth",
]


def assert_golden(network, golden, tolerance: float = 1e-4):
    def agree(found, key):
        difference = np.abs(found.numpy() - golden[key]).max()
        assert difference <= tolerance * golden[key].std(), key

    z = torch.from_numpy(golden["z"])
    c = torch.from_numpy(golden["c"]) if "c" in golden else None
    ws = {}
    for key, psi, cutoff in (
        ("psi1", 1.0, None),
        ("psi07", 0.7, None),
        ("psi0", 0.0, None),
        ("psi05cut4", 0.5, 4),
    ):
        if f"ws_{key}" in golden:
            ws[key] = network.map(z, c, psi, cutoff)
            agree(ws[key], f"ws_{key}")
            agree(network.synthesize(ws[key]), f"img_{key}")
    mixed = torch.cat([ws["psi07"][:1, :3], ws["psi07"][1:2, 3:]], dim=1)
    agree(mixed, "ws_mix3")
    agree(network.synthesize(mixed), "img_mix3")
    if "img_nonoise" in golden:
        agree(network.synthesize(ws["psi07"], noise_mode="none"), "img_nonoise")


@pytest.mark.shared
@pytest.mark.parametrize("file_name", STYLEGAN2_FILES)
def test_stylegan2_pictures_are_the_published_ones(file_name, shared_fixture, tmp_path):
    path, golden = shared_fixture(file_name)
    network = read_checkpoint(path).network
    assert_golden(network, golden)
    write_safetensors(tmp_path / "copy.safetensors", network, name="copy")
    assert_golden(read_checkpoint(tmp_path / "copy.safetensors").network, golden)


@pytest.mark.shared
@pytest.mark.parametrize("file_name", STYLEGAN2_FILES)
def test_opened_models_give_the_published_pictures(file_name, shared_fixture):
    path, golden = shared_fixture(file_name)
    assert_golden(open_model(path, precision="float32"), golden)


@pytest.mark.shared
@pytest.mark.parametrize("file_name", STYLEGAN2_FILES)
def test_fast_pictures_are_the_published_ones_to_the_eye(file_name, shared_fixture):
    path, golden = shared_fixture(file_name)
    found = open_model(path).synthesize(golden["ws_psi1"]).numpy()
    top = np.abs(golden["img_psi1"]).max()  # random weights know no -1..1
    error = (found.clip(-top, top) - golden["img_psi1"]) / top
    assert 10 * np.log10(4 / np.square(error).mean()) > 42


@pytest.mark.shared
@pytest.mark.parametrize("file_name", ["sg3t_32.pkl", "sg3r_32.pkl"])
def test_stylegan3_pictures_are_the_published_ones(file_name, shared_fixture, tmp_path):
    path, golden = shared_fixture(file_name)
    network = read_checkpoint(path).network
    assert_golden(network, golden, tolerance=1e-3)
    write_safetensors(tmp_path / "copy.safetensors", network, name="copy")
    assert_golden(read_checkpoint(tmp_path / "copy.safetensors").network, golden, tolerance=1e-3)
