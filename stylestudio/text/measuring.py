"""How far words move what they ask for, and what else comes along, by attributes read off pictures.

For the built-in worlds, whose painters say what each attribute means and by which words.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.networks.stylegan2.layers import MovedRow
from stylestudio.recipe import Recipe
from stylestudio.render import compose_ws, style_channels
from stylestudio.text.by_channels import RelevantChannels, way_for
from stylestudio.text.finding import FindSettings, Search
from stylestudio.text.moving import PSI, Move, MoveSettings
from stylestudio.text.prompts import wishes_of
from stylestudio.text.relevance import RelevanceWork
from stylestudio.training.evaluator import BATCH, HELD_OUT_SEED
from stylestudio.training.lexicon.trainer import speaker_for
from stylestudio.training.measure import moved_by_group, spread
from stylestudio.training.scene import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.recipe import ChannelEdit
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene

    Read = Callable[[Tensor], Tensor]

PHRASES = 30
AMOUNT = 1.5  # sigmas of a direction, as the window adds it
OWN, OTHERS = 1.0, 0.35  # what is wanted, in standard deviations of attributes
WANTED = 26 / 30  # share of phrases that are to move their own attribute so far
FIRST_START = 20_000  # seed of the first picture that a search starts from


@dataclass(frozen=True)
class Asked:
    """A phrase, and which end of which attribute it means."""

    text: str
    attribute: str
    sign: int
    group: str


@dataclass(frozen=True)
class Moved:
    """What one phrase moved, in standard deviations of attributes."""

    asked: Asked
    own: float  # the attribute that was asked for, in the right sense
    others: Mapping[str, float]  # mean absolute change of other groups, by group
    seconds: float  # of the work itself

    @property
    def reached(self) -> bool:
        """Whether its own attribute moved far enough."""
        return self.own >= OWN


def draw_phrases(scene: Scene, count: int = PHRASES, seed: int = 0) -> list[Asked]:
    """Phrases for so many ends of attributes of a world, in wordings that no training has seen.

    An attribute comes again only where there are fewer attributes with words than phrases.
    """
    chance = random.Random(seed)
    senses = speaker_for([scene]).worlds[scene.name].senses
    ends = [end for end, sense in senses.items() if sense.held_out]
    chance.shuffle(ends)
    first = dict(reversed(ends))
    ends = sorted(ends, key=lambda end: first[end[0]] != end[1])
    groups = {name: group for group in GROUPS for name in getattr(scene.space, group)}
    return [
        Asked(chance.choice(senses[name, sign].held_out).said(), name, sign, groups[name])
        for name, sign in ends[:count]
    ]


def measure_moves(
    model: Model,
    text: TextModel,
    scene: Scene,
    regressors: Regressors,
    phrases: Sequence[Asked],
    pictures: int = BATCH,
) -> Iterator[Moved]:
    """Find a direction for each phrase, and add `AMOUNT` sigmas of it to unseen pictures."""
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    ws = model.map(torch.randn(pictures, model.z_dim, generator=generator), truncation_psi=PSI)
    read = _reader(model, regressors)
    before = read(ws)
    for asked in phrases:
        began = time.perf_counter()
        *_, last = Move(model, text, MoveSettings(wishes=wishes_of(asked.text))).run()
        seconds = time.perf_counter() - began
        assert last.directions is not None
        rows = torch.from_numpy(last.directions.vectors[0].copy()).to(ws)
        yield _moved(scene, asked, before, read(ws + AMOUNT * rows), seconds)


def measure_channels(
    model: Model,
    text: TextModel,
    scene: Scene,
    regressors: Regressors,
    phrases: Sequence[Asked],
    pictures: int = BATCH,
    folder: Path | None = None,
) -> Iterator[Moved]:
    """Choose channels for each phrase, and move them by `AMOUNT` in unseen pictures.

    What channels do is measured before, unless it lies in `folder`, None for the user's cache.
    """
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    ws = model.map(torch.randn(pictures, model.z_dim, generator=generator), truncation_psi=PSI)
    work = RelevanceWork(model, text, folder=folder)
    for _ in work.run():
        pass
    before = _reader(model, regressors)(ws)
    with torch.no_grad():
        for asked in phrases:
            began = time.perf_counter()
            way = way_for(model, text, wishes_of(asked.text))
            edit = RelevantChannels.of(work.known, way, asked.text).edit(amount=AMOUNT)
            seconds = time.perf_counter() - began
            after = regressors(_synthesized(model, ws, edit).cpu())
            yield _moved(scene, asked, before, after, seconds)


def measure_searches(
    model: Model,
    text: TextModel,
    scene: Scene,
    regressors: Regressors,
    phrases: Sequence[Asked],
    settings: Callable[..., FindSettings] = FindSettings,
) -> Iterator[Moved]:
    """Search from another picture for each phrase, and compare what was found with that picture."""
    read = _reader(model, regressors)
    for number, asked in enumerate(phrases):
        start = Recipe.from_seed(FIRST_START + number, model, truncation_psi=PSI)
        began = time.perf_counter()
        search = Search(model, text, settings(wishes=wishes_of(asked.text)), start)
        *_, last = search.run()
        seconds = time.perf_counter() - began
        assert last.found is not None
        ws = torch.stack([compose_ws(model, start), last.found.ws.to(model.device)])
        found = read(ws)
        yield _moved(scene, asked, found[:1], found[1:], seconds)


def _reader(model: Model, regressors: Regressors) -> Read:
    @torch.no_grad()
    def read(ws: Tensor) -> Tensor:
        """Attributes [N, K] of the pictures of ws [N, num_ws, w_dim]."""
        return torch.cat(
            [regressors(model.synthesize(part).cpu()) for part in torch.split(ws, BATCH)]
        )

    return read


def _synthesized(model: Model, ws: Tensor, edit: ChannelEdit) -> Tensor:
    """The pictures of ws [N, num_ws, w_dim], moved by an edit of channels: [N, 3, R, R]."""
    network, counts = model.network.synthesis, style_channels(model)
    offsets: dict[str, Tensor] = {}
    for each in edit.channels:
        offset = offsets.setdefault(each.layer, ws.new_zeros(1, counts[each.layer]))
        offset[0, each.channel] = edit.amount * each.offset

    def given(step: Step, state: State) -> StepInput:
        w, offset = ws[:, step.ws_index], offsets.get(step.name)
        noise = network.noise_const(step) if step.has_noise else None
        return StepInput(network, step, state, w if offset is None else MovedRow(w, offset), noise)

    *_, (_, last) = run_steps(network.steps, network.initial_state(len(ws)), given)
    assert last.img is not None
    return last.img


def _moved(scene: Scene, asked: Asked, before: Tensor, after: Tensor, seconds: float) -> Moved:
    column = scene.space.names.index(asked.attribute)
    own = asked.sign * float((after - before)[:, column].mean()) / spread()
    moved = moved_by_group(before, after, scene.space)
    others = {group: amount for group, amount in moved.items() if group != asked.group}
    return Moved(asked, own, others, seconds)
