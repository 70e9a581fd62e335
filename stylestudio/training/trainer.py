"""Teaches a StyleGAN2 generator to paint a procedural scene; seeded, growing and resumable."""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.chain import last, run_pictures
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.progress import Progress
from stylestudio.training.embedding import Embedding, mix_rows
from stylestudio.training.losses import (
    drafts_loss,
    finest_loss,
    picture_loss,
    reading_loss,
    texture_loss,
)
from stylestudio.training.muon import Muon
from stylestudio.training.recording import RecordedStep
from stylestudio.training.scene import GROUPS, shape_gaussian

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor, nn

    from stylestudio.networks.stylegan2 import Step, SynthesisNetwork
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene

MIX_PROBABILITY = 0.75  # share of pictures whose rows come from three sources
NOISE_SIDE = 32  # pixels
WARM_UP = 100  # steps
FINAL_SHARE = 0.02  # of the learning rate is left at the end of a stage
EMA_PICTURES = 2500  # half-life of the averaged weights
FIRST_WORDING = {  # what states of the first version say instead, so that they can be resumed
    "TrainingStage(": "Stage(",
    "TrainingSettings(": "Settings(",
    ", finest=0.0": "",
    ", noise_strength=0.1": "",
    ", noise_growth=1.0": "",
    ", drafts=0.0": "",
}


def scene_config(
    side: int, *, channels: tuple[int, ...], w_dim: int, mapping_features: int
) -> StyleGAN2Config:
    """What paints a scene: z as wide as w, and a mapping that learns at the full rate."""
    return StyleGAN2Config(
        img_resolution=side,
        channels=channels,
        z_dim=w_dim,
        w_dim=w_dim,
        mapping_layers=3,
        mapping_features=mapping_features,
        mapping_lr_multiplier=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class TrainingStage:
    """A stretch of training at one resolution."""

    resolution: int
    steps: int
    batch: int
    learning_rate: float  # at its start; falls along a cosine
    reading: float = 0.0  # weight of what a reader sees differently, at its side or above
    texture: float = 0.0  # weight of how much detail there is, wherever it lies exactly
    finest: float = 0.0  # weight of the energy of the finest octave, wherever it lies exactly
    drafts: float = 0.0  # weight of the smaller pictures on the way, which are shown first


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Everything that decides the trained weights, besides the scene."""

    config: StyleGAN2Config
    stages: tuple[TrainingStage, ...]
    seed: int = 0
    noise_strength: float = 0.1  # of layers whose noise the scene draws from, at NOISE_SIDE
    noise_growth: float = 1.0  # of that strength, from one resolution to the next
    bfloat16: bool = False  # where the processor is faster so

    @property
    def total_steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def scaled(self, share: float) -> TrainingSettings:
        """The same training with `share` of the steps in each stage, at least one."""
        stages = tuple(replace(s, steps=max(1, round(s.steps * share))) for s in self.stages)
        return replace(self, stages=stages)

    def after(self, stages: int) -> TrainingSettings:
        """The same training without its first stages."""
        return replace(self, stages=self.stages[stages:])

    @property
    def reads(self) -> bool:
        """Whether a stage needs a reader."""
        return any(stage.reading for stage in self.stages)

    def stage_at(self, step: int) -> tuple[TrainingStage, int]:
        """The stage of a step and the step's number within it."""
        for stage in self.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise IndexError(f"training has {self.total_steps} steps")


def draw_noises(
    synthesis: SynthesisNetwork, batch: int, resolution: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Fresh noise [batch, 1, r, r] by step name, for the convolutions up to a resolution.

    It lies on the device of `generator`.
    """
    device = generator.device
    return {
        step.name: torch.randn(
            batch, 1, step.resolution, step.resolution, generator=generator, device=device
        )
        for step in synthesis.steps
        if step.has_noise and step.resolution <= resolution
    }


def synthesize_upto(
    synthesis: SynthesisNetwork, ws: Tensor, noises: Mapping[str, Tensor], resolution: int
) -> Iterator[Tensor]:
    """The RGB [N, 3, r, r] of all resolutions up to one."""
    return run_pictures(synthesis, ws, lambda step: noises.get(step.name), resolution)


def cosine_rate(full: float, step: int, steps: int, warm_up: int, final_share: float) -> float:
    """The learning rate at a step: warmed up to `full`, lowered along a cosine to a share of it."""
    fall = 0.5 + 0.5 * math.cos(math.pi * step / steps)
    warm = min(1.0, (step + 1) / warm_up)
    return full * warm * max(fall, final_share)


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, pictures: int, half_life: float) -> None:
    """Move averaged weights towards those of `network`, which has seen `pictures` more."""
    move_average(average, network, 1 - 0.5 ** (pictures / half_life))


@torch.no_grad()
def move_average(average: nn.Module, network: nn.Module, share: float | Tensor) -> None:
    """Move averaged weights by a share of the way towards those of `network`."""
    for mean, value in zip(average.parameters(), network.parameters(), strict=True):
        mean.lerp_(value, share)


def _optimizers(synthesis: SynthesisNetwork) -> list[torch.optim.Optimizer]:
    """Muon for the weights of convolutions and affine maps, Adam for all that is no such matrix.

    What turns a head shows in weak directions of the gradients, which Adam alone hardly follows:
    in 320 steps of 16 portraits at 32 px it came to 16 dB at the rate it had, with Muon to 22.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in synthesis.named_parameters():
        is_matrix = name.endswith("weight") and "torgb.weight" not in name
        (matrices if is_matrix else others).append(parameter)
    on_card = others[0].is_cuda  # there it is recorded
    adam = torch.optim.Adam(others, lr=1.0, betas=(0.9, 0.99), capturable=on_card)
    return [Muon(matrices, lr=1.0), adam]


class Trainer:
    """A generator being taught a scene, step by step; every step depends only on the last.

    `init` is a generator to start from, with the config of the settings; its mapping is not used.
    `reader` has learnt to read the scene's attributes. Painting, drawing at random and learning
    are all done on `device`; a card draws other numbers than the processor, so the weights differ.
    Raises ValueError where a stage needs a reader and there is none.
    """

    def __init__(
        self,
        scene: Scene,
        settings: TrainingSettings,
        *,
        init: Generator | None = None,
        reader: Regressors | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        if settings.reads and reader is None:
            raise ValueError("a stage weighs what a reader sees, but there is no reader")
        self.scene = scene
        self.settings = settings
        self.device = torch.device(device)
        self.reader = reader and reader.eval().requires_grad_(False).to(self.device)
        self.step = 0
        torch.manual_seed(settings.seed)
        config = settings.config
        self.generator = Generator(config)
        if init is not None:
            self.synthesis.load_state_dict(init.synthesis.state_dict())
        else:
            self._blank_later_rgb()
        self.generator.to(self.device)
        self.embedding = Embedding(scene.space, config.w_dim, settings.seed, self.device)
        self.embedding.wire(self.synthesis)
        self._fix_noise_strengths()
        self.synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.synthesis).requires_grad_(False)
        self.optimizers = _optimizers(self.synthesis)
        self._columns = [torch.tensor(scene.space.indices(g), device=self.device) for g in GROUPS]
        self._generator = torch.Generator(self.device)
        # What changes from step to step, where a recorded step finds it.
        self._rate = torch.zeros((), device=self.device)
        self._share = torch.zeros((), device=self.device)
        self._loss_value = torch.zeros((), device=self.device)
        self._recording: tuple[TrainingStage, RecordedStep] | None = None

    @torch.no_grad()
    def _blank_later_rgb(self) -> None:
        """Let no RGB layer paint before its stage: each stage starts where the last one ended."""
        for step in self.synthesis.steps:
            if step.makes_rgb and step.resolution > self.settings.stages[0].resolution:
                self.synthesis.get_parameter(f"{step.name}.weight").zero_()

    def _fix_noise_strengths(self) -> None:
        """Set them for good: trained, they fall to 0 before any layer has found a use for noise."""
        for step in self.synthesis.steps:
            if step.has_noise:
                strength = self.synthesis.get_parameter(f"{step.name}.noise_strength")
                strength.requires_grad_(False)
                strength.fill_(self._noise_strength(step))

    def _noise_strength(self, step: Step) -> float:
        """Finer noise may be stronger: fewer layers are left to make a star of a speck."""
        if step.name not in self.scene.noise_layers:
            return 0.0
        octaves = math.log2(step.resolution / NOISE_SIDE)
        return float(self.settings.noise_strength * self.settings.noise_growth**octaves)

    @property
    def synthesis(self) -> SynthesisNetwork:
        """The network in training; `average` is its smoothed copy."""
        return self.generator.synthesis

    @property
    def identity(self) -> str:
        """Scene and settings: they decide the trained weights."""
        described = repr((self.scene.name, self.settings))
        for now, before in FIRST_WORDING.items():
            described = described.replace(now, before)
        return described

    @property
    def finished(self) -> bool:
        """Whether all stages are done."""
        return self.step >= self.settings.total_steps

    def advance(self) -> Progress:
        """Train on one batch."""
        stage, within = self.settings.stage_at(self.step)
        if self._recording is None or self._recording[0] is not stage:
            weights = self.scene.loss_weights(stage.resolution).to(self.device)
            work = functools.partial(self._learn, stage, weights)
            self._recording = stage, RecordedStep(work, self._generator)
            for optimizer in self.optimizers:
                optimizer.zero_grad(set_to_none=True)
        self._generator.manual_seed(self.settings.seed * 1_000_003 + self.step)
        # Warmed up at the start of every stage, then lowered along a cosine.
        rate = cosine_rate(stage.learning_rate, within, stage.steps, WARM_UP, FINAL_SHARE)
        self._rate.fill_(rate)
        half_life = min(EMA_PICTURES, 0.05 * (self.step + 1) * stage.batch)
        self._share.fill_(1 - 0.5 ** (stage.batch / half_life))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self._rate if self.device.type == "cuda" else rate
        self._recording[1].run()
        self.step += 1
        total, doing = self.settings.total_steps, f"Training at {stage.resolution} px"
        return Progress(self.step, total, doing, loss=self._loss_value.item())

    def _learn(self, stage: TrainingStage, weights: Tensor) -> None:
        """Paint a batch, imitate it, and move the weights, at the rate that is set."""
        ws, attributes = self._draw_batch(stage, self._generator)
        noises = draw_noises(self.synthesis, stage.batch, stage.resolution, self._generator)
        with torch.no_grad():
            target = self.scene.render(attributes, noises, stage.resolution)
        with self._autocast():
            *drafts, picture = synthesize_upto(self.synthesis, ws, noises, stage.resolution)
        loss = self._loss(stage, picture.float(), target, weights)
        if stage.drafts:
            loss = loss + stage.drafts * drafts_loss(drafts, target)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
        self.embedding.wire(self.synthesis)
        move_average(self.average, self.synthesis, self._share)
        self._loss_value.copy_(loss.detach())

    def _autocast(self) -> torch.autocast:
        """bfloat16 where the settings ask for it."""
        return torch.autocast(
            self.device.type,
            torch.bfloat16,
            enabled=self.settings.bfloat16,
            cache_enabled=False,  # a recorded step converts its weights anew
        )

    def _loss(
        self, stage: TrainingStage, picture: Tensor, target: Tensor, weights: Tensor
    ) -> Tensor:
        weighed = picture * weights, target * weights
        loss = picture_loss(*weighed)
        if stage.texture:
            loss = loss + stage.texture * texture_loss(*weighed)
        if stage.finest:
            loss = loss + stage.finest * finest_loss(*weighed)
        if self.reader is not None and stage.reading:
            with self._autocast():
                read = reading_loss(self.reader, picture, target)
            loss = loss + stage.reading * read.float()
        return loss

    def _draw_batch(
        self, stage: TrainingStage, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """ws whose groups may come from three sources, and the attributes they add up to."""
        space = self.scene.space
        shape = 3, stage.batch, len(space.names)
        draws = torch.randn(shape, generator=generator, device=self.device)
        sources = shape_gaussian(draws)
        alone = torch.rand(stage.batch, 1, generator=generator, device=self.device)
        sources = torch.where(alone > MIX_PROBABILITY, sources[:1], sources)
        attributes = torch.cat([sources[i][:, c] for i, c in enumerate(self._columns)], 1)
        by_group = {group: self.embedding.to_w(sources[i]) for i, group in enumerate(GROUPS)}
        return mix_rows(by_group, self.settings.config.num_ws), attributes

    @torch.no_grad()
    def samples(self, count: int) -> Tensor:
        """Pictures [2 * count, 3, R, R] at the resolution just trained: generated, then real."""
        stage, _ = self.settings.stage_at(max(0, self.step - 1))
        generator = torch.Generator(self.device).manual_seed(self.settings.seed)
        shape = count, len(self.scene.space.names)
        draws = torch.randn(shape, generator=generator, device=self.device)
        attributes = shape_gaussian(draws)
        noises = draw_noises(self.synthesis, count, stage.resolution, generator)
        by_group = dict.fromkeys(GROUPS, self.embedding.to_w(attributes))
        ws = mix_rows(by_group, self.settings.config.num_ws)
        generated = last(synthesize_upto(self.average, ws, noises, stage.resolution))
        painted = self.scene.render(attributes, noises, stage.resolution)
        return torch.cat([generated, painted]).cpu()

    def state_dict(self) -> dict[str, object]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "synthesis": self.synthesis.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Continue from a saved state of the same scene and settings."""
        self.step = state["step"]  # type: ignore[assignment]
        self.synthesis.load_state_dict(state["synthesis"])  # type: ignore[arg-type]
        self.average.load_state_dict(state["average"])  # type: ignore[arg-type]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):  # type: ignore[call-overload]
            optimizer.load_state_dict(saved)
            for group in optimizer.param_groups:
                if "capturable" in group:  # the state may come from another device
                    group["capturable"] = self.device.type == "cuda"
            for kept in optimizer.state.values():
                if "step" in kept:
                    kept["step"] = kept["step"].to(self.device)
        self._recording = None
