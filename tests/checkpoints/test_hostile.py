from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mutations
import pytest
import torch
from writers import dumps, nvidia_pickle, nvidia_tree, small_generator

from stylestudio.checkpoints import CheckpointError, read_checkpoint, read_stage, read_style_part
from stylestudio.recipe.session import write_parts

HERE = Path(__file__).parent


def assert_one_sentence(error, name):
    message = str(error)
    assert message.startswith(name)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize("kind", mutations.hostile())
def test_hostile_files_are_refused_in_one_sentence(kind, read_bytes):
    with pytest.raises(CheckpointError) as caught:
        read_bytes(mutations.hostile()[kind])
    assert_one_sentence(caught.value, "model.pkl ")
    assert not mutations.sprung()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux' memory limits")
def test_hostile_files_need_little_memory_and_time():
    program = """
import resource, sys, tempfile
from pathlib import Path
import mutations, torch
files = mutations.hostile() | mutations.mistaken()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, resource.RLIM_INFINITY))
with tempfile.TemporaryDirectory() as folder:
    for name, data in files.items():
        path = Path(folder, "model.pkl")
        path.write_bytes(data)
        assert mutations.survive(path), name
"""
    subprocess.run([sys.executable, "-c", program], cwd=HERE, check=True)


def test_calls_beside_the_generator_are_ignored_and_mentioned(read_bytes, same_pictures):
    network = small_generator()
    checkpoint = read_bytes(nvidia_pickle(network, D=mutations.Trap()))
    same_pictures(checkpoint.network, network)
    assert any("mkdir" in note for note in checkpoint.notes)
    assert not mutations.sprung()


def test_settings_that_are_calls_are_not_believed(read_bytes):
    tree = nvidia_tree(small_generator())
    blocks = tree.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]
    conv = blocks["b4"].meta["state"]["_modules"]["conv1"].meta["state"]
    conv["conv_clamp"] = mutations.Trap()
    with pytest.raises(CheckpointError, match="mkdir"):
        read_bytes(dumps({"G_ema": tree}))
    assert not mutations.sprung()


@pytest.mark.parametrize("kind", mutations.mistaken())
def test_files_dropped_by_mistake_are_named(kind, read_bytes):
    with pytest.raises(CheckpointError) as caught:
        read_bytes(mutations.mistaken()[kind], "network.pkl")
    assert_one_sentence(caught.value, "network.pkl ")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("jpeg", "JPEG"), ("png", "PNG"), ("zip", "zip"), ("text", "text"), ("empty", "empty")],
)
def test_common_mistakes_are_called_by_their_names(kind, said, read_bytes):
    with pytest.raises(CheckpointError, match=said):
        read_bytes(mutations.mistaken()[kind])


def test_a_session_is_no_archive_to_unpack(tmp_path):
    path = tmp_path / "walk.stylestudio"
    write_parts(path, {}, ())
    for opened in (read_checkpoint, read_style_part, read_stage):
        with pytest.raises(CheckpointError) as caught:
            opened(path)
        assert_one_sentence(caught.value, "walk.stylestudio is a session of StyleStudio, not a")


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(CheckpointError, match=r"no\.pkl does not exist"):
        read_checkpoint(tmp_path / "no.pkl")
    with pytest.raises(CheckpointError, match="is a folder"):
        read_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="device or pipe"):
        read_checkpoint(os.devnull)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.999])
def test_a_truncated_file_says_so(part, read_bytes):
    data = nvidia_pickle(small_generator())
    with pytest.raises(CheckpointError, match="truncated"):
        read_bytes(data[: int(len(data) * part)])


def test_weights_shared_by_many_layers_cannot_multiply_memory(read_bytes):
    tree = nvidia_tree(small_generator(channels=(8, 8, 8), img_resolution=16))
    shared = torch.zeros(8, 8, 3, 3)
    for block in tree.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"].values():
        for name, layer in block.meta["state"]["_modules"].items():
            if name.startswith("conv"):
                layer.meta["state"]["_parameters"]["weight"] = shared
    assert read_bytes(dumps({"G_ema": tree})).network  # honest sharing is small and allowed


def test_mutated_files_do_no_harm(tmp_path):
    assert mutations.run(400, seed=1, folder=tmp_path) > 100
