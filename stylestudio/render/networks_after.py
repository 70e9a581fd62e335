"""The networks that a finished picture goes through: a recipe's stages, in their order."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch.nn import functional as F

from stylestudio.recipe.errors import StageError
from stylestudio.recipe.stages import stages_of
from stylestudio.render.colours import rgb_of
from stylestudio.render.pace import FRAME_BUDGET
from stylestudio.render.picture_networks import never

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.recipe import Recipe, Stage
    from stylestudio.render.assets import Assets
    from stylestudio.render.picture_networks import PictureStage

Which = Literal["all", "quick", "small"]  # "small": those that show in a thumbnail


@dataclass(frozen=True)
class _Made:
    """What a stage made last, and of what."""

    given: Tensor  # [1, C, R, R]
    key: object
    full: Tensor  # at full strength
    strength: float
    result: Tensor


class Networks:
    """Leads pictures through the stages of recipes, of which only those run that changed.

    A change of strength runs no network. Which networks are quick enough for a picture in motion,
    within `budget` seconds, is known from measured times; those that enlarge or paint strokes
    never are. Belongs to one thread.
    """

    def __init__(self, assets: Assets) -> None:
        self.budget = FRAME_BUDGET
        self._assets = assets
        self._made: dict[str, _Made] = {}  # by the names of stages
        self._seconds: dict[str, float] = {}  # that a network takes for a pixel, by hash
        self._blended: dict[tuple[str, str, float], PictureStage] = {}  # the last alone
        self.left_out = False  # whether the last picture lacks a stage that takes long

    def prepare(self, recipe: Recipe) -> None:
        """Raise StageError where a network is not at hand, or two can't be blended."""
        for stage in acting_stages(recipe):
            network = self._assets.stage(stage.network)
            if stage.softer is not None:
                network.check_blend(self._assets.stage(stage.softer))

    def apply(
        self,
        img: Tensor,
        recipe: Recipe,
        should_stop: Callable[[], bool] = never,
        which: Which = "all",
    ) -> Tensor:
        """Return img [1, C, R, R], nominally -1..1, as the stages change it, perhaps larger.

        Transparency stays as it is; gray becomes RGB. Where `should_stop` says yes, Superseded is
        raised. Raises StageError where a network makes no picture.
        """
        self.left_out = False
        stages = acting_stages(recipe)
        names = {stage.name for stage in stages}
        self._made = {name: made for name, made in self._made.items() if name in names}
        for stage in stages:
            img = self._through(stage, img, should_stop, which)
        return img

    def _through(
        self, stage: Stage, img: Tensor, should_stop: Callable[[], bool], which: Which
    ) -> Tensor:
        key = (stage.network, stage.attributes, stage.softer, stage.sharpness)
        made = self._made.get(stage.name)
        if made is None or made.given is not img or made.key != key:
            network = self._assets.stage(stage.network)
            if which == "quick" and self._takes_long(network, img):
                self.left_out = True
                return img
            if which == "small" and network.kind != "translate":
                return img
            self._made.pop(stage.name, None)  # its memory is free for the next
            full = self._changed(self._network(stage).on(img.device), stage, img, should_stop)
            if full is None:
                return img
            made = _Made(img, key, full, 1.0, full)
        if made.strength != stage.strength:
            plain = _plain(img, made.full)
            result = made.full if stage.strength == 1 else plain.lerp_(made.full, stage.strength)
            made = _Made(img, key, made.full, stage.strength, result)
        self._made[stage.name] = made
        return made.result

    def _network(self, stage: Stage) -> PictureStage:
        network = self._assets.stage(stage.network)
        if stage.softer is None:
            return network
        key = (stage.network.sha256, stage.softer.sha256, stage.sharpness)
        if key not in self._blended:
            softer = self._assets.stage(stage.softer)
            self._blended = {key: network.blended(softer, stage.sharpness)}
        return self._blended[key]

    def _takes_long(self, network: PictureStage, img: Tensor) -> bool:
        if network.kind != "translate":
            return True
        seconds = self._seconds.get(network.sha256, math.inf)
        return seconds * img.shape[-1] * img.shape[-2] > self.budget

    def _changed(
        self, network: PictureStage, stage: Stage, img: Tensor, should_stop: Callable[[], bool]
    ) -> Tensor | None:
        """The picture at full strength; None for one that is broken, as its makers have to say."""
        labels = [[amount for _, amount in stage.attributes]] if stage.attributes else None
        began = time.perf_counter()
        try:
            rgb = network.changed(
                (rgb_of(img) + 1) / 2,
                None if labels is None else torch.tensor(labels, device=img.device),
                should_stop,
            )
        except StageError:
            if bool(img.isfinite().all()):
                raise
            return None
        self._seconds[network.sha256] = (time.perf_counter() - began) / img[0, 0].numel()
        alpha = _resized(img[:, 3:], rgb.shape[-2:])
        return torch.cat([rgb.mul_(2).sub_(1), alpha.float()], dim=1)


def acting_stages(recipe: Recipe) -> list[Stage]:
    """Those that change the picture, in their order."""
    return [stage for stage in stages_of(recipe.stages).values() if stage.acting]


def enlargement(recipe: Recipe, assets: Assets) -> int:
    """How many times larger than the model's the finished picture is.

    Raises StageError where a network is not at hand.
    """
    return math.prod(assets.stage(stage.network).scale for stage in acting_stages(recipe))


def _plain(img: Tensor, like: Tensor) -> Tensor:
    """The picture as it is, in the form of another: a tensor of its own."""
    rgb = _resized(rgb_of(img), like.shape[-2:])
    return torch.cat([rgb, like[:, 3:]], dim=1)


def _resized(x: Tensor, size: torch.Size) -> Tensor:
    """[1, C, H, W] in -1..1 at another size, by bicubic interpolation."""
    if x.shape[-2:] == size or not x.shape[1]:
        return x if x.shape[1] else x.new_empty(1, 0, *size)
    return F.interpolate(x.float(), size=size, mode="bicubic").clamp_(-1, 1)
