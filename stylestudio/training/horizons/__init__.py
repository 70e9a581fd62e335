"""Horizons: layered landscapes under a sun or a moon."""

from stylestudio.training.horizons.lesson import SETTINGS
from stylestudio.training.horizons.paint import Horizons

__all__ = ["SETTINGS", "Horizons"]
