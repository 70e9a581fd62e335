"""Wrappers and containers of models and styles, and files that change once they are open."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile

import pytest
import safetensors.torch
import torch
import writers
from layout_writers import SQUARE, flat, layouts, same_synthesis
from writers import (
    Persistent,
    PlainModule,
    dumps,
    nvidia_tree,
    small_generator,
    small_stylegan3,
    stylegan3_tree,
    tensorflow_network,
    zip_torch,
)

from stylestudio.checkpoints import (
    CheckpointError,
    read_checkpoint,
    read_style_part,
    write_safetensors,
)
from stylestudio.networks.johnson import TransformerNet

# -- wrappers and containers ---------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda tree: tree, lambda tree: {"G_ema": tree}])
def test_a_network_wrapped_for_several_devices(wrap, read_bytes, same_pictures):
    network = small_generator()
    state = {"_parameters": {}, "_buffers": {}, "_modules": {"module": nvidia_tree(network)}}
    with writers.forged_names():
        data = zip_torch(wrap(PlainModule(Persistent("DataParallel", state))))
    same_pictures(read_bytes(data).network, network)


def _nested(weights: dict) -> dict:
    """Weights as the pickled modules that have them under these names."""
    modules: dict = {}
    own = {}
    for name, value in weights.items():
        first, _, rest = name.partition(".")
        if rest:
            modules.setdefault(first, {})[rest] = value
        else:
            own[name] = value
    children = {name: Persistent("Layer", _nested(inner)) for name, inner in modules.items()}
    return {"_parameters": own, "_buffers": {}, "_modules": children}


@pytest.mark.parametrize("layout", ["rosinality", "genforce", "basicsr"])
def test_pickled_networks_of_other_programs(layout, tmp_path, read_bytes):
    network = small_generator(**SQUARE)
    tree = Persistent("Generator", _nested(layouts(network, tmp_path)[layout]))
    with writers.forged_names():
        data = zip_torch({"g_ema": PlainModule(tree), "step": 3})
    same_synthesis(read_bytes(data).network, network)


def test_weights_as_numpy_arrays(read_bytes):
    network = small_generator()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    same_synthesis(read_bytes(dumps(weights)).network, network)


def test_weights_that_hang_loose_on_a_layer_are_said(read_bytes, same_pictures):
    network = small_generator()
    tree = nvidia_tree(network)
    tree.meta["state"]["_modules"]["synthesis"].meta["state"]["shift"] = torch.ones(3)
    checkpoint = read_bytes(dumps({"G_ema": tree}))
    same_pictures(checkpoint.network, network)
    assert any("synthesis.shift" in note for note in checkpoint.notes)


@pytest.mark.parametrize("protocol", [0, 1])
@pytest.mark.parametrize("kind", ["nvidia", "plain", "tensorflow", "stylegan3"])
def test_the_oldest_pickles_open(kind, protocol, read_bytes, same_pictures):
    network = small_stylegan3() if kind == "stylegan3" else small_generator()
    tree = stylegan3_tree(network) if kind == "stylegan3" else nvidia_tree(network)
    content: object = {"G_ema": PlainModule(tree) if kind == "plain" else tree}
    if kind == "tensorflow":
        content = (1, 2.5, 2**70, True, "ä\n\\", [], {}, tensorflow_network(network))
    data = dumps(content, protocol)
    same_pictures(read_bytes(data).network, network, atol=1e-5)


@pytest.mark.parametrize("zipped", [True, False])
def test_torch_files_of_an_old_protocol(zipped, tmp_path, same_pictures):
    network = small_generator()
    weights = {"G_ema": dict(network.state_dict())}
    path = tmp_path / "model.pt"
    torch.save(weights, path, pickle_protocol=1, _use_new_zipfile_serialization=zipped)
    same_pictures(read_checkpoint(path).network, network)


def test_an_unpacked_torch_file_is_named(tmp_path):
    (tmp_path / "model.zip").write_bytes(zip_torch({"G_ema": dict(small_generator().state_dict())}))
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(tmp_path)
    inside = next(tmp_path.rglob("data.pkl"))
    with pytest.raises(CheckpointError, match=r"^data\.pkl is part of .* whole \.pt"):
        read_checkpoint(inside)
    with pytest.raises(CheckpointError, match="is an unpacked torch file; open the whole"):
        read_checkpoint(inside.parent)


# -- style networks ------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [
        lambda weights: weights,
        lambda weights: {"model_state_dict": weights, "epoch": 3, "optimizer": {"state": {}}},
        lambda weights: {"state_dict": flat("module.", weights)},
        lambda weights: flat("transformer.", weights),
    ],
)
@pytest.mark.parametrize("names", [("weight", "bias"), ("scale", "shift")])
def test_style_networks_open_in_any_wrapping(wrap, names, tmp_path):
    torch.manual_seed(3)
    network = TransformerNet((4, 6, 8))
    expected = {name: torch.randn(value.shape) for name, value in network.state_dict().items()}
    weights = {
        re.sub(r"(in\d)\.weight$", rf"\1.{names[0]}", name): value
        for name, value in expected.items()
    }
    weights = {
        re.sub(r"(in\d)\.bias$", rf"\1.{names[1]}", name): value for name, value in weights.items()
    }
    torch.save(wrap(weights), tmp_path / "candy.pth")
    found = read_style_part(tmp_path / "candy.pth").network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    safetensors.torch.save_file(weights, tmp_path / "candy.safetensors")
    found = read_style_part(tmp_path / "candy.safetensors").network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


# -- files that change after they were opened ----------------------------------------


def test_a_file_that_is_overwritten_changes_no_picture(tmp_path):
    path = tmp_path / "a.safetensors"
    write_safetensors(path, small_generator(), name="a")
    checkpoint = read_checkpoint(path)
    ws = torch.randn(1, checkpoint.network.config.num_ws, 10)
    before, sha256 = checkpoint.network.synthesize(ws), checkpoint.sha256
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))
    assert torch.equal(checkpoint.network.synthesize(ws), before)
    assert checkpoint.sha256 == sha256


@pytest.mark.parametrize("kind", ["model", "styles", "tensors"])
def test_a_file_that_is_cut_short_does_no_harm(kind, tmp_path, bank_path):
    path = tmp_path / "a.safetensors"
    if kind == "styles":
        path.write_bytes(bank_path.read_bytes())
    else:
        write_safetensors(path, small_generator(channels=(64, 64, 64)), name="a")
    program = f"""
import os, pathlib
from stylestudio.checkpoints import load_tensors, read_checkpoint, read_style_part
path = pathlib.Path({str(path)!r})
if {kind!r} == "tensors":
    values = list(load_tensors(path)[1].values())
else:
    read = read_style_part if {kind!r} == "styles" else read_checkpoint
    values = list(read(path).network.state_dict().values())
os.truncate(path, 10)
print(sum(float(value.double().sum()) for value in values))
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
