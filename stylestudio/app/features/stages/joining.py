"""How a network that was opened joins the stages of a picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe import Stage
from stylestudio.recipe.stages import stages_of, with_one_more

if TYPE_CHECKING:
    from stylestudio.app.features.stages.library import Facts
    from stylestudio.recipe import Unknown

# What a training of translators puts between its name and the side: the steps it has made.
STEPS = re.compile(r"-\d{6,}(?=_net_G_[AB]$)")


def with_network(stages: tuple[Stage | Unknown, ...], facts: Facts) -> tuple[Stage | Unknown, ...]:
    """The stages with one more at full strength.

    A state of a training takes the place of itself or of another one, and its strength: a picture
    that was translated while it trained would be translated twice.
    """
    stage = Stage.of(facts)
    before = _state_of_same_training(stages, facts.name)
    if before is None:
        return with_one_more(stages, stage)
    stage = replace(stage, strength=before.strength, muted=before.muted)
    return tuple(stage if each is before else each for each in stages)


def _state_of_same_training(stages: tuple[Stage | Unknown, ...], name: str) -> Stage | None:
    training, has_steps = STEPS.subn("", name)
    known = stages_of(stages)
    if not has_steps:
        return None
    if name in known:  # before others, as no two stages may have one name
        return known[name]
    for stage in known.values():
        other, has_steps = STEPS.subn("", stage.network.name)
        if has_steps and other == training:
            return stage
    return None
