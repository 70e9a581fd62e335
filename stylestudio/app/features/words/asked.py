"""What hands have chosen in the Words dock, and the work that it asks for. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from stylestudio.app.features.words.channels_run import ChannelsRun
from stylestudio.app.features.words.imagine_run import ImagineRun
from stylestudio.app.features.words.map_run import MapRun
from stylestudio.app.features.words.questions import AskRun, Question
from stylestudio.app.features.words.restyle_run import RestyleRun
from stylestudio.app.features.words.runs import FindRun, MoveRun
from stylestudio.render import builtin_styles
from stylestudio.text import FindSettings, ImagineSettings, MapSettings, MoveSettings
from stylestudio.text.restyling import RestyleSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.words.maker import Run
    from stylestudio.text import TextModel
    from stylestudio.text.prompts import Wish

QUICK, CHANNELS, MAPPER = "quick", "channels", "mapper"  # ways to move
FIND, MOVE, RESTYLE, ASK, IMAGINE = "Find", "Move", "Restyle", "Ask", "Imagine"
TASKS = {
    FIND: "Find a picture that shows it",
    MOVE: "Move: a slider that leads there",
    RESTYLE: "Restyle: a style that fits the words",
    ASK: "Ask: rank pictures, seeds or styles",
    IMAGINE: "Imagine: new portraits, code by code",
}
BEGIN = {
    FIND: "Find",
    RESTYLE: "Restyle",
    ASK: "Rank",
    IMAGINE: "Imagine",
}


class Asked(NamedTuple):
    """What is to be done, and how."""

    task: str  # one of `TASKS`
    wishes: tuple[Wish, ...]  # () where a picture stands in their place
    instead_of: str
    nearness: float
    from_picture: bool  # start from the picture on show
    way: str  # to move: QUICK, CHANNELS or MAPPER
    own_style: bool  # make a new style
    kind: str  # what is ranked
    picture: Path | None  # that is ranked by
    seed: int


def run_for(asked: Asked, text: Callable[[], TextModel], studio: Studio) -> Run:
    """The work that is asked for, on the model on show. Raises TextModelError."""
    current = studio.document.current
    assert current is not None
    model, task = current.model, asked.task
    words: dict[str, Any] = {"wishes": asked.wishes, "instead_of": asked.instead_of}
    if task == ASK:
        return AskRun(asked.kind, text, Question.of(studio, asked.wishes, asked.picture))
    if task == IMAGINE:
        return ImagineRun(model, text, ImagineSettings(wishes=asked.wishes, seed=asked.seed))
    if task == MOVE and asked.way == QUICK:
        return MoveRun(model, text, MoveSettings(**words), studio.assets)
    if task == MOVE and asked.way == CHANNELS:
        return ChannelsRun(model, text, MoveSettings(**words))
    words["nearness"] = asked.nearness
    if task == MOVE:
        folder = studio.settings.folder / "mapper"
        return MapRun(model, text, MapSettings(**words), studio.assets, folder)
    if task == RESTYLE:
        restyle = RestyleSettings(**words, blend=not asked.own_style)
        places = studio.learned_styles.places() or builtin_styles()
        folder = studio.settings.folder / "styles"
        return RestyleRun(current, text, restyle, places, studio.assets, folder)
    start = current.recipe if asked.from_picture else None
    return FindRun(model, text, FindSettings(**words), start, studio.assets)
