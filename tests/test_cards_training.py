"""Trainings on graphics cards: one step of each kind, on a pretended card."""

from contextlib import nullcontext

import pytest
import torch
from pretend_card import CARD

from stylestudio.inversion.cropper_training import CropperSettings, CropperTrainer
from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer
from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.render import device as devices
from stylestudio.training.adversarial.pictures import Pictures
from stylestudio.training.adversarial.settings import AdversarialSettings
from stylestudio.training.adversarial.trainer import AdversarialTrainer
from stylestudio.training.runs import load_state, save_state
from stylestudio.training.translators import TranslatorSettings, TranslatorTrainer

CONFIG = StyleGAN2Config(
    img_resolution=16, channels=(16, 16, 8), z_dim=8, w_dim=16, mapping_layers=2
)
pytestmark = pytest.mark.filterwarnings("ignore:for .*is a no-op")  # on a card without numbers


def pictures(count=8, side=16):
    draws = torch.Generator().manual_seed(0)
    return Pictures(torch.randint(256, (count, 3, side, side), generator=draws).byte())


def adversarial():
    settings = AdversarialSettings(config=CONFIG, kimg=0.08, batch=8)
    trainer = AdversarialTrainer(pictures(), settings, device=CARD)
    trainer.augmentation.p = 0.5
    return trainer


def translators():
    settings = TranslatorSettings(steps=4, resolution=16, width=8, blocks=1)
    both = pictures(side=settings.read_side), pictures(side=settings.read_side)
    return TranslatorTrainer(both, settings, CARD)


@pytest.fixture
def its_turn(monkeypatch):
    """Nobody else uses the card where a command trains."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # which meta lacks
    with devices.turn:
        yield


def test_a_training_on_a_folder_takes_turns_with_the_window(watch, tmp_path):
    go_through(adversarial, tmp_path, watch)


def test_a_training_of_translators(watch, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # which meta lacks
    go_through(translators, tmp_path, watch)


def go_through(begin, folder, watch):
    trainer = begin()
    trainer.advance()
    save_state(trainer, folder / "state")
    again = begin()
    load_state(again, folder / "state")
    assert again.advance().done == 2
    assert again.samples(2).device.type == "cpu"
    assert "aten::convolution_backward" in watch.operators


def test_steps_of_an_encoder(its_turn, make_network, on_card, watch):
    trainer = EncoderTrainer(on_card(make_network()), EncoderSettings(steps=4, batch=4, repeats=2))
    trainer.advance()
    assert "aten::native_batch_norm" in watch.operators


def test_steps_of_a_cropper(its_turn, make_network, on_card, watch):
    trainer = CropperTrainer(on_card(make_network()), CropperSettings(steps=4, batch=4, repeats=2))
    trainer.advance()
    assert "aten::native_batch_norm" in watch.operators
