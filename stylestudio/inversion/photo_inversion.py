"""An inversion from photo to result: what is done in which order, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch

from stylestudio.errors import StyleStudioError, whole_number
from stylestudio.inversion.crop_target import CropTarget
from stylestudio.inversion.find_crop import find_crop
from stylestudio.inversion.photo import Crop
from stylestudio.inversion.projection import Steering, project
from stylestudio.inversion.snapshot import STAGES, InversionProgress, InversionStage, Snapshot
from stylestudio.inversion.tuning import tune
from stylestudio.progress import Cancel
from stylestudio.render import Assets, Delta, shared_assets
from stylestudio.render.colours import as_rgb
from stylestudio.render.device import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.context import InversionContext
    from stylestudio.inversion.photo import Photo

Method = Literal["auto", "encoder", "w", "w+", "tune"]
METHODS: tuple[Method, ...] = ("auto", "encoder", "w", "w+", "tune")
SHOWN_EVERY = 5  # steps between two snapshots of the latent
CROP_RATE = 0.004  # of a crop that was searched for and settles together with the latent


class InversionError(StyleStudioError, ValueError):
    """An inversion cannot be done as asked; the message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class InversionSettings:
    """What an inversion is to do; "auto" is "w+"."""

    method: Method = "auto"
    steps: int = 200  # of the latent
    tuning_steps: int = 100  # of the weights, for "tune"
    resolutions: tuple[int, ...] | None = None  # of the blocks that are tuned, None = all
    crop: Crop = field(default_factory=Crop)
    search: bool = False  # for the crop, starting from `crop`

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method is {self.method!r}; use one of {', '.join(METHODS)}.")
        for name in ("steps", "tuning_steps"):
            whole_number(name, getattr(self, name), 0, ValueError)


@dataclass
class PhotoInversion:
    """One photo on its way into one model."""

    context: InversionContext
    photo: Photo
    settings: InversionSettings = field(default_factory=InversionSettings)
    steering: Steering = field(default_factory=Steering)
    mask: Tensor | None = None  # [R, R], what matters more, in the crop; None = all alike
    assets: Assets = field(default_factory=shared_assets)  # where tuned weights are found again

    @property
    def total_steps(self) -> int:
        """Steps of latent and weights together."""
        steps = 0 if self.settings.method == "encoder" else self.settings.steps
        return steps + (self.settings.tuning_steps if self.settings.method == "tune" else 0)

    def run(
        self, start: Snapshot | None = None, cancel: Cancel | None = None
    ) -> Iterator[InversionProgress]:
        """Do it, yielding at every step; stop by not asking for more, or by `cancel`.

        With `start` it goes on from that snapshot and does the steps that are left after it. One
        that is to finish early ends at the first step after which there is a snapshot. Raises
        InversionError where the encoder is asked and there is none, and Cancelled.
        """
        if self.settings.method == "encoder" and self.context.encoder is None:
            name = self.context.model.name
            raise InversionError(f"{name} has no encoder; `stylestudio train encoder` makes one.")
        cancel = cancel or Cancel()
        found = start is not None
        for progress in in_turns(self.context.model.device, self._steps(start)):
            yield progress
            cancel.check()
            found = found or progress.snapshot is not None
            if cancel.is_finishing and found:
                return

    def _steps(self, start: Snapshot | None) -> Iterator[InversionProgress]:
        if start is None:
            for found in self._starts():
                if found is None:
                    yield self._progress("start", 0, None, None)
                else:
                    start = found
            assert start is not None
            yield self._progress("start", 0, start.loss, start)
        if start.stage != "tuning" and self.settings.method != "encoder":
            for progress in self._latent(start):
                start = progress.snapshot or start
                yield progress
        if self.settings.method == "tune":
            yield from self._tuning(start)

    def _starts(self) -> Iterator[Snapshot | None]:
        """Yield None while at work, then where the descent starts."""
        crop, model = self.settings.crop, self.context.model
        if self.settings.search:
            for found in find_crop(self.context, self.photo, crop):
                crop = found or crop
                yield None
        if self.context.encoder is None:
            for _ in self.context.draw():
                yield None
        crop_target = self._crop_target(crop)
        picture = crop_target.picture().detach()
        for found_ws in self.context.first_ws(picture, self.steering.editability):
            ws = found_ws
            yield None
        with torch.no_grad():
            shown = model.network.synthesize(ws.expand(model.num_ws, -1)[None], "const")
            loss = crop_target.current()(as_rgb(shown)).item()
        yield Snapshot("start", 0, loss, ws.cpu(), crop)

    def _crop_target(self, crop: Crop, rate: float = 0.0) -> CropTarget:
        context = self.context
        return CropTarget(
            context.distance, self.photo, crop, context.model.resolution, rate=rate, mask=self.mask
        )

    def _latent(self, start: Snapshot) -> Iterator[InversionProgress]:
        left = self.settings.steps - start.step
        only_w = self.settings.method == "w"
        iterates = project(
            self.context.space,
            self._crop_target(start.crop, CROP_RATE if self.settings.search else 0.0),
            start.ws.to(self.context.model.device),
            left,
            self.steering,
            plus=not only_w,
            noise=only_w and self.context.model.has_noise,
            delta=start.delta,
        )
        synthesis = self.context.model.network.synthesis
        for done, found in enumerate(iterates):
            if done == 0 and start.stage == "start":
                continue  # has been yielded
            step = start.step + done
            shown = None
            if step % SHOWN_EVERY == 0 or done == left:
                delta = None
                if found.noises:
                    before = {name: synthesis.get_buffer(name) for name in found.noises}
                    delta = Delta.between(before, found.noises, self.context.model.sha256)
                shown = self._snapshot("latent", step, found.loss, found.ws, found.crop, delta)
            yield self._progress("latent", step, found.loss, shown)

    def _tuning(self, start: Snapshot) -> Iterator[InversionProgress]:
        done_before = start.step - self.settings.steps
        iterates = tune(
            self.context.model,
            self._crop_target(start.crop),
            start.ws,
            self.settings.tuning_steps - done_before,
            start.delta,
            self.settings.resolutions,
        )
        for done, tuned in enumerate(iterates):
            step = start.step + done
            shown = None
            if tuned.delta:
                shown = self._snapshot(
                    "tuning", step, tuned.loss, start.ws, start.crop, tuned.delta
                )
            yield self._progress("tuning", step, tuned.loss, shown)

    def _snapshot(
        self,
        stage: InversionStage,
        step: int,
        loss: float,
        ws: Tensor,
        crop: Crop,
        delta: Delta | None,
    ) -> Snapshot:
        if delta:
            self.assets.remember(delta)
        return Snapshot(stage, step, loss, ws.cpu(), crop, delta)

    def _progress(
        self,
        stage: InversionStage,
        step: int,
        loss: float | None,
        snapshot: Snapshot | None,
    ) -> InversionProgress:
        return InversionProgress(
            step, self.total_steps, STAGES[stage], loss=loss, snapshot=snapshot
        )
