"""From a picture back to the model: what an artist gets, stops, goes on with and mixes."""

import dataclasses

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.inversion import Frame, Job, Settings, Steering, Workbench, load_photo
from stylestudio.inversion.encoder import (
    EncoderError,
    encode,
    load_encoder,
    new_encoder,
    save_encoder,
)
from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer
from stylestudio.inversion.framing import Usualness
from stylestudio.inversion.photo import Cutter, Photo
from stylestudio.inversion.published import project_as_published
from stylestudio.inversion.session import SessionError, load_session, save_session
from stylestudio.inversion.space import measure_space, sample_w
from stylestudio.recipe import MixRow, SeedSource
from stylestudio.render import Assets, Delta, DeltaError, shared_assets

STEPS = 30


@pytest.fixture(scope="module")
def photo(model):
    """A picture of the model's own, from a seed that no search sees."""
    return load_photo(ss.render(model, ss.Recipe.from_seed(12_345, model)), "own.png")


@pytest.fixture(scope="module")
def bench(model):
    return Workbench(model, samples=64)


@pytest.fixture(scope="module")
def tuned(model, photo):
    pixels = ((photo.pixels + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return ss.invert(model, pixels, "tune", steps=10, tuning_steps=30)


def run(job, start=None):
    return list(job.run(start))


@pytest.mark.parametrize("method", ["w", "w+"])
def test_the_picture_comes_closer_and_is_what_the_recipe_renders(model, bench, photo, method):
    steps = run(Job(bench, photo, Settings(method=method, steps=STEPS)))
    shown = [step.checkpoint for step in steps if step.checkpoint]
    assert shown[-1].ws.shape[0] == (1 if method == "w" else model.num_ws)
    assert shown[-1].loss < 0.95 * shown[0].loss
    target = bench.distance.against(photo.pixels[None])
    pictures = [load_photo(ss.render(model, c.recipe(model, "own"))).pixels for c in shown]
    assert target(pictures[-1][None]) < 0.95 * target(pictures[0][None])


def test_the_public_call_gives_recipe_history_and_name(model, tmp_path):
    from PIL import Image

    path = tmp_path / "aunt.png"
    Image.fromarray(ss.render(model, ss.Recipe.from_seed(5, model))).save(path)
    seen = []
    found = ss.invert(model, path, steps=10, on_progress=seen.append)
    assert found.delta is None
    assert found.loss == found.history[-1].loss < found.history[0].loss
    assert [progress.step for progress in seen if progress.stage == "latent"] == list(range(1, 11))
    assert found.recipe.source.name == "aunt.png"
    assert str(tmp_path) not in found.recipe.to_json()


def test_an_error_of_the_caller_stops_it_at_that_step(model, photo):
    seen = []

    def stop(progress):
        seen.append(progress)
        if progress.step == 3:
            raise KeyboardInterrupt

    pixels = ((photo.pixels + 1) * 127.5).byte().permute(1, 2, 0).numpy()
    with pytest.raises(KeyboardInterrupt):
        ss.invert(model, pixels, steps=50, on_progress=stop)
    assert seen[-1].step == 3


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"steps": -1}, {"method": "encoder"}])
def test_other_arguments_are_refused(model, wrong):
    with pytest.raises(ss.InversionError, match=r"[.]$"):
        ss.invert(model, np.zeros((32, 32, 3), np.uint8), **wrong)


def test_it_goes_on_from_any_checkpoint(bench, photo):
    job = Job(bench, photo, Settings(steps=STEPS))
    middle = next(p.checkpoint for p in job.run() if p.step == 20 and p.checkpoint)
    rest = run(job, middle)
    assert [p.step for p in rest] == list(range(20, STEPS + 1))
    assert rest[0].loss == pytest.approx(middle.loss, rel=1e-4)
    assert rest[-1].loss < middle.loss


def test_editability_keeps_the_latent_usual(bench, photo):
    def unusual(editability):
        job = Job(bench, photo, Settings(steps=STEPS), Steering(editability))
        ws = run(job)[-1].checkpoint.ws
        return bench.space.to_coordinates(ws).square().mean()

    assert unusual(1.0) < 0.9 * unusual(0.0)


def test_what_the_mask_leaves_out_does_not_matter(bench, photo):
    left = torch.zeros(32, 32)
    left[:, :16] = 1
    spoilt = photo.pixels.clone()
    spoilt[:, :, 24:] = 1.0
    target = bench.distance.against(photo.pixels[None], left)
    assert target(spoilt[None]) < 0.1 * bench.distance.against(photo.pixels[None])(spoilt[None])


def test_tuned_weights_come_closer_and_are_found_by_the_renderer(model, tuned):
    latent = [c for c in tuned.history if c.stage == "latent"][-1]
    assert tuned.loss < 0.8 * latent.loss
    with_tuning = ss.render(model, tuned.recipe)
    next_run = ss.render(model, tuned.recipe, assets=Assets())
    assert (next_run == with_tuning).all()
    on_the_way = tuned.history[-2].recipe(model, "own")
    assert (ss.render(model, on_the_way) != with_tuning).any()
    source = tuned.history[-1].source("own", tuned=False)
    assert (ss.render(model, tuned.recipe.replace(source=source)) != with_tuning).any()


def test_weights_are_mixed_as_rows_are(model, tuned):
    full = (1.0,) * model.num_ws
    over = tuned.recipe.replace(mixing=(MixRow(SeedSource(3), full),))
    alone = ss.Recipe.from_seed(3, model)
    assert (ss.render(model, over) == ss.render(model, alone)).all()
    under = alone.replace(mixing=(MixRow(tuned.recipe.source, full),))
    assert (ss.render(model, under) == ss.render(model, tuned.recipe)).all()
    renderer = ss.Renderer(model)
    for recipe in (tuned.recipe, over, under, alone, tuned.recipe):
        assert (renderer.render(recipe).pixels == ss.render(model, recipe)).all()


def test_a_delta_travels_beside_the_recipe(model, tuned, tmp_path):
    shared_assets().export(tuned.recipe, tmp_path)
    expected = ss.render(model, tuned.recipe)
    elsewhere = Assets(folder=tmp_path / "another")
    with pytest.raises(DeltaError, match="beside the recipe"):
        ss.render(model, tuned.recipe, assets=elsewhere)
    elsewhere.adopt(tuned.recipe, tmp_path)
    assert (ss.render(model, tuned.recipe, assets=elsewhere) == expected).all()


def test_deltas_of_other_models_and_damaged_ones_are_refused(model, make_model, tuned, tmp_path):
    other, assets = make_model(seed=1), Assets()
    foreign = dataclasses.replace(tuned.delta, model_sha256=other.sha256)
    assets.remember(foreign)
    source = dataclasses.replace(tuned.history[-1], delta=foreign).source("x")
    with pytest.raises(DeltaError, match="another model"):
        ss.render(model, tuned.recipe.replace(source=source), assets=assets)
    odd = Delta({"b4.conv1.weight": torch.ones(2).half()}, model.sha256)
    assets.remember(odd)
    source = dataclasses.replace(tuned.history[-1], delta=odd).source("x")
    with pytest.raises(DeltaError, match="damaged"):
        ss.render(model, tuned.recipe.replace(source=source), assets=assets)


def test_chosen_blocks_alone_are_tuned(bench, photo):
    settings = Settings(method="tune", steps=2, tuning_steps=4, resolutions=(32,))
    delta = run(Job(bench, photo, settings))[-1].checkpoint.delta
    assert delta.tensors
    assert all(name.startswith("b32.") for name in delta.tensors)


@pytest.mark.parametrize("method", ["w", "tune"])
def test_a_job_that_was_put_away_goes_on(bench, photo, tmp_path, method):
    settings = Settings(method=method, steps=10, tuning_steps=20, frame=Frame(0.01, 0, 0.9, 3))
    job = Job(bench, photo, settings, Steering(0.5), torch.ones(32, 32))
    last = next(
        p.checkpoint
        for p in job.run()
        if p.checkpoint and p.step == (20 if method == "tune" else 5)
    )
    save_session(job, last, tmp_path / "job")
    session = load_session(tmp_path / "job")
    again = session.job(bench)
    assert (again.settings, again.steering) == (job.settings, job.steering)
    rest = run(again, session.checkpoint)
    assert rest[0].step == last.step
    assert rest[0].loss == pytest.approx(last.loss, rel=1e-3)
    assert rest[-1].step == job.total_steps


def test_files_that_hold_no_job_are_refused(tmp_path, bench, photo):
    (tmp_path / "job").write_bytes(b"nothing")
    with pytest.raises(SessionError, match=r"^job holds no inversion"):
        load_session(tmp_path / "job")


def test_an_encoder_learns_and_serves_its_model_alone(model, make_model, photo, tmp_path):
    trainer = EncoderTrainer(model, EncoderSettings(steps=60, batch=16, repeats=4))
    errors = [trainer.advance().error for _ in range(60)]
    assert sum(errors[-10:]) < 0.9 * sum(errors[:10])
    path = tmp_path / "tiny.encoder.safetensors"
    save_encoder(trainer.encoder, model, path)
    encoder = load_encoder(path, model)
    found = ss.invert(model, np.zeros((32, 32, 3), np.uint8), "encoder", encoder=encoder)
    assert len(found.history) == 1
    assert found.recipe.source.rows == model.num_ws
    with pytest.raises(EncoderError, match="another model"):
        load_encoder(path, make_model(seed=1))
    with pytest.raises(EncoderError, match="no encoder"):
        load_encoder(tmp_path / "absent", model)


def test_an_encoders_answer_never_becomes_worse_at_another_look(model, bench, photo):
    torch.manual_seed(0)
    encoder = new_encoder(bench.space).eval()
    target = bench.distance.against(photo.pixels[None])
    with torch.no_grad():
        answers = encode(encoder, model, photo.pixels[None], bench.distance)
        losses = [target(model.network.synthesize(ws[None], "const")).item() for ws in answers]
    assert len(losses) > 1
    assert losses == sorted(losses, reverse=True)


def test_an_encoder_brings_its_axes_and_can_be_begun_with_elsewhere(model, photo, tmp_path):
    """Axes of equal spread are turned, and point the other way, from machine to machine."""
    space = measure_space(model)
    elsewhere = dataclasses.replace(space, axes=-space.axes.flip(0), spread=space.spread.flip(0))
    torch.manual_seed(0)
    save_encoder(new_encoder(elsewhere), model, tmp_path / "other.safetensors")
    first = load_encoder(tmp_path / "other.safetensors", model)
    trainer = EncoderTrainer(model, EncoderSettings(), first)
    assert not torch.allclose(trainer.encoder.axes, first.axes, atol=0.1)
    answers = []
    for encoder in (first, trainer.encoder.eval()):
        with torch.no_grad():
            answers.append(encoder.space(model).to_ws(encoder(photo.pixels[None])[0]))
    torch.testing.assert_close(*answers, rtol=0.01, atol=0.01)
    spread = measure_space(model).spread
    assert (spread.diff() <= 0).all()


def test_coordinates_say_where_samples_lie(model):
    space = measure_space(model, samples=2000)
    w = sample_w(model, 500, seed=5)
    coordinates = space.to_coordinates(w)
    torch.testing.assert_close(space.to_ws(coordinates), w, rtol=1e-3, atol=1e-3)
    assert coordinates.square().mean() == pytest.approx(1.0, abs=0.2)


def test_what_the_model_would_make_is_more_usual_than_what_it_would_not(bench, photo):
    usualness = Usualness(bench.samples)
    frames = torch.tensor([Frame(), Frame(0.3, 0.2, 0.7, 0.0), Frame(0.0, 0.0, 1.0, 90.0)])
    own, moved, turned = usualness(Cutter(photo, 32)(frames)).tolist()
    assert own < moved
    assert own < turned


def test_a_search_comes_back_with_a_frame(bench, photo):
    wide = Photo(torch.nn.functional.pad(photo.pixels, (32, 32, 0, 0)), "wide")
    settings = Settings(steps=2, search=True, frame=Frame(0.1, 0.0, 0.9, 5.0))
    frame = run(Job(bench, wide, settings))[-1].checkpoint.frame
    assert frame != settings.frame
    assert abs(frame.x) < 0.5
    assert 0.3 < frame.side < 1.6


def test_the_published_projector_runs_beside_ours(bench, photo):
    from stylestudio.inversion.aim import Aim

    aim = Aim(bench.distance, photo, Frame(), 32)
    timed = list(project_as_published(bench.model, aim, 30))
    assert timed[-1].loss < timed[0].loss
