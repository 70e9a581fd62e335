"""What renders on the processor would render on graphics cards, none of which has to be here."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from alias_free import alias_free_layers
from looks import looks, random_mapper, tuned
from pretend_card import CARD, READS_OF_A_FRAME, Making
from torch.utils._python_dispatch import _disable_current_modes

import stylestudio
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing import drag
from stylestudio.inversion import (
    InversionContext,
    InversionSettings,
    Photo,
    PhotoInversion,
    crop_search,
)
from stylestudio.inversion.cropper import Cropper
from stylestudio.inversion.encoder import new_encoder
from stylestudio.inversion.space import measure_space
from stylestudio.networks.stylegan2 import doubling
from stylestudio.networks.stylegan3 import Generator as StyleGAN3
from stylestudio.networks.stylegan3 import StyleGAN3Config
from stylestudio.recipe import (
    BankRef,
    DeltaUse,
    Intervention,
    MapperEdit,
    MixRow,
    Recipe,
    Region,
    Style,
)
from stylestudio.render import (
    Assets,
    Renderer,
    Thumbnailer,
    compose_ws,
    open_model,
    open_stage,
    read_latents,
    save_latent,
)
from stylestudio.render import device as devices
from stylestudio.render.graphs import RUNS_BEFORE
from stylestudio.render.style_opening import open_styles
from stylestudio.video import Timeline, export_video

sys.path.insert(0, str(Path(__file__).parent / "render"))
import published_networks as published

ROOM = Path(stylestudio.__file__).parent
SHARED = Path(__file__).parents[2] / "shared" / "fixtures"
READS_OF_A_STEP = 2  # the loss, and where a crop that moves is to go


@pytest.fixture
def model(make_network, on_card):
    return on_card(make_network())


def test_frames_drafts_and_thumbnails(model, watch):
    renderer, thumbnailer = Renderer(model), Thumbnailer(16)
    renderer.pace.budget = -1.0  # every draft that can be shown is due
    drafts = []
    for recipe in looks(model).values():
        assert renderer.render(recipe, show_draft=drafts.append).pixels.shape == (32, 32, 3)
        renderer.render_deep(recipe)
        thumbnailer.render(model, recipe)
        compose_ws(model, recipe)
        for side in renderer.draft_sides(recipe):  # as a clip is played
            renderer.render(recipe, side=side)
    assert drafts
    assert "aten::upsample_bicubic2d" in watch.operators


def test_filters_lie_channels_last_in_the_short_type(model, watch):
    Renderer(model).render(Recipe.from_seed(1, model))
    # What convolutions give forgets its layout on this card, so that of feature maps is not seen.
    filters = [each for each in watch.filters if each.shape[1] > 1 and each.shape[2] == 3]
    assert filters
    for each in filters:
        assert each.dtype == torch.float16
        assert each.is_contiguous(memory_format=torch.channels_last)


def test_many_channels_are_blurred_by_sums(make_network, on_card, watch, monkeypatch):
    monkeypatch.setattr(doubling, "_FEW", dict.fromkeys(doubling._FEW, 0))
    model = on_card(make_network())
    assert Renderer(model).render(Recipe.from_seed(1, model)).pixels.shape == (32, 32, 3)
    blurs = [each for each in watch.filters if each.shape[1:] == (1, 4, 4)]
    assert len(blurs) == 2 + 3  # of sides below 32, and of RGB pictures where made by blurring


def test_a_model_on_a_card_is_asked_to_repeat_its_bytes(make_network, on_card, monkeypatch):
    asked = []
    monkeypatch.setattr("stylestudio.render.model.make_repeatable", asked.append)
    on_card(make_network())
    assert asked == [torch.device(CARD)]


def test_what_scripts_call(model):
    ws = model.map(np.random.RandomState(1).randn(2, model.z_dim), truncation_psi=0.5)
    for mode in ("const", "none", "random"):
        assert model.synthesize(ws, mode).shape == (2, 3, 32, 32)


def test_latents_of_other_tools(model, tmp_path):
    recipe = Recipe.from_seed(3, model)
    save_latent(tmp_path / "w.npz", model, recipe)
    np.save(tmp_path / "z.npy", np.ones((1, model.z_dim), np.float32))
    read_latents(tmp_path / "z.npy", model)


def test_a_model_moves_there_and_the_old_one_stays(make_network, tmp_path, watch):
    path = tmp_path / "model.safetensors"
    with _disable_current_modes():  # on the processor, nothing is anyone's turn
        write_safetensors(path, make_network(), name="tiny")
        here = open_model(path, device="cpu")
        recipe = Recipe.from_seed(1, here)
        before = Renderer(here).render(recipe).pixels
    for device in (CARD, torch.device(CARD)):
        there = here.to(device)
        assert there.device == torch.device(CARD)
        assert there.sha256 == here.sha256
        Renderer(there).render(recipe)
        assert there.synthesize(there.map(np.ones((1, there.z_dim)))).device == there.device
    assert "aten::convolution" in watch.operators
    assert here.device == torch.device("cpu")
    with _disable_current_modes():
        assert np.array_equal(Renderer(here).render(recipe).pixels, before)


def test_a_bank_moves_there(bank_path, watch):
    with _disable_current_modes():
        bank = open_styles(bank_path)
    with devices.turn:
        assert bank.to(CARD) is bank
        painted = bank.stylize(torch.rand(1, 3, 32, 32, device="cpu"), {"dawn": 1.0})
    assert painted.device == torch.device("cpu")  # pictures come back to where they were
    assert "aten::_to_copy" in watch.operators


@pytest.mark.parametrize(("name", "codec"), [("deep", "png16"), ("clip.gif", "gif")])
def test_videos_of_16_and_8_bits(model, tmp_path, name, codec):
    recipes = [Recipe.from_seed(1, model), Recipe.from_seed(2, model)]
    clip = Timeline.of(recipes, 0.2, fps=10, loop=True)
    assert export_video(model, clip, tmp_path / name, codec).frames == 2


@pytest.mark.parametrize(
    "config",
    [{"architecture": "resnet"}, {"img_channels": 1}, {"img_channels": 4}, {"c_dim": 3}],
    ids=str,
)
def test_other_networks(make_network, on_card, config):
    model = on_card(make_network(**config))
    renderer = Renderer(model)
    renderer.pace.budget = -1.0
    renderer.render(Recipe.from_seed(2, model), show_draft=lambda _frame: None)
    renderer.render_deep(Recipe.from_seed(3, model))


def alias_free():
    torch.manual_seed(0)
    layers = alias_free_layers((32, 8, 2), (32, 3, 1))
    network = StyleGAN3(StyleGAN3Config(layers=layers, z_dim=8, w_dim=8, input_rate=32.0))
    return network.eval().requires_grad_(False)


FAMILIES = {"stylegan2": {}, "resnet": {"architecture": "resnet"}}


def test_networks_whose_scene_moves(on_card):
    model = on_card(alias_free())
    renderer = Renderer(model)
    renderer.render(Recipe.from_seed(2, model, translate_x=0.1, rotate=20.0))


@pytest.mark.parametrize("family", ["stylegan2", "resnet", "stylegan3"])
def test_steps_can_be_recorded(make_network, on_card, watch, monkeypatch, family):
    """Once they have run, they read nothing, and copy nothing to the card."""
    network = alias_free() if family == "stylegan3" else make_network(**FAMILIES[family])
    model = on_card(network)
    chain, waits = type(model.synthesis), []
    run = chain.run_step

    def run_step(self, *given):
        before = len(watch.reads) + len(watch.uploads)
        state = run(self, *given)
        waits.append(len(watch.reads) + len(watch.uploads) - before)
        return state

    monkeypatch.setattr(chain, "run_step", run_step)
    renderer = Renderer(model)
    with Making(watch):
        for seed in range(RUNS_BEFORE):
            renderer.render(Recipe.from_seed(seed, model))
        waits.clear()
        for name, recipe in looks(model).items():
            if family != "stylegan3" or name not in ("bent", "painted"):  # which need more steps
                renderer.render(recipe)
    assert waits
    assert not any(waits)


def test_styles(model, bank_path, watch):
    with _disable_current_modes():
        bank = open_styles(bank_path)
    assets = Assets([bank])
    renderer = Renderer(model, assets=assets)
    renderer.pace.budget = -1.0
    for colours in (0.0, 0.5):
        style = Style(BankRef.of(bank), (("dawn", 0.6), ("dusk", 0.4)), colours=colours)
        recipe = Recipe.from_seed(5, model, style=style)
        renderer.render(recipe, show_draft=lambda _frame: None)
        renderer.render_deep(recipe)
        Thumbnailer(16, assets).render(model, recipe)
    renderer = Renderer(model, assets=assets)
    watch.reads.clear()
    renderer.render(recipe)
    assert len(watch.reads) <= READS_OF_A_FRAME, watch.reads


def test_networks_after_the_picture(model, watch, tmp_path):
    networks = {"to-paint": published.cyclegan(), "faces": published.StarGan()}
    networks["x4"] = published.Rrdb("old")
    with _disable_current_modes():
        for name, network in networks.items():
            torch.save(published.shaken(network).state_dict(), tmp_path / f"{name}.pth")
        stages = [open_stage(tmp_path / f"{name}.pth") for name in networks]
    assets = Assets(stages)
    recipe = Recipe.from_seed(5, model)
    for stage in stages:
        recipe = recipe.stage(stage, 0.5)
    renderer = Renderer(model, assets=assets)
    renderer.pace.budget = -1.0
    frame = renderer.render(recipe, show_draft=lambda _frame: None)
    assert frame.pixels.shape[0] == 4 * model.resolution
    renderer.render_deep(recipe)
    Thumbnailer(16, assets).render(model, recipe)
    renderer = Renderer(model, assets=assets)
    watch.reads.clear()
    renderer.render(recipe)
    # For each network, whether it made numbers at all.
    assert len(watch.reads) <= READS_OF_A_FRAME + len(stages), watch.reads


def test_tuned_weights(model, watch):
    assets, recipe = tuned(model)
    renderer = Renderer(model, assets=assets)
    renderer.render(recipe)
    watch.reads.clear()
    renderer.render(recipe.replace(noise_strength=0.5))
    assert len(watch.reads) <= READS_OF_A_FRAME, watch.reads


def test_tuned_weights_that_are_mixed(model, watch):
    assets, tuned_recipe = tuned(model)
    plain = Recipe.from_seed(1, model)
    renderer = Renderer(model, assets=assets)
    renderer.pace.budget = -1.0
    renderer.render(tuned_recipe)
    for share in (0.25, 0.5):
        row = MixRow(tuned_recipe.source, (share,) * model.num_ws)
        watch.reads.clear()
        drafts = []
        renderer.render(plain.replace(mixing=(row,)), show_draft=drafts.append)
        assert len(watch.reads) <= READS_OF_A_FRAME + len(drafts), watch.reads


def test_deltas_crossfades_and_painted_sources(model, make_network, on_card, watch):
    """What changes weights of the whole model reads nothing more, once its weights are there."""
    assets, painted = tuned(model)
    delta, sibling = assets.delta(painted.source.delta), on_card(make_network(1))
    assets.hold(sibling)
    mask = np.eye(32)
    base = Recipe.from_seed(1, model, truncation_psi=0.7)
    shares = [0.5] * model.num_ws
    renderer = Renderer(model, assets=assets)
    for way in (
        lambda amount: base.delta(delta, amount),
        lambda amount: base.delta(delta.use(amount, shares)).intervene(
            Intervention.of("bent", 2, "scale", amount, mask=mask)
        ),
        lambda amount: base.delta(DeltaUse.of(sibling, amount, mapping=amount)),
        lambda amount: base.delta(sibling, amount).delta(delta, amount),
        lambda amount: base.intervene(Region.of("a", painted.source, mask, feather=amount / 4)),
    ):
        for amount in (0.25, 1.0, 0.5):
            watch.reads.clear()
            renderer.render(way(amount))
            assert amount == 0.25 or len(watch.reads) <= READS_OF_A_FRAME, watch.reads
        renderer.render_deep(way(amount))
        Thumbnailer(16, assets).render(model, way(amount))


def test_a_frame_reads_no_more_than_it_must(model, watch):
    renderer = Renderer(model)
    renderer.render(Recipe.from_seed(1, model))
    for recipe in looks(model).values():
        watch.reads.clear()
        renderer.render(recipe)
        assert len(watch.reads) <= READS_OF_A_FRAME, watch.reads


def test_what_stays_as_it_was_is_not_copied_there_again(model, watch):
    """Of sources, shares, edits and mappers, while another number is moved."""
    with _disable_current_modes():
        mapper = random_mapper(model)
    assets = Assets()
    assets.hold(mapper)
    recipes = looks(model)
    recipes["mapped"] = recipes["mixed"].edit(MapperEdit.of(mapper, 0.5))
    recipes["w+ mapped"] = recipes["w+"].edit(MapperEdit.of(mapper))
    for name, recipe in recipes.items():
        renderer = Renderer(model, assets=assets)
        with Making(watch):
            renderer.render(recipe)
            watch.uploads.clear()
            watch.reads.clear()
            renderer.render(recipe.replace(truncation_psi=0.6))
        assert not watch.uploads, name
        assert len(watch.reads) <= READS_OF_A_FRAME, name


def test_each_draft_is_one_more_read(model, watch):
    renderer, drafts = Renderer(model), []
    renderer.pace.budget = -1.0
    for seed in (1, 2):
        watch.reads.clear()
        drafts.clear()
        renderer.render(Recipe.from_seed(seed, model), show_draft=drafts.append)
    assert drafts
    assert len(watch.reads) <= READS_OF_A_FRAME + len(drafts), watch.reads


INVERSIONS = {
    "w": InversionSettings(method="w", steps=4),
    "w+": InversionSettings(method="w+", steps=4),
    "moving": InversionSettings(method="w+", steps=4, search=True),
    "tuned": InversionSettings(method="tune", steps=1, tuning_steps=4),
}


@pytest.fixture
def invert(model):
    """Begin an inversion of a photo; the steps."""

    def begin(settings, *, mask: bool = False, encoder: bool = False, cropper: bool = False):
        pixels = torch.rand(3, 40, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1
        with devices.turn:
            found = new_encoder(measure_space(model)).to(model.device) if encoder else None
            finder = Cropper().eval().to(model.device) if cropper else None
        context = InversionContext(model, found, samples=16, cropper=finder)
        weights = torch.ones(model.resolution, model.resolution) if mask else None
        photo = Photo(pixels, "photo")
        return PhotoInversion(context, photo, settings, mask=weights, assets=Assets()).run()

    return begin


@pytest.mark.parametrize(
    ("kind", "mask"), [("w", False), ("w+", True), ("moving", True), ("tuned", True)]
)
def test_a_step_of_an_inversion_reads_no_more_than_it_must(invert, watch, monkeypatch, kind, mask):
    monkeypatch.setattr(crop_search, "ANGLES", (0.0,))  # a search in little time
    monkeypatch.setattr(crop_search, "ROUNDS", 1)
    stage = "Tuning the weights" if kind == "tuned" else "Finding the latent"
    counts = []
    for progress in invert(INVERSIONS[kind], mask=mask):
        if progress.stage == stage and progress.snapshot is None:
            counts.append(len(watch.reads))
        watch.reads.clear()
    assert max(counts[1:]) <= READS_OF_A_STEP  # the first prepared what all share


@pytest.mark.parametrize("masked", [False, True])
def test_a_step_of_a_drag_reads_no_more_than_it_must(model, watch, masked):
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    mask = np.eye(32) if masked else None
    counts = []
    for _ in drag(model, recipe, [(9, 9), (20, 20)], [(15, 9), (20, 28)], mask, steps=3):
        counts.append(len(watch.reads))
        watch.reads.clear()
    assert max(counts[1:]) <= 1  # the first prepared what all share


def test_a_cropper_and_what_starts_where_it_says(invert, watch):
    for _ in invert(INVERSIONS["moving"], cropper=True):
        pass
    assert "aten::native_batch_norm" in watch.operators


@pytest.mark.parametrize("method", ["encoder", "w+"])
def test_an_encoder_and_what_starts_from_it(invert, watch, method):
    for _ in invert(InversionSettings(method=method, steps=2), encoder=True, mask=True):
        pass
    assert "aten::native_batch_norm" in watch.operators


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (lambda x: x.double(), "float64"),
        (lambda x: x + torch.ones(4), "takes torch.float32"),
        (lambda x: torch.arange(4, device=CARD), "arange"),
        (
            lambda x: torch.nn.functional.interpolate(
                x.to(torch.uint8)[None, None], (8, 8), mode="bicubic"
            ),
            "CUDA lacks",
        ),
        (lambda x: torch.linalg.svd(x), "MPS"),
    ],
)
def test_the_watch_sees_what_cards_lack(watch, do, why):
    with devices.turn:
        x = torch.empty(4, 4, device=CARD)
        with pytest.raises(AssertionError, match=why):
            do(x)


def test_the_watch_sees_work_out_of_turn(watch):
    with pytest.raises(AssertionError, match="turn"):
        torch.empty(4, device=CARD)


def test_ranges_are_made_on_the_processor():
    """Making them on Apple's GPUs from two threads can end the process."""
    makes = re.compile(r"torch\.(?:arange|linspace|eye)\([^\n]*device=(?!\"cpu\")")
    found = [
        path.name
        for path in ROOM.rglob("*.py")
        if "training" not in path.parts  # which has a process and a thread to itself
        and makes.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
