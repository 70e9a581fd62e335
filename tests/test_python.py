"""What scripts and notebooks meet: names, helps, reprs, many pictures, copies and processes."""

import copy
import inspect
import io
import multiprocessing
import pickle
import pydoc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from PIL import Image

import stylestudio as ss


@pytest.fixture(scope="module")
def recipe(model):
    return ss.Recipe.from_seed(7, model, truncation_psi=0.7)


def test_dir_lists_what_there_is_and_nothing_else():
    assert [name for name in dir(ss) if not name.startswith("_")] == ss.__all__
    for name in ss.__all__:
        assert inspect.getdoc(getattr(ss, name)), name


def test_importing_stylestudio_waits_for_nothing():
    code = (
        "import sys, stylestudio; dir(stylestudio); print('torch' in sys.modules, len(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, _ = done.stdout.split()
    assert heavy == "False"


def test_render_is_a_function_and_its_room_a_package():
    import stylestudio.render as room
    from stylestudio.render import tuning

    assert inspect.isfunction(ss.render)
    said = pydoc.plain(pydoc.render_doc(ss.render))
    assert "Render one recipe" in said
    assert "PACKAGE CONTENTS" not in said
    assert room.Model is ss.Model
    assert room.tuning is tuning
    assert sys.modules["stylestudio.render"].render is ss.render


def test_every_error_is_a_stylestudio_error():
    errors = [getattr(ss, name) for name in ss.__all__ if name.endswith("Error")]
    assert len(errors) > 10
    assert all(issubclass(error, ss.StyleStudioError) for error in errors)
    others = {ss.CheckpointError, ss.StyleStudioError}
    assert all(issubclass(error, ValueError) for error in errors if error not in others)


def test_reprs_are_short_and_telling(model, recipe, bank_path, tmp_path):
    mixed = recipe.mix(12, "coarse", 0.8).replace(noise_mode="none", rotate=5)
    assert repr(mixed) == (
        "<Recipe of tiny: seed 7; psi 0.7; mixing seed 12: layers 0-2 at 0.8; noise none; "
        "rotate 5 degrees>"
    )
    assert repr(model).startswith("<Model tiny: 32 x 32, 8 layers, ")
    assert repr(ss.open_styles(bank_path)) == "<StyleModel bank.safetensors: 3 styles>"
    frame = ss.Renderer(model).render(recipe)
    assert repr(frame) == "<Frame 32 x 32: <Recipe of tiny: seed 7; psi 0.7>>"
    said = []
    found = ss.invert(model, frame.pixels, steps=3, on_progress=said.append)
    assert repr(found).startswith("<Inversion into tiny: loss ")
    assert repr(found.recipe.source) == "<LatentSource: 8 x 8>"
    assert all(len(repr(each)) < 200 for each in [found, found.recipe, *found.history, *said])
    assert repr(said[-1]) == f"<InversionProgress {said[-1]}>"
    timeline = ss.Timeline.of([recipe, mixed], seconds=0.2)
    said = "<Timeline of tiny: 2 keyframes, 6 frames, 0.2 s at 30 frames/s>"
    assert repr(timeline) == said
    report = ss.export_video(model, timeline, tmp_path / "a.mkv")
    assert repr(report) == "<ExportReport a.mkv: 6 frames>"
    long = recipe
    for seed in range(60):
        long = long.mix(seed, [seed % 8])
    assert len(repr(long)) < 330


def test_frames_and_progress_show_their_picture_in_notebooks(model, recipe):
    frame = ss.Renderer(model).render(recipe)
    shown = Image.open(io.BytesIO(frame._repr_png_()))
    assert (np.asarray(shown) == frame.pixels).all()
    assert ss.Progress(1, 2, "Painting")._repr_png_() is None
    deep = frame.pixels.astype(np.uint16) * 257
    for picture in (frame.pixels, deep):
        shown = ss.Progress(1, 2, "Painting", picture=picture)._repr_png_()
        assert (np.asarray(Image.open(io.BytesIO(shown))) == frame.pixels).all()
    assert ss.to_pil(frame).tobytes() == ss.to_pil(frame.pixels).tobytes() == frame.pixels.tobytes()


def test_recipes_and_inversions_show_their_picture_in_notebooks(make_model, bank_path):
    model = make_model(seed=77)
    recipe = ss.Recipe.from_seed(7, model)

    def shown(thing):
        return np.asarray(Image.open(io.BytesIO(thing._repr_png_())))

    assert (shown(recipe) == ss.render(model, recipe)).all()
    found = ss.invert(model, ss.render(model, recipe), steps=2)
    assert (shown(found) == ss.render(model, found.recipe)).all()
    style = ss.Style.of(ss.open_styles(bank_path), "dawn")
    away = replace(style, bank=replace(style.bank, sha256="0" * 64))
    assert recipe.replace(style=away)._repr_png_() is None
    elsewhere = recipe.replace(model=replace(recipe.model, sha256="0" * 64))
    assert elsewhere._repr_png_() is None


def test_mixing_as_on_the_command_line(model, recipe):
    groups = [layer.group for layer in model.layers]
    mixed = recipe.mix(12, "middle", 0.8)
    (row,) = mixed.mixing
    assert row.source == ss.SeedSource(12)
    assert row.amounts == tuple(0.8 if group == "middle" else 0.0 for group in groups)
    assert recipe.mix(12, "0-2,7").mixing[0].amounts == (1, 1, 1, 0, 0, 0, 0, 1)
    assert recipe.mix(12, 3) == recipe.mix(12, [3]) == recipe.mix(ss.SeedSource(12), ["3"])
    other = ss.Recipe.from_seed(5, model)
    assert (ss.render(model, recipe.mix(other)) == ss.render(model, recipe.mix(5, "all"))).all()
    assert recipe.blend(other, 0.25) == ss.interpolate(recipe, other, 0.25)
    assert mixed.get("mixing.0.amounts.middle") == 0.8
    assert mixed.set("mixing.0.amounts.middle", 1).mixing == recipe.mix(12, "middle").mixing
    aside = recipe.mix(12, muted=True, name="Mia")
    assert (aside.mixing[0].muted, aside.mixing[0].name) == (True, "Mia")
    assert (ss.render(model, aside) == ss.render(model, recipe)).all()


def test_groups_of_a_model_that_was_never_opened_are_asked_for(recipe):
    from msgspec.structs import replace

    strange = recipe.replace(model=replace(recipe.model, sha256="f" * 64))
    with pytest.raises(ss.RecipeError, match=r"until it has been opened.*0 to 7"):
        strange.mix(12, "fine")
    assert strange.mix(12, 7).mixing


def test_a_mixed_seed_keeps_the_class(make_model):
    model = make_model(name="classes", c_dim=3)
    source = ss.SeedSource(7, (0.0, 0.0, 1.0))
    mixed = ss.Recipe.from_seed(0, model).replace(source=source).mix(12, "coarse")
    assert mixed.mixing[0].source == ss.SeedSource(12, (0.0, 0.0, 1.0))


def test_many_pictures_are_those_of_single_calls(model, recipe, monkeypatch):
    recipes = [recipe, recipe.replace(noise_seed=3, noise_mode="seeded"), recipe.mix(3, 7), recipe]
    frames = list(ss.render_all(model, recipes))
    for frame, each in zip(frames, recipes, strict=True):
        np.testing.assert_array_equal(frame, ss.render(model, each))
    asked = []
    pictures = ss.render_all(model, (asked.append(each) or each for each in recipes))
    next(pictures)
    assert len(asked) == 1  # as they are asked for


def test_a_timeline_is_a_sequence_of_recipes(model, recipe):
    timeline = ss.Timeline.of([recipe, recipe.replace(truncation_psi=0)], seconds=0.2)
    assert len(timeline) == timeline.frame_count == 6
    assert list(timeline) == [timeline.recipe_at(n) for n in range(6)]
    assert timeline[-1] == timeline.recipe_at(5)
    assert timeline[2:4] == [timeline.recipe_at(2), timeline.recipe_at(3)]
    with pytest.raises(IndexError):
        timeline[6]
    assert timeline.replace(loop=True).loop
    assert len(list(ss.render_all(model, timeline))) == 6


def test_gradients_on_request(model):
    z = torch.randn(1, model.z_dim, requires_grad=True)
    picture = model.synthesize(model.map(z, grad=True), grad=True)
    picture.square().mean().backward()
    assert z.grad.abs().sum() > 0
    exact = ss.open_model(model._place, precision="float32")
    with torch.no_grad():
        expected = exact.synthesize(exact.map(z))
    torch.testing.assert_close(picture.detach(), expected, rtol=1e-3, atol=1e-4)
    assert not model.synthesize(model.map(z)).requires_grad


def rendered_elsewhere(arguments):
    model, recipe = arguments
    return ss.render(model, recipe)


def test_models_pickle_by_where_they_lie_and_copy_as_themselves(model, recipe, bank_path, tmp_path):
    content = pickle.dumps(model)
    assert len(content) < 1000
    again = pickle.loads(content)
    assert (again.sha256, again.precision, again.device) == (
        model.sha256,
        model.precision,
        model.device,
    )
    assert copy.copy(model) is model
    assert copy.deepcopy([model])[0] is model
    assert model.to("cpu") is model
    bank = ss.open_styles(bank_path)
    assert pickle.loads(pickle.dumps(bank)).names == bank.names
    assert copy.deepcopy(bank).sha256 == bank.sha256
    builtin = pickle.dumps(ss.open_model("portraits"))
    assert b"resources" not in builtin
    assert pickle.loads(builtin).name == "Portraits"


def test_a_model_whose_file_has_changed_is_not_taken_for_it(make_model, tmp_path):
    path, other = tmp_path / "a.safetensors", make_model(seed=5, name="other")
    path.write_bytes(Path(make_model(seed=4)._place).read_bytes())
    content = pickle.dumps(ss.open_model(path))
    path.write_bytes(Path(other._place).read_bytes())
    with pytest.raises(ss.ModelError, match=r"a\.safetensors has changed"):
        pickle.loads(content)


def test_a_spawned_process_renders_the_same(model, recipe):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (frame,) = pool.map(rendered_elsewhere, [(model, recipe)])
    # Another process may have another number of threads, so bytes may differ by rounding.
    assert np.abs(frame.astype(int) - ss.render(model, recipe)).max() <= 1
