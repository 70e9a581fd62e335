"""Style transfer: pictures repainted in the manner of others, and how that is learned."""

from stylestudio.transfer.contents import Contents, model_pictures
from stylestudio.transfer.learning import LearningProgress, learn_style, with_style

__all__ = ["Contents", "LearningProgress", "learn_style", "model_pictures", "with_style"]
