"""`stylestudio train horizons`: writes a model, stops on Ctrl-C, goes on, measures."""

import functools

import click
import pytest
import torch

import stylestudio as ss
from stylestudio.cli.main import run
from stylestudio.cli.regressors import regressors_for
from stylestudio.progress import Progress
from stylestudio.resources import resource_path
from stylestudio.training.horizons import SETTINGS, Horizons
from stylestudio.training.regressors import RegressorSettings, RegressorTrainer, reader_settings
from stylestudio.training.trainer import Trainer


@pytest.fixture
def train(tmp_path):
    def call(*more):
        places = ["--out", str(tmp_path / "h.safetensors"), "--work-dir", str(tmp_path / "work")]
        return run(["train", "horizons", "--scale", "0.0001", *places, *more])

    return call


def test_ctrl_c_leaves_a_training_that_goes_on_to_a_model(train, tmp_path, ctrl_c, capsys):
    with ctrl_c(Trainer):
        assert train() == 130
    assert "--resume continues" in capsys.readouterr().err
    assert not (tmp_path / "h.safetensors").exists()

    assert train() == 2
    assert "add --resume" in capsys.readouterr().err

    assert train("--resume") == 0
    model = ss.open_model(tmp_path / "h.safetensors")
    assert (model.name, model.resolution) == ("Horizons", 256)
    assert list((tmp_path / "work").glob("samples-*.png"))
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("fastest", [torch.float32, torch.bfloat16])
def test_training_takes_the_type_that_the_processor_is_fast_with(train, monkeypatch, fastest):
    monkeypatch.setattr("stylestudio.render.precision.fastest_type", lambda device: fastest)
    taken = set()

    def watched(trainer):
        taken.add(trainer.settings.bfloat16)
        trainer.step += 1
        return Progress(trainer.step, trainer.settings.total_steps, "Training", loss=0.0)

    monkeypatch.setattr(Trainer, "advance", watched)
    assert train() == 0
    assert taken == {fastest == torch.bfloat16}


def test_a_model_goes_on_with_the_stages_that_are_left(train, tmp_path, capsys):
    started = resource_path("models", "horizons.safetensors")
    further = ("--init", str(started), "--work-dir", str(tmp_path / "further"))
    stages = len(SETTINGS.stages)
    assert train(*further, "--skip", str(stages)) == 2
    assert f"leaves none of {stages} stages" in capsys.readouterr().err
    assert train(*further, "--skip", str(stages - 1)) == 0
    sheets = sorted(sheet.name for sheet in (tmp_path / "further").glob("*.png"))
    assert sheets == ["samples-000000.png", "samples-000001.png"]


def test_a_quick_look_does_not_wait_for_a_full_reader():
    steps = [reader_settings(SETTINGS.config, s, bfloat16=False).steps for s in (0.01, 0.28, 1.0)]
    assert steps == [60, 1500, 1500]


def test_what_a_quick_look_leaves_teaches_no_full_training(train, tmp_path, monkeypatch):
    taught = []

    def watched(trainer):
        taught.append(trainer.settings.steps)
        trainer.step = trainer.settings.steps
        return Progress(trainer.step, trainer.step, "Reading", loss=0.0)

    monkeypatch.setattr(RegressorTrainer, "advance", watched)
    monkeypatch.setattr(Trainer, "finished", True)
    for scale in ("0.01", "0.01", "1"):
        train("--scale", scale)
    assert taught == [60, 1500]


def test_resuming_nothing_says_so_before_any_work(train, tmp_path, capsys):
    assert train("--resume") == 1
    assert "no training to resume" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_a_training_that_was_stopped_at_its_reader_goes_on(train, tmp_path, ctrl_c, capsys):
    scale = ("--scale", "0.0004")  # two steps of the reader
    with ctrl_c(RegressorTrainer):
        assert train(*scale) == 130
    said = capsys.readouterr().err
    assert "Stopped at step 1 of 2 of learning to read pictures; the same command" in said
    assert train(*scale, "--resume") == 0
    assert (tmp_path / "h.safetensors").exists()


def test_regressors_are_trained_once_and_go_on_after_ctrl_c(tmp_path, ctrl_c, monkeypatch):
    settings = RegressorSettings(config=SETTINGS.config, steps=3, side=32, batch=4)
    read = functools.partial(
        regressors_for,
        Horizons(),
        settings,
        tmp_path / "regressors.safetensors",
        torch.device("cpu"),
    )
    with ctrl_c(RegressorTrainer), pytest.raises(click.Abort):
        read()
    trained = read()
    assert [path.name for path in tmp_path.iterdir()] == ["regressors.safetensors"]
    monkeypatch.setattr(RegressorTrainer, "advance", None)  # kept ones need no training
    kept = read()
    picture = torch.rand(1, 3, 32, 32)
    assert torch.allclose(trained(picture), kept(picture), atol=1e-5)
