"""Teaching a small generator: it learns, it resumes exactly, and its model opens."""

import dataclasses

import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.networks.stylegan2.layers import upsample2d
from stylestudio.progress import Cancel, Cancelled
from stylestudio.training.embedding import mix_rows
from stylestudio.training.evaluate import evaluate, side_by_side
from stylestudio.training.evaluator import BATCH
from stylestudio.training.finish import finished_generator, write_model
from stylestudio.training.horizons import Horizons
from stylestudio.training.losses import drafts_loss, finest_loss, texture_loss
from stylestudio.training.regressors import Regressors
from stylestudio.training.runs import RunError, load_state, run, save_state
from stylestudio.training.scene import GROUPS
from stylestudio.training.trainer import (
    Trainer,
    TrainingSettings,
    TrainingStage,
    scene_config,
    synthesize_upto,
)

SMALL = TrainingSettings(
    config=scene_config(16, channels=(16, 16, 16), w_dim=48, mapping_features=256),
    stages=(
        TrainingStage(resolution=8, steps=4, batch=4, learning_rate=0.01),
        TrainingStage(resolution=16, steps=6, batch=4, learning_rate=0.01),
    ),
    seed=5,
    bfloat16=False,
)


def weights(trainer):
    return [*trainer.synthesis.state_dict().values(), *trainer.average.state_dict().values()]


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A short training: its losses, and what the report says before and after."""
    stage = TrainingStage(resolution=16, steps=150, batch=8, learning_rate=0.01)
    trainer = Trainer(Horizons(), dataclasses.replace(SMALL, stages=(stage,)))

    def report():
        return evaluate(finished_generator(trainer), Horizons(), SMALL.seed, batches=2)

    before = report()
    losses = [each.loss for each in run(trainer, tmp_path_factory.mktemp("taught") / "state.pt")]
    return losses, before, report()


def test_a_short_training_lowers_the_loss(taught):
    losses, _, _ = taught
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])


def test_missing_detail_costs_more_than_detail_in_another_place():
    generator = torch.Generator().manual_seed(1)
    target, elsewhere = torch.randn(2, 1, 3, 32, 32, generator=generator)
    smooth = F.interpolate(F.avg_pool2d(target, 4), scale_factor=4)
    assert texture_loss(target, target) == 0
    assert texture_loss(elsewhere, target) < 0.3 * texture_loss(smooth, target)


def test_a_stage_may_weigh_texture():
    stage = dataclasses.replace(SMALL.stages[1], texture=3.0)
    plain, textured = (
        Trainer(Horizons(), dataclasses.replace(SMALL, stages=(s,)))
        for s in (SMALL.stages[1], stage)
    )
    assert textured.advance().loss > plain.advance().loss
    assert textured.identity != plain.identity


def test_the_energy_of_the_finest_octave_is_told_place_by_place():
    generator = torch.Generator().manual_seed(1)
    target, elsewhere = torch.randn(2, 1, 3, 64, 64, generator=generator)
    assert finest_loss(target, target) == 0
    assert finest_loss(elsewhere, target) < 0.1
    assert torch.isclose(finest_loss(0.5 * target, target), torch.tensor(4.0).log(), atol=1e-3)
    half = torch.cat([0 * target[..., :32], 2**0.5 * target[..., 32:]], 3)  # as much, but apart
    assert finest_loss(half, target) > finest_loss(0.5 * target, target)


def test_smaller_pictures_are_held_to_the_colours_of_the_whole():
    target = torch.rand(2, 3, 32, 32)
    right = [F.avg_pool2d(target, 32 // side) for side in (8, 16)]
    assert drafts_loss(right, target) < 1e-6
    pale = [right[0], right[1] + 0.2]
    assert torch.isclose(drafts_loss(pale, target), torch.tensor(0.1))


def test_a_stage_may_weigh_the_drafts():
    def error(weight):
        """How far the pictures of 8 px are from those of 16, after a short training."""
        stage = TrainingStage(resolution=16, steps=100, batch=8, learning_rate=0.05, drafts=weight)
        trainer = Trainer(Horizons(), dataclasses.replace(SMALL, stages=(stage,)))
        while not trainer.finished:
            trainer.advance()
        ws = trainer.embedding.to_w(torch.randn(8, 36, generator=torch.Generator().manual_seed(3)))
        ws = mix_rows(dict.fromkeys(GROUPS, ws), SMALL.config.num_ws)
        _, draft, picture = synthesize_upto(trainer.synthesis, ws, {}, 16)
        return float((draft - F.avg_pool2d(picture, 2)).detach().abs().mean())

    assert error(3.0) < 0.7 * error(0.0)


def test_a_stage_may_weigh_the_finest_octave():
    stage = dataclasses.replace(SMALL.stages[1], finest=0.5)
    plain, weighed = (
        Trainer(Horizons(), dataclasses.replace(SMALL, stages=(s,)))
        for s in (SMALL.stages[1], stage)
    )
    assert weighed.advance().loss > plain.advance().loss
    assert plain.identity != weighed.identity


def test_finer_noise_may_be_stronger():
    config = scene_config(64, channels=(8,) * 5, w_dim=48, mapping_features=256)
    growing = dataclasses.replace(SMALL, config=config, noise_growth=3.0)
    synthesis = Trainer(Horizons(), growing).synthesis
    layers = synthesis.b16.conv1, synthesis.b32.conv1, synthesis.b64.conv0
    strengths = [float(layer.noise_strength) for layer in layers]
    assert strengths == pytest.approx([0, 0.1, 0.3])


def test_noise_may_be_weaker_throughout():
    config = scene_config(64, channels=(8,) * 5, w_dim=48, mapping_features=256)
    weaker = dataclasses.replace(SMALL, config=config, noise_strength=0.06, noise_growth=1.5)
    synthesis = Trainer(Horizons(), weaker).synthesis
    layers = synthesis.b16.conv1, synthesis.b32.conv1, synthesis.b64.conv0
    strengths = [float(layer.noise_strength) for layer in layers]
    assert strengths == pytest.approx([0, 0.06, 0.09])


def test_a_stage_starts_where_the_last_one_ended():
    trainer = Trainer(Horizons(), SMALL)
    for _ in range(SMALL.stages[0].steps):
        trainer.advance()
    small = trainer.samples(4)[:4]
    trainer.settings = SMALL.after(1)  # samples are as large as the stage's pictures
    enlarged = upsample2d(small, trainer.synthesis.b16.resample_filter)
    assert torch.allclose(trainer.samples(4)[:4], enlarged, atol=1e-5)


def test_states_of_the_first_version_can_be_resumed():
    """They are recognised by the trainer's identity, which therefore keeps its wording."""
    identity = Trainer(Horizons(), SMALL).identity
    assert identity.startswith("('Horizons', Settings(config=StyleGAN2Config(img_resolution=16, ")
    assert identity.endswith(
        "stages=(Stage(resolution=8, steps=4, batch=4, learning_rate=0.01, reading=0.0, "
        "texture=0.0), Stage(resolution=16, steps=6, batch=4, learning_rate=0.01, reading=0.0, "
        "texture=0.0)), seed=5, bfloat16=False))"
    )


def test_a_training_starts_at_the_weights_of_a_taught_generator():
    first = Trainer(Horizons(), SMALL)
    for _ in range(6):
        first.advance()
    second = Trainer(Horizons(), SMALL.after(1), init=finished_generator(first))
    assert second.settings.stages == SMALL.stages[1:]
    first.settings = second.settings  # samples are as large as the stage's pictures
    assert torch.allclose(first.samples(4), second.samples(4), atol=1e-5)


def test_a_stage_that_reads_learns_from_what_a_reader_sees():
    stage = dataclasses.replace(SMALL.stages[1], reading=0.3)
    reading = dataclasses.replace(SMALL, stages=(stage,))
    with pytest.raises(ValueError, match="no reader"):
        Trainer(Horizons(), reading)
    reader = Regressors(len(Horizons.space.names), side=16)
    before = [value.clone() for value in reader.state_dict().values()]
    seeing = Trainer(Horizons(), reading, reader=reader)
    blind = Trainer(Horizons(), SMALL.after(1))
    assert seeing.advance().loss > blind.advance().loss
    pairs = zip(weights(seeing), weights(blind), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)
    assert all(map(torch.equal, before, reader.state_dict().values()))


def test_a_resumed_training_ends_with_exactly_the_same_weights(tmp_path):
    whole = Trainer(Horizons(), SMALL)
    for _ in run(whole, tmp_path / "whole.pt"):
        pass

    steps = run(Trainer(Horizons(), SMALL), tmp_path / "state.pt")
    for _ in range(5):  # stops within the second stage
        next(steps)
    steps.close()

    resumed = Trainer(Horizons(), SMALL)
    load_state(resumed, tmp_path / "state.pt")
    assert resumed.step == 5
    for _ in run(resumed, tmp_path / "state.pt"):
        pass
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(resumed), strict=True))


def test_what_is_ended_early_or_cancelled_can_be_resumed(tmp_path):
    path = tmp_path / "state.pt"
    cancel = Cancel()
    for progress in run(Trainer(Horizons(), SMALL), path, cancel):
        if progress.done == 3:
            cancel.finish()
    assert progress.done == 3
    assert progress.total == SMALL.total_steps
    resumed = Trainer(Horizons(), SMALL)
    load_state(resumed, path)
    cancel = Cancel()
    steps = run(resumed, path, cancel)
    assert next(steps).done == 4
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(steps)
    load_state(Trainer(Horizons(), SMALL), path)
    assert torch.load(path, weights_only=True)["step"] == 4


def test_a_state_of_other_settings_or_no_state_is_refused(tmp_path):
    path = tmp_path / "state.pt"
    with pytest.raises(RunError, match="does not exist"):
        load_state(Trainer(Horizons(), SMALL), path)
    save_state(Trainer(Horizons(), SMALL), path)
    with pytest.raises(RunError, match="other settings"):
        load_state(Trainer(Horizons(), dataclasses.replace(SMALL, seed=6)), path)
    path.write_text("hello")
    with pytest.raises(RunError, match="not a training state"):
        load_state(Trainer(Horizons(), SMALL), path)


def test_layers_are_blind_to_the_attributes_of_other_groups():
    trainer = Trainer(Horizons(), SMALL)
    for _ in range(3):
        trainer.advance()
    space = trainer.scene.space
    base = torch.zeros(1, len(space.names))
    noises = [None] * len(trainer.synthesis.steps)

    def picture(coarse_rows_see):
        sources = dict.fromkeys(GROUPS, trainer.embedding.to_w(base))
        sources["coarse"] = trainer.embedding.to_w(coarse_rows_see)
        with torch.no_grad():
            return trainer.synthesis(mix_rows(sources, SMALL.config.num_ws), noises)

    other = base.clone()
    other[:, space.indices("middle") + space.indices("fine")] = 1.5
    assert torch.allclose(picture(base), picture(other), atol=1e-4)
    other[:, space.indices("coarse")] = 1.5
    assert not torch.allclose(picture(base), picture(other), atol=1e-2)


def test_the_mapping_network_gives_the_intended_attributes():
    trainer = Trainer(Horizons(), SMALL)
    generator = finished_generator(trainer)
    w = generator.mapping(torch.randn(2000, 48))
    attributes = trainer.embedding.to_attributes(w)
    assert attributes.mean(0).abs().max() < 0.15
    assert (attributes.std(0) - 0.85).abs().max() < 0.15
    assert attributes.abs().max() < 2.1
    assert torch.allclose(generator.mapping.w_avg, w.mean(0), atol=0.4)


def test_the_written_model_opens_and_psi_0_is_the_average_picture(tmp_path):
    trainer = Trainer(Horizons(), SMALL)
    trainer.advance()
    write_model(trainer, tmp_path / "small.safetensors")
    model = ss.open_model(tmp_path / "small.safetensors")
    assert model.name == "Horizons"
    z = torch.randn(2, 48)
    picture = model.synthesize(model.map(z, truncation_psi=0.0))
    average = model.synthesize(model.w_avg.expand(1, model.num_ws, -1))
    assert torch.allclose(picture, average.expand_as(picture), atol=1e-5)
    assert not torch.allclose(model.synthesize(model.map(z)), picture, atol=1e-3)


def test_the_report_sees_that_training_helps(taught):
    _, before, after = taught
    assert after.psnr > before.psnr + 2
    assert after.pictures == 16
    assert [swap.group for swap in after.swaps] == ["coarse", "middle", "fine"]


def test_side_by_side_shows_the_same_attributes_and_psi_0_the_average():
    trainer = Trainer(Horizons(), SMALL)
    generator = finished_generator(trainer)
    generated, painted = side_by_side(generator, Horizons(), SMALL.seed, 1, psi=0.0)
    assert generated.shape == painted.shape == (BATCH, 3, 16, 16)
    average = trainer.embedding.to_attributes(generator.mapping.w_avg)
    expected = Horizons().render(average.expand(BATCH, -1), {}, 16)
    assert (painted - expected).abs().mean() < 0.1
