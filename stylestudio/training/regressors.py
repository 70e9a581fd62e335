"""A network that reads a scene's attributes from pictures, and its training on the scene itself.

It stands in for the eye: what a generator's controls move can only be told by looking at its
pictures. It is trained anew where it is needed and never ships.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.checkpoints import load_tensors
from stylestudio.checkpoints.writing import writing
from stylestudio.errors import StyleStudioError
from stylestudio.networks.stylegan2 import SynthesisNetwork
from stylestudio.progress import Progress
from stylestudio.training.scene import shape_gaussian
from stylestudio.training.trainer import cosine_rate, draw_noises

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stylestudio.networks.stylegan2 import StyleGAN2Config
    from stylestudio.training.scene import Scene

WIDTHS = (24, 48, 96, 128)  # channels after each halving of the picture
DEEP = (1, 2)  # stages that look a second time at what they see: features of a face end there
NARROW = 32  # channels that go on to the fully connected layers, whose weights they multiply
HIDDEN = 192
SLOPE = 0.1  # of leaky ReLUs
POOL = 2048  # pictures that are drawn from, the latest
WARM_UP = 50  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
READER_STEPS = 1500  # of a reader that a generator learns from,
READ_WELL = 0.25  # where that generator's training is at least this share of the full one


class RegressorsError(StyleStudioError, ValueError):
    """A file of regressors cannot be used; the message is one sentence for the user."""


class Regressors(nn.Module):
    """Strided convolutions with coordinates as further channels, then two connected layers.

    Pictures of `side` pixels are looked at; larger ones are averaged down to that.
    Raises ValueError where `side` is no multiple of 16.
    """

    coordinates: Tensor

    def __init__(self, count: int, side: int = 128) -> None:
        super().__init__()
        if side % 2 ** len(WIDTHS):
            raise ValueError(f"side is {side}; it must be a multiple of {2 ** len(WIDTHS)}")
        self.side = side
        at = torch.linspace(-1, 1, side)
        grid = torch.stack([at.expand(side, side), at[:, None].expand(side, side)])
        self.register_buffer("coordinates", grid[None], persistent=False)
        inputs = (5, *WIDTHS[:-1])
        self.stages = nn.ModuleList(
            _stage(i, o, deep=index in DEEP)
            for index, (i, o) in enumerate(zip(inputs, WIDTHS, strict=True))
        )
        cells = (side // 2 ** len(WIDTHS)) ** 2
        self.neck = nn.Sequential(
            _convolution(WIDTHS[-1], WIDTHS[-1]), nn.Conv2d(WIDTHS[-1], NARROW, 1)
        )
        self.head = nn.Sequential(
            nn.Linear(NARROW * cells, HIDDEN), nn.LeakyReLU(SLOPE), nn.Linear(HIDDEN, count)
        )

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Pictures [N, 3, R, R] -> what the stages see in them, [N, C, side / 2, side / 2] first.

        Raises ValueError where R is no multiple of the side looked at.
        """
        n, _, _, resolution = pictures.shape
        if resolution % self.side:
            raise ValueError(
                f"pictures have {resolution} px; they must be a multiple of {self.side}"
            )
        if resolution > self.side:
            pictures = F.avg_pool2d(pictures, resolution // self.side)
        x = torch.cat([pictures, self.coordinates.expand(n, -1, -1, -1)], 1)
        x = x.contiguous(memory_format=torch.channels_last)
        seen = []
        for stage in self.stages:
            x = stage(x)
            seen.append(x)
        return seen

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, R, R] in -1..1 -> attributes [N, count]."""
        return self.read(self.features(pictures)[-1])

    def read(self, seen: Tensor) -> Tensor:
        """What the last stage sees [N, C, side / 16, side / 16] -> attributes [N, count]."""
        attributes: Tensor = self.head(self.neck(seen).flatten(1))
        return attributes


def _stage(inputs: int, outputs: int, *, deep: bool) -> nn.Sequential:
    further = [_convolution(outputs, outputs)] if deep else []
    return nn.Sequential(_convolution(inputs, outputs, stride=2), *further)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    )


@dataclass(frozen=True, kw_only=True)
class RegressorSettings:
    """Everything that decides the trained regressors, besides the scene."""

    config: StyleGAN2Config  # of the generator to be looked at: which noises there are
    side: int = 128  # pixels of the pictures that are painted and looked at
    steps: int = 6500
    batch: int = 32
    repeats: int = 4  # times that a picture is seen on average: painting costs more than learning
    learning_rate: float = 2e-3
    seed: int = 0
    bfloat16: bool = False  # where the processor is faster so


def reader_settings(config: StyleGAN2Config, scale: float, *, bfloat16: bool) -> RegressorSettings:
    """Of the reader that a generator learns from; its judge has seen other pictures.

    `scale` is the share of the generator's training that is done: a quick look at it would
    otherwise wait minutes for its reader.
    """
    steps = max(1, round(READER_STEPS * min(1.0, scale / READ_WELL)))
    return RegressorSettings(config=config, steps=steps, seed=1, bfloat16=bfloat16)


def judge_settings(scene: Scene, config: StyleGAN2Config, *, bfloat16: bool) -> RegressorSettings:
    """Of the regressors that measure a generator: they look where every attribute shows.

    Steps with pictures of 256 pixels take four times as long and teach more.
    """
    steps = 4000 if scene.seen_at > RegressorSettings.side else RegressorSettings.steps
    return RegressorSettings(config=config, side=scene.seen_at, steps=steps, bfloat16=bfloat16)


class RegressorTrainer:
    """Regressors learning from a scene's own pictures; every step depends only on the last.

    A few pictures are painted at each step, with fresh attributes and noise, and a batch is
    drawn from the latest. They are painted at the side looked at, not at the generator's: this is
    four times as fast, and what was learnt holds for larger pictures averaged down. Noise that
    is finer is not painted then, so attributes that show in nothing else cannot be read.
    All is done on `device`; a card draws other numbers than the processor, so the weights differ.
    """

    def __init__(
        self, scene: Scene, settings: RegressorSettings, device: torch.device | str = "cpu"
    ) -> None:
        self.device = torch.device(device)
        self.scene = scene
        self.settings = settings
        self.step = 0
        with torch.device("meta"):
            self.synthesis = SynthesisNetwork(settings.config)  # only says which noises there are
        torch.manual_seed(settings.seed)
        self.regressors = Regressors(len(scene.space.names), settings.side)
        self.regressors.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(self.regressors.parameters(), lr=1.0, betas=(0.9, 0.99))
        self._painted = settings.batch // settings.repeats
        self._pool: deque[tuple[Tensor, Tensor]] = deque(maxlen=max(1, POOL // self._painted))
        self._pool_step = 0  # whose pictures come next

    @property
    def identity(self) -> str:
        """Scene and settings: they decide the trained weights."""
        return repr(("regressors", self.scene.name, self.scene.space, self.settings))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Train on one batch; the loss is the mean square error, in units of the attributes."""
        attributes, pictures = self._draw_batch()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        self.regressors.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bfloat16):
            read = self.regressors(pictures)
        error = F.mse_loss(read.float(), attributes)
        error.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.regressors.eval()
        self.step += 1
        return Progress(self.step, self.settings.steps, "Learning to read", loss=error.item())

    def _draw_batch(self) -> tuple[Tensor, Tensor]:
        """Attributes [batch, K] and pictures [batch, 3, side, side] from the pool."""
        assert self._pool.maxlen is not None
        first = max(self._pool_step, self.step + 1 - self._pool.maxlen)
        for step in range(first, self.step + 1):
            self._pool.append(self._paint(step))
        self._pool_step = self.step + 1
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        there = len(self._pool) * self._painted
        drawn = torch.randint(there, (self.settings.batch,), generator=generator).tolist()
        places = [divmod(number, self._painted) for number in drawn]
        attributes = torch.stack([self._pool[i][0][j] for i, j in places])
        return attributes, torch.stack([self._pool[i][1][j] for i, j in places]).float()

    @torch.no_grad()
    def _paint(self, step: int) -> tuple[Tensor, Tensor]:
        """The pictures that a step adds to the pool, kept in half the memory."""
        settings = self.settings
        generator = torch.Generator(self.device)
        generator.manual_seed((settings.seed + 1) * 2_000_003 + step)
        shape = self._painted, len(self.scene.space.names)
        draws = torch.randn(shape, generator=generator, device=self.device)
        attributes = shape_gaussian(draws)
        noises = draw_noises(self.synthesis, self._painted, settings.side, generator)
        return attributes, self.scene.render(attributes, noises, settings.side).half()

    def _learning_rate(self) -> float:
        settings = self.settings
        return cosine_rate(settings.learning_rate, self.step, settings.steps, WARM_UP, FINAL_SHARE)

    def state_dict(self) -> dict[str, object]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "regressors": self.regressors.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Continue from a saved state of the same scene and settings."""
        self.step = state["step"]  # type: ignore[assignment]
        self.regressors.load_state_dict(state["regressors"])  # type: ignore[arg-type]
        self.optimizer.load_state_dict(state["optimizer"])  # type: ignore[arg-type]
        self._pool.clear()
        self._pool_step = 0


def save_regressors(regressors: Regressors, scene: Scene, path: Path) -> None:
    """Write trained regressors as safetensors; the file says whose attributes they read."""
    metadata = {"description": json.dumps(_description(scene, regressors.side))}
    with writing(path) as partial:
        safetensors.torch.save_file(_contiguous(regressors.state_dict()), partial, metadata)


def load_regressors(scene: Scene, path: Path) -> Regressors:
    """Read the regressors that `save_regressors` wrote for a scene.

    Raises RegressorsError where the file is missing, is none or belongs to another scene.
    """
    regressors, description = read_regressors(path)
    if description != _description(scene, regressors.side):
        raise RegressorsError(f"{path} reads another scene than {scene.name}; train them again.")
    return regressors


def read_regressors(path: Path) -> tuple[Regressors, dict[str, Any]]:
    """Read regressors of any scene, and what they say of it: "scene", "side", "attributes".

    Raises RegressorsError where the file is missing or is none.
    """
    if not path.is_file():
        raise RegressorsError(f"{path} does not exist; train the regressors first.")
    try:
        metadata, tensors = load_tensors(path)
        description = json.loads(metadata["description"])
        regressors = Regressors(len(description["attributes"]), description["side"])
        regressors.load_state_dict(tensors)
    except Exception as error:
        raise RegressorsError(f"{path} holds no regressors; train them again.") from error
    return regressors.eval(), description


def _description(scene: Scene, side: int) -> dict[str, object]:
    return {"scene": scene.name, "side": side, "attributes": list(scene.space.names)}


def _contiguous(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.cpu().contiguous() for name, value in state.items()}
