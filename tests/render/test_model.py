"""The public interface of an opened model: seeds, truncation, mixing, noise, and its errors."""

import gc
import subprocess
import sys

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import LatentSource, MixRow, Recipe, SeedSource
from stylestudio.render import Thumbnailer, compose_ws
from stylestudio.render.model import find_open


def z_of(seed: int, model) -> np.ndarray:
    return np.random.RandomState(seed).randn(1, model.z_dim)


def test_a_seed_is_numpys(model):
    expected = model.map(z_of(7, model))[0]
    assert torch.equal(compose_ws(model, Recipe.from_seed(7, model)), expected)


def test_truncation_pulls_the_first_layers_to_the_average(model):
    ws = model.map(z_of(7, model), truncation_psi=0.0, truncation_cutoff=3)[0]
    assert torch.equal(ws[:3], model.w_avg.expand(3, -1))
    assert torch.equal(ws[3:], model.map(z_of(7, model))[0, 3:])
    recipe = Recipe.from_seed(7, model, truncation_psi=0.0, truncation_cutoff=3)
    assert torch.equal(compose_ws(model, recipe), ws)


def test_amounts_of_one_replace_rows_exactly_and_others_lie_between(model):
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    amounts = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 1.0)
    ws = compose_ws(model, base.replace(mixing=(MixRow(SeedSource(9), amounts),)))
    a, b = compose_ws(model, base), compose_ws(model, base.replace(source=SeedSource(9)))
    assert torch.equal(ws[:3], a[:3])
    assert torch.equal(ws[3:6], b[3:6])
    torch.testing.assert_close(ws[6], (a[6] + b[6]) / 2)


def test_later_rows_lie_over_earlier_ones(model):
    full = (1.0,) * model.num_ws
    base = Recipe.from_seed(7, model)
    rows = (MixRow(SeedSource(1), full), MixRow(SeedSource(2), full))
    expected = compose_ws(model, base.replace(source=SeedSource(2)))
    assert torch.equal(compose_ws(model, base.replace(mixing=rows)), expected)


def test_explicit_latents_are_used_as_they_are(model):
    ws = np.random.RandomState(0).randn(model.num_ws, model.w_dim).astype(np.float32)
    recipe = Recipe.from_seed(0, model).replace(source=LatentSource.from_array(ws))
    assert (compose_ws(model, recipe).numpy() == ws).all()
    one = Recipe.from_seed(0, model).replace(source=LatentSource.from_array(ws[0]))
    assert (compose_ws(model, one).numpy() == ws[0]).all()


def test_noise_modes(model):
    def frame(**fields):
        return ss.render(model, Recipe.from_seed(7, model, **fields))

    const, none = frame(), frame(noise_mode="none")
    assert (const != none).any()
    assert (frame(noise_strength=0.0) == none).all()
    assert (frame(noise_layers=(0.0,) * (model.num_ws - 1)) == none).all()
    seeded = frame(noise_mode="seeded", noise_seed=3)
    assert (seeded == frame(noise_mode="seeded", noise_seed=3)).all()
    assert (seeded != frame(noise_mode="seeded", noise_seed=4)).any()
    assert (seeded != const).any()


def test_synthesis_matches_the_rendered_frame(model):
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    img = model.synthesize(compose_ws(model, recipe)[None])
    assert img.dtype == torch.float32
    expected = (img[0] * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()
    assert (ss.render(model, recipe) == expected).all()


def test_random_noise_differs_from_call_to_call_and_none_does_not(model):
    ws = model.map(z_of(7, model))
    assert not torch.equal(model.synthesize(ws, "random"), model.synthesize(ws, "random"))
    assert torch.equal(model.synthesize(ws, "none"), model.synthesize(ws, "none"))


def test_ws_can_be_written_to_row_by_row(model):
    ws, other = model.map(z_of(1, model)), model.map(z_of(2, model))
    rest = ws[:, 3:].clone()
    ws[:, :3] = other[:, :3]
    assert torch.equal(ws[:, 3:], rest)


def test_any_array_of_numbers_will_do(model):
    z = z_of(1, model)
    expected = model.map(z)
    backwards = z[:, ::-1].copy()[:, ::-1]
    for same in (z.tolist(), backwards, torch.from_numpy(z), z.astype(np.float32)):
        assert torch.equal(model.map(same), expected)


@pytest.mark.parametrize("cutoff", [-1, 9, 2.5, 2.0, "all"])
def test_a_cutoff_that_is_no_layer_is_refused(model, cutoff):
    with pytest.raises(ss.ModelError, match="truncation_cutoff"):
        model.map(z_of(1, model), truncation_psi=0.5, truncation_cutoff=cutoff)


def test_pictures_of_unusual_channels_are_refused(tmp_path, make_network):
    path = tmp_path / "two.safetensors"
    write_safetensors(path, make_network(img_channels=2), name="Two")
    with pytest.raises(ss.ModelError, match="2 channels"):
        ss.open_model(path)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda model: model.map(np.zeros((1, 3))), "needs [N, 8]"),
        (lambda model: model.map(np.zeros(8)), "needs [N, 8]"),
        (lambda model: model.map("abc"), "z is not an array of numbers"),
        (lambda model: model.synthesize(np.zeros((1, 3, 8))), "needs [N, 8, 8]"),
        (lambda model: model.synthesize(np.zeros((1, 8, 8)), "loud"), "loud"),
    ],
)
def test_wrong_shapes_are_named(model, call, said):
    with pytest.raises(ss.ModelError) as error:
        call(model)
    assert said in str(error.value)


def test_layers_are_named_by_what_they_drive(model):
    assert [layer.resolution for layer in model.layers] == [4, 8, 8, 16, 16, 32, 32, 32]
    assert [layer.group for layer in model.layers] == ["coarse"] * 3 + ["middle"] * 5


def test_opening_a_file_gives_its_picture_and_identity(tmp_path, make_network):
    network = make_network(seed=3)
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, network, name="Mine")
    model = ss.open_model(path, device="cpu", precision="float32")
    assert (model.name, model.resolution, model.num_ws) == ("Mine", 32, 8)
    assert (model.z_dim, model.w_dim, model.c_dim) == (8, 8, 0)
    ws = model.map(z_of(1, model))
    torch.testing.assert_close(model.synthesize(ws), network.synthesize(ws), rtol=0, atol=1e-5)


def test_unknown_devices_and_precisions_are_refused(tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(), name="Mine")
    with pytest.raises(ss.ModelError, match="toaster"):
        ss.open_model(path, device="toaster")
    with pytest.raises(ss.ModelError, match="float8"):
        ss.open_model(path, precision="float8")


def test_every_built_in_model_opens_by_name():
    assert ss.builtin_models()
    for name in ss.builtin_models():
        model = ss.open_model(name)
        frame = ss.render(model, ss.Recipe.from_seed(7, model, truncation_psi=0.7))
        assert frame.std() > 10


@pytest.mark.parametrize("name", ss.builtin_models())
def test_fast_pictures_of_built_in_models_are_exact_to_the_eye(name):
    fast, exact = ss.open_model(name), ss.open_model(name, precision="float32")
    recipe = Recipe.from_seed(7, exact, truncation_psi=0.8)
    error = ss.render(fast, recipe).astype(float) - ss.render(exact, recipe)
    assert 10 * np.log10(255**2 / max(np.square(error).mean(), 1e-9)) > 42


@pytest.mark.parametrize("name", ss.builtin_models())
def test_a_thumbnail_looks_like_its_picture(name):
    model = ss.open_model(name)
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    small = Thumbnailer(64).render(model, recipe)
    assert small.shape == (64, 64, 3)
    cell = model.resolution // 64
    large = ss.render(model, recipe).reshape(64, cell, 64, cell, 3).mean((1, 3))
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.95
    assert np.abs(small - large).mean() < 12  # of 255


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_a_thumbnail_of_full_size_is_the_picture(make_model, architecture):
    model = make_model(architecture=architecture)
    recipe = Recipe.from_seed(7, model)
    assert (Thumbnailer(32).render(model, recipe) == ss.render(model, recipe)).all()


def test_the_rooms_below_the_window_work_without_qt(tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(), name="Mine")
    code = (
        "import sys; sys.modules['PySide6'] = None\n"
        "import stylestudio as ss\n"
        f"model = ss.open_model({str(path)!r})\n"
        "print(ss.render(model, ss.Recipe.from_seed(7, model)).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "(32, 32, 3)", done.stderr


def test_a_folder_of_photos_does_not_hide_the_built_in_model_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "portraits").mkdir()
    assert ss.open_model("portraits", device="cpu").name == "Portraits"


def test_a_model_is_found_though_another_of_its_file_was_closed(make_model):
    first = make_model(seed=77)
    second = ss.open_model(first.place, device="cpu")
    assert find_open(first.sha256) is second
    del second
    gc.collect()
    assert find_open(first.sha256) is first
