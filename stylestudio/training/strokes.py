"""Teaches the painter of strokes that ships, on strokes that it has to find again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.checkpoints.writing import writing
from stylestudio.networks.stroke_painter import (
    GRID,
    NUMBERS,
    PATCH,
    StrokePainter,
    StrokePainterConfig,
)
from stylestudio.progress import Progress
from stylestudio.training.matching import match
from stylestudio.training.stroke_lessons import alphas, colours_under, draw_lesson, painted, seen
from stylestudio.training.trainer import cosine_rate

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

CONFIG = StrokePainterConfig(
    width=192, encoder_layers=3, decoder_layers=2, hidden=512, compares=True
)
WARM_UP = 100  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
PIXELS, SHAPES, DECISIONS = 8.0, 4.0, 1.0  # weights of the three losses
PAINTED_WEIGHT = 2.0  # of strokes that are there in the loss of decisions: others can be left out
EDGE = 2.0  # pixels; of predicted strokes, so that gradients flow from further away
LONGEST_GRADIENT = 1.0
_MIXED = 2.0  # times as strong as torch begins: what is seen counts no less than where
_SPREAD = torch.tensor([0.7549, 0.5698])  # multiples of it fill a square evenly
_TURNS = (-2.0, 1.0)  # of the slowest and the fastest wave along a patch, as powers of 2
_START = (0.5, 0.5, 0.4, 0.3, 0.5)  # the strokes predicted before anything is learnt


@dataclass(frozen=True)
class StrokeSettings:
    """What a training depends on."""

    steps: int = 10_000
    batch: int = 64
    rate: float = 4e-4
    bfloat16: bool = False  # where the processor is faster so
    seed: int = 0


class StrokeTrainer:
    """A training that goes step by step; all that is random follows from seed and step.

    Strokes are drawn and learnt on `device`; a card draws other numbers than the processor, so the
    weights differ.
    """

    def __init__(
        self,
        settings: StrokeSettings,
        device: torch.device | str = "cpu",
        config: StrokePainterConfig = CONFIG,
    ) -> None:
        self.settings = settings
        self.device = torch.device(device)
        self.step = 0
        torch.manual_seed(settings.seed)
        self.network = StrokePainter(config)
        _begin(self.network)
        self.network.to(self.device)
        # At each place, the stroke that is seen there, and whether one is. It only serves to teach:
        # what one place sees is learnt much sooner than how strokes share the patch out.
        self._places = nn.Linear(config.width, NUMBERS + 1).to(self.device)
        self._parameters = [*self.network.parameters(), *self._places.parameters()]
        self._optimizer = torch.optim.Adam(self._parameters, lr=1.0)

    @property
    def identity(self) -> str:
        """What a state has to agree in."""
        return repr(("strokes", self.network.config, self.settings))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Learn from a batch of patches."""
        settings = self.settings
        generator = torch.Generator(self.device)
        generator.manual_seed(settings.seed * 1_000_003 + self.step)
        lesson = draw_lesson(settings.batch, self.network.config.strokes, generator)
        rate = cosine_rate(settings.rate, self.step, settings.steps, WARM_UP, FINAL_SHARE)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.bfloat16):
            memory = self.network.look(lesson.picture, lesson.canvas)
            numbers, decisions = self.network.predict(memory)
            places = self._places(memory)
        numbers, decisions = numbers.float(), decisions[..., 0].float()
        loss = places_loss(places.float().transpose(0, 1), lesson.numbers, lesson.is_there)
        loss = loss + matched_loss(numbers, decisions, lesson.numbers, lesson.is_there)
        found = _repainted(lesson.picture, lesson.canvas, numbers, decisions)
        loss = loss + PIXELS * (found - lesson.picture).abs().mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._parameters, LONGEST_GRADIENT)
        self._optimizer.step()
        self.step += 1
        return Progress(self.step, settings.steps, "Learning to paint", loss=loss.item())

    @torch.no_grad()
    def samples(self, count: int) -> Tensor:
        """Pictures [3 * count, 3, 32, 32] in -1..1: canvases, what is to be painted, what was."""
        generator = torch.Generator(self.device).manual_seed(self.settings.seed)
        lesson = draw_lesson(count, self.network.config.strokes, generator)
        self.network.eval()
        numbers, decisions = self.network(lesson.picture, lesson.canvas)
        found = _repainted(lesson.picture, lesson.canvas, numbers, decisions[..., 0], edge=1.0)
        return torch.cat([lesson.canvas, lesson.picture, found]).cpu() * 2 - 1

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "places": self._places.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self._places.load_state_dict(state["places"])
        self._optimizer.load_state_dict(state["optimizer"])


@torch.no_grad()
def _begin(network: StrokePainter) -> None:
    """Have each stroke begin with a place of its own, look at what is near, and see differences.

    Left to themselves, the strokes all see the mean of a patch, and for thousands of steps the
    network gives the same ones whatever it is shown; and that a picture differs from its canvas
    shows only once both are seen in the same way.
    """
    width = network.config.width
    network.enc_canvas.load_state_dict(network.enc_img.state_dict())
    network.conv.weight *= _MIXED
    along = (torch.arange(GRID) + 0.5) / GRID
    network.row_embed.copy_(_waves(along, width // 2))
    network.col_embed.copy_(_waves(along, width // 2))
    places = (0.5 + torch.arange(network.config.strokes)[:, None] * _SPREAD) % 1
    x, y = places.unbind(1)
    network.query_pos.copy_(torch.cat([_waves(x, width // 2), _waves(y, width // 2)], 1))
    attentions = [layer.self_attn for layer in network.transformer.encoder.layers]
    attentions += [layer.multihead_attn for layer in network.transformer.decoder.layers]
    for attention in attentions:
        weight = attention.in_proj_weight
        nn.init.normal_(weight[:width], std=width**-0.5)
        weight[width : 2 * width] = weight[:width]
    last = network.linear_param[-1]
    assert isinstance(last, nn.Linear)
    last.bias.copy_(torch.tensor(_START))


def _waves(at: Tensor, width: int) -> Tensor:
    """Places [N] in 0..1 as numbers [N, width] that are the more alike the nearer the places."""
    turns = at[:, None] * torch.logspace(*_TURNS, (width + 1) // 2, base=2)
    return torch.cat([torch.sin(2 * math.pi * turns), torch.cos(2 * math.pi * turns)], 1)[:, :width]


def matched_loss(numbers: Tensor, decisions: Tensor, wanted: Tensor, is_there: Tensor) -> Tensor:
    """How far predicted strokes [N, S, 5] and decisions [N, S] are from those `wanted`, in pairs.

    The order of strokes says nothing: each is compared with the one that it is matched with, and
    those that are not there only ask that nothing be painted.
    """
    mine, other = _shape(numbers), _shape(wanted)
    with torch.no_grad():
        apart = (mine[:, :, None] - other[:, None]).abs().sum(-1)
        paint, leave = F.softplus(-decisions)[..., None], F.softplus(decisions)[..., None]
        there = is_there[:, None]
        pairs = match(torch.where(there, SHAPES * apart + DECISIONS * paint, DECISIONS * leave))
    there = is_there.gather(1, pairs)
    apart = (mine - other.gather(1, pairs[..., None].expand_as(other))).abs().sum(-1)
    shapes = (apart * there).sum() / there.sum().clamp(min=1)
    weight = decisions.new_tensor(PAINTED_WEIGHT)
    decided = F.binary_cross_entropy_with_logits(decisions, there.float(), pos_weight=weight)
    return SHAPES * shapes + DECISIONS * decided


def places_loss(found: Tensor, wanted: Tensor, is_there: Tensor) -> Tensor:
    """How far what is found at each place [N, 64, 6] is from the stroke that is seen there.

    Five numbers as those of `_shape`, the centre as seen from the place; then whether there is one.
    """
    covers = seen(alphas(wanted) * is_there[..., None, None])
    share, owner = F.avg_pool2d(covers, PATCH // GRID).flatten(2).max(1)
    shapes = _shape(wanted).gather(1, owner[..., None].expand(-1, -1, NUMBERS))
    along = (torch.arange(GRID, device=found.device) + 0.5) / GRID
    at = torch.stack([along.repeat(GRID), along.repeat_interleave(GRID)], -1)
    shapes = torch.cat([shapes[..., :2] - at, shapes[..., 2:]], -1)
    is_seen = share > 0.5
    apart = (found[..., :NUMBERS] - shapes).abs().sum(-1)
    apart = (apart * is_seen).sum() / is_seen.sum().clamp(min=1)
    return apart + F.binary_cross_entropy_with_logits(found[..., NUMBERS], is_seen.float())


def _shape(numbers: Tensor) -> Tensor:
    """Five numbers that are near for strokes that look alike.

    Half a turn changes no stroke, and a quarter of a turn none whose width and height are swapped.
    """
    x, y, width, height, angle = numbers.unbind(-1)
    longer, twice = width - height, 2 * math.pi * angle
    return torch.stack(
        [x, y, width + height, longer * torch.cos(twice), longer * torch.sin(twice)], -1
    )


def _repainted(
    picture: Tensor, canvas: Tensor, numbers: Tensor, decisions: Tensor, edge: float = EDGE
) -> Tensor:
    """The canvas with the strokes that are decided on, in the picture's colours.

    A decision is all or nothing, but has the gradient of its probability.
    """
    covers = alphas(numbers, edge)
    colours = colours_under(picture, covers)
    chance = decisions.sigmoid()
    chosen = (decisions > 0).float() + chance - chance.detach()
    return painted(canvas, covers * chosen[..., None, None], colours)


def save_painter(network: StrokePainter, path: Path) -> None:
    """Write a painter in half precision, as `open_stage` reads it."""
    weights = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    with writing(path) as partial:
        safetensors.torch.save_file(weights, partial, {"license": "Apache-2.0"})
