"""The loss network that comes with the program, and how it is trained.

It is a small classifier that has to say what made a picture, whatever its colours, and whether it
was spoilt, from nothing but the mean and deviation of each of its maps: from the very statistics by
which it will compare styles. No labels are needed, as the pictures are made here.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.checkpoints import read_features
from stylestudio.networks.feature_nets import ClassifierFeatures, Layout
from stylestudio.progress import Progress
from stylestudio.resources import resource_path
from stylestudio.transfer.spoiling import SPOILT, recolour, spoil

if TYPE_CHECKING:
    from stylestudio.transfer.specimens import Specimens

LAYOUT = Layout(
    channels=(16, 48, 24, 128, 24, 128, 32, 192),
    kernels=(3, 3, 1, 3, 1, 3, 1, 3),
    pooled=frozenset((0, 1, 5)),
    style=frozenset((0, 1, 3, 5, 7)),
    content=5,
    slope=0.1,
    mean=(0.5, 0.5, 0.5),
    std=(0.25, 0.25, 0.25),
)
WARM_UP = 50  # steps
WEIGHT_DECAY = 0.02
SMOOTHING = 0.05  # share of a label that is given to all makes
DROPPED = 0.1  # share of the statistics that a head does without


@lru_cache(1)
def default_loss_network() -> ClassifierFeatures:
    """The loss network that comes with the program."""
    return read_features(resource_path("features", "default.safetensors"))


@dataclass(frozen=True)
class LossNetworkSettings:
    """What a training depends on, beside its pictures."""

    steps: int = 1500
    batch: int = 24
    side: int = 64  # pixels of the squares that are looked at
    rate: float = 4e-3
    bfloat16: bool = False  # where the processor is faster so
    seed: int = 0


class Classifier(nn.Module):
    """Convolutions, and a head for each map that tells the style, which sees its statistics."""

    def __init__(self, classes: int, layout: Layout = LAYOUT) -> None:
        super().__init__()
        self.layout = layout
        ins = (3, *layout.channels[:-1])
        convs = [
            nn.Conv2d(i, o, k, padding=k // 2, bias=False)
            for i, o, k in zip(ins, layout.channels, layout.kernels, strict=True)
        ]
        self.convs = nn.ModuleList(convs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count) for count in layout.channels)
        self.heads = nn.ModuleList(
            _head(2 * layout.channels[index], classes) for index in sorted(layout.style)
        )
        for conv in convs:
            nn.init.orthogonal_(conv.weight)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Pictures [N, 3, H, W] in 0..1 -> logits [N, classes], of each head."""
        mean, std = (
            pictures.new_tensor(values)[:, None, None]
            for values in (self.layout.mean, self.layout.std)
        )
        x = ((pictures - mean) / std).contiguous(memory_format=torch.channels_last)
        seen = []
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = F.leaky_relu(norm(conv(x)), self.layout.slope)
            if index in self.layout.style:
                seen.append(_statistics(x))
            if index in self.layout.pooled:
                x = F.avg_pool2d(x, 2)
        return [head(one) for head, one in zip(self.heads, seen, strict=True)]

    @torch.no_grad()
    def features(self) -> ClassifierFeatures:
        """The convolutions alone, with the normalisations worked into them."""
        network = ClassifierFeatures(self.layout)
        for conv, trained, norm in zip(network.convs, self.convs, self.norms, strict=True):
            assert isinstance(conv, nn.Conv2d)
            assert isinstance(trained, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            assert conv.bias is not None
            assert norm.running_mean is not None
            assert norm.running_var is not None
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            conv.weight.copy_(trained.weight * scale[:, None, None, None])
            conv.bias.copy_(norm.bias - norm.running_mean * scale)
        return network.eval().requires_grad_(False)


def _head(inputs: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(inputs), nn.Dropout(DROPPED), nn.Linear(inputs, classes))


def _statistics(maps: Tensor) -> Tensor:
    """Mean and deviation of [N, C, H, W] over pixels: [N, 2 C]."""
    mean = maps.mean((2, 3)).float()
    variance = maps.square().mean((2, 3)).float() - mean.square()
    return torch.cat([mean, (variance.clamp(min=0) + 1e-3).sqrt()], 1)


class LossNetworkTrainer:
    """A training that goes step by step; all that is random follows from seed and step."""

    def __init__(
        self,
        specimens: Specimens,
        settings: LossNetworkSettings,
        device: torch.device | str = "cpu",
    ) -> None:
        self.device = torch.device(device)
        self.settings = settings
        self.step = 0
        self._specimens = specimens
        torch.manual_seed(settings.seed)
        self.network = Classifier(len(specimens.names) + len(SPOILT))
        self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=1.0, weight_decay=WEIGHT_DECAY
        )

    @property
    def identity(self) -> str:
        """What a state has to agree in."""
        return repr(("loss network", self.settings, self._specimens.names))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Learn from a batch; the loss is the mean of the heads' in telling makes apart."""
        settings, makes = self.settings, len(self._specimens.names)
        torch.manual_seed(settings.seed * 1_000_003 + self.step)  # of what heads do without
        draw = torch.Generator(self.device).manual_seed(settings.seed * 1_000_003 + self.step)
        squares, made = self._specimens.cut(settings.batch, settings.side, draw)
        spoilt, kinds = spoil(squares, draw)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.bfloat16):
            heads = self.network(recolour(spoilt, draw))
        heads = [logits.float() for logits in heads]
        telling = [
            F.cross_entropy(logits[:, :makes], made, label_smoothing=SMOOTHING) for logits in heads
        ]
        noticing = [F.cross_entropy(logits[:, makes:], kinds) for logits in heads]
        self._optimizer.zero_grad(set_to_none=True)
        loss = torch.stack(telling).mean()
        (loss + torch.stack(noticing).mean()).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self.step += 1
        return Progress(self.step, settings.steps, "Learning to tell styles", loss=loss.item())

    def _rate(self) -> float:
        settings = self.settings
        warm = min(1.0, (self.step + 1) / WARM_UP)
        return settings.rate * warm * (1 + math.cos(math.pi * self.step / settings.steps)) / 2

    def features(self) -> ClassifierFeatures:
        """The loss network as it stands."""
        return copy.deepcopy(self.network).cpu().eval().features()

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
