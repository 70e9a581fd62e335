"""A disk that fills up at the end of a training: a sentence, and the file of before stays."""

import pytest
import safetensors

import stylestudio as ss
from stylestudio.networks.enlargers import CompactNet
from stylestudio.networks.stroke_painter import StrokePainter, StrokePainterConfig
from stylestudio.training.enlarger import CONFIG, save_enlarger
from stylestudio.training.horizons import Horizons
from stylestudio.training.regressors import Regressors, save_regressors
from stylestudio.training.strokes import save_painter

SAVED = {
    "enlarger": lambda path: save_enlarger(CompactNet(CONFIG), path),
    "painter": lambda path: save_painter(
        StrokePainter(StrokePainterConfig(16, 4, 8, 1, 1, 32)), path
    ),
    "regressors": lambda path: save_regressors(Regressors(2, side=16), Horizons(), path),
}


@pytest.mark.parametrize("what", SAVED)
def test_a_full_disk_is_said_in_one_sentence(what, tmp_path, monkeypatch):
    def full(*_, **__):
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    path = tmp_path / "trained.safetensors"
    path.write_text("before")
    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(ss.CheckpointError) as raised:
        SAVED[what](path)
    assert str(raised.value) == "trained.safetensors cannot be written: the disk is full."
    assert [each.read_text() for each in tmp_path.iterdir()] == ["before"]
