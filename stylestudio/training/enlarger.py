"""Teaches an enlarger: sharp pictures are made small, and made large again.

As SRGAN does (Ledig et al. 2017), it is judged by pixels and by what a feature network sees; and by
random filters, others at each step, which keep the grain that pixels alone would smooth away. It
has no adversary: what that would invent, no one could check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.checkpoints import CheckpointError, read_features, read_stage
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.enlargers import CompactConfig, CompactNet
from stylestudio.networks.random_filters import RandomFilters
from stylestudio.progress import Progress
from stylestudio.resources import resource_path
from stylestudio.training.losses import perceptual_distance
from stylestudio.training.trainer import cosine_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from torch import Tensor

CONFIG = CompactConfig(width=40, convs=6, scale=4)
LEVELS = 4  # sizes at which random filters look, each half of the one before
WARM_UP = 25  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
FEATURE_WEIGHT = 0.02  # of what the feature network sees
FILTER_WEIGHT = 0.05  # of what random filters see
FIRST_FILTERS = 1_000  # seed of the first step's; the filters of a comparison have 0
HALF = 0.5  # share of squares that are first made half as large: finer detail at the same size


@dataclass(frozen=True)
class EnlargerSettings:
    """What a training depends on, beside its pictures."""

    steps: int = 4000
    batch: int = 8
    side: int = 48  # pixels of the small squares
    rate: float = 1e-3
    bfloat16: bool = False  # where the processor is faster so
    seed: int = 0


class EnlargerTrainer:
    """A training that goes step by step; all that is random follows from seed and step.

    Learns from pictures [3, H, W] in 0..1, each `2 * side * scale` pixels high and wide at least;
    smaller ones are left out. Raises ValueError where none is left.
    """

    def __init__(
        self,
        pictures: Iterable[Tensor],
        settings: EnlargerSettings,
        device: torch.device | str = "cpu",
        init: Mapping[str, Tensor] | None = None,
    ) -> None:
        """`init` are the weights to begin with, None for new ones."""
        self.settings = settings
        self.device = torch.device(device)
        self.step = 0
        self._large = settings.side * CONFIG.scale
        self._pictures = [
            (picture * 255).round().byte().to(self.device)
            for picture in pictures
            if min(picture.shape[-2:]) >= self._large
        ]
        if not self._pictures:
            raise ValueError(f"no picture has {self._large} x {self._large} pixels")
        torch.manual_seed(settings.seed)
        self.network = CompactNet(CONFIG)
        if init is None:
            _begin(self.network)
        else:
            self.network.load_state_dict(init)
        self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        features = read_features(resource_path("features", "default.safetensors"))
        self._features = features.to(self.device)
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=1.0, betas=(0.9, 0.99))

    @property
    def identity(self) -> str:
        """What a state has to agree in."""
        return repr(("enlarger", CONFIG, self.settings, len(self._pictures)))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Learn from a batch of squares."""
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.step)
        large = torch.stack([self._square(generator) for _ in range(settings.batch)])
        small = reduced(large, CONFIG.scale, int(torch.randint(3, (), generator=generator)))
        rate = cosine_rate(settings.rate, self.step, settings.steps, WARM_UP, FINAL_SHARE)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.bfloat16):
            picture = self.network(small)
            seen, wanted = (self._features(each).style for each in (picture, large))
        picture = picture.float()
        distance = perceptual_distance([f.float() for f in seen], [f.float() for f in wanted])
        filters = RandomFilters(seed=FIRST_FILTERS + self.step).to(self.device)
        grain = perceptual_distance(filtered(filters, picture), filtered(filters, large))
        loss = (picture - large).abs().mean()
        loss = loss + FEATURE_WEIGHT * distance.mean() + FILTER_WEIGHT * grain.mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.step += 1
        return Progress(self.step, settings.steps, "Learning to enlarge", loss=loss.item())

    def _square(self, generator: torch.Generator) -> Tensor:
        """A random square [3, S, S] in 0..1, turned and mirrored."""
        which, size, top, left, turn = torch.rand(5, generator=generator).tolist()
        picture = self._pictures[int(which * len(self._pictures))]
        height, width = picture.shape[-2:]
        side = self._large
        halved = size < HALF and min(height, width) >= 2 * side
        cut = 2 * side if halved else side
        y, x = int(top * (height - cut + 1)), int(left * (width - cut + 1))
        square = picture[:, y : y + cut, x : x + cut].float() / 255
        if halved:
            square = F.avg_pool2d(square, 2)
        square = torch.rot90(square, int(turn * 4), (1, 2))
        return square.flip(2) if turn * 8 % 2 < 1 else square

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])


def _begin(network: CompactNet) -> None:
    """Draw the weights of a new network."""
    *inner, last = (layer for layer in network.body if isinstance(layer, nn.Conv2d))
    for conv in inner:  # without norms, signals of torch's own start fade from layer to layer
        nn.init.kaiming_normal_(conv.weight, a=0.25)
    nn.init.normal_(last.weight, std=1e-3)


def filtered(filters: RandomFilters, pictures: Tensor) -> list[Tensor]:
    """What filters make of pictures [N, 3, H, W] in 0..1 at `LEVELS` sizes."""
    levels = [pictures * 2 - 1]
    for _ in range(LEVELS - 1):
        levels.append(F.avg_pool2d(levels[-1], 2))
    return [filters(level) for level in levels]


def reduced(pictures: Tensor, scale: int, way: int) -> Tensor:
    """Pictures [N, 3, H, W] in 0..1 at a `scale`-th of the size, in one of three common ways."""
    if way == 0:
        return F.avg_pool2d(pictures, scale)
    size = [side // scale for side in pictures.shape[-2:]]
    mode = "bicubic" if way == 1 else "bilinear"
    small = F.interpolate(pictures, size=size, mode=mode, antialias=True, align_corners=False)
    return (small.clamp(0, 1) * 255).round() / 255  # as files keep them


def save_enlarger(network: CompactNet, path: Path) -> None:
    """Write an enlarger in half precision, as `open_stage` reads it."""
    weights = {
        name: value.cpu().half().contiguous() for name, value in network.state_dict().items()
    }
    with writing(path) as partial:
        safetensors.torch.save_file(weights, partial, {"license": "Apache-2.0"})


def load_enlarger(path: Path) -> dict[str, Tensor]:
    """The weights of an enlarger that `save_enlarger` has written.

    Raises CheckpointError where the file can't be read, or holds another network.
    """
    stage = read_stage(path)
    network = stage.network
    if not isinstance(network, CompactNet) or network.config != CONFIG:
        raise CheckpointError(f"{path.name} is another network than `train enlarger` makes.")
    return network.float().state_dict()
