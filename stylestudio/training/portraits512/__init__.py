"""Portraits 512: the people of Portraits, painted anew with detail for 512 pixels.

No model of it ships yet; `stylestudio train portraits-512` teaches one.
"""

from stylestudio.training.portraits512.paint import Portraits512
from stylestudio.training.portraits512.schedule import SETTINGS

__all__ = ["SETTINGS", "Portraits512"]
