"""An inversion from photo to result: what is done in which order, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch

from stylestudio.inversion.aim import Aim
from stylestudio.inversion.checkpoint import Checkpoint, Progress
from stylestudio.inversion.framing import search_frame
from stylestudio.inversion.photo import Frame
from stylestudio.inversion.projection import Steering, project
from stylestudio.inversion.samples import as_rgb
from stylestudio.inversion.tuning import tune
from stylestudio.render import Assets, Delta, shared_assets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.photo import Photo
    from stylestudio.inversion.workbench import Workbench

Method = Literal["auto", "encoder", "w", "w+", "tune"]
METHODS: tuple[Method, ...] = ("auto", "encoder", "w", "w+", "tune")
SHOWN_EVERY = 5  # steps between two checkpoints of the latent
FRAME_RATE = 0.004  # of a frame that was searched for and settles together with the latent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an inversion is to do; "auto" is "w+"."""

    method: Method = "auto"
    steps: int = 200  # of the latent
    tuning_steps: int = 100  # of the weights, for "tune"
    resolutions: tuple[int, ...] | None = None  # of the blocks that are tuned, None = all
    frame: Frame = field(default_factory=Frame)
    search: bool = False  # for the frame, starting from `frame`

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method is {self.method!r}; use one of {', '.join(METHODS)}.")
        if self.steps < 0 or self.tuning_steps < 0:
            raise ValueError("steps and tuning_steps must be at least 0.")


@dataclass
class Job:
    """One photo on its way into one model."""

    bench: Workbench
    photo: Photo
    settings: Settings = field(default_factory=Settings)
    steering: Steering = field(default_factory=Steering)
    mask: Tensor | None = None  # [R, R], what matters more, in the frame; None = all alike
    assets: Assets = field(default_factory=shared_assets)  # where tuned weights are found again

    @property
    def total_steps(self) -> int:
        """Steps of latent and weights together."""
        steps = 0 if self.settings.method == "encoder" else self.settings.steps
        return steps + (self.settings.tuning_steps if self.settings.method == "tune" else 0)

    def run(self, start: Checkpoint | None = None) -> Iterator[Progress]:
        """Do it, yielding at every step; stop by not asking for more.

        With `start` it goes on from that checkpoint and does the steps that are left after it.
        """
        if start is None:
            for found in self._starts():
                if found is None:
                    yield self._progress("start", 0, float("nan"), None)
                else:
                    start = found
            assert start is not None
            yield self._progress("start", 0, start.loss, start)
        if start.stage != "tuning" and self.settings.method != "encoder":
            for progress in self._latent(start):
                start = progress.checkpoint or start
                yield progress
        if self.settings.method == "tune":
            yield from self._tuning(start)

    def _starts(self) -> Iterator[Checkpoint | None]:
        """Yield None while at work, then where the descent starts."""
        frame, model = self.settings.frame, self.bench.model
        if self.settings.search or self.bench.encoder is None:
            for _ in self.bench.draw():
                yield None
        if self.settings.search:
            for found in search_frame(self.bench, self.photo, frame):
                frame = found or frame
                yield None
        aim = self._aim(frame)
        picture = aim.picture().detach()
        for found_ws in self.bench.first_ws(picture):
            ws = found_ws
            yield None
        with torch.no_grad():
            shown = model.network.synthesize(ws.expand(model.num_ws, -1)[None], "const")
            loss = aim.target()(as_rgb(shown)).item()
        yield Checkpoint("start", 0, loss, ws.cpu(), frame)

    def _aim(self, frame: Frame, rate: float = 0.0) -> Aim:
        bench = self.bench
        return Aim(
            bench.distance, self.photo, frame, bench.model.resolution, rate=rate, mask=self.mask
        )

    def _latent(self, start: Checkpoint) -> Iterator[Progress]:
        left = self.settings.steps - start.step
        only_w = self.settings.method == "w"
        way = project(
            self.bench.space,
            self._aim(start.frame, FRAME_RATE if self.settings.search else 0.0),
            start.ws.to(self.bench.model.device),
            left,
            self.steering,
            plus=not only_w,
            noise=only_w and self.bench.model.has_noise,
            delta=start.delta,
        )
        synthesis = self.bench.model.network.synthesis
        for done, found in enumerate(way):
            if done == 0 and start.stage == "start":
                continue  # that has been told
            step = start.step + done
            shown = None
            if step % SHOWN_EVERY == 0 or done == left:
                delta = None
                if found.noises:
                    before = {name: synthesis.get_buffer(name) for name in found.noises}
                    delta = Delta.between(before, found.noises, self.bench.model.sha256)
                shown = self._checkpoint("latent", step, found.loss, found.ws, found.frame, delta)
            yield self._progress("latent", step, found.loss, shown)

    def _tuning(self, start: Checkpoint) -> Iterator[Progress]:
        done_before = start.step - self.settings.steps
        way = tune(
            self.bench.model,
            self._aim(start.frame),
            start.ws,
            self.settings.tuning_steps - done_before,
            start.delta,
            self.settings.resolutions,
        )
        for done, tuned in enumerate(way):
            step = start.step + done
            shown = None
            if tuned.delta:
                shown = self._checkpoint(
                    "tuning", step, tuned.loss, start.ws, start.frame, tuned.delta
                )
            yield self._progress("tuning", step, tuned.loss, shown)

    def _checkpoint(
        self,
        stage: Literal["latent", "tuning"],
        step: int,
        loss: float,
        ws: Tensor,
        frame: Frame,
        delta: Delta | None,
    ) -> Checkpoint:
        if delta:
            self.assets.remember(delta)
        return Checkpoint(stage, step, loss, ws.cpu(), frame, delta)

    def _progress(
        self,
        stage: Literal["start", "latent", "tuning"],
        step: int,
        loss: float,
        shown: Checkpoint | None,
    ) -> Progress:
        return Progress(stage, step, self.total_steps, loss, shown)
