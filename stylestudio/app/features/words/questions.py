"""The work of asking: what there is, in the order in which it fits words or a picture.

Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.editing import DirectionError, directions_of, find_directions
from stylestudio.progress import Progress
from stylestudio.recipe import ModelRef, SeedSource, Style, label_of
from stylestudio.recipe.edit_lists import with_another_edit
from stylestudio.render import Renderer, builtin_styles, open_styles
from stylestudio.render.device import in_turns
from stylestudio.text.asking import ask_directions, ask_pictures, ask_seeds
from stylestudio.text.naming import name_directions, phrases_for
from stylestudio.text.prompts import PictureTarget, Target, title_of
from stylestudio.text.worlds import check_speaks_of
from stylestudio.transfer.pictures import read_picture, shortest_side
from stylestudio.video.frames import over_white

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import Directions
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model
    from stylestudio.render.pixels import Pixels
    from stylestudio.text import TextModel
    from stylestudio.text.asking import AnyTarget, Likeness
    from stylestudio.text.prompts import Wish

    Ranking = Iterator[tuple[int, "Ranked"]]  # with how many there are

SEEDS = 64  # that are looked at
TRIED_ON = 4  # seeds that each direction is tried on
FOUND = 32  # directions of PCA, where none ship
AMOUNT = 2.0  # sigmas that a direction is shown at
LOOKING = "Looking"


class Ranked(NamedTuple):
    """Something with the look in which it shows."""

    title: str
    likeness: float
    look: Recipe


class Named(NamedTuple):
    """Directions that were found, called by words."""

    directions: Directions


@dataclass(frozen=True)
class Question:
    """What is asked, and about what: the picture on show and earlier ones, on their models."""

    wishes: tuple[Wish, ...]  # () where it is about a picture
    picture: Path | None
    on_show: ModelRecipe
    past: tuple[ModelRecipe, ...]  # the earliest first, the one on show the last
    assets: Assets
    seeded: Recipe  # the one on show with a seed for its source

    @classmethod
    def of(cls, studio: Studio, wishes: tuple[Wish, ...], picture: Path | None) -> Question:
        """One about what is on show now, and its history."""
        document = studio.document
        current = document.current
        assert current is not None
        past = [document.with_model(recipe) for recipe in document.past()]
        opened = tuple(pair for pair in past if pair is not None)
        return cls(wishes, picture, current, opened, studio.assets, document.seeded(0))


class AskRun:
    """Ranks one kind of things, and returns them, the most alike first."""

    def __init__(self, kind: str, text: Callable[[], TextModel], question: Question) -> None:
        """`kind` is one of `KINDS`; `text` is called on the thread at work."""
        self.model, self.kind = question.on_show.model, kind
        self.title = question.picture.name if question.picture else title_of(question.wishes)
        self._text, self._question = text, question

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> list[Ranked]:
        """Look at all, or at some where it is to finish early.

        Raises Cancelled, TextModelError, StyleError and DirectionError.
        """
        report(Progress(0, 0, LOOKING))
        text = self._text().to(self.model.device)
        check_speaks_of(text, self.model)
        target = _target(text, self._question)
        found: list[Ranked] = []
        with torch.no_grad():
            ranking = KINDS[self.kind](self._question, text, target)
            for total, ranked in in_turns(self.model.device, ranking):
                found.append(ranked)
                report(Progress(len(found), total, LOOKING))
                cancel.check()
                if cancel.is_finishing:
                    break
        return sorted(found, key=lambda one: -one.likeness)


class NameRun:
    """Finds directions of a model, and calls each by the words that it leads to."""

    title = "directions"

    def __init__(self, model: Model, text: Callable[[], TextModel]) -> None:
        """`text` is called on the thread at work."""
        self.model, self._text = model, text

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> Named:
        """Find and name them all. Raises Cancelled, TextModelError and DirectionError."""
        report(Progress(0, 0, "Finding directions"))
        text = self._text().to(self.model.device)
        check_speaks_of(text, self.model)
        found = find_directions(self.model, "pca", FOUND, cancel=cancel)
        phrases, named = phrases_for(text, self.model), None
        for done, all_named in name_directions(text, self.model, found, phrases, range(TRIED_ON)):
            report(Progress(done, len(found), "Naming directions"))
            cancel.check()
            named = all_named
        assert named is not None
        return Named(named)


def _target(text: TextModel, question: Question) -> AnyTarget:
    if question.picture is not None:
        side = shortest_side(text.image_size)
        return PictureTarget(text, read_picture(question.picture, side))
    target = Target(text, question.wishes)
    text.free_text_tower()
    return target


def _history(question: Question, text: TextModel, target: AnyTarget) -> Ranking:
    renderers: dict[str, Renderer] = {}
    for number, pair in enumerate(question.past, 1):
        sha256 = pair.recipe.model.sha256
        if sha256 not in renderers:
            renderers[sha256] = Renderer(pair.model, cache_bytes=0, assets=question.assets)
        picture = _as_tensor(renderers[sha256].render(pair.recipe).pixels)
        (one,) = ask_pictures(text, target, {f"Step {number}": picture})
        yield len(question.past), Ranked(one.name, one.likeness, pair.recipe)


def _seeds(question: Question, text: TextModel, target: AnyTarget) -> Ranking:
    model, look = question.on_show.model, question.seeded
    for one in ask_seeds(text, target, model, look, range(SEEDS), question.assets):
        source = SeedSource(int(one.name), label_of(look.source))
        yield SEEDS, Ranked(f"Seed {one.name}", one.likeness, look.replace(source=source))


def _styles(question: Question, text: TextModel, target: AnyTarget) -> Ranking:
    """Those of the bank that the picture is painted in, else of the first built-in one."""
    model, look = question.on_show
    style = look.style
    bank = question.assets.style(style.bank) if style else open_styles(builtin_styles()[0])
    plain = _as_tensor(
        render_in_full(ModelRecipe(model, look.replace(style=None)), question.assets)
    )
    for name in bank.names:
        painted = bank.stylize(plain, {name: 1.0})
        (one,) = ask_pictures(text, target, {name: painted})
        look = look.replace(style=Style.of(bank, name))
        yield len(bank.names), Ranked(name, one.likeness, look)


def _directions(question: Question, text: TextModel, target: AnyTarget) -> Ranking:
    model, look = question.on_show
    try:
        known = directions_of(ModelRef.of(model))
    except DirectionError:
        known = find_directions(model, "pca", FOUND)
    one: Likeness
    for one in ask_directions(text, target, model, known, range(TRIED_ON)):
        edit = known.edit(one.name, AMOUNT)
        yield (
            len(known),
            Ranked(one.name, one.likeness, look.replace(edits=with_another_edit(look.edits, edit))),
        )


KINDS = {
    "History": _history,
    "Seeds": _seeds,
    "Styles": _styles,
    "Directions": _directions,
}


def _as_tensor(pixels: Pixels) -> Tensor:
    """[H, W, 3 or 4], over white, as [1, 3, H, W] in 0..1."""
    return torch.from_numpy(over_white(pixels)).permute(2, 0, 1)[None].float() / 255
