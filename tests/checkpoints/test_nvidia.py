from __future__ import annotations

import pytest
import torch
import writers
from own_folders import in_folder
from writers import EasyDict, Persistent, dumps, nvidia_pickle, nvidia_tree, small_generator

from stylestudio.checkpoints import CheckpointError, w_avg


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("nested", [True, False])
def test_reads_g_ema_at_every_protocol_without_running_its_source(
    protocol, nested, read_bytes, same_pictures
):
    network = small_generator(seed=3, conv_clamp=256)
    checkpoint = read_bytes(nvidia_pickle(network, protocol=protocol, nested=nested))
    assert checkpoint.network.config == network.config
    same_pictures(checkpoint.network, network)


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "resnet"},
        {"architecture": "orig", "img_channels": 1},
        {"c_dim": 4},
        {"c_dim": 4, "embed_features": 7, "mapping_features": 9, "mapping_layers": 3},
        {"img_channels": 4, "conv_clamp": 2.0},
        {"use_noise": False, "img_resolution": 8, "channels": (5, 3)},
        {"activation": "relu", "mapping_activation": "linear", "mapping_lr_multiplier": 0.1},
        {"resample_filter": (1.0, 4.0, 6.0, 4.0, 1.0), "mapping_layers": 1},
        {"img_resolution": 64, "channels": (8, 8, 6, 4, 2), "w_dim": 16, "z_dim": 16},
    ],
    ids=str,
)
def test_every_architecture_is_inferred_from_the_layers(changes, read_bytes, same_pictures):
    network = small_generator(**changes)
    checkpoint = read_bytes(nvidia_pickle(network))
    assert checkpoint.network.config == network.config
    same_pictures(checkpoint.network, network)


def test_the_network_is_ready_to_use(read_bytes):
    network = read_bytes(nvidia_pickle(small_generator())).network
    assert not network.training
    for tensor in [*network.parameters(), *network.buffers()]:
        assert tensor.dtype == torch.float32
        assert tensor.device.type == "cpu"
        assert not tensor.requires_grad


def test_channels_last_and_half_weights_are_read_in_their_own_layout(read_bytes, same_pictures):
    network = small_generator().half().float()
    weights = network.synthesis.b8.conv0.weight
    stored = small_generator()
    stored.load_state_dict(network.state_dict())
    stored.synthesis.b8.conv0.weight = torch.nn.Parameter(
        weights.half().to(memory_format=torch.channels_last), requires_grad=False
    )
    same_pictures(read_bytes(nvidia_pickle(stored)).network, network)


def test_a_bare_generator_is_enough(read_bytes, same_pictures):
    network = small_generator()
    same_pictures(read_bytes(dumps(nvidia_tree(network))).network, network)
    same_pictures(read_bytes(dumps({"G_ema": nvidia_tree(network)})).network, network)


def test_format_is_known_by_content_and_described(read_bytes):
    checkpoint = read_bytes(nvidia_pickle(small_generator()), "cat.jpg")
    assert checkpoint.name == "cat"
    assert "stylegan2-ada-pytorch" in checkpoint.format
    assert len(checkpoint.sha256) == 64


def test_no_personal_path_leaves_the_file(read_bytes):
    checkpoint = read_bytes(nvidia_pickle(small_generator()))
    assert checkpoint.metadata["training_set_resolution"] == "16"
    assert "private" not in repr(checkpoint.metadata) + repr(checkpoint.notes)


def test_unknown_settings_are_noted(read_bytes):
    tree = nvidia_tree(small_generator(), nested=False, extra={"sparkle": 3})
    assert any("sparkle" in note for note in read_bytes(dumps({"G_ema": tree})).notes)


def test_missing_average_w_is_computed_the_same_way_each_time(read_bytes):
    network = small_generator(c_dim=3)
    del network.mapping._buffers["w_avg"]
    first, second = (read_bytes(dumps(nvidia_tree(network))) for _ in range(2))
    assert "average w" in first.notes[-1]
    assert first.network.mapping.w_avg.abs().max() > 0
    assert torch.equal(first.network.mapping.w_avg, second.network.mapping.w_avg)


def test_foreign_classes_beside_the_generator_do_not_matter(read_bytes, same_pictures):
    network = small_generator()
    with writers.forged_names():
        data = nvidia_pickle(network, D=EasyDict(projected=Persistent("Odd", {"x": 1})))
    same_pictures(read_bytes(data).network, network)


def _with(network, edit) -> bytes:
    tree = nvidia_tree(network)
    state = tree.meta["state"]
    edit(state, state["_modules"]["synthesis"].meta["state"]["_modules"])
    return dumps({"G_ema": tree})


def _layer(blocks, block, name):
    return blocks[block].meta["state"]["_modules"][name].meta["state"]


def _widen_const(_, blocks):
    blocks["b4"].meta["state"]["_parameters"]["const"] = torch.zeros(8, 4, 6)


def _swish(_, blocks):
    for block, names in (
        ("b4", ["conv1"]),
        ("b8", ["conv0", "conv1"]),
        ("b16", ["conv0", "conv1"]),
    ):
        for name in names:
            _layer(blocks, block, name)["activation"] = "swish"


def _swish_once(_, blocks):
    _layer(blocks, "b8", "conv0")["activation"] = "swish"


def _nan(_, blocks):
    _layer(blocks, "b8", "conv0")["_parameters"]["weight"] = torch.full((6, 8, 3, 3), float("nan"))


def _without_bias(_, blocks):
    _layer(blocks, "b8", "conv1")["_parameters"]["bias"] = None


def _attention(_, blocks):
    blocks["b8"].meta["state"]["_parameters"]["attention"] = torch.zeros(3)


def _gap(_, blocks):
    del blocks["b8"]


def _wrong_width(_, blocks):
    _layer(blocks, "b16", "torgb")["_parameters"]["weight"] = torch.zeros(3, 9, 1, 1)


def _integers(_, blocks):
    _layer(blocks, "b8", "conv1")["_parameters"]["bias"] = torch.zeros(6, dtype=torch.int64)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_widen_const, "not square"),
        (_swish, "swish"),
        (_swish_once, "activation"),
        (_nan, "b8.conv0.weight"),
        (_without_bias, "b8.conv1.bias"),
        (_attention, "attention"),
        (_gap, "blocks"),
        (_wrong_width, "b16.torgb.weight"),
        (_integers, "int64"),
    ],
)
def test_what_cannot_be_represented_is_named(edit, said, read_bytes):
    with pytest.raises(CheckpointError, match=said) as caught:
        read_bytes(_with(small_generator(), edit))
    message = str(caught.value)
    assert message.startswith("model.pkl ")
    assert message.endswith(".")
    assert "\n" not in message


def test_a_lone_discriminator_is_named(read_bytes):
    critic = Persistent("Discriminator", {"_parameters": {}, "_modules": {}})
    for value in (critic, {"D": critic}):
        with pytest.raises(CheckpointError, match="only a discriminator"):
            read_bytes(dumps(value))


def test_a_raw_generator_alone_opens_with_a_remark(read_bytes, same_pictures):
    network = small_generator()
    checkpoint = read_bytes(dumps({"G": nvidia_tree(network), "D": None, "G_ema": None}))
    same_pictures(checkpoint.network, network)
    assert "raw generator" in checkpoint.notes[0]


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    for name, place in in_folder(tmp_path).items():
        monkeypatch.setenv(name, place)
    return tmp_path


def test_a_computed_average_w_is_remembered(monkeypatch, own_folder, make_network):
    network = make_network(seed=21)
    average = w_avg.average_w(network)
    monkeypatch.setattr(w_avg, "_compute", lambda network: pytest.fail("computed again"))
    assert torch.equal(w_avg.average_w(network), average)


def test_a_spoilt_memory_of_the_average_w_is_ignored(own_folder, make_network):
    network = make_network(seed=22)
    average = w_avg.average_w(network)
    for path in own_folder.rglob("*.npy"):
        path.write_bytes(b"nonsense")
    assert torch.equal(w_avg.average_w(network), average)
