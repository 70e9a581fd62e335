"""Teaches pictures' codes first, then the transformer that writes them after a caption."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints import CheckpointError
from stylestudio.networks.picture_codes import PictureCodesConfig
from stylestudio.networks.token_transformer import Sampling, write_codes
from stylestudio.progress import Progress
from stylestudio.training.lexicon.trainer import paint
from stylestudio.training.portraits import Portraits
from stylestudio.training.scene import shape_gaussian
from stylestudio.training.tokens.codes import CodesTraining
from stylestudio.training.tokens.writing import WritingTraining
from stylestudio.training.trainer import cosine_rate

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.checkpoints import LexiconFile, TokensFile
    from stylestudio.training.scene import Scene

POOL = 4096  # pictures that codes are learnt from, the latest
WARM_UP = 100  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end


@dataclass(frozen=True, kw_only=True)
class TokensSettings:
    """Everything that decides the trained networks, besides the world and its words."""

    codes: PictureCodesConfig = field(default_factory=PictureCodesConfig)
    code_steps: int = 3000
    code_batch: int = 32
    code_rate: float = 0.05
    width: int = 192  # of the transformer
    layers: int = 4
    writing_steps: int = 2000
    writing_batch: int = 64
    writing_rate: float = 0.01
    painted: int = 32  # pictures at a time; learning from one again costs less
    every: int = 4  # steps from one time to the next
    seed: int = 0
    bfloat16: bool = False  # where the device is faster so

    @property
    def steps(self) -> int:
        """Steps of both halves."""
        return self.code_steps + self.writing_steps


class TokensTrainer:
    """Both networks, one after the other; every step depends only on the last."""

    def __init__(
        self,
        settings: TokensSettings,
        device: torch.device | str = "cpu",
        lexicon: LexiconFile | None = None,
        scene: Scene | None = None,
        start: TokensFile | None = None,
    ) -> None:
        """The transformer begins with what `lexicon` makes of words. `scene`: Portraits.

        `start`: networks to go on from; its codes stay as they are. Raises CheckpointError where
        it has other sizes or words.
        """
        if start is not None:
            settings = replace(settings, code_steps=0)
        self.settings = settings
        self.device = torch.device(device)
        self.scene: Scene = scene or Portraits()
        self.step = 0
        torch.manual_seed(settings.seed)
        weights = self.scene.loss_weights(settings.codes.side)
        self.codes = CodesTraining(
            settings.codes, len(self.scene.space.names), weights, self.device
        )
        self.writing = WritingTraining(
            self.scene, settings.codes, settings.width, settings.layers, lexicon, self.device
        )
        self._start = start
        if start is not None:
            self._begin_with(start)
        rounds = POOL // settings.painted
        self._pool: deque[tuple[Tensor, Tensor]] = deque(maxlen=rounds)
        # Where no codes are learnt, the pictures that would be there by then are painted first.
        self._first_round = 0 if settings.code_steps else 1 - rounds
        self._round = self._first_round  # of painting, that comes next

    @property
    def identity(self) -> str:
        """World, words and settings: they decide the trained weights."""
        known = "tokens", self.scene.name, self.scene.space, len(self.writing.words), self.settings
        return repr(known if self._start is None else (*known, self._start.sha256))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def _begin_with(self, start: TokensFile) -> None:
        mine = self.codes.network.config, self.writing.network.config, self.writing.words.words
        if (start.codes.config, start.writer.config, start.words.words) != mine:
            raise CheckpointError(
                f"{start.name} has other sizes or words than this training; start from nothing."
            )
        self.codes.network.load_state_dict(start.codes.state_dict())
        self.writing.network.load_state_dict(start.writer.state_dict())

    def advance(self) -> Progress:
        """Train one of both on one batch; the loss is that of its pictures or codes."""
        self._paint_pictures()
        if self.step < self.settings.code_steps:
            stage, loss = "Learning codes", self._learn_codes()
        else:
            stage, loss = "Learning to write", self._learn_writing()
        self.step += 1
        return Progress(self.step, self.settings.steps, stage, loss=loss)

    def _learn_codes(self) -> float:
        settings, step = self.settings, self.step
        attributes, pictures = self._draw_pictures()
        rate = cosine_rate(settings.code_rate, step, settings.code_steps, WARM_UP, FINAL_SHARE)
        return self.codes.learn(
            pictures,
            attributes,
            rate=rate,
            step=step,
            chance=self._chance(2, step, "cpu"),
            bfloat16=settings.bfloat16,
        )

    def _learn_writing(self) -> float:
        settings, step = self.settings, self.step - self.settings.code_steps
        while self._pool:
            attributes, pictures = self._pool.popleft()
            self.writing.add(attributes, self.codes.network.encode(pictures.float()))
        rate = cosine_rate(
            settings.writing_rate, step, settings.writing_steps, WARM_UP, FINAL_SHARE
        )
        return self.writing.learn(
            settings.writing_batch,
            rate=rate,
            seed=settings.seed * 1_000_003 + step,
            bfloat16=settings.bfloat16,
        )

    def _chance(self, stream: int, number: int, device: torch.device | str) -> torch.Generator:
        """Random numbers for a step or a round; streams differ."""
        seed = (self.settings.seed + 1) * 2_000_003 + 8 * number + stream
        return torch.Generator(device).manual_seed(seed)

    def _paint_pictures(self) -> None:
        """Paint what is due by now: after a break, also what is still to be learnt from."""
        rounds = self._pool.maxlen
        assert rounds is not None
        now = self.step // self.settings.every
        for number in range(max(self._round, now + 1 - rounds), now + 1):
            self._pool.append(self._paint(number))
        self._round = now + 1

    def _draw_pictures(self) -> tuple[Tensor, Tensor]:
        """Attributes [batch, K] and pictures [batch, 3, R, R] from the pool."""
        chance = self._chance(1, self.step, "cpu")
        painted = self.settings.painted
        there = len(self._pool) * painted
        numbers = torch.randint(there, (self.settings.code_batch,), generator=chance).tolist()
        places = [divmod(number, painted) for number in numbers]
        attributes = torch.stack([self._pool[i][0][j] for i, j in places])
        return attributes, torch.stack([self._pool[i][1][j] for i, j in places]).float()

    @torch.no_grad()
    def _paint(self, number: int) -> tuple[Tensor, Tensor]:
        """The attributes and pictures of a round, the pictures in half the memory."""
        chance = self._chance(0, number, self.device)
        shape = self.settings.painted, len(self.scene.space.names)
        attributes = shape_gaussian(torch.randn(shape, generator=chance, device=self.device))
        return attributes, paint(self.scene, attributes, self.settings.codes.side, chance).half()

    @torch.no_grad()
    def samples(self, count: int) -> Tensor:
        """Pictures [3 * count, 3, R, R] in -1..1: painted, from their codes, and written."""
        painted = self._paint(0)[1][:count].float()
        network = self.codes.network
        again = network.decode(network.encode(painted))
        chance = self._chance(3, 0, self.device)
        said = torch.zeros(count, self.writing.network.config.text_width, device=self.device)
        *_, codes = write_codes(self.writing.network, said, Sampling(), chance)
        return torch.cat([painted, again, network.decode(codes)]).cpu()

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "round": self._round,
            "codes": self.codes.state_dict(),
            "writing": self.writing.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state of the same world and settings."""
        self.step = state["step"]
        self.codes.load_state_dict(state["codes"])
        self.writing.load_state_dict(state["writing"])
        # While codes are learnt, the latest pictures are painted again.
        learnt = self.step > self.settings.code_steps
        self._round = state["round"] if learnt else self._first_round
        self._pool.clear()
