"""A point on the way of an inversion: all that is needed to show it and to go on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stylestudio.progress import Progress
from stylestudio.recipe import LatentSource, Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.inversion.photo import Crop
    from stylestudio.render import Delta, Model

InversionStage = Literal["start", "latent", "tuning"]
STAGES: dict[InversionStage, str] = {
    "start": "Looking for a start",
    "latent": "Finding the latent",
    "tuning": "Tuning the weights",
}


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """What was found after some steps."""

    stage: InversionStage
    step: int  # of all steps of the inversion
    loss: float  # distance to the photo, without the priors on the latent
    ws: Tensor  # [1 or num_ws, w_dim], float32, on the CPU
    crop: Crop
    delta: Delta | None = None  # tuned weights and noise

    def __repr__(self) -> str:
        tuned = ", tuned" if self.delta else ""
        return f"<Snapshot after step {self.step}: loss {self.loss:.4g}{tuned}>"

    def source(self, name: str, *, tuned: bool = True) -> LatentSource:
        """Return it as a source for any recipe, with or without its tuned weights."""
        delta = self.delta.sha256 if self.delta and tuned else ""
        return LatentSource.from_array(self.ws.numpy(), name, delta)

    def recipe(self, model: Model, name: str) -> Recipe:
        """Return the recipe whose picture it is."""
        return Recipe.from_seed(0, model).replace(source=self.source(name))


@dataclass(frozen=True, kw_only=True, repr=False)
class InversionProgress(Progress):
    """What one step did. The loss is that of the snapshots, None while a start is looked for."""

    snapshot: Snapshot | None  # now and then: what can be shown, kept and gone on from
