"""Words for the worlds, captions made of them, and the text model that learns both."""

import random
from collections import Counter

import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon
from stylestudio.cli.main import run
from stylestudio.training.lexicon import WORLDS, ranking
from stylestudio.training.lexicon.captions import MOST, Saying
from stylestudio.training.lexicon.phrases import Phrase, wordings
from stylestudio.training.lexicon.ranking import HAS, LACKS, rank
from stylestudio.training.lexicon.trainer import (
    SCENES,
    LexiconSettings,
    LexiconTrainer,
    speaker_for,
)
from stylestudio.training.portraits512 import Portraits512

TINY = LexiconSettings(steps=3, batch=4, captions=4, painted=2)
HORIZONS = SCENES[2]


@pytest.fixture(scope="module")
def speaker():
    return speaker_for()


def test_a_pattern_stands_for_every_way_to_fill_it():
    said = [phrase.said("very") for phrase in wordings("a *big|open_wide mouth")]
    assert said == ["a very big mouth", "a very open wide mouth"]
    assert Phrase("a *open mouth", False).said() == "an open mouth"
    assert [phrase.is_trait for phrase in wordings("is smiling|happy")] == [True, True]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_every_sense_is_taught_and_held_out_wordings_are_of_taught_words(world):
    scene = next(scene for scene in SCENES if scene.name == world.name)
    assert set(world.words) <= set(scene.space.names)
    for key, sense in world.senses.items():
        known = {word for phrase in sense.taught for word in phrase.said().split()}
        assert sense.taught, key
        assert not set(sense.taught) & set(sense.held_out)
        assert all(set(phrase.said().split()) <= known for phrase in sense.held_out), key
    held_out = sum(len(sense.held_out) for sense in world.senses.values())
    assert held_out >= 100


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_no_wording_means_two_things_in_one_world(world):
    meant = Counter(
        phrase for sense in world.senses.values() for phrase in sense.taught + sense.held_out
    )
    assert [phrase.words for phrase, count in meant.items() if count > 1] == []


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_caption_fits_the_picture_that_it_was_made_for(speaker, scene):
    chance = random.Random(3)
    attributes = torch.randn(
        200, len(scene.space.names), generator=torch.Generator().manual_seed(1)
    )
    attributes = attributes.clamp(-1.8, 1.8)
    captions = [speaker.describe(scene.name, row, chance) for row in attributes.tolist()]
    fits = speaker.requirements(captions, scene.name).fits(attributes)
    own = fits.diagonal().mean()
    others = (fits.sum() - fits.diagonal().sum()) / (fits.numel() - len(fits))
    assert own > 0.5
    assert others < 0.5 * own
    assert max(len(caption.sayings) for caption in captions) == MOST
    known = set(speaker.vocabulary)
    words = {word for caption in captions for word in caption.text.replace(",", "").split()}
    assert words <= known


def test_a_caption_that_names_a_world_fits_no_picture_of_another(speaker):
    chance = random.Random(0)
    world = speaker.worlds["Portraits"]
    smile = Saying("smile", 1, world.senses["smile", 1].taught[0])
    named = speaker.caption("Portraits", [], chance)
    assert not speaker.requirements([named], "Horizons").possible.any()
    bare = next(
        caption
        for caption in (speaker.caption("Portraits", [smile], chance) for _ in range(50))
        if not caption.names_world
    )
    assert not speaker.requirements([bare], "Horizons").possible.any()


def test_what_is_said_alike_of_two_worlds_fits_pictures_of_both(speaker):
    chance = random.Random(0)
    vivid = Phrase("*vivid", True)
    saying = Saying("saturation", 1, vivid)
    caption = next(
        caption
        for caption in (speaker.caption("Horizons", [saying], chance) for _ in range(50))
        if not caption.names_world
    )
    for scene in SCENES[1:]:
        attributes = torch.zeros(2, len(scene.space.names))
        attributes[:, scene.space.names.index("saturation")] = torch.tensor([1.5, -1.5])
        fits = speaker.requirements([caption], scene.name).fits(attributes)[:, 0]
        assert fits[0] > 0.9 > 0.1 > fits[1]


def test_worlds_of_the_same_attributes_are_spoken_of_alike(speaker):
    larger = speaker_for([Portraits512()]).worlds["Portraits 512"]
    assert larger.senses == speaker.worlds["Portraits"].senses


def test_strength_is_heard(speaker):
    world = speaker.worlds["Portraits"]
    phrase = next(one for one in world.senses["smile", 1].taught if one.takes_strength)
    chance = random.Random(0)
    captions = [
        speaker.caption("Portraits", [Saying("smile", 1, phrase, strength)], chance)
        for strength in ("plain", "very", "slightly")
    ]
    attributes = torch.zeros(3, len(SCENES[0].space.names))
    attributes[:, SCENES[0].space.names.index("smile")] = torch.tensor([0.6, 1.6, -1.0])
    plain, very, slightly = speaker.requirements(captions, "Portraits").fits(attributes).T
    assert slightly.argmax() == 0
    assert very.argmax() == 1
    assert very[0] < 0.2 < plain[0]
    assert plain[2] < 0.01


@pytest.fixture(scope="module")
def taught():
    """A few steps on one world; enough to tell that it learns."""
    settings = LexiconSettings(steps=30, batch=16, captions=16, painted=8)
    trainer = LexiconTrainer(settings, scenes=[HORIZONS])
    losses = [trainer.advance().loss for _ in range(settings.steps)]
    return trainer, losses


def test_a_lexicon_learns(taught):
    _, losses = taught
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])


def test_training_that_goes_on_ends_where_one_without_a_break_does():
    whole, first, second = (LexiconTrainer(TINY, scenes=[HORIZONS]) for _ in range(3))
    while not whole.finished:
        whole.advance()
    first.advance()
    second.load_state_dict(first.state_dict())
    while not second.finished:
        second.advance()
    for ours, theirs in zip(
        second.network.state_dict().values(), whole.network.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_line_ups_have_one_picture_that_fits(monkeypatch):
    """A model that reads the attribute from the picture's place ranks it first every time."""
    monkeypatch.setattr(ranking, "PHRASES", 8)
    monkeypatch.setattr(ranking, "TRIALS", 2)

    class FirstIsBest:
        def embed_images(self, pictures):
            return torch.linspace(1, 0, len(pictures))[:, None]

        def embed_text(self, texts):
            return torch.ones(len(texts), 1)

    found = rank(FirstIsBest(), 2, side=64, scenes=[HORIZONS])
    assert len(found) == 8
    assert {one.share for one in found} == {1.0}
    assert {len(one.attributes) for one in found} == {2}
    assert HAS > LACKS


def test_the_command_trains_stops_goes_on_and_judges(tmp_path, ctrl_c, capsys, monkeypatch):
    monkeypatch.setattr("stylestudio.training.lexicon.trainer.SETTINGS", TINY)
    monkeypatch.setattr("stylestudio.training.lexicon.ranking.PHRASES", 2)
    monkeypatch.setattr("stylestudio.training.lexicon.ranking.TRIALS", 1)
    out = tmp_path / "words.safetensors"
    train = ["train", "lexicon", "--device", "cpu", "--threads", "1", "--out", str(out)]
    train += ["--work-dir", str(tmp_path / "work")]
    with ctrl_c(LexiconTrainer):
        assert run(train) == 130
    assert "--resume continues" in capsys.readouterr().err
    assert run([*train, "--resume"]) == 0
    assert ss.open_text_model(out).words
    capsys.readouterr()
    assert run([*train, "--evaluate", str(out)]) == 0
    said = capsys.readouterr().out
    assert "2 phrases that say one thing" in said
    assert "2 phrases that say two things" in said


def test_a_full_list_of_words_and_weights_is_small(tmp_path):
    trainer = LexiconTrainer(TINY)
    write_lexicon(trainer.network, trainer.words, tmp_path / "lexicon.safetensors")
    assert (tmp_path / "lexicon.safetensors").stat().st_size < 8e6
