"""VQ-GAN as a stage: what it makes of pictures, against a plain reference, and wrong files."""

import sys
from pathlib import Path

import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import holds_stage

sys.path.insert(0, str(Path(__file__).parent))
import plain_vqgan as plain


def save(path, weights):
    """As training by Lightning leaves it: weights among much else."""
    torch.save({"epoch": 3, "state_dict": weights, "callbacks": {}}, path)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return save(tmp_path_factory.mktemp("vqgan") / "last.ckpt", plain.weights())


@pytest.mark.parametrize("size", [(16, 24), (32, 32)])
def test_pictures_are_painted_anew_as_by_the_plain_reference(file, size):
    stage = ss.open_stage(file)
    assert (stage.kind, stage.scale, stage.attributes) == ("translate", 1, ())
    x = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1))
    expected, codes = plain.reconstruct(plain.weights(), x * 2 - 1)
    assert len(codes.unique()) > 3  # or what is nearest would hardly matter
    torch.testing.assert_close(stage.apply(x), (expected / 2 + 0.5).clamp(0, 1), atol=1e-4, rtol=0)


def test_any_size_will_do(file):
    stage = ss.open_stage(file)
    assert stage.apply(torch.rand(1, 3, 17, 30)).shape == (1, 3, 17, 30)


def test_it_is_told_by_its_weights(file, tmp_path):
    assert holds_stage(file)
    assert not holds_stage(save(tmp_path / "other.ckpt", {"loss.conv.weight": torch.ones(1)}))


def without(*parts):
    return {k: v for k, v in plain.weights().items() if not k.startswith(parts)}


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (without("quantize"), "quantize.embedding.weight is missing"),
        (without("encoder.down.0"), "encoder.down.0 is missing"),
        (without("encoder.conv_out"), "encoder.conv_out.weight is missing"),
        (without("decoder.mid"), "decoder.mid"),
        (without("quantize") | {"quantize.embed.weight": torch.ones(4, 6)}, "Gumbel codes"),
        (
            plain.weights() | {"encoder.down.0.block.0.conv1.weight": torch.ones(20, 32, 3, 3)},
            "20 channels can't be normalised",
        ),
        (plain.weights() | {"decoder.conv_in.bias": torch.ones(3)}, "decoder.conv_in.bias"),
    ],
)
def test_wrong_files_are_one_sentence(tmp_path, weights, said):
    with pytest.raises(ss.CheckpointError) as error:
        ss.open_stage(save(tmp_path / "odd.ckpt", weights))
    assert "odd.ckpt" in str(error.value)
    assert said in str(error.value)
    assert len(str(error.value)) <= 160
