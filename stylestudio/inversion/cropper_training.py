"""Teaches a cropper from a model's own samples; no photo is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.cropper import Cropper
from stylestudio.inversion.cropper_lessons import lesson
from stylestudio.inversion.sample_trainer import LessonSettings, SampleTrainer
from stylestudio.inversion.samples import small_picture
from stylestudio.inversion.space import sample_w
from stylestudio.render import open_model

if TYPE_CHECKING:
    from stylestudio.render import Model

STRANGERS = ("horizons", "pigments")  # built-in models whose pictures are clutter
SAMPLE_SIDE = 128  # pixels of a sample that crops are cut from, at most
AGAIN = 8  # times that a held-out sample is looked at, each time moved elsewhere


@dataclass(frozen=True, kw_only=True)
class CropperSettings(LessonSettings):
    """Everything that decides the trained cropper, besides the model."""

    steps: int = 3000
    batch: int = 48
    repeats: int = 16
    learning_rate: float = 1e-3


class CropperTrainer(SampleTrainer[Cropper]):
    """A cropper that learns where samples lie that were moved and put into clutter.

    The loss is how unlikely it finds the truth: what it expects to be wrong by weighs less
    (a Laplace distribution for each value, as in Kendall and Gal 2017, section 3).
    """

    name = "cropper"

    def __init__(
        self, model: Model, settings: CropperSettings, start: Cropper | None = None
    ) -> None:
        torch.manual_seed(settings.seed)
        cropper = Cropper()
        if start is not None:
            cropper.load_state_dict(start.state_dict())
        super().__init__(model, settings, cropper)
        self._side = min(SAMPLE_SIDE, model.resolution)
        strangers = (open_model(name, device=str(model.device)) for name in STRANGERS)
        self._strangers = [each for each in strangers if each.sha256 != model.sha256]

    def _loss(self, drawn: list[Tensor], generator: torch.Generator) -> Tensor:
        samples, strangers = drawn
        crops, moves, there = lesson(samples.float(), strangers.float(), generator)
        guess = self.network(crops)
        unlikely = ((guess.moves - moves).abs() / guess.spreads + guess.spreads.log()).mean(1)
        placed: Tensor = (unlikely * there).sum() / there.sum().clamp(min=1)
        return placed + F.binary_cross_entropy_with_logits(guess.there, there)

    @torch.no_grad()
    def _sample(self, step: int) -> tuple[Tensor, ...]:
        """The samples that a step adds to the pool, and as many of a stranger."""
        stranger = self._strangers[step % len(self._strangers)]
        return self._pictures(self.model, step), self._pictures(stranger, step)

    def _pictures(self, model: Model, step: int) -> Tensor:
        """Samples of a model, kept in half the memory."""
        w = sample_w(model, self.made, self.seed_of(step))
        ws = w[:, None].expand(-1, model.num_ws, -1)
        return small_picture(model, ws, self._side).half()

    @torch.no_grad()
    def held_out_errors(self) -> tuple[float, float]:
        """Mean absolute errors of moves, on samples that no step sees: the cropper's, and those of
        always the same answer."""
        samples, strangers = (each.float().repeat(AGAIN, 1, 1, 1) for each in self._held_out())
        crops, moves, there = lesson(samples, strangers, torch.Generator().manual_seed(0))
        moves, read = moves[there > 0], self.network(crops).moves[there > 0]
        return (read - moves).abs().mean().item(), (moves - moves.mean(0)).abs().mean().item()
