"""From a picture back to the model: what an artist gets, stops, goes on with and mixes."""

import dataclasses
import json
import math

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.inversion import (
    Crop,
    InversionContext,
    InversionSettings,
    PhotoInversion,
    Steering,
    load_photo,
)
from stylestudio.inversion.crop_search import search_crop
from stylestudio.inversion.crop_target import CropTarget
from stylestudio.inversion.encoder import ENCODERS, EncoderError, encode, new_encoder
from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer
from stylestudio.inversion.photo import Cutter, Photo
from stylestudio.inversion.projection import latent_prior
from stylestudio.inversion.published import project_as_published
from stylestudio.inversion.samples import nearest
from stylestudio.inversion.space import measure_space, sample_w
from stylestudio.inversion.typicality import Typicality
from stylestudio.inversion.unfinished import UnfinishedError, load_unfinished, save_unfinished
from stylestudio.progress import Cancel, Cancelled
from stylestudio.recipe import MixRow, SeedSource
from stylestudio.render import Assets, Delta, DeltaError, shared_assets
from stylestudio.render.colours import as_rgb

STEPS = 30


@pytest.fixture(scope="module")
def photo(model):
    """A picture of the model's own, from a seed that no search sees."""
    return load_photo(ss.render(model, ss.Recipe.from_seed(12_345, model)), "own.png")


@pytest.fixture(scope="module")
def context(model):
    return InversionContext(model, samples=64)


@pytest.fixture(scope="module")
def tuned(model, photo):
    pixels = ((photo.pixels + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return ss.invert(model, pixels, "tune", steps=10, tuning_steps=30)


def run(inversion, start=None):
    return list(inversion.run(start))


@pytest.mark.parametrize("method", ["w", "w+"])
def test_the_picture_comes_closer_and_is_what_the_recipe_renders(model, context, photo, method):
    steps = run(PhotoInversion(context, photo, InversionSettings(method=method, steps=STEPS)))
    shown = [step.snapshot for step in steps if step.snapshot]
    assert shown[-1].ws.shape[0] == (1 if method == "w" else model.num_ws)
    assert shown[-1].loss < 0.95 * shown[0].loss
    target = context.distance.against(photo.pixels[None])
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
    done = [progress.done for progress in seen if progress.stage == "Finding the latent"]
    assert done == list(range(1, 11))
    assert {progress.total for progress in seen} == {10}
    assert found.recipe.source.name == "aunt.png"
    assert str(tmp_path) not in found.recipe.to_json()


def test_an_error_of_the_caller_stops_it_at_that_step(model, photo):
    seen = []

    def stop(progress):
        seen.append(progress)
        if progress.done == 3:
            raise KeyboardInterrupt

    pixels = ((photo.pixels + 1) * 127.5).byte().permute(1, 2, 0).numpy()
    with pytest.raises(KeyboardInterrupt):
        ss.invert(model, pixels, steps=50, on_progress=stop)
    assert seen[-1].done == 3


def test_it_is_cancelled_or_ended_early_between_two_steps(context, photo):
    inversion = PhotoInversion(context, photo, InversionSettings(steps=50))
    cancel = Cancel()
    seen = []

    def go(at, do):
        for progress in inversion.run(cancel=cancel):
            seen.append(progress)
            if progress.done == at:
                do()

    with pytest.raises(Cancelled):
        go(3, cancel.cancel)
    assert seen[-1].done == 3
    cancel = Cancel()
    go(7, cancel.finish)
    assert seen[-1].done == 7
    (*_, last) = inversion.run(cancel=cancel)
    assert (last.done, last.snapshot.stage) == (0, "start")


def test_the_public_call_ends_early_with_what_there_is(model, photo):
    cancel = Cancel()
    pixels = ((photo.pixels + 1) * 127.5).byte().permute(1, 2, 0).numpy()
    found = ss.invert(
        model,
        pixels,
        steps=50,
        on_progress=lambda progress: cancel.finish() if progress.done == 12 else None,
        cancel=cancel,
    )
    assert found.history[-1].step == 10
    cancel.cancel()
    with pytest.raises(Cancelled):
        ss.invert(model, pixels, steps=50, cancel=cancel)


WRONG = [
    {"method": "magic"},
    {"method": "encoder"},
    *({"steps": steps} for steps in (-1, 2.5, "2", math.nan, None)),
    {"tuning_steps": 1.5},
    *({"crop": (0, 0, side, 0)} for side in (0, -1, math.nan, math.inf, "1")),
    *({"crop": crop} for crop in ("middle", 1, (0, 0, 1, 0, 0), (math.nan, 0, 1, 0))),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_other_arguments_are_refused(model, wrong):
    with pytest.raises(ss.InversionError, match=r"[.]$"):
        ss.invert(model, np.zeros((32, 32, 3), np.uint8), **{"steps": 1} | wrong)


def test_a_crop_may_be_four_plain_numbers(model):
    pixels = np.random.RandomState(0).randint(0, 256, (40, 32, 3)).astype(np.uint8)
    plain, named = ((0.1, 0, 0.8, 5), Crop(0.1, 0, 0.8, 5))
    found = [ss.invert(model, pixels, steps=1, crop=crop, search=True) for crop in (plain, named)]
    assert found[0].history[-1].crop == found[1].history[-1].crop


def test_it_goes_on_from_any_snapshot(context, photo):
    inversion = PhotoInversion(context, photo, InversionSettings(steps=STEPS), Steering(0.25))
    middle = next(p.snapshot for p in inversion.run() if p.done == 20 and p.snapshot)
    rest = run(inversion, middle)
    assert [p.done for p in rest] == list(range(20, STEPS + 1))
    assert rest[0].loss == pytest.approx(middle.loss, rel=1e-4)
    assert rest[-1].loss < middle.loss


def test_editability_keeps_rows_together(context, photo):
    def apart(editability):
        settings = InversionSettings(method="w+", steps=STEPS)
        inversion = PhotoInversion(context, photo, settings, Steering(editability))
        rows = context.space.to_coordinates(run(inversion)[-1].snapshot.ws)
        return (rows - rows.mean(0)).square().mean()

    assert apart(1.0) < 0.1 * apart(0.0)


def test_latents_cost_as_they_lie_beyond_samples():
    """Nearer to the average than they, none does: everybody would look alike."""
    usual = torch.ones(4, 16)
    assert latent_prior(0.5 * usual, 1.0) == latent_prior(usual, 1.0) == 0
    assert latent_prior(2.0 * usual, 1.0) > latent_prior(1.5 * usual, 1.0) > 0
    assert latent_prior(2.0 * usual, 0.0) == 0


def test_no_row_of_a_result_strays_beyond_most_samples(context, photo, monkeypatch):
    """By default: rows of W+ could otherwise stray, each by itself, where no sample lies."""
    samples = context.space.to_coordinates(sample_w(context.model, 400, seed=9)).square().mean(1)
    reach = context.space.reach
    assert 0.9 < (samples < reach).float().mean() < 0.99

    def farthest(editability):
        settings = InversionSettings(method="w+", steps=STEPS)
        inversion = PhotoInversion(context, photo, settings, Steering(editability))
        ws = run(inversion)[-1].snapshot.ws
        return context.space.to_coordinates(ws).square().mean(1).max()

    near = reach / 10  # nearer than this photo's latent lies
    monkeypatch.setattr(context._measured, "axes", context.space.axes_alone._replace(reach=near))
    assert farthest(1.0) <= near * 1.001 < farthest(0.2)


def test_what_the_mask_leaves_out_does_not_matter(context, photo):
    left = torch.zeros(32, 32)
    left[:, :16] = 1
    spoilt = photo.pixels.clone()
    spoilt[:, :, 24:] = 1.0
    target = context.distance.against(photo.pixels[None], left)
    assert target(spoilt[None]) < 0.1 * context.distance.against(photo.pixels[None])(spoilt[None])


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


def test_chosen_blocks_alone_are_tuned(context, photo):
    settings = InversionSettings(method="tune", steps=2, tuning_steps=4, resolutions=(32,))
    delta = run(PhotoInversion(context, photo, settings))[-1].snapshot.delta
    assert delta.tensors
    assert all(name.startswith("b32.") for name in delta.tensors)


@pytest.mark.parametrize("method", ["w", "tune"])
def test_an_inversion_that_was_put_away_goes_on(context, photo, tmp_path, method):
    settings = InversionSettings(
        method=method, steps=10, tuning_steps=20, crop=Crop(0.01, 0, 0.9, 3)
    )
    inversion = PhotoInversion(context, photo, settings, Steering(0.5), torch.ones(32, 32))
    last = next(
        p.snapshot
        for p in inversion.run()
        if p.snapshot and p.done == (20 if method == "tune" else 5)
    )
    save_unfinished(inversion, last, tmp_path / "unfinished")
    unfinished = load_unfinished(tmp_path / "unfinished")
    again = unfinished.inversion(context)
    assert (again.settings, again.steering) == (inversion.settings, inversion.steering)
    rest = run(again, unfinished.snapshot)
    assert rest[0].done == last.step
    assert rest[0].loss == pytest.approx(last.loss, rel=1e-3)
    assert rest[-1].done == inversion.total_steps


def test_an_unfinished_inversion_of_the_first_version_is_read(tmp_path):
    settings = {
        "method": "w",
        "steps": 10,
        "tuning_steps": 20,
        "resolutions": [32],
        "frame": [0.1, 0.0, 0.9, 3.0],
        "search": True,
    }
    facts = {
        "name": "own.png",
        "model": "0" * 64,
        "settings": settings,
        "editability": 0.5,
        "stage": "latent",
        "step": 5,
        "loss": 0.25,
        "frame": [0.2, 0.0, 0.8, 4.0],
    }
    tensors = {"photo": torch.zeros(3, 8, 8, dtype=torch.uint8), "ws": torch.ones(1, 16)}
    path = tmp_path / "unfinished"
    safetensors.torch.save_file(tensors, path, {"stylestudio.inversion": json.dumps(facts)})
    unfinished = load_unfinished(path)
    assert unfinished.settings == InversionSettings(
        method="w",
        steps=10,
        tuning_steps=20,
        resolutions=(32,),
        crop=Crop(0.1, 0.0, 0.9, 3.0),
        search=True,
    )
    snapshot = unfinished.snapshot
    assert (snapshot.stage, snapshot.step, snapshot.loss) == ("latent", 5, 0.25)
    assert snapshot.crop == Crop(0.2, 0.0, 0.8, 4.0)


def test_scripts_may_use_the_names_of_the_first_version(model, photo):
    from stylestudio.inversion import Frame, Job, Settings, workbench

    settings = Settings(method="encoder", steps=0)
    assert Job(workbench(model), photo, settings).total_steps == 0
    pixels = ((photo.pixels + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    found = ss.invert(model, pixels, steps=1, frame=Frame(0.1, 0.0, 0.9, 3.0))
    assert found.history[0].crop == Crop(0.1, 0.0, 0.9, 3.0)


def put_away(context, photo, path):
    inversion = PhotoInversion(context, photo, InversionSettings(steps=10), mask=torch.ones(32, 32))
    found = next(p.snapshot for p in inversion.run() if p.done == 5)
    delta = Delta({"b8.conv0.weight": torch.ones(3).half()}, context.model.sha256)
    save_unfinished(inversion, dataclasses.replace(found, delta=delta), path)
    tensors = safetensors.torch.load_file(path)
    with safetensors.safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["stylestudio.inversion"])
    return facts, tensors


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("step", -1),
        ("step", "five"),
        ("step", 10**12),
        ("loss", None),
        ("loss", -1.0),
        ("stage", "magic"),
        ("model", "../../secret"),
        ("editability", 7.0),
        ("frame", [0.0, 0.0, 0.0, 0.0]),
        ("frame", [0.0, 0.0, 1e30, 0.0]),
        ("frame", [0.0]),
        ("name", 3),
        ("settings", {"steps": 5}),
        ("photo", torch.zeros(3, 4, 4, dtype=torch.uint8)),
        ("photo", torch.zeros(3, 8, 4096, dtype=torch.uint8)),
        ("photo", torch.zeros(1, 8, 8, dtype=torch.uint8)),
        ("photo", torch.zeros(3, 8, 8)),
        ("ws", torch.full((1, 16), torch.nan)),
        ("ws", torch.zeros(2, 3, 16)),
        ("ws", torch.zeros(1, 16, dtype=torch.int64)),
        ("mask", torch.full((32, 32), 9.0)),
        ("mask", torch.ones(32, 16)),
        ("delta.b8.conv0.weight", torch.full((3,), torch.inf).half()),
    ],
)
def test_an_unfinished_inversion_that_was_tampered_with_is_refused(
    context, photo, tmp_path, key, value
):
    path = tmp_path / "unfinished"
    facts, tensors = put_away(context, photo, path)
    assert load_unfinished(path).snapshot.step == 5
    (tensors if isinstance(value, torch.Tensor) else facts)[key] = value
    safetensors.torch.save_file(tensors, path, {"stylestudio.inversion": json.dumps(facts)})
    with pytest.raises(UnfinishedError, match=r"^unfinished holds no inversion"):
        load_unfinished(path)


def test_an_unfinished_inversion_has_to_fit_its_model(model, context, photo, tmp_path):
    path = tmp_path / "unfinished"
    put_away(context, photo, path)
    unfinished = load_unfinished(path)
    with pytest.raises(UnfinishedError, match="does not fit calm"):
        unfinished.inversion(context)  # the delta names a tensor of another shape
    plain = dataclasses.replace(unfinished.snapshot, delta=None)
    unfinished = unfinished._replace(snapshot=plain)
    assert unfinished.inversion(context).mask is not None
    with pytest.raises(UnfinishedError, match="does not fit calm"):
        unfinished._replace(mask=torch.ones(16, 16)).inversion(context)


def test_two_inversions_may_draw_samples_at_once(model):
    context = InversionContext(model, samples=16)
    one, other = context.draw(), context.draw()
    next(other)
    list(one)
    next(other)
    assert len(context.samples.w) == 16


def test_what_no_model_made_becomes_like_the_models_own_by_default(context):
    """Its latent is no less usual than 95 of 100 samples, which full likeness does not keep to."""
    noise = np.random.RandomState(0).randint(0, 256, (4, 4, 3)).astype(np.uint8)
    foreign = load_photo(np.kron(noise, np.ones((8, 8, 1), np.uint8)))

    def unusual(w):
        return context.space.to_coordinates(w).square().mean(-1)

    usual = unusual(sample_w(context.model, 500, seed=9)).quantile(0.95)

    def found(steering):
        inversion = PhotoInversion(context, foreign, InversionSettings(steps=60), steering)
        return unusual(run(inversion)[-1].snapshot.ws).mean()

    assert found(Steering()) < usual < found(Steering(0.0))


def test_files_that_hold_no_inversion_are_refused(tmp_path, context, photo):
    (tmp_path / "unfinished").write_bytes(b"nothing")
    with pytest.raises(UnfinishedError, match=r"^unfinished holds no inversion"):
        load_unfinished(tmp_path / "unfinished")


def test_an_encoder_learns_and_serves_its_model_alone(model, make_model, photo, tmp_path):
    trainer = EncoderTrainer(model, EncoderSettings(steps=60, batch=16, repeats=4))
    errors = [trainer.advance().loss for _ in range(60)]
    assert sum(errors[-10:]) < 0.9 * sum(errors[:10])
    path = tmp_path / "tiny.encoder.safetensors"
    ENCODERS.save(trainer.network, model, path)
    encoder = ENCODERS.load(path, model)
    found = ss.invert(model, np.zeros((32, 32, 3), np.uint8), "encoder", encoder=encoder)
    assert len(found.history) == 1
    assert found.recipe.source.rows == model.num_ws
    with pytest.raises(EncoderError, match="another model"):
        ENCODERS.load(path, make_model(seed=1))
    with pytest.raises(EncoderError, match="no encoder"):
        ENCODERS.load(tmp_path / "absent", model)


def test_an_encoders_answer_never_becomes_worse_at_another_refinement(model, context, photo):
    torch.manual_seed(0)
    encoder = new_encoder(context.space).eval()
    target = context.distance.against(photo.pixels[None])
    with torch.no_grad():
        answers = encode(encoder, model, photo.pixels[None], context.distance, math.inf)
        losses = [target(model.network.synthesize(ws[None], "const")).item() for ws in answers]
    assert len(losses) > 1
    assert losses == sorted(losses, reverse=True)


def test_what_an_encoder_overstates_stays_like_a_sample_unless_likeness_matters(model, context):
    torch.manual_seed(0)
    encoder = new_encoder(context.space).eval()
    with torch.no_grad():
        encoder.apart.weight.mul_(1000.0)

    def farthest(editability):
        found = ss.invert(
            model,
            np.zeros((32, 32, 3), np.uint8),
            "encoder",
            encoder=encoder,
            editability=editability,
        )
        coordinates = context.space.to_coordinates(found.history[-1].ws)
        return float(coordinates.square().mean(1).max())

    assert farthest(1.0) < 1.01 * context.space.reach
    assert farthest(0.0) > 10 * context.space.reach


def test_an_encoder_brings_its_axes_and_can_be_begun_with_elsewhere(model, photo, tmp_path):
    """Axes of equal spread are turned, and point the other way, from machine to machine."""
    space = measure_space(model)
    elsewhere = dataclasses.replace(space, axes=-space.axes.flip(0), spread=space.spread.flip(0))
    torch.manual_seed(0)
    ENCODERS.save(new_encoder(elsewhere), model, tmp_path / "other.safetensors")
    first = ENCODERS.load(tmp_path / "other.safetensors", model)
    trainer = EncoderTrainer(model, EncoderSettings(), first)
    assert not torch.allclose(trainer.network.axes, first.axes, atol=0.1)
    answers = []
    for encoder in (first, trainer.network.eval()):
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


def test_what_the_model_would_make_is_more_typical_than_what_it_would_not(context, photo):
    typicality = Typicality(context.samples)
    crops = torch.tensor([Crop(), Crop(0.3, 0.2, 0.7, 0.0), Crop(0.0, 0.0, 1.0, 90.0)])
    own, moved, turned = typicality(Cutter(photo, 32)(crops)).tolist()
    assert own < moved
    assert own < turned


def test_a_search_starts_from_the_sample_that_the_photo_shows(tmp_path, make_network):
    network = make_network(resolution=128)
    for name, value in network.synthesis.named_parameters():
        if ".torgb." in name:  # the last RGB layer has most of the colours, as in bleached models
            value.mul_(0.5 if name.startswith("b128.") else 0.02)
    write_safetensors(tmp_path / "bleached.safetensors", network, name="bleached")
    bleached = ss.open_model(tmp_path / "bleached.safetensors", device="cpu")
    samples = InversionContext(bleached, samples=24).samples
    shown = [bleached.synthesize(w.expand(1, bleached.num_ws, -1)) for w in samples.w]
    assert [nearest(samples, picture) for picture in shown] == [*range(24)]


def test_a_transparent_models_saved_picture_is_its_own_match(clear):
    context = InversionContext(clear, samples=24)
    for number, w in enumerate(context.samples.w[:6]):
        source = ss.LatentSource.from_array(w.expand(clear.num_ws, -1).numpy())
        pixels = ss.render(clear, ss.Recipe.from_seed(0, clear, source=source))
        photo = load_photo(Image.fromarray(pixels, "RGBA"), "own.png")
        assert nearest(context.samples, photo.pixels[None]) == number
        made = as_rgb(clear.synthesize(w.expand(1, clear.num_ws, -1))).clamp(-1, 1)
        torch.testing.assert_close(made[0], photo.pixels, rtol=0, atol=0.02)


def test_a_search_comes_back_with_a_crop(context, photo):
    wide = Photo(torch.nn.functional.pad(photo.pixels, (32, 32, 0, 0)), "wide")
    settings = InversionSettings(steps=2, search=True, crop=Crop(0.1, 0.0, 0.9, 5.0))
    crop = run(PhotoInversion(context, wide, settings))[-1].snapshot.crop
    assert crop != settings.crop
    assert abs(crop.x) < 0.5
    assert 0.3 < crop.side < 1.6


def test_a_search_stays_with_what_the_photo_shows_rather_than_with_its_smooth_parts(context, photo):
    noise = torch.randn(photo.pixels.shape, generator=torch.Generator().manual_seed(0))
    other = 0.6 * photo.pixels + 0.25 * noise  # nothing that the model could make
    wide = torch.full((3, 96, 96), 0.1)
    wide[:, 32:64, 32:64] = other
    meant, first = Crop(0.0, 0.0, 1 / 3, 0.0), Crop(0.03, 0.02, 0.36, 0.0)
    *_, found = search_crop(context, Photo(wide, "wide"), first)
    assert math.hypot(found.x - meant.x, found.y - meant.y) < 0.1 * meant.side
    assert found.side == pytest.approx(meant.side, rel=0.15)
    assert abs(found.angle) < 10


def test_a_search_keeps_the_crop_of_a_model_whose_pictures_are_all_flat(context, photo):
    flat = InversionContext(context.model, samples=24)
    flat.samples.pictures.fill_(0.2)
    first = Crop(0.1, 0.0, 0.6, 5.0)
    *_, found = search_crop(flat, photo, first)
    assert tuple(found) == pytest.approx(tuple(first), abs=0.05)


def test_a_crop_that_moves_along_stays_near(context, photo):
    target = CropTarget(context.distance, photo, Crop(0.1, 0.0, 0.5, 5.0), 32, rate=0.1)
    for parameter in target.parameters:
        parameter.data.fill_(9.0)
    moved = target.crop
    assert moved.x == pytest.approx(0.1 + 0.2 * 0.5, abs=1e-3)
    assert moved.side == pytest.approx(0.5 * math.exp(0.2), rel=1e-3)
    assert moved.angle == pytest.approx(5.0 + 0.2 * 50, abs=1e-2)


def test_the_published_projector_runs_beside_ours(context, photo):
    crop_target = CropTarget(context.distance, photo, Crop(), 32)
    timed = list(project_as_published(context.model, crop_target, 30))
    assert timed[-1].loss < timed[0].loss
