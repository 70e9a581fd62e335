"""Generators where programs put them, what lies beside them, and what may not go unsaid."""

from __future__ import annotations

import layout_writers
import numpy as np
import pytest
import safetensors.torch
import torch
from layout_writers import SQUARE, flat, layouts, same_synthesis
from writers import (
    Persistent,
    dumps,
    nvidia_pickle,
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
    write_safetensors,
)

# -- layouts -------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["bare", "rosinality", "basicsr", "genforce"])
@pytest.mark.parametrize(
    "prefix", ["", "module.", "g_ema.", "net.decoder.", "module.G_ema.module."]
)
def test_every_layout_opens_behind_any_prefix(layout, prefix, tmp_path, read_bytes):
    network = small_generator(**SQUARE)
    weights = flat(prefix, layouts(network, tmp_path)[layout])
    for content in (weights, {"state_dict": weights, "epoch": 3}, {"ckpt": {"params": weights}}):
        same_synthesis(read_bytes(zip_torch(content), "model.pth").network, network)


@pytest.mark.parametrize("prefix", ["", "g_ema.", "generator_ema.module."])
def test_numbers_that_averaging_keeps_are_no_weights(prefix, tmp_path, read_bytes):
    network = small_generator(**SQUARE)
    weights = layouts(network, tmp_path)["rosinality"]
    counts = {"decay": torch.tensor(0.99), "num_updates": torch.tensor(3), "step": torch.tensor(3)}
    found = read_bytes(zip_torch(flat(prefix, weights | counts)), "model.pth")
    same_synthesis(found.network, network)
    assert not any("left out" in note for note in found.notes)


def test_an_average_for_each_layer_is_brought_to_one(read_bytes, same_pictures):
    network = small_generator()
    weights = dict(network.state_dict())
    rows = network.mapping.w_avg.repeat(6, 1)
    same_pictures(
        read_bytes(zip_torch(weights | {"mapping.w_avg": rows})).network, network, atol=1e-5
    )
    rows[0] += 1
    notes = read_bytes(zip_torch(weights | {"mapping.w_avg": rows})).notes
    assert any("for each layer" in note for note in notes)


def test_three_networks_in_the_order_of_tensorflow(read_bytes, same_pictures):
    network = small_generator()
    critic = Persistent("Discriminator", {"_parameters": {}, "_modules": {}})
    trees = [nvidia_tree(small_generator(seed=5)), critic, nvidia_tree(network)]
    same_pictures(read_bytes(dumps(trees)).network, network)


@pytest.mark.parametrize("layout", ["rosinality", "genforce", "bare"])
def test_the_average_of_every_layout_is_used(layout, tmp_path, read_bytes, same_pictures):
    network = small_generator(**SQUARE)
    weights = layouts(network, tmp_path)[layout]
    if layout == "rosinality":
        weights["latent_avg"] = network.mapping.w_avg[None]
    same_pictures(read_bytes(zip_torch({"g_ema": weights})).network, network, atol=1e-5)


@pytest.mark.parametrize("prefix", ["", "G_ema."])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_bare_weights_in_safetensors_open(prefix, dtype, read_bytes):
    network = small_generator()
    for value in network.state_dict().values():
        value.copy_(value.to(dtype).float())
    weights = {name: value.to(dtype) for name, value in flat(prefix, network.state_dict()).items()}
    weights["epoch"] = torch.tensor(3)
    data = safetensors.torch.save(weights, {"format": "pt", "author": "me"})
    checkpoint = read_bytes(data, "model.safetensors")
    same_synthesis(checkpoint.network, network)
    assert checkpoint.metadata["author"] == "me"


def test_filters_that_are_stored_are_used(tmp_path, read_bytes):
    network = small_generator(resample_filter=(1.0, 2.0, 1.0), **SQUARE)
    plain = small_generator(**SQUARE)
    plain.load_state_dict(network.state_dict())
    weights = layouts(plain, tmp_path)["rosinality"]
    kernel = torch.outer(*[torch.tensor([1.0, 2.0, 1.0])] * 2) / 4
    weights |= {name: kernel for name in weights if name.endswith(".kernel")}
    same_synthesis(read_bytes(zip_torch(weights)).network, network)
    bare = dict(network.state_dict()) | {"synthesis.b8.resample_filter": kernel / 4}
    same_synthesis(read_bytes(zip_torch(bare)).network, network)
    weights["convs.0.conv.blur.kernel"] = kernel * 2
    with pytest.raises(CheckpointError, match=r"convs\.0\.conv\.blur\.kernel"):
        read_bytes(zip_torch(weights))


# -- several generators in one file --------------------------------------------------

AVERAGED = [
    "generator_ema", "ema", "model_ema", "module_ema", "g_ema", "G_ema", "netG_ema", "g_running",
    "generator_smooth", "ema_model", "averaged_model", "params_ema", "Gs",
]  # fmt: skip
RAW = ["generator", "g", "G", "netG", "module", "model", "online_model", "params"]


@pytest.mark.parametrize("index", range(len(AVERAGED)), ids=AVERAGED)
def test_the_averaged_generator_opens_and_the_other_is_mentioned(index, tmp_path, read_bytes):
    averaged, name = AVERAGED[index], RAW[index % len(RAW)]
    layout = ("bare", "rosinality", "basicsr", "genforce")[index % 4]
    network, other = small_generator(**SQUARE), small_generator(seed=5, **SQUARE)
    good, raw = (layouts(x, tmp_path)[layout] for x in (network, other))
    both = flat(f"{name}.", raw) | flat(f"{averaged}.", good)
    contents = (
        both,
        {"state_dict": both},
        {name: raw, averaged: good},
        raw | flat(f"{averaged}.", good) | {"n_averaged": torch.tensor(3)},
    )
    for content in contents:
        checkpoint = read_bytes(zip_torch(content))
        same_synthesis(checkpoint.network, network)
        assert any("2 generators" in note for note in checkpoint.notes)
    assert any(averaged in note and name in note for note in read_bytes(zip_torch(both)).notes)


def test_an_average_in_an_unknown_form_is_said(read_bytes):
    network = small_generator()
    content = {"G": dict(network.state_dict()), "ema": {"shadow_params": [torch.zeros(3)]}}
    checkpoint = read_bytes(zip_torch(content))
    same_synthesis(checkpoint.network, network)
    assert any("averaged weights (ema)" in note for note in checkpoint.notes)


def test_averaged_names_in_an_unknown_form_are_said(tmp_path, read_bytes):
    network = small_generator(**SQUARE)
    weights = flat("generator.", layouts(network, tmp_path)["rosinality"])
    weights |= {f"model_ema.{name.replace('.', '')}": value for name, value in weights.items()}
    checkpoint = read_bytes(zip_torch({"state_dict": weights}))
    same_synthesis(checkpoint.network, network)
    assert any("averaged weights (model_ema)" in note for note in checkpoint.notes)


def test_a_dictionary_of_tensorflow_networks(read_bytes, same_pictures):
    network, raw = small_generator(), small_generator(seed=5)
    data = dumps({"Gs": tensorflow_network(network), "G": tensorflow_network(raw, name="G")})
    same_pictures(read_bytes(data).network, network, atol=1e-5)


def test_the_raw_tensorflow_generator_alone_is_said(read_bytes):
    checkpoint = read_bytes(dumps((tensorflow_network(small_generator(), name="G"),)))
    assert any("only the raw generator" in note for note in checkpoint.notes)


# -- the average w -------------------------------------------------------------------


def _never_set(network):
    network.mapping.w_avg.zero_()
    return network


@pytest.mark.parametrize(
    "write",
    [
        lambda n, _: nvidia_pickle(n),
        lambda n, _: tensorflow_pickle(n),
        lambda n, _: zip_torch(dict(n.state_dict())),
        lambda n, folder: zip_torch(layout_writers.rosinality(n, folder)),
        lambda n, _: zip_torch({"generator_smooth": layout_writers.genforce(n)}),
        lambda _, __: dumps({"G_ema": stylegan3_tree(_never_set(small_stylegan3()))}),
    ],
    ids=["nvidia", "tensorflow", "bare", "rosinality", "genforce", "stylegan3"],
)
def test_an_average_that_was_never_set_is_computed_and_said(write, tmp_path, read_bytes):
    checkpoint = read_bytes(write(_never_set(small_generator(**SQUARE)), tmp_path))
    assert checkpoint.network.mapping.w_avg.abs().max() > 0
    assert any("never set" in note for note in checkpoint.notes)
    write_safetensors(tmp_path / "a", _never_set(checkpoint.network), name="a")
    assert read_checkpoint(tmp_path / "a").network.mapping.w_avg.abs().max() > 0


# -- classes -------------------------------------------------------------------------


def _without_embedding(weights: dict) -> dict:
    return {name: value for name, value in weights.items() if ".embed." not in name}


def _tensorflow_without_embedding(network) -> bytes:
    gs = tensorflow_network(network)
    mapping = gs.components["mapping"]
    mapping.variables = [pair for pair in mapping.variables if "LabelEmbed" not in pair[0]]
    return dumps(gs)


def _pickle_without_embedding(network) -> bytes:
    tree = nvidia_tree(network)
    del tree.meta["state"]["_modules"]["mapping"].meta["state"]["_modules"]["embed"]
    return dumps({"G_ema": tree})


def _own_without_embedding(network, folder) -> bytes:
    write_safetensors(folder / "a", network, name="a")
    with safetensors.safe_open(folder / "a", "pt") as file:
        metadata = file.metadata()
    return safetensors.torch.save(_without_embedding(network.state_dict()), metadata)


@pytest.mark.parametrize(
    "write",
    [
        lambda n, _: _pickle_without_embedding(n),
        lambda n, _: _tensorflow_without_embedding(n),
        lambda n, _: zip_torch(_without_embedding(n.state_dict())),
        _own_without_embedding,
        lambda _, __: zip_torch(_without_embedding(small_stylegan3(c_dim=3).state_dict())),
    ],
    ids=["nvidia", "tensorflow", "bare", "own", "stylegan3"],
)
def test_a_conditional_generator_without_its_embedding_is_refused(write, tmp_path, read_bytes):
    with pytest.raises(CheckpointError, match="without the embedding of its classes"):
        read_bytes(write(small_generator(c_dim=3, **SQUARE), tmp_path))


@pytest.mark.parametrize("layout", ["rosinality", "basicsr", "genforce"])
def test_half_a_z_is_refused_in_other_layouts(layout, tmp_path, read_bytes):
    weights = layouts(small_generator(**SQUARE), tmp_path)[layout]
    first = next(name for name in ("style.1.weight", "style_mlp.1.weight", "mapping.dense0.weight")
                 if name in weights)  # fmt: skip
    weights[first] = torch.randn(10, 20)
    with pytest.raises(CheckpointError, match="without the embedding of its classes"):
        read_bytes(zip_torch({"g_ema": weights}))


# -- layers that StyleGAN does not have ----------------------------------------------


@pytest.mark.parametrize(
    "name", ["8x8/SelfAttention/theta/kernel", "8x8/Conv1/u", "16x16/Attention/gamma", "extra"]
)
def test_unknown_layers_of_tensorflow_networks_are_named(name, read_bytes):
    gs = tensorflow_network(small_generator())
    gs.components["synthesis"].variables.append((name, np.zeros((1, 4), np.float32)))
    with pytest.raises(CheckpointError, match="/".join(name.split("/")[:2])):
        read_bytes(dumps(gs))


@pytest.mark.parametrize("layout", ["bare", "rosinality", "basicsr", "genforce"])
def test_unknown_layers_among_the_weights_are_refused_by_name(layout, tmp_path, read_bytes):
    weights = layouts(small_generator(**SQUARE), tmp_path)[layout]
    weights["attention.query.weight"] = torch.zeros(3, 3)
    with pytest.raises(CheckpointError, match="attention"):
        read_bytes(zip_torch({"g_ema": weights}))


def test_unknown_layers_beside_the_generator_are_said(tmp_path, read_bytes):
    network = small_generator(**SQUARE)
    weights = flat("generator.", layouts(network, tmp_path)["rosinality"])
    weights |= {"res.0.conv.0.weight": torch.zeros(2, 2), "style.1.weight": torch.zeros(2, 2)}
    checkpoint = read_bytes(zip_torch({"g_ema": weights}))
    same_synthesis(checkpoint.network, network)
    assert any("res, style" in n and "DualStyleGAN" in n for n in checkpoint.notes)


def test_what_only_training_needs_is_not_mentioned(tmp_path, read_bytes, same_pictures):
    network = small_generator(**SQUARE)
    weights = flat("decoder.", layouts(network, tmp_path)["rosinality"])
    beside = ("encoder.input.weight", "discriminator.fc.weight", "lpips.net.weight", "id_loss.a")
    weights |= {name: torch.zeros(2) for name in beside}
    content = {"state_dict": weights, "latent_avg": network.mapping.w_avg}
    checkpoint = read_bytes(zip_torch(content))
    same_pictures(checkpoint.network, network)
    assert checkpoint.notes == ()
    assert "encoder" in checkpoint.format


def test_a_volume_renderer_is_not_taken_for_its_backbone(read_bytes):
    weights = flat("backbone.", dict(small_generator().state_dict()))
    weights["superresolution.block0.conv0.weight"] = torch.zeros(2)
    with pytest.raises(CheckpointError, match="EG3D"):
        read_bytes(zip_torch({"G_ema": weights}))


@pytest.mark.parametrize(
    ("sides", "said"), [((4, 6), "24 x 16"), ((6, 4), "16 x 24"), ((8, 4), "16 x 32")]
)
def test_scopes_that_are_not_square_are_named(sides, said, read_bytes):
    gs = tensorflow_network(small_generator())
    synthesis = gs.components["synthesis"]

    def renamed(name: str) -> str:
        for factor in (1, 2, 4):
            old, new = f"{4 * factor}x{4 * factor}/", f"{sides[0] * factor}x{sides[1] * factor}/"
            if name.startswith(old):
                return new + name.removeprefix(old)
        return name

    synthesis.variables = [(renamed(name), value) for name, value in synthesis.variables]
    with pytest.raises(CheckpointError, match=f"{said} pixels; only square"):
        read_bytes(dumps(gs))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"g": {"init.init.0.weight_orig": 0}, "d": {"x": 0}, "g_ema": [0]}, "FastGAN"),
        ({"G_ema": {"feat_8.1.weight": 0, "se_64.main.1.weight": 0}}, "FastGAN"),
        ({"GAN": {"G.layers.0.0.0.weight": 0, "D.a": 0}, "version": "1"}, "lightweight-gan"),
        ({"GAN": {"GE.blocks.0.conv1.weight": 0, "SE.net.0.weight": 0}}, "lucidrains stylegan2"),
        ({"generator": {"synthesis.layer0.apply_noise.weight": 0}, "discriminator": {"a": 0}},
         r"part of a StyleGAN \(1\)"),
        ({"generator_smooth": {"lod": 0, "layer0.weight": 0, "output0.weight": 0}}, "ProGAN"),
        ({"state_dict": {"generator.style_mapping.1.weight": 0}}, "MMGeneration"),
        ({"d": {"final_linear.0.weight": 0}}, "discriminator"),
    ],
)  # fmt: skip
def test_networks_of_other_kinds_are_named(content, said, read_bytes):
    def filled(value):
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [torch.zeros(2) for _ in value]
        return torch.zeros(2) if value == 0 else value

    with pytest.raises(CheckpointError, match=said):
        read_bytes(zip_torch(filled(content)))


def test_a_pickled_fastgan_is_named(read_bytes):
    empty = {"_parameters": {}, "_buffers": {}, "_modules": {}}
    inner = {"_parameters": {"init.init.0.weight": torch.zeros(2)}, "_modules": {}}
    modules = {"mapping": Persistent("DummyMapping", empty), "synthesis": Persistent("F", inner)}
    tree = Persistent("Generator", {"_parameters": {}, "_modules": modules})
    with pytest.raises(CheckpointError, match="FastGAN"):
        read_bytes(dumps({"G_ema": tree}))
