"""Portraits: people under soft light, before a painted backdrop."""

from stylestudio.training.portraits.paint import Portraits
from stylestudio.training.portraits.schedule import SETTINGS

__all__ = ["SETTINGS", "Portraits"]
