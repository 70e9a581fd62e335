"""Portraits 512: the people of Portraits, painted anew with detail for 512 pixels.

Its attributes are those of Portraits, so directions and words mean the same in both.
"""

from stylestudio.training.portraits512.paint import Portraits512
from stylestudio.training.portraits512.schedule import SETTINGS

__all__ = ["SETTINGS", "Portraits512"]
