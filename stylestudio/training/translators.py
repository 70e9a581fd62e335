"""Teaches two translators at once, from one kind of picture to another and back.

No picture has a counterpart: each translation has to pass for a picture of the other kind, and the
way there and back has to give the picture again (Zhu et al. 2017, sections 3 and 4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.networks.patch_discriminator import PatchDiscriminator
from stylestudio.networks.translators import ResnetConfig, ResnetTranslator
from stylestudio.progress import Progress
from stylestudio.render.device import one_at_a_time
from stylestudio.training.adversarial.pictures import ShuffledPictures
from stylestudio.training.runs import on_processor

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.adversarial.pictures import Pictures

SPREAD = 0.02  # of the weights at first
MARGIN = 8  # a picture is read this part larger than what is cut out of it
POOL = 50  # translations that each discriminator looks back on
DISCRIMINATOR_WIDTH = 32
LARGE = 128  # pixels from which on patches of 70 pixels are judged, else of 34
BETAS = (0.5, 0.999)
STEADY = 0.5  # share of the steps before the rate begins to fall to 0
SAMPLE_ROWS = ("A", "A to B", "A to B to A", "B", "B to A", "B to A to B")


@dataclass(frozen=True)
class TranslatorSettings:
    """What a training depends on, beside its pictures."""

    resolution: int = 64  # a multiple of 4
    steps: int = 8000
    width: int = 24
    blocks: int = 6
    batch: int = 1
    rate: float = 2e-4
    cycle: float = 10.0  # weight of the way there and back
    identity: float = 5.0  # of leaving pictures as they are that have the look already
    mirror: bool = True
    bfloat16: bool = False  # where the processor is faster so
    seed: int = 0

    @property
    def read_side(self) -> int:
        """Side in pixels of the pictures that squares are cut out of."""
        return self.resolution + self.resolution // MARGIN


@dataclass(frozen=True, repr=False, kw_only=True)
class TranslatorProgress(Progress):
    """What one step of training did; the loss is the generators'."""

    discriminator_loss: float
    cycle_error: float  # mean difference after the way there and back, of 1 from black to white


class ImagePool:
    """Translations of earlier steps, so that a discriminator doesn't forget (section 4)."""

    def __init__(self) -> None:
        self.kept: list[Tensor] = []  # [3, R, R]

    def exchange(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Of pictures [N, 3, R, R], on average half as they are, half exchanged for kept ones."""
        given = []
        for picture in pictures.detach().clone():
            if len(self.kept) < POOL:
                self.kept.append(picture)
                given.append(picture)
            elif torch.rand((), generator=generator) < 0.5:
                given.append(picture)
            else:
                place = int(torch.randint(POOL, (), generator=generator))
                given.append(self.kept[place])
                self.kept[place] = picture
        return torch.stack(given)


def new_generators(settings: TranslatorSettings) -> nn.ModuleList:
    """The translators to B and to A, untrained."""
    width = settings.width
    config = ResnetConfig((width, 2 * width, 4 * width), settings.blocks, "instance")
    return nn.ModuleList(ResnetTranslator(config) for _ in range(2))


class TranslatorTrainer:
    """A training that goes step by step; all that is random follows from seed and step.

    Pictures of both kinds have `settings.read_side` pixels.
    """

    def __init__(
        self,
        pictures: tuple[Pictures, Pictures],
        settings: TranslatorSettings,
        device: torch.device | str = "cpu",
    ) -> None:
        self.settings = settings
        self.device = torch.device(device)
        self.step = 0
        self._pictures = [
            ShuffledPictures(each, seed=settings.seed + side, mirror=settings.mirror)
            for side, each in enumerate(pictures)
        ]
        torch.manual_seed(settings.seed)
        strided = 3 if settings.resolution >= LARGE else 2
        self.generators = new_generators(settings)
        self._discriminators = nn.ModuleList(  # of A, of B
            PatchDiscriminator(DISCRIMINATOR_WIDTH, strided) for _ in range(2)
        )
        for part in (self.generators, self._discriminators):
            part.apply(_begin)
            with one_at_a_time(self.device):
                part.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizers = [
            torch.optim.Adam(part.parameters(), lr=settings.rate, betas=BETAS)
            for part in (self.generators, self._discriminators)
        ]
        self._pools = [ImagePool(), ImagePool()]  # of translations to A, to B

    @property
    def identity(self) -> str:
        """What a state has to agree in; a training may go on where bfloat16 isn't faster."""
        a, b = (each.pictures.fingerprint() for each in self._pictures)
        described = replace(self.settings, bfloat16=False)
        return f"translators {described}, pictures_A={a}, pictures_B={b}"

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> TranslatorProgress:
        """Learn from a batch of each kind: the translators first, then those who judge them."""
        with one_at_a_time(self.device):
            return self._advance()

    def _advance(self) -> TranslatorProgress:
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.step)
        a, b = (self._batch(side, generator) for side in range(2))
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * _share_of_rate(self.step, settings.steps)
        loss, cycle, fakes = self._teach_generators(a, b)
        discriminator_loss = self._teach_discriminators((a, b), fakes, generator)
        self.step += 1
        return TranslatorProgress(
            self.step,
            settings.steps,
            "Learning to translate",
            loss=loss,
            discriminator_loss=discriminator_loss,
            cycle_error=cycle,
        )

    def _batch(self, side: int, generator: torch.Generator) -> Tensor:
        """Squares cut out of the next pictures at random: [N, 3, R, R] in -1..1."""
        settings = self.settings
        whole = self._pictures[side].take(self.step * settings.batch, settings.batch)
        free = whole.shape[-1] - settings.resolution
        squares = []
        for picture in whole:
            top, left = torch.randint(free + 1, (2,), generator=generator).tolist()
            squares.append(
                picture[:, top : top + settings.resolution, left : left + settings.resolution]
            )
        return torch.stack(squares).to(self.device).contiguous(memory_format=torch.channels_last)

    def _teach_generators(self, a: Tensor, b: Tensor) -> tuple[float, float, list[Tensor]]:
        """One step of both; the loss, the cycle error, and the translations to A and to B."""
        settings, n = self.settings, len(a)
        to_b, to_a = self.generators
        judge_a, judge_b = self._discriminators
        self._discriminators.requires_grad_(False)
        with self._autocast():
            # What looks like B already goes through with what has to become it.
            fake_b, same_b = to_b(torch.cat([a, b])).split(n)
            fake_a, same_a = to_a(torch.cat([b, a])).split(n)
            again_a, again_b = to_a(fake_b), to_b(fake_a)
            seen_a, seen_b = judge_a(fake_a).float(), judge_b(fake_b).float()
        cycle = _apart(again_a, a) + _apart(again_b, b)
        same = _apart(same_a, a) + _apart(same_b, b)
        loss = (seen_a - 1).square().mean() + (seen_b - 1).square().mean()
        loss = loss + settings.cycle * cycle + settings.identity * same
        self._optimizers[0].zero_grad(set_to_none=True)
        loss.backward()
        self._optimizers[0].step()
        self._discriminators.requires_grad_(True)
        # Both ways, in -1..1: a quarter is the mean of 0..1.
        return loss.item(), cycle.item() / 4, [fake_a.float().detach(), fake_b.float().detach()]

    def _teach_discriminators(
        self, real: tuple[Tensor, Tensor], fakes: list[Tensor], generator: torch.Generator
    ) -> float:
        loss = torch.zeros((), device=self.device)
        for side, judge in enumerate(self._discriminators):
            fake = self._pools[side].exchange(fakes[side], generator)
            with self._autocast():
                seen = judge(torch.cat([real[side], fake])).float()
            for_real, for_fake = seen.split(len(fake))
            loss = loss + ((for_real - 1).square().mean() + for_fake.square().mean()) / 2
        self._optimizers[1].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizers[1].step()
        return loss.item()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bfloat16)

    @torch.no_grad()
    def samples(self, count: int) -> Tensor:
        """Rows of `count` pictures as `SAMPLE_ROWS` says: [6 * count, 3, R, R] in -1..1."""
        with one_at_a_time(self.device):
            return self._samples(count)

    def _samples(self, count: int) -> Tensor:
        rows = []
        for side in range(2):
            pixels = self._pictures[side].pictures.pixels
            numbers = torch.arange(count) % len(pixels)
            rest = (pixels.shape[-1] - self.settings.resolution) // 2
            end = rest + self.settings.resolution
            x = pixels[numbers, :, rest:end, rest:end].float().to(self.device) / 127.5 - 1
            there = torch.cat([self.generators[side](each[None]) for each in x])
            back = torch.cat([self.generators[1 - side](each[None]) for each in there])
            rows += [x, there, back]
        return torch.cat(rows).cpu()

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted, on the processor."""
        with one_at_a_time(self.device):
            parts = {
                "generators": self.generators.state_dict(),
                "discriminators": self._discriminators.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
                "pools": [pool.kept for pool in self._pools],
            }
            return {"step": self.step, **on_processor(parts)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step = state["step"]
        with one_at_a_time(self.device):
            self.generators.load_state_dict(state["generators"])
            self._discriminators.load_state_dict(state["discriminators"])
            for optimizer, kept in zip(self._optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(kept)
            for pool, pictures in zip(self._pools, state["pools"], strict=True):
                pool.kept = [picture.to(self.device) for picture in pictures]


def migrate_identity(identity: str) -> str:
    """The identity in a state of the first version, where bfloat16 counted and names lacked."""
    return re.sub(
        r"^\('translators', (.*)bfloat16=\w+(.*), '([0-9a-f]{64})', '([0-9a-f]{64})'\)$",
        r"translators \1bfloat16=False\2, pictures_A=\3, pictures_B=\4",
        identity,
    )


def _apart(one: Tensor, other: Tensor) -> Tensor:
    return F.l1_loss(one.float(), other)


def _share_of_rate(step: int, steps: int) -> float:
    """1 for the first half of the steps, then falling to 0."""
    return min(1.0, (steps - step) / (steps * (1 - STEADY)))


def _begin(module: nn.Module) -> None:
    """Draw the weights of a layer."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, std=SPREAD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
