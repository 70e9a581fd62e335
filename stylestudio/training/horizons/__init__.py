"""Horizons: layered landscapes under a sun or a moon."""

from stylestudio.training.horizons.paint import Horizons
from stylestudio.training.horizons.schedule import SETTINGS

__all__ = ["SETTINGS", "Horizons"]
