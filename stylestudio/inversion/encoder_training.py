"""Teaches an encoder from a model's own samples, most of them worn; no photo is needed."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.encoder import Encoder, EncoderError, new_encoder, transfer_weights
from stylestudio.inversion.samples import early_picture
from stylestudio.inversion.space import measure_space, sample_w
from stylestudio.inversion.wear import worn
from stylestudio.progress import Progress

if TYPE_CHECKING:
    from stylestudio.render import Model

POOL = 2048  # pictures that are drawn from, the latest
WARM_UP = 50  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
HELD_OUT = 8  # batches of samples
MIXED = 0.5  # share of samples whose rows come from two w


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """Everything that decides the trained encoder, besides the model."""

    steps: int = 1500
    batch: int = 32
    repeats: int = 4  # times that a picture is seen on average: making it costs more
    learning_rate: float = 2e-3
    seed: int = 0


class EncoderTrainer:
    """An encoder that learns to read samples of a model; every step depends only on the last."""

    def __init__(
        self, model: Model, settings: EncoderSettings, start: Encoder | None = None
    ) -> None:
        self.model = model
        self.settings = settings
        self.step = 0
        self.space = measure_space(model)
        torch.manual_seed(settings.seed)
        self.encoder = new_encoder(self.space)
        if start is not None:
            _check_alike(start, self.encoder, model)
            transfer_weights(self.encoder, start)
        self.encoder.to(model.device, memory_format=torch.channels_last).requires_grad_(True)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(self.encoder.parameters(), lr=1.0, betas=(0.9, 0.99))
        self._made = settings.batch // settings.repeats
        self._pool: deque[tuple[Tensor, Tensor]] = deque(maxlen=max(1, POOL // self._made))
        self._pool_step = 0  # whose pictures come next

    @property
    def identity(self) -> str:
        """Model and settings: they decide the trained weights."""
        return repr(("encoder", self.model.sha256, self.settings))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Train on one batch; the loss is the mean square error, in the coordinates' variances."""
        coordinates, pictures = self._draw_batch()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        self.encoder.train()
        error = F.mse_loss(self.encoder(pictures), coordinates)
        error.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.encoder.eval()
        self.step += 1
        return Progress(self.step, self.settings.steps, "Training the encoder", loss=error.item())

    def _draw_batch(self) -> tuple[Tensor, Tensor]:
        """Coordinates [batch, num_ws, K] and pictures [batch, 3, side, side] from the pool."""
        assert self._pool.maxlen is not None
        first = max(self._pool_step, self.step + 1 - self._pool.maxlen)
        for step in range(first, self.step + 1):
            self._pool.append(self._sample(step))
        self._pool_step = self.step + 1
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        there = len(self._pool) * self._made
        drawn = torch.randint(there, (self.settings.batch,), generator=generator).tolist()
        places = [divmod(number, self._made) for number in drawn]
        coordinates = torch.stack([self._pool[i][0][j] for i, j in places])
        pictures = torch.stack([self._pool[i][1][j] for i, j in places]).float()
        return coordinates, worn(pictures, generator)

    @torch.no_grad()
    def _sample(self, step: int) -> tuple[Tensor, Tensor]:
        """The samples that a step adds to the pool, kept in half the memory."""
        count, num_ws = self._made, self.model.num_ws
        seed = (self.settings.seed + 1) * 2_000_003 + step
        first, second = sample_w(self.model, 2 * count, seed).chunk(2)
        generator = torch.Generator().manual_seed(seed)
        border = torch.randint(1, num_ws, (count, 1), generator=generator)
        border[torch.rand(count, generator=generator) >= MIXED] = num_ws
        below = (torch.arange(num_ws) < border)[..., None].to(first.device)
        ws = torch.where(below, first[:, None], second[:, None])
        pictures = early_picture(self.model, ws, self.encoder.side)
        coordinates = self.space.to_coordinates(ws)[..., : self.encoder.k]
        return coordinates, F.adaptive_avg_pool2d(pictures, self.encoder.side).half()

    @torch.no_grad()
    def held_out_errors(self) -> tuple[float, float]:
        """Mean square errors on samples that no step sees: the encoder's, and the average w's."""
        samples = [self._sample(-1 - number) for number in range(HELD_OUT)]
        coordinates = torch.cat([wanted for wanted, _ in samples])
        read = self.encoder(torch.cat([pictures for _, pictures in samples]).float())
        return F.mse_loss(read, coordinates).item(), coordinates.square().mean().item()

    def _learning_rate(self) -> float:
        """A linear warm-up, then a cosine."""
        settings = self.settings
        if self.step < WARM_UP:
            return settings.learning_rate * (self.step + 1) / WARM_UP
        along = (self.step - WARM_UP) / max(1, settings.steps - WARM_UP)
        share = FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * along)) / 2
        return settings.learning_rate * share

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "encoder": self.encoder.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state of the same model and settings."""
        self.step = state["step"]
        self.encoder.load_state_dict(state["encoder"])
        self.optimizer.load_state_dict(state["optimizer"])
        self._pool.clear()
        self._pool_step = 0


def _check_alike(start: Encoder, needed: Encoder, model: Model) -> None:
    if (start.sizes, start.in_p) != (needed.sizes, needed.in_p):
        raise EncoderError(
            f"The encoder to start from has other sizes than {model.name} needs; start over."
        )
