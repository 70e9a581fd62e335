"""What the trainings of small networks on a model's own samples have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from stylestudio.progress import Progress

if TYPE_CHECKING:
    from stylestudio.render import Model

POOL = 2048  # samples that are drawn from, the latest
WARM_UP = 50  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
HELD_OUT = 8  # steps' samples that no step sees

NetworkT = TypeVar("NetworkT", bound=nn.Module)


@dataclass(frozen=True, kw_only=True)
class LessonSettings:
    """Everything that decides the trained network, besides the model."""

    steps: int
    batch: int
    repeats: int  # times that a sample is seen on average: making it costs more
    learning_rate: float
    seed: int = 0


class SampleTrainer(ABC, Generic[NetworkT]):
    """A network that learns from samples of a model; every step depends only on the last."""

    name: str  # of the network, as in "encoder"

    def __init__(self, model: Model, settings: LessonSettings, network: NetworkT) -> None:
        self.model = model
        self.settings = settings
        self.step = 0
        self.network = network
        self.network.to(model.device, memory_format=torch.channels_last).requires_grad_(True)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1.0, betas=(0.9, 0.99))
        self.made = settings.batch // settings.repeats  # samples at each step
        self._pool: deque[tuple[Tensor, ...]] = deque(maxlen=max(1, POOL // self.made))
        self._pool_step = 0  # whose samples come next

    @abstractmethod
    def _sample(self, step: int) -> tuple[Tensor, ...]:
        """What a step adds to the pool: tensors [made, ...]."""

    @abstractmethod
    def _loss(self, drawn: list[Tensor], generator: torch.Generator) -> Tensor:
        """Of a batch from the pool: a number."""

    @abstractmethod
    def held_out_errors(self) -> tuple[float, float]:
        """On samples that no step sees: the network's, and that of the same answer to all."""

    @property
    def identity(self) -> str:
        """Model and settings: they decide the trained weights."""
        return repr((self.name, self.model.sha256, self.settings))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Train on one batch."""
        drawn, generator = self._drawn()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        self.network.train()
        loss = self._loss(drawn, generator)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.network.eval()
        self.step += 1
        title = f"Training the {self.name}"
        return Progress(self.step, self.settings.steps, title, loss=loss.item())

    def _drawn(self) -> tuple[list[Tensor], torch.Generator]:
        """Tensors [batch, ...] from the pool, and where further numbers come from."""
        assert self._pool.maxlen is not None
        first = max(self._pool_step, self.step + 1 - self._pool.maxlen)
        for step in range(first, self.step + 1):
            self._pool.append(self._sample(step))
        self._pool_step = self.step + 1
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        there = len(self._pool) * self.made
        drawn = torch.randint(there, (self.settings.batch,), generator=generator).tolist()
        places = [divmod(number, self.made) for number in drawn]
        kinds = range(len(self._pool[0]))
        return [torch.stack([self._pool[i][k][j] for i, j in places]) for k in kinds], generator

    def seed_of(self, step: int) -> int:
        """Where the samples of a step come from; steps below 0 are held out."""
        return (self.settings.seed + 1) * 2_000_003 + step

    def _held_out(self) -> list[Tensor]:
        """Tensors [HELD_OUT * made, ...] as in the pool, of samples that no step sees."""
        samples = [self._sample(-1 - number) for number in range(HELD_OUT)]
        return [torch.cat(each) for each in zip(*samples, strict=True)]

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
            self.name: self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state of the same model and settings."""
        self.step = state["step"]
        self.network.load_state_dict(state[self.name])
        self.optimizer.load_state_dict(state["optimizer"])
        self._pool.clear()
        self._pool_step = 0
