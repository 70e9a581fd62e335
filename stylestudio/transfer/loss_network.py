"""The loss network that comes with the program, and how it is trained.

It is a small classifier that has to say what made a picture, whatever its colours, and whether it
was spoilt, from nothing but the mean and deviation of each of its maps: from the very statistics by
which it will compare styles. No labels are needed, as the pictures are made here. A teacher, a
classifier of real photos, may help: then the first channels of each map that shows the style also
learn to predict the teacher's (Romero et al. 2015).
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
from stylestudio.render.style_model import StyleError
from stylestudio.resources import resource_path
from stylestudio.transfer.spoiling import SPOILT, recolour, spoil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.feature_nets import Features
    from stylestudio.transfer.specimens import Specimens

LAYOUT = Layout(
    channels=(24, 48, 32, 144, 32, 144, 64, 272),
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
TAUGHT = 10.0  # weight of predicting the teacher's maps
TRUE_COLOURS = 0.5  # share of the squares that keep their colours for the teacher
_SAMPLES, _SAMPLED = 8, 16  # batches, and squares of each, by which the teacher's maps are scaled


@lru_cache(1)
def default_loss_network() -> ClassifierFeatures:
    """The loss network that comes with the program."""
    return read_features(resource_path("features", "default.safetensors"))


def loss_network_on(device: torch.device) -> ClassifierFeatures:
    """A copy of the one that comes with the program, which itself stays on the processor."""
    return copy.deepcopy(default_loss_network()).to(device)


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
            nn.Conv2d(i, o, k, padding=k // 2, padding_mode="reflect", bias=False)
            for i, o, k in zip(ins, layout.channels, layout.kernels, strict=True)
        ]
        self.convs = nn.ModuleList(convs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count) for count in layout.channels)
        self.heads = nn.ModuleList(
            _head(2 * layout.channels[index], classes) for index in sorted(layout.style)
        )
        # How much stronger each map leaves the network than it is inside: a teacher's are of any
        # strength, and those inside learn best near 1.
        for index, count in enumerate(layout.channels):
            self.register_buffer(f"gain_{index}", torch.ones(count))
        for conv in convs:
            nn.init.orthogonal_(conv.weight)

    def gain(self, index: int) -> Tensor:
        """That of the maps of a convolution [C]."""
        return self.get_buffer(f"gain_{index}")

    def forward(self, pictures: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Pictures [N, 3, H, W] in 0..1 -> logits [N, classes] of each head, and the maps
        [N, C, H, W] that show the style.
        """
        mean, std = (
            pictures.new_tensor(values)[:, None, None]
            for values in (self.layout.mean, self.layout.std)
        )
        x = ((pictures - mean) / std).contiguous(memory_format=torch.channels_last)
        seen: list[Tensor] = []
        stronger = []
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = F.leaky_relu(norm(conv(x)), self.layout.slope)
            if index in self.layout.style:
                seen.append(x)
                stronger.append(x * self.gain(index)[:, None, None])
            if index in self.layout.pooled:
                x = F.avg_pool2d(x, 2)
        heads = [head(_statistics(x)) for head, x in zip(self.heads, seen, strict=True)]
        return heads, stronger

    @torch.no_grad()
    def features(self) -> ClassifierFeatures:
        """The convolutions alone, with the normalisations worked into them."""
        network = ClassifierFeatures(self.layout)
        before = torch.ones(3)
        for index, conv in enumerate(network.convs):
            trained, norm, gain = self.convs[index], self.norms[index], self.gain(index)
            assert isinstance(conv, nn.Conv2d)
            assert isinstance(trained, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            assert conv.bias is not None
            assert norm.running_mean is not None
            assert norm.running_var is not None
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            weight = trained.weight * (gain * scale)[:, None, None, None]
            conv.weight.copy_(weight / before[:, None, None])
            conv.bias.copy_(gain * (norm.bias - norm.running_mean * scale))
            before = gain
        return network.eval().requires_grad_(False)


def _head(inputs: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(inputs), nn.Dropout(DROPPED), nn.Linear(inputs, classes))


def _statistics(maps: Tensor) -> Tensor:
    """Mean and deviation of [N, C, H, W] over pixels: [N, 2 C]."""
    mean = maps.mean((2, 3)).float()
    variance = maps.square().mean((2, 3)).float() - mean.square()
    return torch.cat([mean, (variance.clamp(min=0) + 1e-3).sqrt()], 1)


class _Teacher:
    """A classifier whose maps are to be predicted, each channel in its own deviations.

    Its first map is left out: it sees no more than single waves, and painting by optimisation does
    as well without it.
    """

    def __init__(
        self,
        network: ClassifierFeatures,
        specimens: Specimens,
        settings: LossNetworkSettings,
        device: torch.device,
    ) -> None:
        self.layout = network.layout
        self._network: ClassifierFeatures = copy.deepcopy(network).to(device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        draw = torch.Generator(device).manual_seed(settings.seed)
        variances, strengths = [], []
        for _ in range(_SAMPLES):
            maps = self._maps(specimens.cut(_SAMPLED, settings.side, draw)[0])
            variances.append([x.var((0, 2, 3), correction=0) for x in maps])
            strengths.append([x.square().mean((0, 2, 3)) for x in maps])
        self._variances = [torch.stack(x).mean(0) for x in zip(*variances, strict=True)]
        self._strengths = [torch.stack(x).mean(0).sqrt() for x in zip(*strengths, strict=True)]

    @torch.no_grad()
    def _maps(self, pictures: Tensor) -> tuple[Tensor, ...]:
        found: Features = self._network(pictures.contiguous(memory_format=torch.channels_last))
        return found.style[1:]

    def set_gains(self, classifier: Classifier) -> None:
        """Let its maps leave it as strong as the teacher's; those beside them, as the average."""
        taught = sorted(classifier.layout.style)[1:]
        for index, strength in zip(taught, self._strengths, strict=True):
            gain = classifier.gain(index)
            gain.fill_(strength.mean())
            gain[: len(strength)] = strength

    def error(self, pictures: Tensor, maps: Sequence[Tensor]) -> Tensor:
        """Mean squared error of maps [N, C, H, W] in predicting the teacher's; 1 by their means."""
        errors = []
        for found, wanted, variance in zip(
            maps[1:], self._maps(pictures), self._variances, strict=True
        ):
            difference = found[:, : len(variance)].float() - wanted.float()
            errors.append((difference.square().mean((0, 2, 3)) / variance).mean())
        return torch.stack(errors).mean()


def _check_teacher(ours: Layout, teacher: Layout) -> None:
    """Raise StyleError where our maps can't hold the teacher's."""

    def sizes(layout: Layout) -> list[tuple[int, int]]:
        """Halvings before each map that shows the style, and its channels."""
        return [
            (sum(pooled < index for pooled in layout.pooled), layout.channels[index])
            for index in sorted(layout.style)
        ]

    mine, theirs = sizes(ours), sizes(teacher)
    fits = [halved for halved, _ in mine] == [halved for halved, _ in theirs] and all(
        wide >= asked for (_, wide), (_, asked) in zip(mine[1:], theirs[1:], strict=True)
    )
    if not fits:
        raise StyleError("The teacher's maps don't fit this loss network; give a Tiny Darknet.")


class LossNetworkTrainer:
    """A training that goes step by step; all that is random follows from seed and step."""

    def __init__(
        self,
        specimens: Specimens,
        settings: LossNetworkSettings,
        device: torch.device | str = "cpu",
        teacher: ClassifierFeatures | None = None,
    ) -> None:
        """Raises StyleError for a teacher whose maps don't fit into this network's."""
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
        self._teacher: _Teacher | None = None
        if teacher:
            _check_teacher(LAYOUT, teacher.layout)
            self._teacher = _Teacher(teacher, specimens, settings, self.device)
            self._teacher.set_gains(self.network)
            self._fix_norms()

    @torch.no_grad()
    def _fix_norms(self) -> None:
        """Set the normalisations by a few batches, after which they stay.

        A teacher's maps can't be predicted by what depends on the other pictures of the batch.
        """
        draw = torch.Generator(self.device).manual_seed(self.settings.seed)
        for norm in self.network.norms:
            assert isinstance(norm, nn.BatchNorm2d)
            norm.momentum = None  # the average of all batches
        for _ in range(_SAMPLES):
            squares, _ = self._specimens.cut(_SAMPLED, self.settings.side, draw)
            self.network(recolour(squares, draw))

    @property
    def identity(self) -> str:
        """What a state has to agree in."""
        taught = () if self._teacher is None else (self._teacher.layout,)
        return repr(("loss network", self.settings, self._specimens.names, *taught))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Learn from a batch.

        The loss is the mean of the heads' in telling makes apart; with a teacher, the error in
        predicting its maps.
        """
        settings, makes = self.settings, len(self._specimens.names)
        torch.manual_seed(settings.seed * 1_000_003 + self.step)  # of what heads do without
        draw = torch.Generator(self.device).manual_seed(settings.seed * 1_000_003 + self.step)
        squares, made = self._specimens.cut(settings.batch, settings.side, draw)
        spoilt, kinds = spoil(squares, draw)
        coloured = recolour(spoilt, draw)
        if self._teacher:
            true = int(TRUE_COLOURS * settings.batch)
            coloured[:true] = spoilt[:true]
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        if self._teacher:
            self.network.norms.eval()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.bfloat16):
            heads, maps = self.network(coloured)
            error = self._teacher.error(coloured, maps) if self._teacher else None
        heads = [logits.float() for logits in heads]
        telling = [
            F.cross_entropy(logits[:, :makes], made, label_smoothing=SMOOTHING) for logits in heads
        ]
        noticing = [F.cross_entropy(logits[:, makes:], kinds) for logits in heads]
        self._optimizer.zero_grad(set_to_none=True)
        loss = torch.stack(telling).mean()
        total = loss + torch.stack(noticing).mean()
        if error is not None:
            loss, total = error, total + TAUGHT * error
        total.backward()  # type: ignore[no-untyped-call]
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
