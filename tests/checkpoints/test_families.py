"""Every file form besides NVIDIA's StyleGAN2 pickles and our own."""

from __future__ import annotations

import argparse
import json
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
import writers
from writers import (
    Persistent,
    PlainModule,
    dumps,
    legacy_torch,
    nvidia_tree,
    small_generator,
    small_stylegan3,
    stylegan3_tree,
    tensorflow_network,
    tensorflow_pickle,
    zip_torch,
)

from stylestudio.checkpoints import (
    CheckpointError,
    read_checkpoint,
    write_rosinality,
    write_safetensors,
)
from stylestudio.recipe.capabilities import Capabilities
from stylestudio.render import Model

SQUARE = {"z_dim": 10, "w_dim": 10}  # rosinality's z and w have one size
CONTAINERS = [zip_torch, legacy_torch]


@pytest.fixture
def rosinality(tmp_path):
    """What torch.load would give for a network in rosinality's layout."""

    def convert(network):
        write_rosinality(tmp_path / "a.pt", network)
        return torch.load(tmp_path / "a.pt", weights_only=True)

    return convert


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize(
    "changes",
    [{}, {"architecture": "resnet", "c_dim": 3}, {"conv_clamp": 3.0, "img_channels": 1}],
    ids=str,
)
def test_tensorflow_pickles_are_converted(protocol, changes, read_bytes, same_pictures):
    network = small_generator(**changes)
    checkpoint = read_bytes(tensorflow_pickle(network, protocol))
    assert checkpoint.network.config == network.config
    assert "TensorFlow" in checkpoint.format
    same_pictures(checkpoint.network, network, atol=1e-5)


def test_tensorflow_gs_alone_with_unknown_settings(read_bytes, same_pictures):
    network = small_generator()
    gs = tensorflow_network(network, resolution_w=16, resolution_h=16)
    checkpoint = read_bytes(dumps(gs))
    same_pictures(checkpoint.network, network, atol=1e-5)
    assert any("resolution_h" in note for note in checkpoint.notes)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resolution_w": 16, "resolution_h": 8}, "square"),
        ({"version": 3}, "older network"),
        ({"nonlinearity": "swish"}, "swish"),
    ],
    ids=str,
)
def test_tensorflow_networks_that_cannot_be_converted_are_named(settings, said, read_bytes):
    with pytest.raises(CheckpointError, match=said):
        read_bytes(dumps(tensorflow_network(small_generator(), **settings)))


def test_a_progressive_tensorflow_generator_is_named(read_bytes):
    gs = tensorflow_network(small_generator())
    variables = gs.components["synthesis"].variables
    gs.components["synthesis"].variables = [("ToRGB_lod0/weight", np.zeros(3)), *variables]
    with pytest.raises(CheckpointError, match="progressive"):
        read_bytes(dumps(gs))


@pytest.mark.parametrize("container", CONTAINERS)
def test_rosinality_files_in_both_containers(container, rosinality, read_bytes, same_pictures):
    network = small_generator(**SQUARE)
    checkpoint = read_bytes(container(rosinality(network)), "cat.pt")
    same_pictures(checkpoint.network, network)
    assert "rosinality" in checkpoint.format
    assert checkpoint.notes == ()


@pytest.mark.parametrize("container", CONTAINERS)
def test_rosinality_training_files(container, rosinality, read_bytes):
    network = small_generator(**SQUARE)
    weights = rosinality(network)["g_ema"]
    content = {
        "g": rosinality(small_generator(seed=9, **SQUARE))["g_ema"],
        "d": {"final_linear.0.weight": torch.zeros(3)},
        "g_ema": weights,
        "g_optim": {"state": {0: {"step": 3}}, "param_groups": [{"params": [0]}]},
        "args": argparse.Namespace(path=writers.PERSONAL_PATH, batch=4),
        "ada_aug_p": 0.1,
    }
    checkpoint = read_bytes(container(content))
    found, expected = checkpoint.network.state_dict(), network.state_dict()
    average = found.pop("mapping.w_avg")
    del expected["mapping.w_avg"]
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert average.abs().max() > 0
    assert torch.equal(average, read_bytes(container(content)).network.mapping.w_avg)
    assert "average w" in " ".join(checkpoint.notes)
    assert "private" not in repr(checkpoint.metadata) + repr(checkpoint.notes)


def test_an_encoder_file_gives_its_decoder(rosinality, read_bytes, same_pictures):
    network = small_generator(**SQUARE)
    content = rosinality(network)
    weights = {f"decoder.{name}": value for name, value in content["g_ema"].items()}
    weights["encoder.input_layer.0.weight"] = torch.zeros(2)
    average = content["latent_avg"].expand(network.config.num_ws, -1).contiguous()
    options = argparse.Namespace(stylegan_weights=writers.PERSONAL_PATH)
    data = zip_torch({"state_dict": weights, "latent_avg": average, "opts": options})
    checkpoint = read_bytes(data)
    same_pictures(checkpoint.network, network, atol=1e-5)


def test_early_rosinality_files_without_stored_noise(rosinality, read_bytes):
    content = rosinality(small_generator(**SQUARE))
    weights = {k: v for k, v in content["g_ema"].items() if not k.startswith("noises.")}
    checkpoint = read_bytes(zip_torch({**content, "g_ema": weights}))
    assert checkpoint.network.synthesis.b8.conv0.noise_const.std() > 0.5
    assert "noise" in checkpoint.notes[0]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("wrap", [lambda tree: tree, lambda tree: {"G_ema": tree}])
@pytest.mark.parametrize("kind", [lambda tree: tree, PlainModule])
def test_saved_modules(container, wrap, kind, read_bytes, same_pictures):
    network = small_generator()
    with writers.forged_names():
        data = container(wrap(kind(nvidia_tree(network))))
    same_pictures(read_bytes(data).network, network)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("network", [small_generator(), small_stylegan3(), small_stylegan3(1, 1)])
def test_bare_weights(container, network, read_bytes, same_pictures):
    weights = OrderedDict(network.state_dict())
    for content in (weights, {"state_dict": weights}, {"g_ema": weights, "step": 3}):
        same_pictures(read_bytes(container(content)).network, network)


def test_weights_that_carry_attributes(read_bytes, same_pictures):
    network = small_generator()
    weights = OrderedDict(network.state_dict())
    for value in weights.values():
        value.origin = "somewhere"
    same_pictures(read_bytes(zip_torch(weights)).network, network)


def test_more_classes_than_any_data_set_has_are_refused(read_bytes):
    weights = small_generator(c_dim=2, embed_features=1).state_dict()
    weights["mapping.embed.weight"] = torch.zeros(1, 10**6)
    with pytest.raises(CheckpointError, match="1000000 classes"):
        read_bytes(zip_torch(weights))


@pytest.mark.parametrize("kernel", [3, 1])
@pytest.mark.parametrize("classes", [0, 3])
def test_stylegan3_pickles_and_back(kernel, classes, read_bytes, same_pictures, tmp_path):
    network = small_stylegan3(kernel=kernel, c_dim=classes)
    checkpoint = read_bytes(dumps({"G_ema": stylegan3_tree(network)}))
    assert checkpoint.network.config == network.config
    assert checkpoint.format.startswith("StyleGAN3-T" if kernel == 3 else "StyleGAN3-R")
    assert checkpoint.notes == ()
    same_pictures(checkpoint.network, network)
    write_safetensors(tmp_path / "a", network, name="a")
    same_pictures(read_checkpoint(tmp_path / "a").network, network)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda: nvidia_tree(small_generator()), Capabilities()),
        (lambda: nvidia_tree(small_generator(use_noise=False)), Capabilities(has_noise=False)),
        (lambda: nvidia_tree(small_generator(c_dim=3)), Capabilities(has_classes=True)),
        (
            lambda: stylegan3_tree(small_stylegan3()),
            Capabilities(has_noise=False, can_be_placed=True),
        ),
    ],
    ids=["stylegan2", "no noise", "classes", "stylegan3"],
)
def test_a_model_says_what_it_can_do(write, expected, read_bytes):
    model = Model(read_bytes(dumps({"G_ema": write()})), "cpu")
    assert model.capabilities == expected
    assert (model.has_noise, model.can_move) == (expected.has_noise, expected.can_be_placed)


def test_a_stylegan3_whose_layers_were_changed_is_refused(read_bytes):
    tree = stylegan3_tree(small_stylegan3())
    layers = tree.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]
    layers["L1_36_5"].meta["state"]["padding"] = [1, 2, 1, 2]
    with pytest.raises(CheckpointError, match="padding"):
        read_bytes(dumps({"G_ema": tree}))


def test_round_trips_change_no_pixel(read_bytes, same_pictures, tmp_path):
    network = small_generator(conv_clamp=1.5, **SQUARE)
    first = read_bytes(writers.nvidia_pickle(network)).network
    write_safetensors(tmp_path / "1", first, name="a")
    write_rosinality(tmp_path / "2", read_checkpoint(tmp_path / "1").network)
    write_safetensors(tmp_path / "3", read_checkpoint(tmp_path / "2").network, name="a")
    last = read_checkpoint(tmp_path / "3").network
    assert last.config == network.config
    same_pictures(last, network)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (small_generator(), "different sizes"),
        (small_generator(architecture="resnet", **SQUARE), "resnet"),
        (small_generator(c_dim=2, **SQUARE), "classes"),
        (small_generator(img_channels=1, **SQUARE), "1 channels"),
        (small_stylegan3(), "StyleGAN3"),
    ],
    ids=["sizes", "resnet", "classes", "grey", "stylegan3"],
)
def test_what_rosinality_has_no_place_for_is_said(network, said, tmp_path):
    with pytest.raises(CheckpointError, match=said):
        write_rosinality(tmp_path / "a.pt", network)
    assert not (tmp_path / "a.pt").exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["d.convs.0.0.weight", "final_linear.0.weight"], "discriminator"),
        (["synthesis.blocks.4x4.const"], r"StyleGAN \(1\)"),
        (["generator.progression.0.conv1.weight"], r"StyleGAN \(1\)"),
        (["model.diffusion_model.input_blocks.0.0.weight"], "diffusion"),
        (["GAN.GE.initial_conv.weight"], "lucidrains"),
        (["encoder.layer.weight"], "encoder"),
        (["fc.weight"], "no StyleGAN generator"),
    ],
)
def test_other_families_are_named(keys, said, read_bytes):
    with pytest.raises(CheckpointError, match=said):
        read_bytes(zip_torch({key: torch.zeros(2) for key in keys}))


def test_stylegan_xl_is_named(read_bytes):
    tree = stylegan3_tree(small_stylegan3())
    mapping = tree.meta["state"]["_modules"]["mapping"].meta["state"]["_modules"]
    mapping["embed_proj"] = Persistent("FullyConnectedLayer", {"_parameters": {}, "_modules": {}})
    with pytest.raises(CheckpointError, match="StyleGAN-XL"):
        read_bytes(dumps({"G_ema": tree}))


def test_a_compressed_archive_is_refused_without_unpacking(tmp_path, rosinality, read_bytes):
    data = zip_torch(rosinality(small_generator(**SQUARE)))
    (tmp_path / "plain.zip").write_bytes(data)
    packed = tmp_path / "packed.pt"
    with (
        zipfile.ZipFile(tmp_path / "plain.zip") as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.namelist():
            target.writestr(entry, source.read(entry))
    with pytest.raises(CheckpointError, match="packed again"):
        read_checkpoint(packed)


def test_a_truncated_archive_says_so(rosinality, read_bytes):
    data = zip_torch(rosinality(small_generator(**SQUARE)))
    with pytest.raises(CheckpointError, match="truncated"):
        read_bytes(data[: len(data) // 2])


def test_metadata_is_json_that_others_can_read(tmp_path):
    import safetensors

    write_safetensors(tmp_path / "a", small_stylegan3(), name="a")
    with safetensors.safe_open(tmp_path / "a", "pt") as file:
        config = json.loads(file.metadata()["stylestudio.config"])
    assert config["family"] == "stylegan3"
    assert config["layers"][0]["in_size"] == 36
