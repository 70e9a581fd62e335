"""Trains a StyleGAN2 against a discriminator that sees augmented pictures; seeded, resumable."""

from __future__ import annotations

import contextlib
import copy
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from stylestudio.networks.stylegan2 import Discriminator, Generator, StyleGAN2Config
from stylestudio.progress import Progress
from stylestudio.render.device import one_at_a_time
from stylestudio.training.adversarial.adaptive import AdaptiveAugmentation
from stylestudio.training.adversarial.augment import augment
from stylestudio.training.adversarial.losses import (
    discriminator_loss,
    generator_loss,
    path_lengths,
    path_penalty,
    r1_penalty,
)
from stylestudio.training.adversarial.pictures import ShuffledPictures
from stylestudio.training.adversarial.transfer import Transfer, take_over
from stylestudio.training.runs import on_processor
from stylestudio.training.trainer import draw_noises, update_ema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, nn

    from stylestudio.render import Model
    from stylestudio.training.adversarial.pictures import Pictures
    from stylestudio.training.adversarial.settings import AdversarialSettings

PATH_INTERVAL, R1_INTERVAL = 4, 16  # steps between regularisations (StyleGAN2 paper, section 3.1)
PATH_WEIGHT = 2.0
PATH_DECAY = 0.01  # how fast the mean path length follows the last one
PATH_SHRINK = 2  # path lengths take memory, so they are measured on half a batch
BETAS = (0.0, 0.99)
W_AVG_BETA = 0.998
SAMPLE_ROWS = 3  # of generated pictures, above one of real pictures
INHERITED = ("license", "author")  # what a model says of itself that its offspring has to repeat
LARGE = 1e5  # takes the place of infinite gradients


@dataclass(frozen=True, kw_only=True)
class AdversarialProgress(Progress):
    """What one step of training did; the loss is the generator's."""

    discriminator_loss: float
    fake_score: float  # mean of the discriminator's logits for generated pictures
    real_score: float  # ... for real ones
    r_t: float  # the overfitting heuristic: 1 where the discriminator knows its pictures by heart
    p: float  # how probable each augmentation is


@dataclass(frozen=True)
class Ancestor:
    """What the state of a training knows of the model that it started from, whose file may go."""

    name: str
    sha256: str
    config: StyleGAN2Config  # of the network in training
    metadata: Mapping[str, str] = field(default_factory=dict)  # that is inherited


class AdversarialTrainer:
    """Generator and discriminator in training, step by step; every step depends only on the last.

    `init` is a StyleGAN2 model to start from: `transfer` says which of its weights fit the network
    of the settings and were taken over. An `Ancestor` is enough where a state is loaded next. With
    `bfloat16`, both networks compute in it, except for their regularisation; weights stay in
    float32. Random numbers are drawn on the CPU, whatever `device` computes.
    Raises ValueError where pictures and settings do not belong together, and where no weight of
    init fits.
    """

    def __init__(
        self,
        pictures: Pictures,
        settings: AdversarialSettings,
        init: Model | Ancestor | None = None,
        device: torch.device | str = "cpu",
        *,
        bfloat16: bool = False,
    ) -> None:
        config = settings.config
        if pictures.resolution != config.img_resolution:
            raise ValueError(
                f"the pictures have {pictures.resolution} pixels a side and the network "
                f"{config.img_resolution}"
            )
        self.settings = settings
        self.init = init
        self.pictures = pictures
        self.step = 0
        self.pictures_before: int | None = None  # how many other ones a resumed training had
        self.device = torch.device(device)
        self._bfloat16 = bfloat16
        self._order = ShuffledPictures(pictures, seed=settings.seed, mirror=settings.mirror)
        self._fingerprint = pictures.fingerprint()
        torch.manual_seed(settings.seed)
        self.generator = Generator(config)
        self.discriminator = Discriminator(config)
        self.transfer: Transfer | None = None
        if init is not None and not isinstance(init, Ancestor):
            self.transfer = take_over(init.network, self.generator)
            if not self.transfer.taken:
                raise ValueError(f"no weight of {init.name} fits the network of the settings")
        with one_at_a_time(self.device):
            self.discriminator.to(self.device)
            self.generator.to(self.device)
            self.average = copy.deepcopy(self.generator).requires_grad_(False).eval()
            self._mean_length = torch.zeros((), device=self.device)
        self.augmentation = AdaptiveAugmentation(
            target=settings.augment_target, pictures_to_full=settings.augment_kimg * 1000
        )
        self._optimizers = {
            "generator": _adam(self.generator, settings.generator_rate, PATH_INTERVAL),
            "discriminator": _adam(self.discriminator, settings.discriminator_rate, R1_INTERVAL),
        }

    @property
    def identity(self) -> str:
        """Settings and starting point; a training may go on for longer, and with more pictures."""
        start = self.init and self.init.sha256
        described = repr((replace(self.settings, kimg=0.0), start))
        # As the states of the first version name the class, so that these can be resumed.
        return described.replace("AdversarialSettings(", "Settings(", 1)

    @property
    def finished(self) -> bool:
        """Whether all pictures have been shown."""
        return self.step >= self.settings.total_steps

    def advance(self) -> AdversarialProgress:
        """Train both networks on one batch each, and regularise them now and then."""
        with one_at_a_time(self.device):
            return self._advance()

    def _advance(self) -> AdversarialProgress:
        batch = self.settings.batch
        draws = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        real = self._order.take(self.step * batch, batch).to(self.device)
        generator_loss = self._train_generator(draws)
        if self.step % PATH_INTERVAL == 0:
            self._regularize_generator(draws)
        discriminator_loss, fake_score, real_score = self._train_discriminator(real, draws)
        if self.step % R1_INTERVAL == 0:
            self._regularize_discriminator(real, draws)
        self._update_average()
        self.step += 1
        return AdversarialProgress(
            self.step,
            self.settings.total_steps,
            "Training",
            loss=generator_loss,
            discriminator_loss=discriminator_loss,
            fake_score=fake_score,
            real_score=real_score,
            r_t=self.augmentation.r_t,
            p=self.augmentation.p,
        )

    def _train_generator(self, draws: torch.Generator) -> float:
        """Train the generator to pass for real."""
        ws, w = self._draw_ws(self.settings.batch, draws)
        self._track_w(w.detach())
        with self._autocast():
            fake = self._synthesize(ws, draws)
        loss = generator_loss(self._quick_logits(fake, draws))
        self._optimize("generator", loss)
        return loss.item()

    def _regularize_generator(self, draws: torch.Generator) -> None:
        """Train the generator to move its pictures evenly with w (path length regularisation)."""
        ws, _ = self._draw_ws(max(1, self.settings.batch // PATH_SHRINK), draws)
        lengths = path_lengths(self._synthesize(ws, draws), ws, draws)
        self._mean_length = self._mean_length.lerp(lengths.detach().mean(), PATH_DECAY)
        penalty = path_penalty(lengths, self._mean_length)
        self._optimize("generator", penalty * (PATH_WEIGHT * PATH_INTERVAL))

    def _train_discriminator(
        self, real: Tensor, draws: torch.Generator
    ) -> tuple[float, float, float]:
        """Train the discriminator to tell generated pictures from real ones.

        Its loss, and the mean logits of generated and of real pictures.
        """
        with torch.no_grad(), self._autocast():
            ws, _ = self._draw_ws(self.settings.batch, draws)
            fake = self._synthesize(ws, draws)
        logits = self._quick_logits(real, draws)
        fake_logits = self._quick_logits(fake, draws)
        loss = discriminator_loss(fake_logits, logits)
        self._optimize("discriminator", loss)
        self.augmentation.observe(logits)
        return loss.item(), fake_logits.mean().item(), logits.mean().item()

    def _regularize_discriminator(self, real: Tensor, draws: torch.Generator) -> None:
        """Keep the discriminator's slope small at real pictures (R1 regularisation)."""
        real = real.requires_grad_()
        penalty = r1_penalty(self._logits(real, draws), real)
        self._optimize("discriminator", penalty * (self.settings.r1_weight * R1_INTERVAL))

    def _draw_ws(self, count: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """ws [N, num_ws, w_dim], many of them of two w, and the first of these w."""
        config = self.settings.config
        z = torch.randn(2 * count, config.z_dim, generator=draws)
        first, second = self.generator.mapping(z.to(self.device)).chunk(2)
        cut = torch.randint(1, config.num_ws, (count, 1), generator=draws)
        whole = torch.rand(count, 1, generator=draws) >= self.settings.mixing
        of_first = whole | (torch.arange(config.num_ws) < cut)
        ws = torch.where(of_first[..., None].to(self.device), first[:, None], second[:, None])
        return ws, first

    def _synthesize(self, ws: Tensor, draws: torch.Generator) -> Tensor:
        synthesis = self.generator.synthesis
        resolution = self.settings.config.img_resolution
        noises = draw_noises(synthesis, ws.shape[0], resolution, draws)
        on_device = {name: noise.to(self.device) for name, noise in noises.items()}
        picture: Tensor = synthesis(ws, [on_device.get(step.name) for step in synthesis.steps])
        return picture

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        """bfloat16 where that was asked for."""
        if not self._bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def _quick_logits(self, pictures: Tensor, draws: torch.Generator) -> Tensor:
        """As `_logits`, with the discriminator in bfloat16 where that was asked for.

        Pictures are augmented in float32, or their colours would be rounded.
        """
        augmented = augment(pictures.float(), self.augmentation.p, draws)
        with self._autocast():
            logits: Tensor = self.discriminator(augmented)
        return logits.float()

    def _logits(self, pictures: Tensor, draws: torch.Generator) -> Tensor:
        """What the discriminator says [N, 1] of pictures that were augmented before."""
        logits: Tensor = self.discriminator(augment(pictures, self.augmentation.p, draws))
        return logits

    def _optimize(self, name: str, loss: Tensor) -> None:
        """One step of one network; the other is left alone."""
        parameters = list(getattr(self, name).parameters())
        self._optimizers[name].zero_grad(set_to_none=True)
        loss.backward(inputs=parameters)  # type: ignore[no-untyped-call]
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(nan=0.0, posinf=LARGE, neginf=-LARGE)
        self._optimizers[name].step()

    @torch.no_grad()
    def _track_w(self, w: Tensor) -> None:
        """w_avg follows the mean of w; at first it is the plain mean over all batches so far."""
        share = 1 - W_AVG_BETA
        if self.init is None:
            share = max(share, 1 / (self.step + 1))
        self.generator.mapping.w_avg.lerp_(w.float().mean(0), share)

    @torch.no_grad()
    def _update_average(self) -> None:
        half_life = self.settings.averaged_pictures(self.step)
        update_ema(self.average, self.generator, self.settings.batch, half_life)
        self.average.mapping.w_avg.copy_(self.generator.mapping.w_avg)

    def samples(self, count: int) -> Tensor:
        """Pictures [4 * count, 3, R, R]: seeds 0, 1, ... as in the studio, then real ones."""
        rows = (range(row * count, (row + 1) * count) for row in range(SAMPLE_ROWS))
        return torch.cat([*map(self.fakes, rows), self._order.take(0, count)])

    @torch.no_grad()
    def fakes(self, seeds: range) -> Tensor:
        """Pictures [N, 3, R, R] of the averaged generator for these seeds, on the CPU."""
        draws = [np.random.RandomState(s).randn(self.settings.config.z_dim) for s in seeds]
        with one_at_a_time(self.device):
            z = torch.from_numpy(np.stack(draws)).float().to(self.device)
            return self.average.synthesize(self.average.map(z)).cpu()

    @property
    def metadata(self) -> dict[str, str]:
        """What the model so far says of itself."""
        settings = self.settings
        said = {
            "training": "StyleGAN2 with adaptive discriminator augmentation",
            "pictures": str(len(self.pictures)),
            "kimg": f"{self.step * settings.batch / 1000:g}",
            "seed": str(settings.seed),
        }
        if self.init is not None:
            said |= {"started_from": self.init.name, "started_from_sha256": self.init.sha256}
            for key in INHERITED:
                if key in self.init.metadata:
                    said[f"started_from_{key}"] = self.init.metadata[key]
        return said

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted, on the processor."""
        with one_at_a_time(self.device):
            parts = {name: part.state_dict() for name, part in self._parts().items()}
            state = on_processor({"usual_length": self._mean_length, **parts})
        pictures = {"count": len(self.pictures), "fingerprint": self._fingerprint}
        return {
            "step": self.step,
            "pictures": pictures,
            "config": asdict(self.settings.config),  # with the next, what a model is written from
            "metadata": self.metadata,
            **state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state of the same identity."""
        self.step = state["step"]
        before = state.get("pictures")  # which the states of the first version lack
        if before and before["fingerprint"] != self._fingerprint:
            self.pictures_before = before["count"]
        with one_at_a_time(self.device):
            self._mean_length = state["usual_length"].to(self.device)
            for name, part in self._parts().items():
                part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        optimizers = {f"{name}_optimizer": part for name, part in self._optimizers.items()}
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
            "strength": self.augmentation,
            **optimizers,
        }


def config_of(state: dict[str, Any]) -> StyleGAN2Config:
    """The network of a state. Raises KeyError in that of an early version, which doesn't say."""
    said: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in state["config"].items()
    }
    return StyleGAN2Config(**said)


def ancestor_of(path: Path) -> Ancestor | None:
    """The model that a training with a state on disk started from; None where that isn't said."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        said = state["metadata"]
        inherited = {
            key: said[f"started_from_{key}"] for key in INHERITED if f"started_from_{key}" in said
        }
        name, sha256 = said["started_from"], said["started_from_sha256"]
        return Ancestor(name, sha256, config_of(state), inherited)
    except Exception:  # noqa: BLE001 - torch raises anything; going on says what is wrong with it
        return None


def migrate_identity(identity: str) -> str:
    """The identity in a state of the first version, which held a hash of the pictures, too."""
    return re.sub(r", '[0-9a-f]{64}'(, (?:'[0-9a-f]{64}'|None)\))$", r"\1", identity)


def _adam(network: nn.Module, rate: float, interval: int) -> torch.optim.Adam:
    """Adam, slowed so as to be as fast with a regularisation every `interval` steps as without."""
    slower = interval / (interval + 1)
    betas = (BETAS[0] ** slower, BETAS[1] ** slower)
    return torch.optim.Adam(network.parameters(), lr=rate * slower, betas=betas)
