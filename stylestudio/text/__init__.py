"""Words: models that put pictures and texts into one space, and what they can do to a picture."""

from stylestudio.text.model import TextModel, open_text_model
from stylestudio.text.tokenizer import TextModelError

__all__ = ["TextModel", "TextModelError", "open_text_model"]
