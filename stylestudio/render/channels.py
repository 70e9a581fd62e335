"""The stage of synthesis that moves style channels, after the affine maps that make them of w."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.networks.stylegan2.layers import MovedRow
from stylestudio.recipe import ChannelEdit, RecipeError
from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from stylestudio.networks.chain import StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model


def style_channels(model: Model) -> dict[str, int]:
    """How many style channels each step of a model's synthesis has, by its name; some have none."""
    network = model.network.synthesis
    counts = {}
    for step in network.steps:
        affine = getattr(network.get_submodule(step.name), "affine", None)
        if affine is not None:
            counts[step.name] = int(affine.weight.shape[0])
    return counts


class Channels:
    """Adds amount * layers[i] * offset to each channel that an edit names, in float32.

    Steps whose channels no edit moves keep their bytes, so synthesis restarts at the first that
    has some.
    """

    def __init__(self, model: Model) -> None:
        self._counts = style_channels(model)
        self._rows = {step.name: step.ws_index for step in model.network.synthesis.steps}
        self._name = model.name
        self._uploads = Uploads(model.device)
        self._of: tuple[ChannelEdit, ...] = ()
        self._offsets: Mapping[str, NDArray[np.float32]] = {}  # by step, of `_of`

    def prepare(self, recipe: Recipe) -> None:
        """Raise RecipeError for an edit of a channel that the model lacks."""
        acting = acting_channel_edits(recipe)
        if acting != self._of:
            self._check(acting)
            self._offsets = self._summed(acting)
            self._of = acting

    def key(self, recipe: Recipe, step: Step) -> bytes | None:  # noqa: ARG002 - see prepare
        """What is added to the styles of the step."""
        offset = self._offsets.get(step.name)
        return None if offset is None else offset.tobytes()

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:  # noqa: ARG002 - see prepare
        """Add it."""
        offset = self._offsets.get(given.step.name)
        if offset is None:
            return given
        row = given.w if isinstance(given.w, torch.Tensor) else given.w.row
        moved = self._uploads.get(offset.tobytes(), lambda: torch.from_numpy(offset))[None]
        return given._replace(w=MovedRow(row, moved))

    def _check(self, edits: tuple[ChannelEdit, ...]) -> None:
        for edit in edits:
            for each in edit.channels:
                count = self._counts.get(each.layer)
                if count is None:
                    raise RecipeError(
                        f"the edit {edit.name!r} moves channels of {each.layer!r}, which "
                        f"{self._name} lacks; its layers are {', '.join([*self._counts][:3])}, ..."
                    )
                if each.channel >= count:
                    raise RecipeError(
                        f"the edit {edit.name!r} moves channel {each.channel} of {each.layer}; "
                        f"in {self._name} that has 0 to {count - 1}."
                    )

    def _summed(self, edits: tuple[ChannelEdit, ...]) -> dict[str, NDArray[np.float32]]:
        """What all edits together add, by step, where that is not 0."""
        sums: dict[str, NDArray[np.float32]] = {}
        for edit in edits:
            amount = np.float32(edit.amount)
            for each in edit.channels:
                share = 1.0 if edit.layers is None else edit.layers[self._rows[each.layer]]
                offset = sums.setdefault(each.layer, np.zeros(self._counts[each.layer], np.float32))
                offset[each.channel] += amount * np.float32(share) * np.float32(each.offset)
        return {name: offset for name, offset in sums.items() if offset.any()}


def acting_channel_edits(recipe: Recipe) -> tuple[ChannelEdit, ...]:
    """The edits of style channels that are neither muted nor at 0, in an order of their own."""
    acting = [edit for edit in recipe.edits if isinstance(edit, ChannelEdit) and edit.acting]
    return tuple(sorted(acting, key=lambda edit: edit.name))
