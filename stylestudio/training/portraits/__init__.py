"""Portraits: people under soft light, before a painted backdrop."""

from stylestudio.training.portraits.lesson import SETTINGS
from stylestudio.training.portraits.paint import Portraits

__all__ = ["SETTINGS", "Portraits"]
