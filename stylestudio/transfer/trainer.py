"""Teaches one network many styles at once (Dumoulin et al. 2016)."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from stylestudio.networks.cin import CINNetwork
from stylestudio.progress import Progress
from stylestudio.transfer.losses import (
    Losses,
    LossWeights,
    painting_statistics,
    stacked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stylestudio.checkpoints.style_networks import StyleBank
    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.transfer.contents import Contents

DECAY = 0.4  # share of the training over which the rates fall to 0 in the end
EMPHASIS = 4.0  # of the content in the beginning: what is lost then hardly comes back
EMPHASISED = 0.25  # share of the training over which that wanes


@dataclass(frozen=True)
class StyleTrainingSettings:
    """What a training depends on, beside its pictures."""

    steps: int = 20_000
    width: float = 0.5
    batch: int = 2
    side: int = 128  # pixels of the squares that are repainted
    rate: float = 1e-3  # Adam's, of the convolutions
    table_rate: float = 5e-3  # of gammas and betas, each of which few steps move
    weights: LossWeights = field(default_factory=LossWeights)
    bfloat16: bool = False  # convolve in bfloat16, where the processor is faster so
    seed: int = 0

    def decay(self, step: int) -> float:
        """What the rates are multiplied by."""
        return min(1.0, (self.steps - step) / (self.steps * DECAY))

    def emphasis(self, step: int) -> float:
        """What the weight of the content is multiplied by."""
        return max(1.0, EMPHASIS + (1 - EMPHASIS) * step / (self.steps * EMPHASISED))


@dataclass(frozen=True, kw_only=True)
class StyleTrainingProgress(Progress):
    """What is known after a step; the loss is the style loss."""

    content_loss: float


class StyleTrainer:
    """A training that goes step by step; all that is random follows from seed and step."""

    def __init__(
        self,
        paintings: Mapping[str, Tensor],
        contents: Contents,
        features: FeatureNetwork,
        settings: StyleTrainingSettings,
        base: StyleBank | None = None,
        *,
        whole: bool = False,
    ) -> None:
        """`paintings` by the names of their styles, each [3, H, W] in 0..1.

        The training goes on from a `base`, in its width: from its own gammas and betas, or from
        their mean for a style that it does not have. Its convolutions stay as they are, unless the
        `whole` network is to learn.
        """
        self.settings = settings
        self.names = tuple(paintings)
        self.step = 0
        self.contents = contents
        self._features = features
        self._wanted = stacked([painting_statistics(features, p) for p in paintings.values()])
        self._has_base = base is not None
        self._learns_whole = whole or base is None
        if base is None:
            torch.manual_seed(settings.seed)
            self.network = CINNetwork(len(paintings), settings.width)
        else:
            self.network = _renamed(base, self.names)
            self.network.transformer.requires_grad_(self._learns_whole)
        self._optimizer = torch.optim.Adam(
            [
                {"params": parameters, "rate": rate}
                for part, rate in (
                    (self.network.transformer, settings.rate),
                    (self.network.tables, settings.table_rate),
                )
                if (parameters := [p for p in part.parameters() if p.requires_grad])
            ]
        )
        content, painted = contents.fingerprint(), [*paintings.values()]
        begun = [*self.network.state_dict().values()] if base else []
        self._begun_with = {
            "base": _digest(begun),
            "features": _digest(features.state_dict().values()),
            "pictures_content": content,
            "pictures_styles": _digest(painted, repr(self.names)),
        }
        self._first_begun_with = _digest([*painted, *begun], content)

    @property
    def identity(self) -> str:
        """What a state has to agree in; steps and the side of the squares may change."""
        described = replace(self.settings, steps=0, side=0)
        begun = "".join(f", {name}={value}" for name, value in self._begun_with.items())
        return f"styles {described}, whole={self._learns_whole}{begun}"

    def migrate_identity(self, identity: str) -> str:
        """The identity in a state of the first version, which knew no loss network and no names."""
        names = {"names": self.names, "whole": self._learns_whole}
        first = asdict(self.settings) | {"pictures": self._first_begun_with} | names
        del first["steps"], first["side"]
        return self.identity if identity == repr(first) else identity

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> StyleTrainingProgress:
        """Repaint a batch of contents, each in another style, and learn from it."""
        settings = self.settings
        styles = self._styles(self.step)
        draw = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.step)
        contents = self.contents.cut(len(styles), settings.side, draw)
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * settings.decay(self.step)
        painted = self._paint(contents, styles)
        losses = Losses.of(self._features, painted, contents, self._wanted[styles])
        self._optimizer.zero_grad(set_to_none=True)
        emphasis = 1.0 if self._has_base else settings.emphasis(self.step)
        loss = losses.weighted(settings.weights, content=emphasis).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self.step += 1
        return StyleTrainingProgress(
            self.step,
            settings.steps,
            "Learning styles",
            loss=losses.style.mean().item(),
            content_loss=losses.content.mean().item(),
        )

    def _styles(self, step: int) -> Tensor:
        """The styles of a batch [batch]: all of them in a random order, then all in another."""
        count, batch = len(self.names), self.settings.batch
        first = step * batch
        rounds = range(first // count, (first + batch - 1) // count + 1)
        order = torch.cat([self._shuffled(round_) for round_ in rounds])
        return order[first - rounds[0] * count :][:batch]

    def _shuffled(self, round_: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + round_)
        return torch.randperm(len(self.names), generator=generator)

    @torch.no_grad()
    def samples(self, count: int) -> Tensor:
        """A row of contents, then a row for each style: [rows * count, 3, side, side] in -1..1."""
        contents = self.contents.middles(count, self.settings.side)
        styles = [torch.full((count,), style) for style in range(len(self.names))]
        painted = [self._paint(contents, style) for style in styles]
        return torch.cat([contents, *painted]) * 2 - 1

    def _paint(self, contents: Tensor, styles: Tensor) -> Tensor:
        """Repaint each of [N, 3, H, W] in the style of that number [N]."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            rows = self.network.tables.rows()[styles]
            painted: Tensor = self.network.transformer(contents, rows)
        return painted.float()

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


def _digest(values: Iterable[Tensor], before: str = "") -> str:
    digest = hashlib.sha256(before.encode())
    for value in values:
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def _renamed(base: StyleBank, names: tuple[str, ...]) -> CINNetwork:
    """The network of a bank with these styles instead."""
    rows = base.network.tables.rows().detach()
    own = dict(zip(base.names, rows, strict=True))
    network = CINNetwork(len(names), base.network.transformer.width)
    network.transformer.load_state_dict(base.network.transformer.state_dict())
    begun = torch.stack([own.get(name, rows.mean(0)) for name in names])
    gamma, beta = begun.chunk(2, dim=1)
    network.tables.load_state_dict({"gamma": gamma, "beta": beta})
    return network
