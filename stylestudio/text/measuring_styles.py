"""How much nearer to words a style comes, on pictures and cut-outs that it was not found on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.render import open_model
from stylestudio.text.prompts import Target, wishes_of
from stylestudio.text.restyling import PAINTED, Restyle, RestyleSettings, squares
from stylestudio.text.views import cut_outs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from stylestudio.render import Model, StyleModel
    from stylestudio.text.model import TextModel

# Words about colour and light, which styles decide, with the world whose pictures are painted.
PROMPTS = (
    ("portraits", "red hair"),
    ("portraits", "a blue backdrop"),
    ("portraits", "dark skin"),
    ("portraits", "a green shirt"),
    ("horizons", "a red sky"),
    ("horizons", "a starry night"),
    ("horizons", "autumn woods"),
    ("horizons", "a misty landscape"),
    ("pigments", "golden colours"),
    ("pigments", "strong contrasts"),
)
LEARNED_ON, HELD_OUT = (100,), (200, 201, 202, 203)  # seeds
VIEWS = 8  # cut-outs of each picture that is held out
BETTER = 0.8  # share of prompts for which cut-outs are to help
PSI = 0.7


@dataclass(frozen=True)
class Restyled:
    """Likeness to one prompt, over pictures and cut-outs that are held out."""

    words: str
    single: float  # in the best single style of the bank
    plain: float  # in the style that was found on the picture as it is
    augmented: float  # in the one that was found on cut-outs

    @property
    def rose(self) -> bool:
        """Whether it fits better than any style that the bank had."""
        return self.augmented > self.single


def measure_styles(
    bank: StyleModel,
    text: TextModel,
    prompts: Iterable[tuple[str, str]] = PROMPTS,
    *,
    steps: int = 60,
    blend: bool = False,
) -> Iterator[Restyled]:
    """Find a style for each prompt twice, with cut-outs and without, one after another."""
    for world, words in prompts:
        model = open_model(world, device="cpu")
        learned_on, held_out = (pictures_of(model, seeds) for seeds in (LEARNED_ON, HELD_OUT))
        target = Target(text, wishes_of(words))
        shown = squares(held_out, round(PAINTED * text.image_size))
        found = {}
        for count in (0, RestyleSettings.cut_outs):
            settings = RestyleSettings(
                wishes=wishes_of(words), steps=steps, cut_outs=count, blend=blend
            )
            rows = [
                step.found.row
                for step in Restyle(bank, text, settings, learned_on).run()
                if step.found is not None
            ]
            first, found[count] = rows[0], rows[-1]
        likeness = {
            key: _judged(bank, text, target, shown, row)
            for key, row in [("single", first), *found.items()]
        }
        yield Restyled(words, likeness["single"], likeness[0], likeness[RestyleSettings.cut_outs])


@torch.no_grad()
def _judged(
    bank: StyleModel, text: TextModel, target: Target, pictures: Tensor, row: Tensor
) -> float:
    chance = torch.Generator().manual_seed(-1)
    painted = bank.paint(pictures, row.to(pictures.device))
    seen = text.embed_images(cut_outs(painted, VIEWS, text.image_size, chance))
    return float(target.likeness(seen).mean())


def pictures_of(model: Model, seeds: Iterable[int]) -> Tensor:
    """Pictures [N, 3, R, R] of seeds, in 0..1."""
    z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in seeds])
    made = model.synthesize(model.map(torch.from_numpy(z).float(), truncation_psi=PSI))
    return (made.clamp(-1, 1) + 1) / 2
