"""The picture stage: a finished picture is repainted in the styles that the recipe names."""

from functools import partial

import msgspec
import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_styles
from stylestudio.recipe import BankRef, Recipe, SeedSource, Style
from stylestudio.render import Assets, Renderer, Thumbnailer, render
from stylestudio.render.pixels import NotFiniteError


@pytest.fixture(scope="module")
def opened(bank_path):
    return ss.open_styles(bank_path)


@pytest.fixture
def styled(opened):
    """Seed 7 of a model, painted."""

    def make(model, strength: float = 1.0, **weights: float) -> Recipe:
        style = ss.Style.of(opened, weights, strength)
        return Recipe.from_seed(7, model, style=style)

    return make


def plain(recipe: Recipe) -> Recipe:
    return recipe.replace(style=None)


def near(found, expected, levels: float = 1):
    """Pixels agree but for their rounding."""
    assert np.abs(np.asarray(found, float) - np.asarray(expected, float)).max() <= levels


def test_the_picture_is_what_the_style_network_paints(make_model, opened, styled):
    model = make_model(precision="float32")
    recipe = styled(model, dawn=0.25, dusk=0.75)
    picture = torch.from_numpy(render(model, plain(recipe)) / 255).permute(2, 0, 1)[None]
    expected = opened.stylize(picture, {"dawn": 0.25, "dusk": 0.75})[0].permute(1, 2, 0) * 255
    frame = render(model, recipe, styles=[opened])
    near(frame, expected, levels=3)  # the network sees what 8 bits have rounded away
    assert np.abs(frame.astype(int) - render(model, plain(recipe))).mean() > 10


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_a_style_makes_of_no_numbers_is_refused(model, opened, styled, monkeypatch, value):
    recipe = styled(model, dusk=1.0)
    assets = Assets([opened])
    real = type(opened).repaint

    def broken(bank, *args, **kwargs):
        painted = real(bank, *args, **kwargs)
        painted[0, 1, 5, 7] = value
        return painted

    monkeypatch.setattr(type(opened), "repaint", broken)
    renderer = Renderer(model, assets=assets)
    for way in (renderer.render, renderer.render_deep):
        with pytest.raises(ss.StyleError, match=r"style bank .* undefined values"):
            way(recipe)
    with pytest.raises(NotFiniteError):
        Thumbnailer(32, assets).render(model, recipe)
    assert renderer.render(plain(recipe)).pixels.any()


def test_a_folder_of_a_built_in_name_is_passed_over(tmp_path, monkeypatch):
    sha256 = ss.open_styles("atelier").sha256
    monkeypatch.chdir(tmp_path)
    (tmp_path / "atelier").mkdir()
    assert ss.open_styles("atelier").sha256 == sha256


@pytest.mark.parametrize("bank", ["atelier", "sketchbook"])
def test_short_types_paint_the_same_but_for_roundings(bank):
    styles, model = ss.open_styles(bank), ss.open_model("portraits", device="cpu")
    picture = torch.from_numpy(render(model, Recipe.from_seed(7, model)) / 255)
    picture = picture.permute(2, 0, 1)[None, :, ::2, ::2]
    for name in ("Cross Stitch", "Munch The Scream"):
        exact = styles.stylize(picture, {name: 1.0})
        short = styles.stylize(picture, {name: 1.0}, dtype=torch.bfloat16)
        assert short.dtype == torch.float32
        assert -10 * (short - exact).square().mean().log10() > 40  # decibels


def test_strength_and_a_lone_weight_fade_to_the_picture(model, opened, styled):
    def painted(recipe):
        return render(model, recipe, styles=[opened])

    full, none = painted(styled(model, noon=1.0)), render(model, plain(styled(model, noon=1.0)))
    half = (full.astype(float) + none) / 2
    near(painted(styled(model, 0.5, noon=1.0)), half)
    near(painted(styled(model, noon=0.5)), half)
    assert (painted(styled(model, 0.0, noon=1.0)) == none).all()
    assert (painted(styled(model, noon=0.0)) == none).all()
    assert (painted(styled(model, noon=0.4, dusk=0.4)) != none).any()
    near(painted(styled(model, noon=1.0, dusk=1.0)), painted(styled(model, noon=0.5, dusk=0.5)))


def test_colours_go_from_the_painting_s_to_the_picture_s(model, opened, styled):
    unpainted = plain(styled(model, noon=1.0))

    def painted(colours: float, strength: float = 1.0):
        style = ss.Style.of(opened, {"noon": 1.0}, strength, colours)
        return render(model, unpainted.replace(style=style), styles=[opened])

    def chroma(frame):
        pixels = frame.astype(float)
        return pixels - (pixels @ (0.299, 0.587, 0.114))[..., None]

    full, own, picture = painted(0.0), painted(1.0), render(model, unpainted)
    light = (full.astype(float) @ (0.299, 0.587, 0.114), own @ (0.299, 0.587, 0.114))
    near(light[0], light[1], levels=2)
    # In the direction of the picture's own, at most as strong.
    a, b = chroma(own).reshape(-1), chroma(picture).reshape(-1)
    assert a @ b > 0.95 * np.linalg.norm(a) * np.linalg.norm(b)
    near(painted(0.5), (full.astype(float) + own) / 2)
    near(painted(1.0, 0.5), (own.astype(float) + picture) / 2)


def test_changing_the_style_runs_no_layer(model, opened, styled):
    renderer = Renderer(model, assets=Assets([opened]))
    renderer.render(styled(model, dawn=1.0))
    assert len(renderer.steps_run) == len(model.network.synthesis.steps)
    changes = [{"dawn": 0.5, "noon": 0.5}, {"dusk": 1.0}, {"strength": 0.25, "dusk": 1.0}, {}]
    for change in changes:
        recipe = styled(model, **change) if change else plain(styled(model, dawn=1.0))
        frame = renderer.render(recipe)
        assert renderer.steps_run == ()
        assert (frame.pixels == render(model, recipe, styles=[opened])).all()


def test_what_did_not_change_is_not_painted_again(model, opened, styled, monkeypatch):
    painted = []
    repaint = type(opened).repaint
    monkeypatch.setattr(
        type(opened), "repaint", lambda *a, **k: painted.append(1) or repaint(*a, **k)
    )
    renderer = Renderer(model, assets=Assets([opened]))
    for strength in (1.0, 1.0, 0.3, 0.0, 0.8):
        renderer.render(styled(model, strength, dawn=1.0))
    assert len(painted) == 1
    for colours in (0.2, 0.7, 0.0):
        style = ss.Style.of(opened, {"dawn": 1.0}, 0.8, colours)
        renderer.render(styled(model, dawn=1.0).replace(style=style))
    assert len(painted) == 1
    renderer.render(styled(model, dawn=0.5, noon=0.5))
    renderer.render(styled(model, dawn=0.5, noon=0.5).replace(source=SeedSource(8)))
    assert len(painted) == 3


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_live_shows_what_a_fresh_render_shows(make_model, architecture, opened, styled):
    model = make_model(architecture=architecture)
    renderer = Renderer(model, assets=Assets([opened]))
    recipe = styled(model, dawn=0.6, dusk=0.2)
    walk = [recipe, recipe.replace(noise_mode="none"), plain(recipe), recipe, styled(model, noon=1)]
    for step in walk:
        fresh = render(model, step, styles=[opened])
        assert (renderer.render(step).pixels == fresh).all()
        assert (render(model, step, styles=[opened]) == fresh).all()


def test_transparency_stays_and_gray_becomes_colours(make_model, opened, styled):
    clear, gray = make_model(img_channels=4), make_model(img_channels=1)
    frame = render(clear, styled(clear, dawn=1.0), styles=[opened])
    unpainted = render(clear, plain(styled(clear, dawn=1.0)))
    assert (frame[..., 3] == unpainted[..., 3]).all()
    assert (frame[..., :3] != unpainted[..., :3]).any()
    frame = render(gray, styled(gray, dawn=1.0), styles=[opened])
    assert frame.shape == (32, 32, 3)
    assert (frame[..., 0] != frame[..., 1]).any()


def test_a_built_in_bank_needs_no_word_and_is_found_by_content(model, builtin_bank, opened, styled):
    recipe = styled(model, dusk=1.0)
    expected = render(model, recipe, styles=[opened])
    assert (ss.render(model, recipe) == expected).all()
    renamed = msgspec.structs.replace(recipe.style, bank=BankRef("another name", opened.sha256))
    assert (ss.render(model, recipe.replace(style=renamed)) == expected).all()


def test_a_missing_bank_is_said_and_nothing_is_rendered(model, builtin_bank, opened):
    other = Style(BankRef("my paintings", "0" * 64), (("sea", 1.0),))
    recipe = Recipe.from_seed(7, model, style=other)
    renderer = Renderer(model)
    for call in (lambda: ss.render(model, recipe), lambda: renderer.render(recipe)):
        with pytest.raises(ss.StyleError, match=r"'my paintings', which is not open; open the"):
            call()
    assert renderer.steps_run == ()
    same_name = msgspec.structs.replace(other, bank=BankRef("bank", "0" * 64))
    with pytest.raises(ss.StyleError, match="a different version"):
        ss.render(model, recipe.replace(style=same_name))
    at_rest = msgspec.structs.replace(other, strength=0.0)
    assert (ss.render(model, recipe.replace(style=at_rest)) == render(model, plain(recipe))).all()


def test_a_file_known_from_before_is_opened_when_it_is_named(model, bank_path, styled, tmp_path):
    recipe, file = styled(model, dawn=1.0), tmp_path / "moved.safetensors"
    assets = Assets()
    assets.locate(recipe.style.bank.sha256, partial(ss.open_styles, file))
    for content in (None, b"another file"):
        if content:
            file.write_bytes(content)
        with pytest.raises(ss.StyleError, match="is not open"):
            Renderer(model, assets=assets).render(recipe)
    file.write_bytes(bank_path.read_bytes())
    frame = Renderer(model, assets=assets).render(recipe)
    assert (frame.pixels == render(model, recipe, styles=[ss.open_styles(bank_path)])).all()


def test_a_style_that_the_bank_does_not_have_is_said(model, opened, styled):
    with pytest.raises(ss.StyleError, match=r"'night'.*dawn, noon, dusk"):
        render(model, styled(model, night=1.0), styles=[opened])


def test_thumbnails_are_painted_too_and_share_what_comes_before(
    make_model, opened, styled, monkeypatch
):
    model, ran = make_model(), []
    run_step = model.synthesis.run_step
    monkeypatch.setattr(model.synthesis, "run_step", lambda *step: ran.append(1) or run_step(*step))
    thumbnailer = Thumbnailer(16, Assets([opened]))
    painted = [thumbnailer.render(model, styled(model, **{n: 1.0})) for n in opened.names]
    steps = len(ran)
    assert steps == len(model.network.synthesis.steps)
    assert all(pixels.shape == (16, 16, 3) for pixels in painted)
    assert (painted[0] != painted[1]).any()
    plainly = thumbnailer.render(model, plain(styled(model, dawn=1.0)))
    assert len(ran) > steps
    assert (plainly == Thumbnailer(16).render(model, plain(styled(model, dawn=1.0)))).all()


def test_what_recipes_know_a_bank_by(bank, bank_path, tmp_path):
    copy = tmp_path / "renamed.safetensors"
    copy.write_bytes(bank_path.read_bytes())
    write_styles(tmp_path / "other.safetensors", bank, ["a", "b", "c"])
    refs = [BankRef.of(ss.open_styles(path)) for path in (bank_path, *sorted(tmp_path.iterdir()))]
    assert [ref.name for ref in refs] == ["bank", "other", "renamed"]
    assert refs[0].sha256 == refs[2].sha256 != refs[1].sha256
