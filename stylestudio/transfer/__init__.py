"""Style transfer: pictures repainted in the manner of others."""

from stylestudio.transfer.model import StyleError, StyleModel
from stylestudio.transfer.opening import builtin_styles, open_styles

__all__ = ["StyleError", "StyleModel", "builtin_styles", "open_styles"]
