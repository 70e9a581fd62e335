"""Long work on graphics cards: what looks for things, learns and measures, on a pretended card."""

from contextlib import suppress
from copy import deepcopy
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from looks import tuned
from pretend_card import CARD
from torch.utils._python_dispatch import _disable_current_modes

import stylestudio as ss
from stylestudio.checkpoints import TextImageFile
from stylestudio.editing import (
    Painted,
    Rating,
    dissection,
    rank_by_region,
    rewrite,
    unit_effects,
    unit_statistics,
)
from stylestudio.editing.statistics import _few
from stylestudio.inversion import InversionContext
from stylestudio.measures.distances import MeasureError
from stylestudio.measures.path_length import PathLengths
from stylestudio.measures.pictures import ModelPictures, read_rows
from stylestudio.measures.readers import open_reader
from stylestudio.measures.separability import latents_of
from stylestudio.measures.training_fid import TrainingFid
from stylestudio.networks.text_image import TextImageConfig, TextImageNetwork, TowerConfig
from stylestudio.progress import Cancel
from stylestudio.recipe import Intervention, Region
from stylestudio.render import device as devices
from stylestudio.text import adapt_target, prompts
from stylestudio.text.adapting import Adaptation, AdaptSettings
from stylestudio.text.asking import ask_directions, ask_pictures, ask_seeds
from stylestudio.text.drawing import Drawing, DrawSettings
from stylestudio.text.finding import FindSettings, Search
from stylestudio.text.mapping import Mapping, MapSettings
from stylestudio.text.model import TextModel
from stylestudio.text.moving import Move, MoveSettings
from stylestudio.text.naming import name_directions
from stylestudio.text.prompts import PictureTarget, Target, wishes_of
from stylestudio.text.restyling import Restyle, RestyleSettings
from stylestudio.training.adversarial.pictures import Pictures
from stylestudio.training.adversarial.starting import Start
from stylestudio.training.runs import load_state, save_state
from stylestudio.transfer.loss_network import default_loss_network


def others_take_turns(_progress):
    """Between the steps of its work, a thread leaves the card to others."""
    assert not devices.turn._is_owned()


FREE = {"on_progress": others_take_turns}
TOP = np.repeat([1.0, 0.0], [12, 20])[:, None].repeat(32, 1)


@pytest.fixture
def model(make_network, on_card):
    _few.clear()
    yield on_card(make_network(resolution=16))
    _few.clear()  # what was found out about a model without numbers


@pytest.fixture(params=["cpu", CARD])
def text(request, watch, monkeypatch):
    """A model of words and pictures, on the processor, or moved to the card."""
    with _disable_current_modes():
        torch.manual_seed(0)
        tower = TowerConfig(8, 1, 1, 16)
        config = TextImageConfig(8, 32, 16, tower, tower, 4, 16, "gelu")
        network = TextImageNetwork(config)
        for parameter in network.parameters():
            parameter.data.normal_(0, 0.1)
        file = TextImageFile(network.eval().requires_grad_(False), "words", Path(), sha256="0" * 64)
        model = TextModel(file)
        for room in (adapt_target, prompts):  # ways of no numbers
            monkeypatch.setattr(room, "checked_way", lambda way, _text: way)
        model.tokens = lambda texts: [[len(each) % 16, 1, 2, 3] for each in texts]
    with devices.turn:
        return model.to(request.param)


def test_directions_are_found(model, tmp_path):
    for method, layers in (("pca", None), ("pca", "0-2"), ("sefa", None)):
        found = ss.find_directions(model, method, samples=8, layers=layers, folder=tmp_path, **FREE)
        assert found.vectors.shape[-1] == model.w_dim


def test_channels_are_found(model):
    for mask in (None, TOP):
        assert len(ss.editing.find_channels(model, mask=mask, count=4)) == 4


def test_directions_are_ranked_and_taught(model, tmp_path):
    found = ss.find_directions(model, samples=8, folder=tmp_path)
    recipe = ss.Recipe.from_seed(3, model)
    assert len(rank_by_region(model, recipe, TOP, found, **FREE)) == len(found)
    rating = Rating(model, folder=tmp_path)
    for answer in ("more", "less", "more", "less"):
        rating.answer(answer)
    rating.directions("taught")
    between = [ss.Recipe.from_seed(seed, model) for seed in range(4)]
    ss.editing.direction_between(model, "between", between[:2], between[2:])


def test_influences(model):
    for each in (
        Intervention.of("a", 1, "scale", 2.0, mask=TOP),
        Region.of("b", 9, TOP, first=1, feather=0.1),
    ):
        assert ss.influence(model, each).shape == (16, 16)


@pytest.mark.parametrize("learn", [False, True])
def test_units_are_found(model, tmp_path, monkeypatch, learn):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 2)
    few = partial(unit_statistics.unit_thresholds, samples=4)
    monkeypatch.setattr(dissection, "unit_thresholds", few)
    monkeypatch.setattr(dissection, "TRIED", 1)
    found = ss.dissect(model, [(3, TOP), (4, TOP)], count=2, learn=learn, folder=tmp_path, **FREE)
    assert len(found)


def test_a_rule_is_rewritten(model, tmp_path):
    seeds = [Painted(ss.Recipe.from_seed(seed, model), TOP) for seed in (1, 2)]
    found = rewrite(model, seeds[0], seeds, steps=2, samples=8, rank=2, folder=tmp_path, **FREE)
    assert found.answers(model, seeds[0].recipe).shape == (16, 16)


def test_a_model_of_a_folder(watch):
    with _disable_current_modes():
        pictures = Pictures(torch.randint(0, 255, (8, 3, 16, 16), dtype=torch.uint8))
    start = Start(resolution=16, batch=4)
    trainer = start.begin(pictures, None, CARD)
    trainer.augmentation.p = 0.5
    for _ in range(2):
        trainer.advance()
        others_take_turns(None)
    assert trainer.samples(2).device == torch.device("cpu")
    fid = TrainingFid(4)
    with suppress(MeasureError, np.linalg.LinAlgError):  # of features without numbers
        fid(trainer, Cancel())


def wishes(**given):
    return {"wishes": wishes_of({"bright": 1, "dull": -1}), **given}


def test_words_find_a_picture(model, text):
    context = InversionContext(model, samples=16)
    start = ss.Recipe.from_seed(3, model)
    for begun in (None, start):
        settings = FindSettings(**wishes(steps=2, samples=8, instead_of="usual"))
        for progress in Search(model, text, settings, begun, context).run():
            assert progress.total == 2


def test_words_lead_to_a_direction(model, text):
    settings = MoveSettings(**wishes(seeds=24))
    with suppress(ss.TextModelError):  # nothing leads there, as numbers mean nothing
        for progress in Move(model, text, settings, InversionContext(model, samples=16)).run():
            assert progress.total == 24


def test_words_choose_channels(model, text, tmp_path):
    found = ss.channels_by_words(model, "bright", text, samples=2, folder=tmp_path, **FREE)
    assert len(found.edit("bright").channels) == 50


@pytest.mark.filterwarnings("ignore:for .*is a no-op")  # on a card without numbers
def test_a_mapper_is_trained(model, text, tmp_path):
    context = InversionContext(model, samples=16)
    work = Mapping(model, text, MapSettings(**wishes(steps=2)), context)
    work.advance()
    save_state(work, tmp_path / "state")
    again = Mapping(model, text, MapSettings(**wishes(steps=2)), context)
    load_state(again, tmp_path / "state")
    again.advance()
    assert {each.device.type for each in again.mapper().tensors.values()} == {"cpu"}
    assets, recipe = tuned(model)
    inside = assets.delta(recipe.source.delta)
    Mapping(model, text, MapSettings(**wishes(steps=2)), context, delta=inside).advance()


@pytest.mark.filterwarnings("ignore:for b.*is a no-op")  # on a card without numbers
@pytest.mark.parametrize("by", ["words", "pictures"])
def test_a_model_is_adapted(model, text, tmp_path, by):
    given = wishes(steps=2) if by == "words" else {"steps": 2, "layers": "coarse"}
    pictures = [] if by == "words" else [torch.rand(3, 40, 32, device="cpu")]
    work = Adaptation(model, text, AdaptSettings(**given), pictures)
    work.advance()
    save_state(work, tmp_path / "state")
    again = Adaptation(model, text, AdaptSettings(**given), pictures)
    load_state(again, tmp_path / "state")
    assert again.advance().snapshot.picture.shape == (48, 48, 3)
    # What others in the program compare styles with has not moved to the card.
    assert {each.device.type for each in default_loss_network().parameters()} <= {"cpu"}


def test_scripts_adapt_a_model(model, text):
    assert ss.adapt_model(model, "bright", text, steps=1, **FREE).tensors


@pytest.mark.parametrize("blend", [False, True])
def test_words_find_a_style(bank_path, text, blend):
    with _disable_current_modes():
        bank = ss.open_styles(bank_path)
    with devices.turn:
        bank.to(CARD)
    settings = RestyleSettings(**wishes(steps=2, blend=blend))
    *_, last = Restyle(bank, text, settings, torch.rand(1, 3, 40, 48, device="cpu")).run()
    assert last.found.painted.device.type == "cpu"


@pytest.mark.parametrize("views", [0, 2])
def test_words_are_drawn(text, views):
    *_, last = Drawing(text, DrawSettings(**wishes(strokes=4, steps=2, views=views))).run()
    assert last.drawn.curves.points.device.type == "cpu"


def test_what_fits_words(model, text, tmp_path):
    found = ss.find_directions(model, samples=8, count=2, folder=tmp_path)
    with devices.turn:
        target = Target(text, wishes_of("bright"))
        picture = PictureTarget(text, torch.rand(3, 32, 40, device="cpu"))
        ask_pictures(text, target, {"one": torch.rand(3, 32, 40, device="cpu")})
    recipe = ss.Recipe.from_seed(3, model)
    for each in (target, picture):
        assert len([*ask_seeds(text, each, model, recipe, range(3))]) == 3
        assert len([*ask_directions(text, each, model, found, [1])]) == 2
    *_, (count, named) = name_directions(text, model, found, ["bright", "dull thing"], [1])
    assert count == len(named) == 2


def test_measures(model, watch, monkeypatch):
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)
    with _disable_current_modes():  # reading builds it where files are read
        network = default_loss_network()
    monkeypatch.setattr("stylestudio.measures.readers.read_reader", lambda *_: deepcopy(network))
    reader, pictures = open_reader(device=CARD), ModelPictures(model, 2)
    assert read_rows(pictures, range(2), reader, Cancel()).shape == (2, reader.dim)
    assert PathLengths(model, reader, "wfull").read(range(2), Cancel()).shape == (2, 1)
    z, w = latents_of(pictures, [0, 1])
    assert z.shape == w.shape == (2, model.w_dim)
