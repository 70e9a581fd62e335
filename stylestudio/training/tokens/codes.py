"""The first half: an autoencoder whose codes keep what there is to see in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.networks.picture_codes import PictureCodes
from stylestudio.training.losses import picture_loss, reading_loss
from stylestudio.training.muon import Muon
from stylestudio.training.regressors import Regressors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from stylestudio.networks.picture_codes import PictureCodesConfig

COMMITMENT = 0.25  # weight of how far what is seen lies from its code
READING = 0.06  # weight of what a reader sees differently in a picture painted from codes
READING_FROM = 300  # steps; before, the reader itself has learnt too little
DECAY = 0.98  # of the running averages of what a code stands for
SELDOM = 0.02  # uses in a batch, as a share of the average, below which a code is replaced
READER_RATE = 2e-3 / 0.05  # learning rate of the reader, as a share of the autoencoder's


class CodesTraining:
    """An autoencoder and the reader that it learns from, side by side."""

    def __init__(
        self, config: PictureCodesConfig, attributes: int, weights: Tensor, device: torch.device
    ) -> None:
        """`weights` [side, side]: how much an error counts at each pixel."""
        self.network = PictureCodes(config)
        self.reader = Regressors(attributes, config.side)
        self._modules = nn.ModuleList([self.network, self.reader])
        self._modules.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._weights = weights.to(device)
        codes = torch.ones(config.codes, device=device)
        self._uses, self._sums = codes, self.network.codebook.clone()
        self._optimizers = [
            *optimizers(self.network.named_parameters()),
            torch.optim.Adam(self.reader.parameters(), lr=1.0, betas=(0.9, 0.99)),
        ]
        self._modules.eval()

    def learn(
        self,
        pictures: Tensor,
        attributes: Tensor,
        *,
        rate: float,
        step: int,
        chance: torch.Generator,
        bfloat16: bool,
    ) -> float:
        """Learn from a batch, pictures [N, 3, R, R] and attributes [N, K]; the pictures' loss."""
        for optimizer, share in zip(self._optimizers, (1.0, READER_RATE, READER_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            optimizer.zero_grad(set_to_none=True)
        self._modules.train()
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=bfloat16):
            read = self.reader(pictures)
            seen = self.network.look(pictures)
            codes = self.network.nearest(seen.detach())
            vectors = self.network.codebook[codes]
            painted = self.network.paint(seen + (vectors - seen).detach())
        painted = painted.float()
        misread = F.mse_loss(read.float(), attributes)
        misread.backward()  # type: ignore[no-untyped-call]
        loss = picture_loss(painted * self._weights, pictures * self._weights)
        total = loss + COMMITMENT * (seen - vectors).square().sum(2).mean()
        if step >= READING_FROM:
            self.reader.eval().requires_grad_(False)
            with torch.autocast(pictures.device.type, torch.bfloat16, enabled=bfloat16):
                differs = reading_loss(self.reader, painted, pictures)
            self.reader.requires_grad_(True)
            total = total + READING * differs.float()
        total.backward()  # type: ignore[no-untyped-call]
        for optimizer in self._optimizers:
            optimizer.step()
        self._move_codes(seen.detach().flatten(0, 1), codes.flatten(), chance)
        self._modules.eval()
        return loss.item()

    @torch.no_grad()
    def _move_codes(self, seen: Tensor, codes: Tensor, chance: torch.Generator) -> None:
        """Move each code to the mean of what it stood for; put those hardly used elsewhere."""
        uses = torch.zeros_like(self._uses).index_add_(0, codes, torch.ones_like(seen[:, 0]))
        self._uses.lerp_(uses, 1 - DECAY)
        self._sums.lerp_(torch.zeros_like(self._sums).index_add_(0, codes, seen), 1 - DECAY)
        idle = self._uses < SELDOM * len(seen) / len(self._uses)
        chosen = torch.randperm(len(seen), generator=chance)[: int(idle.sum())]
        idle = idle.nonzero()[: len(chosen), 0]
        self._sums[idle] = seen[chosen.to(seen.device)]
        self._uses[idle] = 1.0
        self.network.codebook.copy_(F.normalize(self._sums, dim=1))

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs."""
        return {
            "networks": self._modules.state_dict(),
            "codes": (self._uses, self._sums),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self._modules.load_state_dict(state["networks"])
        for value, saved in zip((self._uses, self._sums), state["codes"], strict=True):
            value.copy_(saved)
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


def optimizers(parameters: Iterable[tuple[str, nn.Parameter]]) -> list[torch.optim.Optimizer]:
    """Muon for matrices and convolutions, Adam for all else."""
    every = list(parameters)
    matrices = [p for name, p in every if p.ndim > 1 and "embedding" not in name]
    others = [p for name, p in every if p.ndim < 2 or "embedding" in name]
    return [Muon(matrices, lr=1.0), torch.optim.Adam(others, lr=1.0, betas=(0.9, 0.99))]
