"""Pigments: marbled colour, poured and combed."""

from stylestudio.training.pigments.lesson import SETTINGS
from stylestudio.training.pigments.paint import Pigments

__all__ = ["SETTINGS", "Pigments"]
