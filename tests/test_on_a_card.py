"""What a real NVIDIA card renders; skipped where there is none."""

import copy
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from looks import looks, tuned

from stylestudio.checkpoints import read_checkpoint, write_safetensors
from stylestudio.checkpoints.checkpoint import Checkpoint
from stylestudio.inversion import InversionContext, InversionSettings, Photo, PhotoInversion
from stylestudio.inversion.encoder import new_encoder
from stylestudio.inversion.space import measure_space
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.recipe import BankRef, MixRow, Recipe, SeedSource, Style
from stylestudio.render import (
    Assets,
    Model,
    Renderer,
    Superseded,
    Thumbnailer,
    builtin_models,
    open_model,
    open_stage,
)
from stylestudio.render.graphs import RUNS_BEFORE, recorder_for
from stylestudio.render.style_opening import open_styles
from stylestudio.video import Timeline, export_video

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA card")

CARD = "cuda"
SHARED = Path(__file__).parents[2] / "shared" / "fixtures"
# Of the deviation of the published pictures, in float32; those of StyleGAN3 pass more filters.
TOLERANCES = {
    "sg2ada_64.pkl": 5e-4,
    "sg2ada_orig_repo_32.pkl": 5e-4,
    "sg2ada_cond_32.pkl": 5e-4,
    "sg2ada_resnet_32.pkl": 5e-4,
    "sg2tf_32.pkl": 5e-4,
    "sg2_genforce_64.pth": 5e-4,
    "rosinality_32.pt": 5e-4,
    "sg3t_32.pkl": 2e-3,
    "sg3r_32.pkl": 2e-3,
    "sg1tf_64.pkl": 5e-4,
    "sg1_genforce_32.pth": 5e-4,
    "progan_tf_32.pkl": 5e-4,
    "progan_genforce_64.pth": 5e-4,
}
INDISTINGUISHABLE = 42.0  # dB


@pytest.fixture(scope="module")
def portraits():
    return open_model("portraits", device=CARD)


@pytest.fixture
def tiny(make_network, tmp_path):
    """A small model on the card, in the type that it chooses; `config` as of `make_network`."""

    def place(seed: int = 0, precision: str = "auto", **config) -> Model:
        path = tmp_path / "model.safetensors"
        write_safetensors(path, make_network(seed, **config), name="tiny")
        return Model(read_checkpoint(path), CARD, precision)

    return place


def golden_of(file_name):
    path = SHARED / file_name
    if not path.exists():
        pytest.skip(f"needs the reference checkpoint {file_name}")
    return path, np.load(path.with_suffix(".npz"))


def likeness(found, expected, top: float) -> float:
    """Decibels between pictures whose values reach from -top to top."""
    error = np.square((np.asarray(found, float).clip(-top, top) - expected) / (2 * top)).mean()
    return -10 * np.log10(max(error, 1e-12))


@pytest.mark.shared
@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("file_name", TOLERANCES)
def test_published_pictures(file_name, precision):
    path, golden = golden_of(file_name)
    model = open_model(path, device=CARD, precision=precision)
    if precision == "auto":
        assert model.dtype == torch.float16
    pairs = [(f"ws_{key}", f"img_{key}") for key in ("psi1", "psi07", "psi0", "psi05cut4", "mix3")]
    pairs = [pair for pair in pairs if pair[0] in golden] or [("z", "img")]
    for ws_key, img_key in pairs:
        ws = model.map(golden["z"]) if ws_key == "z" else golden[ws_key]
        found, expected = model.synthesize(ws).cpu().numpy(), golden[img_key]
        if precision == "float32":
            error = np.abs(found - expected).max() / expected.std()
            assert error <= TOLERANCES[file_name], f"{img_key}: {error:.1e} of the deviation"
        else:
            assert likeness(found, expected, np.abs(expected).max()) > INDISTINGUISHABLE, img_key


@pytest.mark.parametrize("name", builtin_models())
def test_built_in_models_look_as_on_the_processor(name):
    there = open_model(name, device=CARD)
    here = open_model(name, device="cpu", precision="float32")
    for recipe in list(looks(here).values())[:4]:
        pixels = [Renderer(each).render(recipe).pixels.astype(float) for each in (there, here)]
        assert likeness(pixels[0] - 127.5, pixels[1] - 127.5, 127.5) > INDISTINGUISHABLE


@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("config", [{}, {"architecture": "resnet"}, {"img_channels": 4}], ids=str)
def test_the_same_bytes_every_time_and_wherever_it_restarts(tiny, config, precision):
    model = tiny(precision=precision, **config)
    renderer = Renderer(model)
    recipes = list(looks(model).values())
    first = [Renderer(model, cache_bytes=0).render(recipe).pixels for recipe in recipes]
    for order in (range(len(recipes)), reversed(range(len(recipes))), range(len(recipes))):
        for index in order:
            assert np.array_equal(renderer.render(recipes[index]).pixels, first[index])


def test_the_same_bytes_every_time_at_full_size(portraits):
    recipes = list(looks(portraits).values())
    renderer = Renderer(portraits)
    found = [[renderer.render(recipe).pixels for recipe in recipes] for _ in range(6)]
    for again in found[1:]:
        assert all(map(np.array_equal, again, found[0]))
    other = open_model("portraits", device=CARD)
    assert np.array_equal(Renderer(other).render(recipes[0]).pixels, found[0][0])


def test_drafts_and_frames_that_are_overtaken(portraits):
    renderer, drafts = Renderer(portraits), []
    renderer.pace.budget = -1.0
    recipes = list(looks(portraits).values())
    for index, recipe in enumerate(recipes):
        asked = iter([False] * (2 * index) + [True] * 99)
        with suppress(Superseded):
            renderer.render(recipe, lambda asked=asked: next(asked))
        frame = renderer.render(recipe, show_draft=drafts.append)
        expected = Renderer(portraits, cache_bytes=0).render(recipe).pixels
        assert np.array_equal(frame.pixels, expected)
        for side in renderer.draft_sides(recipe):
            assert renderer.render(recipe, side=side).pixels.shape == (256, 256, 3)
    assert drafts
    assert Thumbnailer(64).render(portraits, recipes[0]).shape == (64, 64, 3)


def test_recordings_are_made_and_replayed(portraits):
    recorder = recorder_for(portraits.device)
    replays, record = [], recorder.record

    def counted(work):
        replay = record(work)
        return lambda: (replays.append(1), replay())

    renderer = Renderer(portraits)
    try:
        recorder.record = counted
        for seed in range(20):
            recipe = Recipe.from_seed(seed, portraits)
            expected = Renderer(portraits, cache_bytes=0).render_deep(recipe).pixels
            assert np.array_equal(renderer.render_deep(recipe).pixels, expected)
    finally:
        del recorder.record
    assert recorder.works
    assert len(replays) == (20 - RUNS_BEFORE) * len(portraits.synthesis.steps)


def test_recordings_of_several_renderers_leave_each_other_alone(portraits, tiny):
    """They share memory, and are made and replayed in any order."""
    models = [portraits, portraits, tiny(), tiny(precision="float32")]
    renderers = [Renderer(model) for model in models]
    random = np.random.RandomState(0)
    for _ in range(300):
        index = random.randint(len(models))
        model = models[index]
        recipe = list(looks(model).values())[random.randint(8)]
        rows = tuple(float(i >= random.randint(model.num_ws)) for i in range(model.num_ws))
        recipe = recipe.replace(mixing=(MixRow(SeedSource(random.randint(4)), rows),))
        found = renderers[index].render(recipe).pixels
        assert np.array_equal(found, Renderer(model, cache_bytes=0).render(recipe).pixels)
    assert recorder_for(portraits.device).works


def test_recordings_are_made_after_all_earlier_ones_went(portraits):
    for _ in range(3):
        renderer = Renderer(portraits)
        for seed in range(RUNS_BEFORE + 2):
            renderer.render(Recipe.from_seed(seed, portraits))
        del renderer
    assert recorder_for(portraits.device).works


def test_a_recording_that_fails_leaves_the_card_usable(portraits):
    recorder, number = recorder_for(portraits.device), torch.zeros(1, device=CARD)

    def count() -> None:
        number.add_(1)

    def read() -> None:
        if torch.cuda.is_current_stream_capturing():
            number.item()  # which no recording may

    replay = recorder.record(count)
    with pytest.raises(RuntimeError):
        recorder.record(read)
    assert torch.randn(4, device=CARD).isfinite().all()
    before = number.item()
    replay()
    assert number.item() == before + 1
    recorder.record(count)


@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("taps", [(1.0, 3.0, 3.0, 1.0), (1.0, 2.0, 1.0), (1.0, 5.0, 3.0, 1.0)])
@pytest.mark.parametrize("base", [4096, 16384])  # the last block takes 256 channels, and 512
def test_few_and_many_channels_are_blurred_as_on_the_processor(make_network, taps, base, precision):
    network = make_network(resample_filter=taps, channel_base=base, channel_max=512)
    here = Model(_checkpoint(copy.deepcopy(network)), "cpu", "float32")
    there = Model(_checkpoint(network), CARD, precision)
    recipe = Recipe.from_seed(3, here)
    found, expected = (Renderer(each).render(recipe).pixels.astype(float) for each in (there, here))
    assert likeness(found - 127.5, expected - 127.5, 127.5) > INDISTINGUISHABLE


def test_two_threads_share_a_card(portraits, in_threads):
    recipes = list(looks(portraits).values())
    alone = [Renderer(portraits, cache_bytes=0).render(recipe).pixels for recipe in recipes]

    def work(_index):
        renderer = Renderer(portraits)
        return [renderer.render(recipe).pixels for _ in range(4) for recipe in recipes]

    for found in in_threads(work):
        assert all(map(np.array_equal, found, alone * 4))


@pytest.mark.parametrize(("name", "codec"), [("deep", "png16"), ("clip.gif", "gif")])
def test_exports_repeat_their_bytes(portraits, tmp_path, name, codec):
    clip = Timeline.of([Recipe.from_seed(seed, portraits) for seed in (1, 2)], 0.4, fps=10)
    for again in ("a", "b"):
        (tmp_path / again).mkdir()
        assert export_video(portraits, clip, tmp_path / again / name, codec).frames == 4
    files = [sorted(p for p in (tmp_path / each).rglob("*") if p.is_file()) for each in ("a", "b")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


@pytest.mark.parametrize(
    "settings",
    [
        InversionSettings(method="w", steps=6),
        InversionSettings(method="w+", steps=6, search=True),
        InversionSettings(method="tune", steps=2, tuning_steps=4),
        InversionSettings(method="encoder", steps=2),
    ],
    ids=lambda settings: settings.method,
)
def test_inversions(tiny, settings):
    model = tiny()
    encoder = new_encoder(measure_space(model)).to(model.device).eval()
    context = InversionContext(model, encoder, samples=16)
    photo = Photo(torch.rand(3, 40, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1, "a")
    assets = Assets()
    steps = PhotoInversion(context, photo, settings, assets=assets).run()
    last = [progress.snapshot for progress in steps if progress.snapshot][-1]
    if last.delta:
        assets.remember(last.delta)
    recipe = last.recipe(model, photo.name)
    assert Renderer(model, assets=assets).render(recipe).pixels.shape == (32, 32, 3)


def test_styles_are_as_on_the_processor(portraits, bank_path):
    bank = open_styles(bank_path)
    style = Style(BankRef.of(bank), (("dawn", 0.6), ("dusk", 0.4)), colours=0.5)
    recipe = Recipe.from_seed(5, portraits, style=style)
    there = Renderer(portraits, assets=Assets([bank]))
    found = there.render(recipe).pixels
    assert np.array_equal(there.render(recipe).pixels, found)
    here = open_model("portraits", device="cpu", precision="float32")
    expected = Renderer(here, assets=Assets([open_styles(bank_path)])).render(recipe).pixels
    assert likeness(found - 127.5, expected - 127.5, 127.5) > 30


def test_tuned_weights_and_their_mixing(tiny):
    model = tiny()
    assets, recipe = tuned(model)
    renderer = Renderer(model, assets=assets)
    plain = Recipe.from_seed(1, model)
    mixed = [
        plain.replace(mixing=(MixRow(recipe.source, (share,) * model.num_ws),))
        for share in (0.25, 0.5, 0.25)
    ]
    found = [renderer.render(each).pixels for each in (plain, recipe, *mixed, plain, recipe)]
    for each, pixels in zip((plain, recipe, *mixed, plain, recipe), found, strict=True):
        fresh = Renderer(model, cache_bytes=0, assets=assets).render(each).pixels
        assert np.array_equal(pixels, fresh)
    assert not np.array_equal(found[0], found[1])


@pytest.mark.shared
@pytest.mark.parametrize(
    "file_name",
    ["cyclegan_net_G_A.pth", "pix2pix_unet.pth", "stargan_200000-G.ckpt", "esrgan_x4.pth"],
)
def test_networks_that_change_pictures_do_as_on_the_processor(file_name):
    path, golden = golden_of(file_name)
    here, there = open_stage(path), open_stage(path).to(CARD)
    given = golden["c"][:1] if "c" in golden else None
    expected = here.apply(golden["x"][:1], given)
    found = there.apply(golden["x"][:1], given)
    assert found.device.type == CARD
    assert (found.cpu() - expected).abs().max() < 1e-3


@pytest.mark.shared
def test_models_of_words_and_pictures_do_as_on_the_processor():
    pytest.importorskip("ftfy")
    from stylestudio.text import open_text_model

    path, golden = golden_of("clip_hf")
    here, there = open_text_model(path), open_text_model(path).to(CARD)
    pictures = torch.from_numpy(golden["pixels"]).permute(0, 3, 1, 2) / 255
    tokens = torch.from_numpy(golden["tokens"])
    for call, given in (("embed_images", pictures), ("embed_tokens", tokens)):
        found = getattr(there, call)(given).cpu()
        assert (found - getattr(here, call)(given)).abs().max() < 1e-4


def test_a_large_model_with_random_weights_stays_finite():
    torch.manual_seed(0)
    network = Generator(StyleGAN2Config.standard(1024, conv_clamp=256.0))
    model = Model(_checkpoint(network.eval().requires_grad_(False)), CARD)
    renderer = Renderer(model)
    seeds = (1, 2, 1, 3, 1, 2, 1)
    found = [renderer.render(Recipe.from_seed(seed, model)).pixels for seed in seeds]
    for index in (2, 4, 6):
        assert np.array_equal(found[0], found[index])
    assert np.array_equal(found[1], found[5])
    assert not np.array_equal(found[0], found[1])


def _checkpoint(network):
    return Checkpoint(
        network=network, name="large", format="random", metadata={}, notes=(), sha256="0" * 64
    )
