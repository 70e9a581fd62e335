"""When a frame in the making shows what it has so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.networks.chain import steps_upto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step

FRAME_BUDGET = 1 / 30  # seconds that the hand waits for a picture
LEARNING = 0.3  # share of the latest measurement in what a step is expected to take
SMALLEST_DRAFT = 32  # pixels; what is smaller shows no more than colours
SMALLEST_PAINTED = 128  # strokes keep their width in pixels, and would cover a smaller picture


class Pace:
    """Holds a rate of pictures by the quality of drafts, from measured times of the steps.

    A skip generator has an RGB picture at every resolution (StyleGAN2 paper, section 4.1). At
    each of them the frame either goes on, or shows it first: where the next one, or the finished
    frame, would come later than `budget` seconds after the frame began or was last seen.
    """

    def __init__(self, steps: Sequence[Step], budget: float = FRAME_BUDGET) -> None:
        self.budget = budget
        self._steps = steps
        self._seconds = [0.0] * len(steps)  # that each step is expected to take
        self._finishing = 0.0  # seconds from the last step to the finished frame
        self._begun = self._seen = 0.0

    def begin(self) -> None:
        """A frame starts."""
        self._begun = self._seen = time.perf_counter()

    def ran(self, index: int) -> None:
        """A step is done; learn how long it took."""
        self._seconds[index] = self._learned(self._seconds[index])

    def finished(self) -> None:
        """The full frame is done; learn how long it took after the last step."""
        self._finishing = self._learned(self._finishing)

    def expected(self, side: int) -> float:
        """Seconds that a frame of `side` pixels takes, all of its steps; 0 if none was run yet."""
        steps = len(steps_upto(self._steps, side))
        share = (side / self._steps[-1].resolution) ** 2
        return sum(self._seconds[:steps]) + self._finishing * share

    @property
    def is_tight(self) -> bool:
        """Whether the times of single steps matter: a frame takes half of the budget, or unknown.

        The clock of a graphics card that is ahead of its work tells only the whole.
        """
        expected = self.expected(self._steps[-1].resolution)
        return not expected or expected > self.budget / 2

    def should_show(self, index: int) -> bool:
        """Whether the picture after this step should be seen before the next one."""
        ahead = 0.0
        for later in range(index + 1, len(self._steps)):
            ahead += self._seconds[later]
            if self._steps[later].makes_rgb:
                break
        return time.perf_counter() - self._seen + ahead > self.budget

    def _learned(self, known: float) -> float:
        """What was known, moved towards the time since the last call of this or `begin`."""
        now = time.perf_counter()
        taken, self._begun = now - self._begun, now
        return known + LEARNING * (taken - known) if known else taken

    def shown(self) -> None:
        """A draft has been seen; time starts again, and its making is no part of a step."""
        self._begun = self._seen = time.perf_counter()


def enlarged(img8: Tensor, side: int) -> Tensor:
    """Enlarge uint8 [H, W, C] smoothly to uint8 [side, side, C].

    Only CPUs interpolate bytes, and fastest so; other devices do it in float32.
    """
    planes = img8.permute(2, 0, 1)[None]  # channels-last in memory, as the fast code wants it
    if planes.device.type == "cpu":
        planes = F.interpolate(planes, size=(side, side), mode="bicubic", align_corners=False)
    else:
        planes = _enlarged_in_float(planes, side)
    return planes[0].permute(1, 2, 0)


def _enlarged_in_float(planes: Tensor, side: int) -> Tensor:
    """Enlarge uint8 [1, C, H, W] to uint8 [1, C, side, side]."""
    large = F.interpolate(planes.float(), size=(side, side), mode="bicubic", align_corners=False)
    return large.round_().clamp_(0, 255).to(torch.uint8)


def smallest_draft(resolution: int, *, painted: bool) -> int:
    """Pixels that a draft has at least, for a model of this resolution."""
    return min(SMALLEST_PAINTED if painted else SMALLEST_DRAFT, resolution // 2)
