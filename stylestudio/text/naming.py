"""Names for directions that were found without any: the phrase that each leads towards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.editing import Directions
from stylestudio.recipe import Recipe
from stylestudio.recipe.edits import free_name
from stylestudio.render import compose_ws, name_of
from stylestudio.render.device import in_turns, one_at_a_time
from stylestudio.text.asking import MOVED, PSI, embed_ws
from stylestudio.text.worlds import world_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stylestudio.render import Model
    from stylestudio.text.model import TextModel

# What people say of pictures, for text models that know any words.
PHRASES = (
    *("a smile", "a sad face", "an open mouth", "glasses", "a beard", "a moustache", "a hat"),
    *("an old person", "a young person", "a child", "a woman", "a man", "make-up", "wrinkles"),
    *("long hair", "short hair", "curly hair", "straight hair", "a fringe", "a bald head"),
    *("blond hair", "black hair", "red hair", "grey hair", "pale skin", "dark skin", "freckles"),
    *("big eyes", "closed eyes", "blue eyes", "brown eyes", "thick eyebrows", "a long nose"),
    *("a head turned left", "a head turned right", "looking up", "looking down", "a close-up"),
    *("bright light", "darkness", "light from the left", "light from the right", "a shadow"),
    *("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "black"),
    *("vivid colours", "pale colours", "high contrast", "a blurred picture", "a sharp picture"),
    *("a plain background", "a busy background", "snow", "water", "trees", "mountains", "a city"),
    *("a sunny day", "night", "a sunset", "fog", "rain", "a cloudy sky", "summer", "winter"),
    *("a car from the side", "a car from the front", "a cat", "a dog", "a building", "a texture"),
)


def phrases_for(text: TextModel, model: Model) -> tuple[str, ...]:
    """What directions can be called: of a built-in world, the ends of its attributes."""
    if not text.words:
        return PHRASES
    known = world_of(model)
    if known is None:
        return ()
    from stylestudio.training.lexicon.trainer import speaker_for  # painters, only for worlds
    from stylestudio.training.worlds import world

    scene, _ = world(name_of(known.name))
    senses = speaker_for([scene]).worlds[scene.name].senses
    return tuple(sense.taught[0].said() for sense in senses.values())


def name_directions(
    text: TextModel,
    model: Model,
    directions: Directions,
    phrases: Sequence[str],
    seeds: Sequence[int],
) -> Iterator[tuple[int, Directions | None]]:
    """Call each direction by the phrase that it leads towards, and turn it so that it does.

    Yields how many are named, and at last all of them; no two have the same name. `directions` are
    of W, not of style channels. Raises TextModelError for phrases that the text model doesn't take.
    """
    with one_at_a_time(text.device), torch.no_grad():
        said = text.embed_text(phrases)
        meant = said - said.mean(0)
        meant = meant / meant.norm(dim=1, keepdim=True).clamp(min=1e-6)
    text.free_text_tower()
    looks = [Recipe.from_seed(seed, model, truncation_psi=PSI) for seed in seeds]
    names: list[str] = []
    signs: list[float] = []

    def steps() -> Iterator[tuple[int, Directions | None]]:
        with torch.no_grad():
            ws = torch.stack([compose_ws(model, look) for look in looks])
            for vector in np.asarray(directions.vectors):
                way = MOVED * torch.from_numpy(vector).to(ws)
                there, back = (embed_ws(text, model, ws + sign * way) for sign in (1, -1))
                fits = meant @ (there - back).mean(0)
                best = int(fits.abs().argmax())
                names.append(free_name(phrases[best], names))
                signs.append(1.0 if fits[best] >= 0 else -1.0)
                yield len(names), None

    yield from in_turns(model.device, steps())
    turned = directions.rows * np.array(signs, np.float32)[:, None, None]
    yield len(names), Directions(tuple(names), turned, directions.layers, directions.model, "words")
