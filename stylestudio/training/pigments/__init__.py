"""Pigments: marbled colour, poured and combed."""

from stylestudio.training.pigments.paint import Pigments
from stylestudio.training.pigments.schedule import SETTINGS

__all__ = ["SETTINGS", "Pigments"]
