"""Opening styles, blending them, and painting pictures in them."""

from __future__ import annotations

import json
import pickle
import shutil

import numpy as np
import pytest
import safetensors.torch
import torch

import stylestudio as ss
from stylestudio.checkpoints import holds_styles, read_style_part, write_safetensors, write_styles
from stylestudio.networks.cin import CINNetwork
from stylestudio.networks.johnson import TransformerNet


@pytest.fixture(scope="session")
def fixed_path(tmp_path_factory):
    """A file of fast_neural_style, with the statistics that old versions wrote."""
    torch.manual_seed(3)
    network = TransformerNet((4, 6, 8))
    state = {
        name: value + 0.1 * torch.randn(value.shape) for name, value in network.state_dict().items()
    }
    state["in1.running_mean"] = torch.zeros(4)
    state["in1.num_batches_tracked"] = torch.tensor(7)
    path = tmp_path_factory.mktemp("fixed") / "candy.pth"
    torch.save(state, path)
    return path


@pytest.fixture
def pair(folders):
    return ss.open_styles(folders["transformer"], folders["predictor"])


def same(found, expected, atol=0.0):
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


def test_a_bank_comes_back_as_it_was_written(bank, bank_path, pictures):
    model = ss.open_styles(bank_path)
    assert model.names == ("dawn", "noon", "dusk")
    for i, name in enumerate(model.names):
        weights, painted = torch.eye(3)[i].expand(2, -1), model.stylize(pictures(), {name: 1})
        same(painted, bank(pictures(), weights), atol=1e-4)
        same(painted, model.stylize(pictures(), {name: 1, model.names[i - 1]: 0}))
    weights = torch.tensor([[0.25, 0.0, 0.75]]).expand(2, -1)
    blended = model.stylize(pictures(), {"dusk": 0.75, "dawn": 0.25}, padding="zeros")
    same(blended, bank(pictures(), weights, "zeros"), atol=1e-6)


def test_a_built_in_bank_opens_by_name(bank_path, monkeypatch, pictures):
    monkeypatch.setattr(
        "stylestudio.render.style_opening.resource_path",
        lambda *parts: bank_path.parent / "/".join(parts[1:]),
    )
    assert ss.open_styles("Bank").names == ss.open_styles(bank_path).names


def test_blending_embeddings_is_blending_the_tables_they_make(folders, pictures):
    for key in ("magenta", "transformer"):
        model, part = ss.open_styles(folders[key]), read_style_part(folders[key])
        assert model.names == ("one", "two")
        tables = [part.network.heads(part.embeddings[name]) for name in model.names]
        blended = 0.3 * tables[0] + 0.7 * tables[1]
        expected = part.network.transformer(pictures(), blended.expand(2, -1))
        same(model.stylize(pictures(), {"one": 0.3, "two": 0.7}), expected, atol=1e-5)


def test_a_pair_opens_in_any_order_and_paints_as_predicted(folders, pair, pictures):
    painting = pictures(1, 40, 33)
    embedding = pair.embed(painting)
    assert embedding.shape == (5,)
    turned = ss.open_styles(folders["predictor"], folders["transformer"])
    same(turned.embed(painting[0].numpy()), embedding)
    painted = pair.stylize(pictures(), embedding=embedding)
    same(turned.stylize(pictures(), embedding=embedding[None].numpy()), painted)
    other = pair.embed(1 - painting)
    assert (pair.stylize(pictures(), embedding=other) - painted).abs().max() > 1e-4


def test_the_manifest_itself_opens_like_its_folder(folders, pictures):
    model = ss.open_styles(folders["magenta"] / "model.json")
    expected = ss.open_styles(folders["magenta"]).stylize(pictures(), {"two": 1})
    same(model.stylize(pictures(), {"two": 1}), expected)


def test_a_network_of_one_style_needs_no_name(fixed_path, pictures):
    model = ss.open_styles(fixed_path)
    assert model.names == ("candy",)
    painted = model.stylize(pictures())
    same(model.stylize(pictures(), {"candy": 1}), painted)
    assert (painted - pictures()).abs().max() > 0.05


def test_strength_goes_from_the_picture_to_the_style(bank_path, pictures):
    model = ss.open_styles(bank_path)
    full = model.stylize(pictures(), {"noon": 1})
    assert torch.equal(model.stylize(pictures(), {"noon": 1}, strength=0), pictures())
    half = model.stylize(pictures(), {"noon": 1}, strength=0.5)
    same(half, (pictures() + full) / 2, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (33, 50)])
def test_any_size_is_kept(size, bank_path, folders, fixed_path, pictures):
    for path in (bank_path, folders["magenta"], folders["transformer"], fixed_path):
        model = ss.open_styles(path)
        painted = model.stylize(pictures(1, *size), {model.names[0]: 1})
        assert painted.shape == (1, 3, *size)
        assert painted.isfinite().all()


def refused(call, *words, error=ss.StyleError):
    """Assert that a call is refused in one sentence with these words."""
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    for word in words:
        assert word in text


def test_what_cannot_be_painted_is_said(bank_path, fixed_path, pictures):
    model, images = ss.open_styles(bank_path), pictures()
    refused(lambda: model.stylize(images), "dawn, noon, dusk")
    refused(lambda: model.stylize(images, {}), "dawn, noon, dusk")
    refused(lambda: model.stylize(images, {"night": 1}), "'night'", "dawn, noon, dusk")
    refused(lambda: model.stylize(images, {"dawn": float("nan")}), "dawn")
    refused(lambda: model.stylize(images, {"dawn": "much"}), "'much'")
    refused(lambda: model.stylize(images, {"dawn": 1}, strength=1.5), "strength", "1.5")
    refused(lambda: model.stylize(images, {"dawn": 1}, padding="wrap"), "'wrap'")
    refused(lambda: model.stylize(images, embedding=torch.zeros(5)), "no embeddings")
    refused(lambda: model.stylize(images[:, :1], {"dawn": 1}), "[2, 1, 24, 36]")
    refused(lambda: model.stylize(images * 255, {"dawn": 1}), "between 0 and 1")
    refused(lambda: model.stylize(images * float("nan"), {"dawn": 1}), "between 0 and 1")
    refused(lambda: model.stylize("picture", {"dawn": 1}), "not an array")
    refused(lambda: ss.open_styles(fixed_path).stylize(images, {"candy": 0.5}), "strength")


def test_what_cannot_be_embedded_is_said(bank_path, folders, pair, pictures):
    painting = pictures(1, 40, 40)
    refused(lambda: ss.open_styles(bank_path).embed(painting), "bank.safetensors", "dawn")
    refused(lambda: ss.open_styles(folders["transformer"]).embed(painting), "pair")
    refused(lambda: pair.embed(pictures(1, 31, 90)), "90 x 31", "32")
    refused(lambda: pair.embed(pictures(2, 40, 40)), "one at a time")
    refused(lambda: pair.stylize(painting, embedding=[1.0, 2.0]), "2 numbers", "needs 5")
    refused(lambda: pair.stylize(painting, embedding=[float("inf")] * 5), "finite")
    refused(lambda: pair.stylize(painting, {"one": 1}, embedding=[0.0] * 5), "give one of them")


def test_what_is_no_pair_is_said(bank_path, folders):
    refused(lambda: ss.open_styles(folders["predictor"]), "only predicts")
    refused(lambda: ss.open_styles(folders["predictor"], folders["magenta"]), "not a pair")
    refused(lambda: ss.open_styles(bank_path, folders["predictor"]), "not a pair")
    refused(lambda: ss.open_styles(bank_path, folders["magenta"]), "not a pair")


def rewritten(path, bank_path, change):
    """A copy of the bank with other metadata or tensors."""
    tensors = safetensors.torch.load_file(bank_path)
    with safetensors.safe_open(bank_path, "pt") as file:
        metadata = dict(file.metadata())
    change(tensors, metadata)
    safetensors.torch.save_file(tensors, path, metadata)
    return path


CHANGES = [
    (lambda t, m: m.clear(), "description"),
    (lambda t, m: m.update({"stylestudio.config": '{"family": "stylegan2"}'}), "no styles"),
    (lambda t, m: m.update({"stylestudio.config": "{"}), "damaged"),
    (lambda t, m: m.update({"stylestudio.config": '{"family": "cin", "width": 1e30}'}), "width"),
    (lambda t, m: m.update({"stylestudio.config": '{"family": "cin", "width": "x"}'}), "width"),
    (lambda t, m: m.update({"stylestudio.config": '{"family": "cin", "width": 1}'}), "instead of"),
    (lambda t, m: m.update({"stylestudio.names": '["a", "b"]'}), "2 styles"),
    (lambda t, m: m.update({"stylestudio.names": '["a", "a", "b"]'}), "same name"),
    (lambda t, m: m.update({"stylestudio.names": '["a", 3, "b"]'}), "name"),
    (lambda t, m: m.update({"stylestudio.names": '{"a": 1}'}), "names"),
    (lambda t, m: t.pop("transformer.body.last.weight"), "is missing"),
    (lambda t, m: t.update({"extra": torch.zeros(2)}), "extra"),
    (lambda t, m: t["tables.beta"].fill_(float("inf")), "not finite"),
    (lambda t, m: t.update({"tables.gamma": torch.ones(3, 7)}), "instead of"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_bank_that_does_not_fit_is_said(change, said, bank_path, tmp_path):
    path = rewritten(tmp_path / "odd.safetensors", bank_path, change)
    refused(lambda: ss.open_styles(path), "odd.safetensors", said, error=ss.CheckpointError)


def test_a_bank_is_no_model_and_a_model_no_bank(bank_path, make_network, tmp_path):
    refused(lambda: ss.open_model(bank_path), "style transfer", error=ss.CheckpointError)
    write_safetensors(tmp_path / "model.safetensors", make_network(), name="model")
    path = tmp_path / "model.safetensors"
    refused(lambda: ss.open_styles(path), "no styles", error=ss.CheckpointError)


def test_a_bank_that_would_not_open_again_is_not_written(bank, tmp_path):
    for names in (["a", "b"], ["a", "a", "b"], ["a", "", "b"]):
        path = tmp_path / "bank.safetensors"
        refused(lambda p=path, n=names: write_styles(p, bank, n), error=ss.CheckpointError)
    assert list(tmp_path.iterdir()) == []


def test_files_of_other_kinds_are_said_and_never_run(tmp_path, fixed_path):
    class Bomb:
        def __reduce__(self):
            return exec, ("raise SystemExit('the file was run')",)

    path = tmp_path / "style.pth"
    whole = fixed_path.read_bytes()
    state = {"deconv3.conv2d.weight": torch.ones(3, 4, 9, 9), "x": Bomb()}
    for content in (b"", b"text", b"\x89PNG\r\n", pickle.dumps(Bomb()), whole[: len(whole) // 2]):
        path.write_bytes(content)
        refused(lambda: ss.open_styles(path), "style.pth", error=ss.CheckpointError)
    for content in (state, {"weights": torch.ones(3)}, [1, 2], Bomb()):
        torch.save(content, path)
        refused(lambda: ss.open_styles(path), "style.pth", error=ss.CheckpointError)
    missing = tmp_path / "nowhere.pth"
    refused(lambda: ss.open_styles(missing), "does not exist", error=ss.CheckpointError)


def test_written_metadata_say_the_names_in_plain_json(bank_path):
    with safetensors.safe_open(bank_path, "pt") as file:
        metadata = file.metadata()
    assert json.loads(metadata["stylestudio.names"]) == ["dawn", "noon", "dusk"]
    assert metadata["license"] == "CC0-1.0"


def test_an_untrained_network_is_written_and_read(tmp_path):
    write_styles(tmp_path / "new.safetensors", CINNetwork(1, 0.5), ["only"])
    painted = ss.open_styles(tmp_path / "new.safetensors").stylize(np.zeros((1, 3, 8, 8)))
    assert painted.shape == (1, 3, 8, 8)


def test_a_folder_is_known_by_its_weights_and_embeddings(folders, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folders["magenta"], copy)
    original = ss.open_styles(folders["magenta"])
    assert (original.name, ss.open_styles(copy).name) == (folders["magenta"].name, "copy")
    assert ss.open_styles(copy).sha256 == original.sha256
    assert ss.open_styles(copy / "model.json").sha256 == original.sha256
    embeddings = json.loads((copy / "embeddings.json").read_text())
    embeddings["one"][0] += 1.0
    (copy / "embeddings.json").write_text(json.dumps(embeddings))
    assert ss.open_styles(copy).sha256 != original.sha256


def test_style_files_are_told_from_others(bank_path, fixed_path, folders, tmp_path, make_network):
    styles = [bank_path, fixed_path, *folders.values(), folders["magenta"] / "model.json"]
    assert all(holds_styles(path) for path in styles)
    write_safetensors(tmp_path / "model.safetensors", make_network(), name="model")
    (tmp_path / "model.json").write_text('{"version": 1}')
    (tmp_path / "text.pth").write_text("text")
    (tmp_path / "folder").mkdir()
    others = [tmp_path / "missing.pth", *tmp_path.iterdir()]
    assert not any(holds_styles(path) for path in others)
