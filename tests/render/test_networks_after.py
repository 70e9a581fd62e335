"""The networks that a finished picture goes through, live, in files and in clips."""

import sys
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.render import Assets, Renderer, Superseded, Thumbnailer, picture_networks, render
from stylestudio.render.picture_networks import PictureStage

sys.path.insert(0, str(Path(__file__).parent))
import published_networks as published


def opened(folder, name, network):
    torch.save(published.shaken(network).state_dict(), folder / f"{name}.pth")
    return ss.open_stage(folder / f"{name}.pth")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="module")
def translator(folder):
    return opened(folder, "to-paint", published.cyclegan())


@pytest.fixture(scope="module")
def faces(folder):
    return opened(folder, "200000-G", published.StarGan())


@pytest.fixture(scope="module")
def enlarger(folder):
    return opened(folder, "x4", published.Rrdb("old"))


@pytest.fixture
def assets(translator, faces, enlarger):
    return Assets([translator, faces, enlarger])


@pytest.fixture
def plain(model):
    return ss.Recipe.from_seed(7, model)


@pytest.fixture
def runs(monkeypatch):
    """Names of the networks that ran, and the sides of what they were given."""
    ran, changed = [], PictureStage.changed

    def counted(self, x, *args):
        ran.append((self.name, x.shape[-1]))
        return changed(self, x, *args)

    monkeypatch.setattr(PictureStage, "changed", counted)
    return ran


def as_input(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def near(frame, picture, levels=2):
    """Nearly so, as rounded pixels went in; networks of random weights make more of that."""
    pixels = (picture[0].permute(1, 2, 0) * 255).numpy()
    assert np.abs(frame.astype(float) - pixels).mean() <= levels


def test_the_picture_goes_through_all_of_them_in_order(model, plain, assets, translator, enlarger):
    picture = as_input(render(model, plain))
    one = render(model, plain.stage(translator), assets=assets)
    near(one, translator.apply(picture))
    both = render(model, plain.stage(translator).stage(enlarger), assets=assets)
    assert both.shape == (128, 128, 3)
    near(both, enlarger.apply(translator.apply(picture)), levels=4)
    turned = render(model, plain.stage(enlarger).stage(translator), assets=assets)
    assert (both != turned).any()


def test_attributes_reach_the_network(model, plain, assets, faces):
    picture = as_input(render(model, plain))
    frame = render(model, plain.stage(faces, attributes={"male": 1}), assets=assets)
    near(frame, faces.apply(picture, {"male": 1}))
    assert (frame != render(model, plain.stage(faces), assets=assets)).any()


@pytest.mark.parametrize("which", ["translator", "enlarger"])
def test_at_no_strength_or_muted_nothing_changes(model, plain, assets, which, request):
    stage = request.getfixturevalue(which)
    expected = render(model, plain)
    assert (render(model, plain.stage(stage, 0), assets=assets) == expected).all()
    muted = msgspec.structs.replace(ss.Stage.of(stage), muted=True)
    assert (render(model, plain.stage(muted), assets=assets) == expected).all()


def test_strength_blends_with_the_picture_as_it_was(model, plain, assets, translator, enlarger):
    for stage in (translator, enlarger):
        frames = [render(model, plain.stage(stage, s), assets=assets) for s in (1e-6, 0.5, 1)]
        none, half, full = (frame.astype(float) for frame in frames)
        assert np.abs(half - (none + full) / 2).max() <= 1
    assert none.shape == (128, 128, 3)


def test_only_what_changed_runs_again(model, plain, assets, translator, faces, runs):
    renderer = Renderer(model, assets=assets)
    recipe = plain.stage(translator).stage(faces)
    renderer.render(recipe)
    assert [name for name, _ in runs] == ["to-paint", "200000-G"]
    runs.clear()
    renderer.render(recipe)
    renderer.render(recipe.stage("200000-G", 0.5))
    assert not runs
    assert renderer.steps_run == ()
    renderer.render(recipe.stage("200000-G", attributes={"male": 1}))
    assert [name for name, _ in runs] == ["200000-G"]
    runs.clear()
    renderer.render(recipe.replace(source=ss.SeedSource(8)))
    assert len(runs) == 2


def test_a_style_comes_before_and_is_not_painted_again(model, plain, translator, bank_path, runs):
    bank = ss.open_styles(bank_path)
    assets = Assets([bank, translator])
    painted = plain.replace(style=ss.Style.of(bank, "dawn"))
    renderer = Renderer(model, assets=assets)
    expected = translator.apply(as_input(render(model, painted, assets=assets)))
    for _ in range(2):
        near(renderer.render(painted.stage(translator)).pixels, expected)
    assert len(runs) == 2  # one of them here, by hand


def test_live_shows_what_a_fresh_render_shows(model, plain, assets, translator, faces, enlarger):
    renderer = Renderer(model, assets=assets)
    recipe = plain.stage(translator, 0.7).stage(faces).stage(enlarger)
    walk = [
        recipe,
        recipe.stage("to-paint", 0.2),
        recipe.replace(stages=recipe.stages[::-1]),
        recipe.replace(noise_mode="none"),
        recipe.replace(stages=recipe.stages[1:]),
        recipe,
    ]
    for step in walk:
        drafts = []
        frame = renderer.render(step, show_draft=drafts.append)
        assert frame.draft is None
        assert (frame.pixels == render(model, step, assets=assets)).all()


def test_what_takes_long_comes_after_a_picture_without_it(model, plain, assets, enlarger):
    drafts = []
    renderer = Renderer(model, assets=assets)
    renderer.pace.budget = 100.0  # no draft for want of time
    frame = renderer.render(plain.stage(enlarger), show_draft=drafts.append)
    (draft,) = drafts
    assert (draft.draft, draft.side, draft.pixels.shape[0]) == (32, 128, 32)
    assert (draft.pixels == render(model, plain)).all()
    assert frame.pixels.shape == (128, 128, 3)
    again = renderer.render(plain.stage(enlarger, 0.5), show_draft=drafts.append)
    assert again.draft is None
    assert len(drafts) == 1  # nothing was to be waited for


def test_a_quick_translator_moves_with_the_hand(model, plain, assets, translator, enlarger):
    renderer = Renderer(model, assets=assets)
    recipe = plain.stage(translator).stage(enlarger)
    side = renderer.draft_sides(recipe)[0]
    renderer.pace.budget = 100.0
    unknown = renderer.render(recipe, side=side).pixels
    assert (unknown == renderer.render(plain, side=side).pixels).all()
    renderer.render(recipe)
    known = renderer.render(recipe, side=side)
    assert (known.draft, known.side) == (side, 128)
    assert (known.pixels != unknown).any()
    renderer.pace.budget = 0.0
    slow = renderer.render(recipe.replace(noise_mode="none"), side=side).pixels
    assert (slow == renderer.render(plain.replace(noise_mode="none"), side=side).pixels).all()


def test_a_newer_wish_stops_a_network_in_its_midst(model, plain, assets, enlarger):
    renderer = Renderer(model, assets=assets)
    renderer.render(plain)
    asked = []

    def should_stop():
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Superseded):
        renderer.render(plain.stage(enlarger), should_stop)
    assert len(asked) == 4
    frame = renderer.render(plain.stage(enlarger))
    assert (frame.pixels == render(model, plain.stage(enlarger), assets=assets)).all()


def test_transparency_stays_and_gray_becomes_colours(make_model, assets, translator, enlarger):
    clear, gray = make_model(img_channels=4), make_model(img_channels=1)
    recipe = ss.Recipe.from_seed(7, clear)
    before = render(clear, recipe)
    frame = render(clear, recipe.stage(translator), assets=assets)
    assert (frame[..., 3] == before[..., 3]).all()
    large = render(clear, recipe.stage(enlarger), assets=assets)
    assert large.shape == (128, 128, 4)
    assert abs(large[..., 3].mean() - before[..., 3].mean()) < 2
    frame = render(gray, ss.Recipe.from_seed(7, gray).stage(translator), assets=assets)
    assert frame.shape == (32, 32, 3)


def test_thumbnails_are_translated_and_not_enlarged(
    model, plain, assets, translator, enlarger, runs
):
    thumbnailer = Thumbnailer(16, assets)
    translated = thumbnailer.render(model, plain.stage(translator).stage(enlarger))
    assert translated.shape == (16, 16, 3)
    assert (translated != thumbnailer.render(model, plain)).any()
    assert [name for name, _ in runs] == ["to-paint"]


def test_a_missing_network_is_said_and_is_found_once_its_file_is_known(
    model, plain, translator, folder
):
    recipe, assets = plain.stage(translator), Assets()
    renderer = Renderer(model, assets=assets)
    with pytest.raises(ss.StageError, match="network 'to-paint', which is not open: open its file"):
        renderer.render(recipe)
    assert renderer.steps_run == ()
    expected = render(model, recipe, stages=translator)
    assets.locate(translator.sha256, partial(ss.open_stage, folder / "to-paint.pth"))
    assert (renderer.render(recipe).pixels == expected).all()


def test_networks_make_room_for_each_other(plain, model, translator, enlarger, folder):
    assets = Assets(budget=max(translator.nbytes, enlarger.nbytes))
    for stage in (translator, enlarger):
        assets.locate(stage.sha256, partial(ss.open_stage, folder / f"{stage.name}.pth"))
    both = plain.stage(translator).stage(enlarger)
    assert (
        render(model, both, assets=assets) == render(model, both, stages=[translator, enlarger])
    ).all()


def test_a_broken_network_is_said_by_name_and_a_broken_model_by_its_own(
    model, plain, folder, translator
):
    network = published.shaken(published.cyclegan())
    network.state_dict()["model.1.weight"].fill_(1e38)
    torch.save(network.state_dict(), folder / "broken.pth")
    stage = ss.open_stage(folder / "broken.pth")
    with pytest.raises(ss.StageError, match="broken gives no picture"):
        render(model, plain.stage(stage), stages=[stage])
    nothing = ss.LatentSource.from_array(np.full((1, 8), 1e38, np.float32))
    with pytest.raises(ss.ModelError, match="tiny produces infinite"):
        render(model, plain.replace(source=nothing).stage(translator), stages=[translator])


def test_too_little_memory_is_a_sentence(model, plain, assets, translator, enlarger, monkeypatch):
    monkeypatch.setattr(picture_networks, "available_bytes", lambda: 50_000)
    for stage in (translator, enlarger):
        with pytest.raises(
            ss.StageError, match=f"{stage.name} needs more memory than is free for 32"
        ):
            render(model, plain.stage(stage), assets=assets)
    monkeypatch.setattr(picture_networks, "available_bytes", lambda: None)

    def fail(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    monkeypatch.setattr(PictureStage, "_run", fail)
    with pytest.raises(ss.StageError, match="needs more memory"):
        render(model, plain.stage(translator), assets=assets)
    monkeypatch.setattr(picture_networks, "LARGEST", 127)
    with pytest.raises(ss.StageError, match="128 pixels on a side; 127 is the most"):
        render(model, plain.stage(enlarger), assets=assets)


def test_sharpness_blends_the_weights_of_two_enlargers(model, plain, folder, enlarger, translator):
    torch.save(published.shaken(published.Rrdb("old"), seed=5).state_dict(), folder / "soft.pth")
    soft = ss.open_stage(folder / "soft.pth")
    assets = Assets([enlarger, soft, translator])

    def sharp(amount):
        stage = ss.Stage.of(enlarger, softer=soft, sharpness=amount)
        return render(model, plain.stage(stage), assets=assets)

    assert (sharp(1) == render(model, plain.stage(enlarger), assets=assets)).all()
    assert (sharp(0) == render(model, plain.stage(soft), assets=assets)).all()
    between = sharp(0.5)
    assert (between != sharp(0)).any()
    assert (between != sharp(1)).any()
    stage = ss.Stage.of(enlarger, softer=translator)
    with pytest.raises(ss.StageError, match="needs two enlargers of one"):
        render(model, plain.stage(stage), assets=assets)


def test_a_clip_has_them_and_keeps_one_size(model, plain, assets, enlarger, tmp_path):
    timeline = ss.Timeline.of([plain, plain.stage(enlarger)], seconds=0.1, fps=30)
    report = ss.export_video(model, timeline, tmp_path / "clip", assets=assets)
    frames = sorted(report.path.glob("*.png"))
    shown = []
    for path in frames:
        with Image.open(path) as picture:
            shown.append(np.asarray(picture.convert("RGB")))
    assert {picture.shape for picture in shown} == {(128, 128, 3)}
    recipe = timeline.recipe_at(len(frames) - 1)
    assert (shown[-1] == render(model, recipe, assets=assets)).all()
