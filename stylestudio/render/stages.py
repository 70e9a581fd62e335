"""What a frame is made in: three kinds of stages, each of which sees to one part of a recipe.

A frame takes its rows of w from the latent stages, its feature maps from the steps of synthesis,
and its last look from the picture stages. A part of the recipe becomes one object of one of these
kinds and one line in `frame.py`. What a stage depends on it says as a key: equal keys, equal work.
So whoever runs the stages starts again at the first key that changed, and no stage knows another.
A stage may keep what it made, and then belongs to one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from stylestudio.networks.chain import StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe


class Stage(Protocol):
    """What all kinds share."""

    def prepare(self, recipe: Recipe) -> None:
        """Find what the recipe names, before any work; raises what the user has to be told."""


class LatentStage(Stage, Protocol):
    """Makes or moves the rows of w that drive the layers."""

    def key(self, recipe: Recipe) -> object:
        """What the stage depends on beside the ws that it is given; compared, never hashed."""

    def apply(self, ws: Tensor, recipe: Recipe) -> Tensor:
        """Return ws [num_ws, w_dim], the given ones unchanged in place; the first stage makes them.

        Runs in the order of the list.
        """


class SynthesisStage(Stage, Protocol):
    """Sees to a part of what a step of synthesis is run on: weights, state, noise."""

    def key(self, recipe: Recipe, step: Step) -> Hashable:
        """What the stage brings into this step; None where nothing."""

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:
        """Return what the step is run on, with this stage's part in it, if it has any.

        Feature maps of the step before are in `given.state`, so what changes them here restarts
        no earlier step. The states themselves are never changed in place.
        """


class PictureStage(Stage, Protocol):
    """Changes the finished picture."""

    def key(self, recipe: Recipe) -> object:
        """What the stage depends on beside the picture; None where it leaves it as it is."""

    def apply(self, img: Tensor, recipe: Recipe) -> Tensor:
        """Return a picture like img [1, C, R, R], nominally -1..1; gray may become RGB."""
