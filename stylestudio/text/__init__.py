"""Words: models that put pictures and texts into one space, and what they can do to a picture."""

from stylestudio.text.model import TextModel, TextModelError, open_text_model

__all__ = ["TextModel", "TextModelError", "open_text_model"]
