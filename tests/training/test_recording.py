"""Painters that a card records copy nothing to it after the first picture, and ask nothing."""

import pytest
import torch
from painting import attributes, noises
from pretend_card import CARD, Making, PretendCard

from stylestudio.render.device import turn
from stylestudio.training.horizons import Horizons
from stylestudio.training.pigments import Pigments
from stylestudio.training.portraits import Portraits
from stylestudio.training.portraits512 import Portraits512


@pytest.mark.parametrize(
    ("scene", "resolution"),
    [(Horizons(), 256), (Pigments(), 256), (Portraits(), 256), (Portraits512(), 512)],
    ids=lambda given: given if isinstance(given, int) else given.name,
)
def test_a_painter_leaves_the_processor_alone(scene, resolution):
    given = attributes(scene, batch=2)
    sides = [side for side in (32, 64, 128, 256, 512) if side <= resolution]
    with PretendCard(apple=False) as card, Making(card), turn:
        for side in sides:
            maps = {name: noise.to(CARD) for name, noise in noises(side, batch=2).items()}
            there = given.to(CARD)
            for _ in range(2):
                card.uploads.clear()
                card.reads.clear()
                assert scene.render(there, maps, side).shape == (2, 3, side, side)
            assert not card.uploads
            assert not card.reads


def test_the_watch_sees_what_is_copied_to_the_card():
    with PretendCard() as card, Making(card), turn:
        numbers = torch.ones(3, device="cpu").to(CARD)
        numbers.copy_(torch.zeros(3, device="cpu"))
        torch.as_tensor(0.5, device=CARD)
        numbers[[0, 2]]
        assert len(card.uploads) == 4
        torch.as_tensor(numbers)
        numbers[0].add_(0.5)
        numbers.mul_(torch.ones((), device="cpu"))  # the processor hands over one number
    assert len(card.uploads) == 4
