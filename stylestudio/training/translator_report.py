"""How good a pair of translators is, on pictures that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.adversarial.pictures import Pictures

WIDTHS = (16, 32, 64)  # of the small network that tells A from B
STEPS, BATCH, RATE = 300, 32, 2e-3  # of its training
TRANSLATED = 8  # pictures at a time


@dataclass(frozen=True)
class TranslatorReport:
    """Figures for A to B, then for B to A."""

    cycle_errors: tuple[float, float]  # mean |A - A to B to A|, of 1 from black to white
    recognised: tuple[float, float]  # share of translations taken for pictures of their goal
    originals: float  # share of untranslated pictures that are taken for what they are


def judge(
    translators: tuple[nn.Module, nn.Module],
    known: tuple[Pictures, Pictures],
    unseen: tuple[Pictures, Pictures],
    seed: int = 0,
) -> TranslatorReport:
    """Translate unseen pictures there and back; a small network taught on known ones judges.

    All pictures are of one size, a multiple of 4.
    """
    teller = teach_teller(known, seed)
    errors, recognised, right = [], [], []
    for side, pictures in enumerate(unseen):
        there, back = translators[side], translators[1 - side]
        x = in_range(pictures.pixels)
        with torch.inference_mode():
            translated = torch.cat([there(part) for part in torch.split(x, TRANSLATED)])
            again = torch.cat([back(part) for part in torch.split(translated, TRANSLATED)])
            errors.append((again - x).abs().mean().item() / 2)
            is_b = (teller(translated) > 0).float().mean().item()
            recognised.append(is_b if side == 0 else 1 - is_b)
            right.append(((teller(x) > 0) == bool(side)).float())
    return TranslatorReport(
        (errors[0], errors[1]), (recognised[0], recognised[1]), torch.cat(right).mean().item()
    )


def teach_teller(known: tuple[Pictures, Pictures], seed: int = 0) -> nn.Module:
    """A small network that tells B from A: pictures [N, 3, R, R] in -1..1 -> [N], B above 0."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for before, after in zip((3, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.1)]
    network = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTHS[-1], 1), nn.Flatten(0)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    is_b = torch.arange(BATCH) % 2
    for _ in range(STEPS):
        chosen = torch.rand(BATCH, generator=generator)
        pictures = [
            known[side].pixels[int(share * len(known[side]))]
            for side, share in zip(is_b.tolist(), chosen.tolist(), strict=True)
        ]
        x = in_range(torch.stack(pictures))
        # Grain hides the traces that networks leave: what counts is the look.
        x = x + 0.05 * torch.randn(x.shape, generator=generator)
        loss = F.binary_cross_entropy_with_logits(network(x), is_b.float())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval()


def in_range(pixels: Tensor) -> Tensor:
    """uint8 [N, 3, R, R] -> -1..1."""
    return pixels.float() / 127.5 - 1
