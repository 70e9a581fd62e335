"""Lexicon: a small model that puts the built-in worlds' pictures and words into one space."""

from stylestudio.training.lexicon.horizons import HORIZONS
from stylestudio.training.lexicon.phrases import World
from stylestudio.training.lexicon.pigments import PIGMENTS
from stylestudio.training.lexicon.portraits import PORTRAITS

WORLDS = (PORTRAITS, PIGMENTS, HORIZONS)

__all__ = ["WORLDS", "World"]
