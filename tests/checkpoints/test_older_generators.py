"""StyleGAN (1) and ProGAN, against the same networks written plainly and the published ones."""

import numpy as np
import older_networks as plain
import pytest
import style_based
import torch
from test_goldens import assert_golden
from writers import zip_torch

from stylestudio.checkpoints import CheckpointError, read_checkpoint, write_safetensors
from stylestudio.recipe import BlendPart, BlendSource, MixRow, Recipe, SeedSource
from stylestudio.render import Model, Renderer, compose_ws

Z = np.random.RandomState(3).randn(2, plain.Z).astype(np.float32)


def close(found, expected):
    assert found.shape == expected.shape
    # Processors add up float32 in orders of their own, and both sides are float32.
    assert (found - expected).abs().max() <= 2e-4 * expected.std()


@pytest.mark.parametrize(
    ("resolution", "fused"), [(32, "auto"), (32, True), (128, "auto"), (128, False)]
)
def test_stylegan_pickles_of_tensorflow(resolution, fused, read_bytes):
    variables = plain.stylegan_variables(resolution)
    settings = {} if fused == "auto" else {"fused_scale": fused}
    checkpoint = read_bytes(plain.stylegan_pickle(variables, latent_size=plain.Z, **settings))
    network = checkpoint.network
    assert checkpoint.format == "StyleGAN, TensorFlow pickle"
    assert checkpoint.notes == ()
    for psi in (1.0, 0.6):
        w = plain.stylegan_ws(variables, Z, psi)
        ws = network.map(torch.from_numpy(Z), truncation_psi=psi)
        close(ws, w[:, None].repeat(1, network.config.num_ws, 1))
        close(network.synthesize(ws), plain.stylegan_picture(variables, w, resolution, fused))
    without = plain.stylegan_picture(variables, w, resolution, fused, noise=False)
    close(network.synthesize(ws, "none"), without)


@pytest.mark.parametrize("resolution", [32, 128])
def test_stylegan_files_of_genforce(resolution, read_bytes):
    variables = plain.stylegan_variables(resolution)
    smooth = plain.stylegan_as_genforce(variables, resolution)
    raw = {name: value * 0.5 for name, value in smooth.items()}
    checkpoint = read_bytes(zip_torch({"generator": raw, "generator_smooth": smooth}), "a.pth")
    assert checkpoint.format == "StyleGAN, genforce layout"
    w = plain.stylegan_ws(variables, Z)
    pictures = checkpoint.network.synthesize(checkpoint.network.map(torch.from_numpy(Z)))
    close(pictures, plain.stylegan_picture(variables, w, resolution))


@pytest.mark.parametrize("fused", [True, False])
def test_progan_pickles_of_tensorflow(fused, read_bytes):
    variables = plain.progan_variables(32, fused)
    checkpoint = read_bytes(plain.progan_pickle(variables, latent_size=plain.Z))
    assert checkpoint.format == "ProGAN, TensorFlow pickle"
    pictures = checkpoint.network.synthesize(checkpoint.network.map(torch.from_numpy(Z)))
    close(pictures, plain.progan_picture(variables, Z, 32))


def test_progan_files_of_genforce(read_bytes):
    variables = plain.progan_variables(32, fused=False)
    smooth = plain.progan_as_genforce(variables, 32)
    checkpoint = read_bytes(zip_torch({"generator_smooth": smooth}), "a.pth")
    assert checkpoint.format == "ProGAN, genforce layout"
    pictures = checkpoint.network.synthesize(checkpoint.network.map(torch.from_numpy(Z)))
    close(pictures, plain.progan_picture(variables, Z, 32))


@pytest.fixture
def older(read_bytes):
    """A model of each of the two families."""
    stylegan = read_bytes(plain.stylegan_pickle(plain.stylegan_variables(16)))
    progan = read_bytes(plain.progan_pickle(plain.progan_variables(16, fused=True)))
    return Model(stylegan), Model(progan)


def test_both_are_kept_in_stylestudios_own_form(older, tmp_path):
    for model in older:
        write_safetensors(tmp_path / "copy.safetensors", model.network, name="copy")
        copy = Model(read_checkpoint(tmp_path / "copy.safetensors"))
        recipe = Recipe.from_seed(5, model)
        pictures = [
            Renderer(each).render(Recipe.from_seed(5, each)).pixels for each in (model, copy)
        ]
        assert np.array_equal(*pictures)
        assert recipe.model.num_ws == copy.num_ws


def test_stylegan_mixes_and_takes_noise_like_any_other(older):
    model = older[0]
    assert model.num_ws == 6
    assert model.capabilities.has_w
    assert model.has_noise
    base = Recipe.from_seed(1, model)
    plain_picture = Renderer(model).render(base).pixels
    rows = tuple(float(i >= 4) for i in range(model.num_ws))
    mixed = base.replace(mixing=(MixRow(SeedSource(2), rows),))
    assert not np.array_equal(Renderer(model).render(mixed).pixels, plain_picture)
    silent = base.replace(noise_strength=0.0)
    assert not np.array_equal(Renderer(model).render(silent).pixels, plain_picture)


def test_truncation_does_nothing_where_there_is_no_w(older):
    model = older[1]
    pictures = [
        Renderer(model).render(Recipe.from_seed(1, model, truncation_psi=psi)).pixels
        for psi in (1.0, 0.3, 0.0, -1.0)
    ]
    assert all(np.array_equal(each, pictures[0]) for each in pictures)


def test_blends_stay_on_the_sphere_where_there_is_no_w(older):
    """Half of the way between two latents is the picture of the latent in the middle of the arc."""
    model = older[1]
    parts = tuple(BlendPart(SeedSource(seed), 0.5) for seed in (1, 2))
    blend = Recipe.from_seed(1, model).replace(source=BlendSource(parts))
    ws = compose_ws(model, blend)
    longer = ws * 7
    run = model.network.synthesis
    assert torch.allclose(run(ws[None]), run(longer[None]), atol=1e-5)


@pytest.mark.parametrize("kind", ["stylegan", "progan"])
def test_networks_with_classes_or_layers_of_their_own_are_named(kind, read_bytes):
    if kind == "stylegan":
        variables = plain.stylegan_variables(16)
        classes = variables | {"mapping/LabelConcat/weight": np.zeros((3, 5), np.float32)}
        other = variables | {"synthesis/8x8/Attention/weight": np.zeros((3, 5), np.float32)}
        pickles = plain.stylegan_pickle(classes), plain.stylegan_pickle(other)
    else:
        variables = plain.progan_variables(16, fused=True)
        other = variables | {"8x8/Attention/weight": np.zeros((3, 5), np.float32)}
        pickles = plain.progan_pickle(variables, label_size=3), plain.progan_pickle(other)
    for data, said in zip(pickles, ("classes", "Attention"), strict=True):
        with pytest.raises(CheckpointError, match=said):
            read_bytes(data)


@pytest.mark.parametrize("lost", ["synthesis/8x8/Conv1/weight", "synthesis/ToRGB_lod0/bias"])
def test_missing_layers_are_named(lost, read_bytes):
    variables = plain.stylegan_variables(16)
    del variables[lost]
    with pytest.raises(CheckpointError, match=r"incomplete|missing"):
        read_bytes(plain.stylegan_pickle(variables))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sg1tf_64.pkl", "sg1_genforce_32.pth"])
def test_stylegan_gives_the_published_pictures(name, shared_fixture):
    path, golden = shared_fixture(name)
    assert_golden(read_checkpoint(path).network, golden)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["progan_tf_32.pkl", "progan_genforce_64.pth"])
def test_progan_gives_the_published_pictures(name, shared_fixture):
    path, golden = shared_fixture(name)
    network = read_checkpoint(path).network
    pictures = network.synthesize(network.map(torch.from_numpy(golden["z"]))).numpy()
    assert np.abs(pictures - golden["img"]).max() <= 1e-4 * golden["img"].std()


@pytest.mark.parametrize("trained", [3, 6])
def test_style_based_files_of_rosinality(trained, read_bytes):
    """Six blocks reach 128 px, where the published network doubles by transposed convolutions."""
    torch.manual_seed(1)
    network = style_based.StyledGenerator(7, trained)
    files = {"generator": style_based.StyledGenerator(7, 7).state_dict(), "g_optimizer": {}}
    checkpoint = read_bytes(zip_torch(files | {"g_running": network.state_dict()}), "a.model")
    found = checkpoint.network
    assert found.config.img_resolution == 2 << trained
    assert checkpoint.format == "StyleGAN, rosinality's style-based layout"
    assert any(f"above {2 << trained} px" in note for note in checkpoint.notes)
    z = torch.randn(2, style_based.Z)
    with torch.no_grad():
        w = network.ws(z)
        noises = [found.synthesis.noise_const(s) for s in found.synthesis.steps if s.has_noise]
        expected = network(w, noises)
    ws = found.map(z)
    close(ws[:, 0], w)
    close(found.synthesize(ws), expected)
