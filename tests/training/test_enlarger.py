"""Teaching an enlarger: it learns, goes on exactly, and what it writes opens as a stage."""

import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture

import stylestudio as ss
from stylestudio.resources import resource_path
from stylestudio.training.enlarger import (
    EnlargerSettings,
    EnlargerTrainer,
    load_enlarger,
    reduced,
    save_enlarger,
)
from stylestudio.training.enlarger_report import compare
from stylestudio.training.runs import load_state, save_state
from stylestudio.transfer.contents import model_pictures

SETTINGS = EnlargerSettings(steps=100, batch=4, side=12, rate=2e-3)


def stripes(count=6, side=64):
    """Slanted stripes: what an enlarger can learn and Lanczos can't know."""
    at = torch.arange(side) / side
    pictures = []
    for index in range(count):
        wave = torch.sin(12 * at + (5 + 2 * index) * at[:, None]) > 0
        pictures.append(torch.stack([wave.float(), 1 - wave.float(), wave.float() * 0.5]))
    return pictures


def test_it_learns_and_what_it_writes_opens_as_a_stage(one_thread, tmp_path):  # noqa: F811
    trainer = EnlargerTrainer(stripes(), SETTINGS)

    def written():
        save_enlarger(trainer.network, tmp_path / "enlarger.safetensors")
        return ss.open_stage(tmp_path / "enlarger.safetensors")

    untaught, lanczos = compare(written(), stripes(2))
    while not trainer.finished:
        trainer.advance()
    stage = written()
    assert (stage.kind, stage.scale) == ("upscale", 4)
    taught, again = compare(stage, stripes(2))
    assert again == lanczos
    assert taught.psnr > untaught.psnr + 1


def test_a_resumed_training_ends_as_an_unbroken_one(one_thread, tmp_path):  # noqa: F811
    whole = EnlargerTrainer(stripes(), SETTINGS)
    for _ in range(3):
        whole.advance()
    save_state(whole, tmp_path / "state.pt")
    again = EnlargerTrainer(stripes(), SETTINGS)
    load_state(again, tmp_path / "state.pt")
    assert whole.advance().loss == again.advance().loss
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_pictures_that_are_too_small_are_left_out():
    with pytest.raises(ValueError, match="no picture has 48 x 48 pixels"):
        EnlargerTrainer(stripes(side=40), SETTINGS)


@pytest.mark.parametrize("way", range(3))
def test_a_reduced_picture_shows_the_same(way):
    smooth = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), size=64, mode="bilinear")
    small = reduced(smooth, 4, way)
    assert small.shape == (1, 3, 16, 16)
    assert (small - torch.nn.functional.avg_pool2d(smooth, 4)).abs().max() < 0.05


def test_the_built_in_one_is_nearer_than_lanczos_and_recipes_find_it():
    stage = ss.open_stage("enlarger")
    assert (stage.kind, stage.scale) == ("upscale", 4)
    pictures = model_pictures(1, 200_000)
    for ours, lanczos in (compare(stage, [picture]) for picture in pictures):
        assert ours.psnr > lanczos.psnr
    model = ss.open_model("pigments", device="cpu")
    recipe = ss.Recipe.from_seed(3, model).stage(stage)
    small = ss.render(model, recipe.stage("enlarger", 0.0))
    assert ss.render(model, recipe).shape == (4 * small.shape[0], 4 * small.shape[1], 3)


def test_a_training_begins_with_an_enlarger_that_is_given(one_thread, tmp_path):  # noqa: F811
    init = load_enlarger(resource_path("stages", "enlarger.safetensors"))
    trainer = EnlargerTrainer(stripes(), SETTINGS, init=init)
    for name, value in trainer.network.state_dict().items():
        assert torch.equal(value, init[name])
    with pytest.raises(ss.CheckpointError, match="is another network"):
        load_enlarger(resource_path("stages", "strokes.safetensors"))
