"""Teaches an encoder from a model's own samples, most of them worn; no photo is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.encoder import Encoder, EncoderError, new_encoder, transfer_weights
from stylestudio.inversion.sample_trainer import LessonSettings, SampleTrainer
from stylestudio.inversion.samples import small_picture
from stylestudio.inversion.space import measure_space, sample_w
from stylestudio.inversion.wear import worn

if TYPE_CHECKING:
    from stylestudio.render import Model

MIXED = 0.5  # share of samples whose rows come from two w


@dataclass(frozen=True, kw_only=True)
class EncoderSettings(LessonSettings):
    """Everything that decides the trained encoder, besides the model."""

    steps: int = 1500
    batch: int = 32
    repeats: int = 4
    learning_rate: float = 2e-3


class EncoderTrainer(SampleTrainer[Encoder]):
    """An encoder that learns to read samples; the loss is the mean square error of coordinates."""

    name = "encoder"

    def __init__(
        self, model: Model, settings: EncoderSettings, start: Encoder | None = None
    ) -> None:
        self.space = measure_space(model)
        torch.manual_seed(settings.seed)
        encoder = new_encoder(self.space)
        if start is not None:
            _check_alike(start, encoder, model)
            transfer_weights(encoder, start)
        super().__init__(model, settings, encoder)

    def _loss(self, drawn: list[Tensor], generator: torch.Generator) -> Tensor:
        """In the coordinates' variances."""
        coordinates, pictures = drawn
        return F.mse_loss(self.network(worn(pictures.float(), generator)), coordinates)

    @torch.no_grad()
    def _sample(self, step: int) -> tuple[Tensor, Tensor]:
        """The samples that a step adds to the pool, kept in half the memory."""
        count, num_ws, seed = self.made, self.model.num_ws, self.seed_of(step)
        first, second = sample_w(self.model, 2 * count, seed).chunk(2)
        generator = torch.Generator().manual_seed(seed)
        border = torch.randint(1, num_ws, (count, 1), generator=generator)
        border[torch.rand(count, generator=generator) >= MIXED] = num_ws
        below = (torch.arange(num_ws) < border)[..., None].to(first.device)
        ws = torch.where(below, first[:, None], second[:, None])
        pictures = small_picture(self.model, ws, self.network.side)
        coordinates = self.space.to_coordinates(ws)[..., : self.network.k]
        return coordinates, pictures.half()

    @torch.no_grad()
    def held_out_errors(self) -> tuple[float, float]:
        """Mean square errors on samples that no step sees: the encoder's, and the average w's."""
        coordinates, pictures = self._held_out()
        read = self.network(pictures.float())
        return F.mse_loss(read, coordinates).item(), coordinates.square().mean().item()


def _check_alike(start: Encoder, needed: Encoder, model: Model) -> None:
    if (start.sizes, start.in_p) != (needed.sizes, needed.in_p):
        raise EncoderError(
            f"The encoder to start from has other sizes than {model.name} needs; start over."
        )
