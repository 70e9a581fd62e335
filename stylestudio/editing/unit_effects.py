"""What taking units away really changes, inside a brushed region and outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.networks.chain import StepInput, run_steps, steps_upto
from stylestudio.networks.stylegan2 import State
from stylestudio.progress import Progress
from stylestudio.render.device import one_at_a_time
from stylestudio.render.locating import located

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Locator
    from stylestudio.render import Model

SIDE = 64  # pixels of the pictures that are compared, at least those of the step
# The same where units are judged: in smaller pictures, thin things blend with what is beside them.
FINE_SIDE = 128
ITERATIONS = 25
RATE = 0.08
LOST = 0.4  # change of colours of -1..1 that loses most of what a pixel showed
OUTSIDE = 1.5  # weight of what is lost outside
LITTLE = 0.1  # what is lost outside without mattering
EDGE = 32  # of the picture's side is left out around what was brushed: its edge goes with it
TOO_MANY = 0.2  # the loss of every `count` units above `count`
RANDOM = 10  # sets of as many units as were chosen, which these have to beat
COLOURS = 6  # that stand for what is outside
LLOYD = 8  # rounds of k-means
FAINT = 1e-8  # so that roots have slopes


class Effects:
    """Some pictures from one step on, and how they change with the maps after that step.

    The steps that follow are the network's own, in float32, with its learned noise: so gradients
    reach the maps. Tuned weights are in what the step made, not in what follows.
    """

    def __init__(
        self,
        model: Model,
        index: int,
        states: Sequence[State],
        ws: Sequence[Tensor],
        regions: Sequence[Tensor],
        locator: Locator | None = None,
        side: int = SIDE,
    ) -> None:
        """`states` are those after the step at `index`; `regions` [H, W] are in 0..1.

        Units are taken away where the locator finds its thing, without one everywhere. Pictures
        have `side` pixels, or as many as the maps of the step.
        """
        self._model = model
        self._network: Any = model.network.synthesis
        step = self._network.steps[index]
        steps = steps_upto(self._network.steps, max(side, step.resolution))
        self._steps = steps[index + 1 :]
        with torch.inference_mode(False), one_at_a_time(model.device):
            joined = [_joined(parts) for parts in zip(*states, strict=True)]
            assert joined[0] is not None
            self.state = State(joined[0], joined[1], joined[2])
            self._where = None if locator is None else located(self.state.x, locator)
            self._ws = torch.stack([each.detach().clone() for each in ws])
            with torch.no_grad():
                self._before = self._picture(self.state.x)
            side = self._before.shape[-1]
            self._inside = torch.stack(
                [
                    F.interpolate(each[None, None], size=(side, side), mode="area")[0]
                    for each in regions
                ]
            ).to(model.device)
            reach = side // EDGE
            near = F.max_pool2d(self._inside, 2 * reach + 1, stride=1, padding=reach)
            self._outside = 1 - near
            # On the processor, as a card would have to be asked how many pixels there are.
            pictures, outside = self._before.cpu(), self._outside.cpu()
            self._others = [
                _typical(picture[:, beyond[0] >= beyond.max() / 2].T).to(model.device)
                for picture, beyond in zip(pictures, outside, strict=True)
            ]

    def losses(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """What is lost inside and outside, 0..1, where the share `kept` [units] of maps is left.

        Inside it is the mean over all pixels. Outside it is the fourth root of the mean fourth
        power, or another part of the picture, which fills little of it, would be lost for nothing.
        """
        change = self._changed(kept) - self._before
        size = (change.square().mean(1, keepdim=True) + FAINT).sqrt()
        lost = torch.tanh(size / LOST)
        outside = _mean(lost.square().square(), self._outside) + FAINT
        return _mean(lost, self._inside), outside.sqrt().sqrt()

    def fitness(self, units: Tensor) -> float:
        """How many times as much is gone inside as is lost outside without these units.

        What is gone without as many units that are drawn at random is not counted: where any units
        do it, none stand for the thing. They are drawn so that each has its turn at most once.
        """
        total, number = self.state.x.shape[1], len(units)
        order = torch.from_numpy(np.random.RandomState(0).permutation(total))
        drawn = order[: total // number * number].view(-1, number)[:RANDOM]
        with torch.inference_mode(False), torch.no_grad(), one_at_a_time(self._model.device):
            kept = self._all_but(units)
            outside = float(self.losses(kept)[1])
            usual = sum(self.gone(self._all_but(each)) for each in drawn) / len(drawn)
            return (self.gone(kept) - usual) / (outside + LITTLE)

    def gone(self, kept: Tensor) -> float:
        """How much of the inside looks like something outside rather than like what it was, 0..1.

        Where the share `kept` [units] of maps is left. By colours: other colours may be new ones,
        and the thing still there.
        """
        after = self._changed(kept)
        away = (after - self._before).square().sum(1, keepdim=True).sqrt()
        near = torch.stack(
            [
                torch.cdist(now.flatten(1).T, others).amin(1).view(1, *now.shape[1:])
                for now, others in zip(after, self._others, strict=True)
            ]
        )
        return float(_mean((away > near).float(), self._inside))

    def _all_but(self, units: Tensor) -> Tensor:
        kept = torch.ones(self.state.x.shape[1], device=self.state.x.device)
        kept[units.to(kept.device)] = 0.0
        return kept

    def _changed(self, kept: Tensor) -> Tensor:
        """The pictures where the share `kept` [units] of maps is left."""
        left = kept[:, None, None]
        if self._where is not None:
            left = 1 - self._where * (1 - left)
        return self._picture(self.state.x * left)

    def learn(
        self,
        count: int,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Tensor:
        """How much each unit is to be taken away, 0..1: float32 [units] on the processor.

        Learned so that about `count` of them, taken away together, change the inside most and the
        outside least (the causal units of GAN Dissection, section 3.2; there a segmentation
        network says what was lost, here the colours do). Ends early where `cancel` says so.
        Raises Cancelled.
        """
        units = self.state.x.shape[1]
        with torch.inference_mode(False), torch.enable_grad():
            with one_at_a_time(self._model.device):
                taken = torch.full((units,), count / units, device=self.state.x.device)
                taken.requires_grad_()
                optimizer = torch.optim.Adam([taken], lr=RATE)
            for number in range(1, ITERATIONS + 1):
                if cancel is not None:
                    cancel.check()
                    if cancel.is_finishing:
                        break
                with one_at_a_time(self._model.device):
                    inside, outside = self.losses(1 - taken)
                    surplus = (taken.sum() - count).clamp(min=0) / count
                    loss = OUTSIDE * outside - inside + TOO_MANY * surplus
                    optimizer.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    with torch.no_grad():
                        taken.clamp_(0, 1)
                if on_progress is not None:
                    on_progress(Progress(number, ITERATIONS, "Weighing what units change"))
            with one_at_a_time(self._model.device):
                return taken.detach().cpu()

    def _picture(self, x: Tensor) -> Tensor:
        """The picture [N, C, r, r] that follows from maps x [N, units, h, w]."""
        network = self._network

        def given(step: Step, state: State) -> StepInput:
            noise = network.noise_const(step) if step.has_noise else None
            return StepInput(network, step, state, self._ws[:, step.ws_index], noise)

        *_, (_, state) = run_steps(self._steps, self.state._replace(x=x), given)
        assert state.img is not None
        return state.img


def _typical(colours: Tensor) -> Tensor:
    """Colours [k, C] that stand for all of [n, C]: of k-means, begun with those farthest apart."""
    found = colours[:1]
    while len(found) < min(COLOURS, len(colours)):
        farthest = torch.cdist(colours, found).amin(1).argmax()
        found = torch.cat([found, colours[farthest][None]])
    for _ in range(LLOYD):
        nearest = torch.cdist(colours, found).argmin(1)
        parts = [colours[nearest == i] for i in range(len(found))]
        moved = [part.mean(0) if len(part) else old for part, old in zip(parts, found, strict=True)]
        found = torch.stack(moved)
    return found


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def _joined(parts: Sequence[Tensor | None]) -> Tensor | None:
    if any(part is None for part in parts):
        return None
    return torch.cat([part.float().clone() for part in parts if part is not None])
