from __future__ import annotations

import hashlib
import json

import pytest
import safetensors
import safetensors.torch
import torch
from writers import small_generator

from stylestudio.checkpoints import CheckpointError, read_checkpoint, write_safetensors


@pytest.mark.parametrize(
    "changes",
    [{}, {"architecture": "resnet", "c_dim": 3}, {"activation": "relu", "conv_clamp": 5.0}],
    ids=str,
)
def test_writing_and_reading_back_changes_nothing(changes, tmp_path, same_pictures):
    network = small_generator(**changes)
    path = tmp_path / "a.safetensors"
    write_safetensors(path, network, name="Fog", metadata={"licence": "CC0", "author": "me"})
    checkpoint = read_checkpoint(path)
    assert checkpoint.network.config == network.config
    assert checkpoint.name == "Fog"
    assert checkpoint.metadata == {"licence": "CC0", "author": "me"}
    assert checkpoint.notes == ()
    same_pictures(checkpoint.network, network)


def test_half_is_smaller_and_read_back_to_float32(tmp_path, same_pictures):
    network = small_generator(z_dim=64, w_dim=64)
    write_safetensors(tmp_path / "full", network, name="a")
    write_safetensors(tmp_path / "half", network, name="a", half=True)
    assert (tmp_path / "half").stat().st_size < 0.6 * (tmp_path / "full").stat().st_size
    found = read_checkpoint(tmp_path / "half").network
    assert {tensor.dtype for tensor in found.state_dict().values()} == {torch.float32}
    same_pictures(found, network.half().float())


def test_paths_in_metadata_are_dropped(tmp_path):
    metadata = {"data": "/home/someone/pictures", "note": "from https://example.org/a"}
    write_safetensors(tmp_path / "a", small_generator(), name="a", metadata=metadata)
    assert read_checkpoint(tmp_path / "a").metadata == {"note": metadata["note"]}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    write_safetensors(path, small_generator(), name="a")
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full_disk)
    with pytest.raises(CheckpointError, match=r"a\.safetensors cannot be written: No space"):
        write_safetensors(path, small_generator(seed=5), name="a")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_weights_too_large_for_half_are_not_written(tmp_path):
    network = small_generator()
    network.synthesis.b4.const.fill_(1e6)
    with pytest.raises(CheckpointError, match="exceed float16"):
        write_safetensors(tmp_path / "a", network, name="a", half=True)
    assert not (tmp_path / "a").exists()


def test_a_folder_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(CheckpointError, match="no does not exist; make it"):
        write_safetensors(tmp_path / "no" / "a", small_generator(), name="a")


def test_reading_never_changes_the_file(tmp_path):
    path = tmp_path / "a"
    write_safetensors(path, small_generator(), name="a")
    before = path.read_bytes()
    read_checkpoint(path).network.synthesis.b4.const.fill_(3.0)
    assert path.read_bytes() == before


def _rewritten(tmp_path, **changes):
    path = tmp_path / "b.safetensors"
    write_safetensors(path, small_generator(), name="b")
    with safetensors.safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["stylestudio.config"])
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    metadata = {"stylestudio.config": json.dumps({**config, **changes})}
    safetensors.torch.save_file(tensors, path, metadata)
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family": "stylegan9"}, "stylegan9"),
        ({"activation": "swish"}, "swish"),
        ({"mapping_lr_multiplier": "fast"}, "mapping_lr_multiplier"),
        ({"conv_clamp": -1}, "conv_clamp"),
        ({"resample_filter": []}, "filter"),
        ({"resample_filter": 3}, "damaged"),
    ],
    ids=str,
)
def test_a_description_that_makes_no_sense_is_refused(changes, said, tmp_path):
    with pytest.raises(CheckpointError, match=said):
        read_checkpoint(_rewritten(tmp_path, **changes))


def test_sizes_in_the_description_are_not_believed(tmp_path):
    path = _rewritten(tmp_path, img_resolution=2**40, mapping_layers=10**12, channels=[1])
    assert read_checkpoint(path).network.config.img_resolution == 16


def test_foreign_safetensors_are_named(tmp_path):
    safetensors.torch.save_file({"a": torch.zeros(3)}, tmp_path / "lora.safetensors")
    with pytest.raises(CheckpointError, match="without StyleStudio's description"):
        read_checkpoint(tmp_path / "lora.safetensors")


def test_the_hash_is_that_of_the_opened_file_even_once_it_is_replaced(tmp_path):
    path = tmp_path / "a"
    write_safetensors(path, small_generator(), name="a")
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    checkpoint = read_checkpoint(path)
    write_safetensors(path, small_generator(seed=4), name="a")
    assert checkpoint.sha256 == expected != read_checkpoint(path).sha256
