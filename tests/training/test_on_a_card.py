"""Trainings on a CUDA card; skipped where there is none."""

import dataclasses
import math

import pytest
import torch

import stylestudio as ss
from stylestudio.training.evaluate import evaluate
from stylestudio.training.finish import finished_generator, write_model
from stylestudio.training.horizons import Horizons
from stylestudio.training.lexicon.trainer import LexiconSettings, LexiconTrainer
from stylestudio.training.pigments import Pigments
from stylestudio.training.portraits import Portraits
from stylestudio.training.regressors import (
    RegressorSettings,
    RegressorTrainer,
    load_regressors,
    save_regressors,
)
from stylestudio.training.runs import load_state, run
from stylestudio.training.strokes import StrokeSettings, StrokeTrainer, save_painter
from stylestudio.training.trainer import Trainer, TrainingSettings, TrainingStage, scene_config
from stylestudio.transfer.loss_network import LossNetworkSettings, LossNetworkTrainer
from stylestudio.transfer.procedural import paint_procedural
from stylestudio.transfer.specimens import Specimens

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")

SETTINGS = TrainingSettings(
    config=scene_config(64, channels=(32, 32, 32, 16, 16), w_dim=64, mapping_features=256),
    stages=(TrainingStage(resolution=64, steps=60, batch=8, learning_rate=0.05, texture=1.0),),
    seed=5,
)


@pytest.mark.parametrize("scene", [Horizons, Pigments, Portraits])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_generator_learns_resumes_and_is_written(scene, bfloat16, tmp_path):
    settings = dataclasses.replace(SETTINGS, bfloat16=bfloat16)
    trainer = Trainer(scene(), settings, device="cuda")
    losses = [progress.loss for progress in run(trainer, tmp_path / "state.pt")]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    again = Trainer(scene(), settings, device="cuda")
    load_state(again, tmp_path / "state.pt")
    assert again.finished
    path = tmp_path / "model.safetensors"
    write_model(again, path)
    assert ss.open_model(path, device="cpu").resolution == 64
    found = evaluate(finished_generator(again).cuda(), scene(), settings.seed, batches=1)
    there = evaluate(finished_generator(again), scene(), settings.seed, batches=1)
    assert found.psnr == pytest.approx(there.psnr, abs=0.1)


def test_regressors_learn_and_are_kept(tmp_path):
    settings = RegressorSettings(config=SETTINGS.config, side=64, steps=60)
    trainer = RegressorTrainer(Horizons(), settings, "cuda")
    losses = [trainer.advance().loss for _ in range(settings.steps)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    save_regressors(trainer.regressors, Horizons(), tmp_path / "regressors.safetensors")
    assert load_regressors(Horizons(), tmp_path / "regressors.safetensors").side == 64


def test_a_loss_network_learns():
    makes = ("Woodcut", "Watercolour", "Halftone")
    specimens = Specimens({name: [paint_procedural(name, 96, seed=1)] for name in makes}, "cuda")
    trainer = LossNetworkTrainer(
        specimens, LossNetworkSettings(steps=40, batch=12, side=32), "cuda"
    )
    losses = [trainer.advance().loss for _ in range(trainer.settings.steps)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert all(math.isfinite(loss) for loss in losses)
    assert {p.device.type for p in trainer.features().parameters()} == {"cpu"}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_lexicon_learns_and_goes_on(bfloat16, tmp_path):
    settings = LexiconSettings(
        steps=40, batch=16, captions=16, painted=32, every=2, bfloat16=bfloat16
    )
    trainer = LexiconTrainer(settings, "cuda")
    losses = [progress.loss for progress in run(trainer, tmp_path / "state.pt")]
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])
    again = LexiconTrainer(settings, "cuda")
    load_state(again, tmp_path / "state.pt")
    assert again.finished


def test_a_painter_of_strokes_learns_and_is_written(tmp_path):
    settings = StrokeSettings(steps=200, batch=64, bfloat16=True)
    trainer = StrokeTrainer(settings, "cuda")
    losses = [trainer.advance().loss for _ in range(settings.steps)]
    assert sum(losses[-20:]) < 0.85 * sum(losses[:20])
    save_painter(trainer.network, tmp_path / "strokes.safetensors")
    *_, strokes = ss.open_stage(tmp_path / "strokes.safetensors").strokes(torch.rand(3, 48, 64))
    assert len(strokes) > 0
