"""Files as people bring them, where they lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylestudio.checkpoints import CheckpointError, read_checkpoint, read_style_part

CASES = Path(__file__).parents[3] / "shared" / "cases"
OPENS = {  # what its format and remarks say
    "average_never_set.pkl": "never set",
    "bare_weights.safetensors": "bare weights",
    "basicsr_params_ema.pth": "BasicSR",
    "extra_layers_dropped.pt": "res",
    "protocol_0.pkl": "TensorFlow",
    "two_generators_rosinality.ckpt": "averaged one",
}
REFUSED = {
    "conditional_without_embedding.pt": "without the embedding",
    "fastgan.pkl": "FastGAN",
    "fastgan_original.pth": "FastGAN",
    "lightweight_gan.pt": "lightweight-gan",
    "not_square_tf.pkl": "48 x 32 pixels; only square",
    "tf_self_attention.pkl": "synthesis/64x64/SelfAtten",
    "unpacked_data.pkl": "whole .pt",
}


@pytest.fixture
def case():
    def find(*parts: str) -> Path:
        path = CASES.joinpath(*parts)
        if not path.exists():
            pytest.skip(f"needs the file {path.name}, which is not in the repository")
        return path

    return find


@pytest.mark.shared
@pytest.mark.parametrize("name", OPENS)
def test_models_that_open(name, case):
    checkpoint = read_checkpoint(case("checkpoints", name))
    assert OPENS[name] in " ".join((checkpoint.format, *checkpoint.notes))
    assert checkpoint.network.mapping.w_avg.abs().max() > 0


@pytest.mark.shared
@pytest.mark.parametrize("name", REFUSED)
def test_models_that_are_refused(name, case):
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(case("checkpoints", name))
    assert REFUSED[name] in str(caught.value)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


@pytest.mark.shared
def test_no_model_is_forgotten(case):
    found = {path.name for path in case("checkpoints").iterdir()}
    assert found <= set(OPENS) | set(REFUSED)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["in1_scale_names.pth", "wrapped_model_state_dict.pth"])
def test_styles_that_open(name, case):
    read_style_part(case("styles", name))
