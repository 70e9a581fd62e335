"""Words: models that put pictures and texts into one space, and what they can do to a picture."""

from stylestudio.text.adapting import (
    Adaptation,
    AdaptProgress,
    AdaptSettings,
    AdaptSnapshot,
    adapt_model,
)
from stylestudio.text.by_channels import RelevantChannels, channels_by_words
from stylestudio.text.drawing import Drawing, DrawProgress, DrawSettings, draw_by_words
from stylestudio.text.finding import FindProgress, FindSettings, Found, Search, find_by_words
from stylestudio.text.imagining import (
    Imagined,
    ImagineProgress,
    ImagineSettings,
    Imagining,
    PictureWriter,
    imagine,
    open_picture_writer,
)
from stylestudio.text.mapping import Mapping, MapSettings, map_by_words
from stylestudio.text.model import TextModel, open_text_model
from stylestudio.text.moving import Move, MoveProgress, MoveSettings, direction_by_words
from stylestudio.text.regions import regions_by_words
from stylestudio.text.relevance import Relevance, RelevanceWork
from stylestudio.text.restyling import FoundStyle, Restyle, RestyleSettings, style_by_words
from stylestudio.text.tokenizer import TextModelError

__all__ = [
    "AdaptProgress",
    "AdaptSettings",
    "AdaptSnapshot",
    "Adaptation",
    "DrawProgress",
    "DrawSettings",
    "Drawing",
    "FindProgress",
    "FindSettings",
    "Found",
    "FoundStyle",
    "ImagineProgress",
    "ImagineSettings",
    "Imagined",
    "Imagining",
    "MapSettings",
    "Mapping",
    "Move",
    "MoveProgress",
    "MoveSettings",
    "PictureWriter",
    "Relevance",
    "RelevanceWork",
    "RelevantChannels",
    "Restyle",
    "RestyleSettings",
    "Search",
    "TextModel",
    "TextModelError",
    "adapt_model",
    "channels_by_words",
    "direction_by_words",
    "draw_by_words",
    "find_by_words",
    "imagine",
    "map_by_words",
    "open_picture_writer",
    "open_text_model",
    "regions_by_words",
    "style_by_words",
]
