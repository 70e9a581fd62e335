"""TensorFlow.js folders: weights come out as they went in, and damage is one sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tfjs_writer import magenta_transformer, whatsyourface_transformer, write_tfjs

from stylestudio.checkpoints import CheckpointError, read_style_part
from stylestudio.checkpoints.tfjs import read_folder

FEW = {
    "a": np.float32([[1, -2.5], [0.25, 7]]),
    "steps": np.int32([1, 2]),
    "b/c": np.linspace(-3, 5, 30, dtype=np.float32).reshape(2, 3, 5),
    "scalar": np.float32(0.5),
}


def sentence(path) -> str:
    """What opening says; it must be one sentence that names the file."""
    with pytest.raises(CheckpointError) as caught:
        read_style_part(path)
    text = str(caught.value)
    assert text.startswith(path.name)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def edit(folder, change):
    """Change the manifest of a folder in place."""
    path = folder / "model.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("cuts", [(), (5,), (16, 17, 60)])
def test_weights_come_out_as_they_went_in(cuts, tmp_path):
    found = read_folder(write_tfjs(tmp_path / "m", FEW, cuts=cuts))
    assert set(found) == {"a", "b/c", "scalar"}
    for name, array in found.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, FEW[name])


@pytest.mark.parametrize(("packing", "steps"), [("uint8", 255), ("uint16", 65535)])
def test_quantised_weights_are_half_a_step_off_at_most(packing, steps, tmp_path):
    found = read_folder(write_tfjs(tmp_path / "m", FEW, packing=packing, cuts=(9,)))
    for name, array in found.items():
        assert array.dtype == np.float32
        step = np.ptp(FEW[name]) / steps
        np.testing.assert_allclose(array, FEW[name], rtol=0, atol=0.51 * step + 1e-6)


def test_weights_of_half_precision(tmp_path):
    found = read_folder(write_tfjs(tmp_path / "m", FEW, packing="float16"))
    np.testing.assert_allclose(found["b/c"], FEW["b/c"], rtol=1e-3, atol=0)


@pytest.mark.parametrize("change", [-1, 1, 4096])
def test_a_shard_of_the_wrong_length(change, tmp_path):
    folder = write_tfjs(tmp_path / "m", magenta_transformer(), packing="uint16")
    shard = folder / "group1-shard1of1.bin"
    data = shard.read_bytes()
    shard.write_bytes(data[:change] if change < 0 else data + bytes(change))
    assert f"{len(data):,} bytes" in sentence(folder)


def test_a_shard_that_is_missing(tmp_path):
    folder = write_tfjs(tmp_path / "m", magenta_transformer(), cuts=(1000,))
    (folder / "group1-shard2of2.bin").unlink()
    assert "lacks its file group1-shard2of2.bin" in sentence(folder)


def first(manifest):
    return manifest["weightsManifest"][0]["weights"][0]


LIES = [
    (lambda m: first(m).update(shape=[2**40, 2**20]), "1024 MiB"),
    (lambda m: first(m).update(shape=[-3]), "the shape"),
    (lambda m: first(m).update(shape=[2.5]), "the shape"),
    (lambda m: first(m).update(shape=[True]), "the shape"),
    (lambda m: first(m).update(shape=[1] * 40), "damaged"),
    (lambda m: first(m).update(shape="all"), "damaged"),
    (lambda m: first(m).update(name=7), "damaged"),
    (lambda m: first(m).update(dtype="string"), "string numbers"),
    (lambda m: first(m).update(quantization={"dtype": "int4"}), "int4 numbers"),
    (lambda m: first(m).update(quantization={"dtype": "uint8", "scale": "x"}), "scale"),
    (lambda m: first(m).pop("shape"), "damaged"),
    (lambda m: m["weightsManifest"][0]["weights"][1].update(name="a"), "same name"),
    (lambda m: m["weightsManifest"][0].update(paths=["../secret"]), "outside its folder"),
    (lambda m: m["weightsManifest"][0].update(paths=["/etc/passwd"]), "outside its folder"),
    (lambda m: m["weightsManifest"][0].update(paths=[None]), "outside its folder"),
    (lambda m: m["weightsManifest"][0].update(paths=[]), "take"),
    (lambda m: m["weightsManifest"][0].update(weights={}), "list of weights"),
    (lambda m: m.update(weightsManifest=[3]), "list of weights"),
    (lambda m: m.update(weightsManifest=None), "belong to a TensorFlow.js model"),
    (lambda m: m.update(weightsManifest=[]), "no style transfer network"),
]


@pytest.mark.parametrize(("lie", "said"), LIES)
def test_a_manifest_that_lies(lie, said, tmp_path):
    small = {name: FEW[name] for name in ("a", "b/c")}
    assert said in sentence(edit(write_tfjs(tmp_path / "m", small), lie))


@pytest.mark.parametrize("content", [b"", b"not JSON", b"\xff\xfe\x00", b"[" * 100_000, b"[1]"])
def test_a_manifest_that_is_none(content, tmp_path):
    folder = write_tfjs(tmp_path / "m", FEW)
    (folder / "model.json").write_bytes(content)
    sentence(folder)


def test_an_empty_folder_and_one_that_is_not_there(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "without a model.json" in sentence(tmp_path / "empty")
    assert "does not exist" in sentence(tmp_path / "nowhere")


def test_a_model_of_another_kind_is_named_by_what_it_has(tmp_path):
    text = sentence(write_tfjs(tmp_path / "m", FEW))
    assert "no style transfer network" in text
    assert "b/c" in text


@pytest.mark.parametrize("make", [magenta_transformer, whatsyourface_transformer])
def test_a_network_with_a_hole_or_a_wrong_shape(make, tmp_path):
    whole = make()
    floats = [name for name, array in whole.items() if array.dtype == np.float32]
    for name in (floats[len(floats) // 2], floats[-1]):
        part = {key: array for key, array in whole.items() if key != name}
        assert f"{name} is missing" in sentence(write_tfjs(tmp_path / "hole", part))
        wrong = whole | {name: np.zeros((3, *whole[name].shape), np.float32)}
        sentence(write_tfjs(tmp_path / "shape", wrong))
        longer = whole | {name: np.concatenate([whole[name], whole[name]])}
        sentence(write_tfjs(tmp_path / "longer", longer))
        spoilt = whole | {name: np.full_like(whole[name], np.nan)}
        assert "not finite" in sentence(write_tfjs(tmp_path / "spoilt", spoilt))


@pytest.mark.parametrize(
    "embeddings",
    [[1], {"a": [1, 2]}, {"a": "x"}, {"a": [1, 2, 3, 4, None]}, {"": [1.0] * 5}, {"a\n": [1] * 5}],
)
def test_embeddings_that_are_none(embeddings, tmp_path):
    folder = write_tfjs(tmp_path / "m", magenta_transformer(), embeddings=embeddings)
    sentence(folder)
