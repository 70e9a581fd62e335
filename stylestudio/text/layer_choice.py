"""Which layers of a model an adaptation may change: those asked for, or those that matter most.

After StyleGAN-NADA's adaptive layer freezing (Gal et al. 2022, section 3.4), which asks the codes:
rows of ws that would move most towards the target name the layers that train in this step. Here
the gradient that the step computes anyway says so, averaged over the latest steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from stylestudio.render.tuning import step_of
from stylestudio.text.tokenizer import TextModelError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Parameter

    from stylestudio.render import Model

Layers = Literal["auto", "all", "coarse", "middle", "fine"]

SHARE = 2 / 3  # of the rows that train at a time, where they are chosen
MEMORY = 0.9  # of earlier steps in what rows score
_FIXED = ("noise_strength",)  # weights that stay: grain is the artist's


class LayerChoice:
    """The weights of a synthesis network that may change, by the row of ws that drives them."""

    def __init__(self, model: Model, synthesis: Module, layers: Layers) -> None:
        """Raises TextModelError where the model has no such layers."""
        steps = model.network.synthesis.steps
        groups = {layer.index: layer.group for layer in model.layers}
        self._adaptive = layers == "auto"
        self.rows: dict[int, list[Parameter]] = {}
        self.names: list[str] = []
        for name, parameter in synthesis.named_parameters():
            row = step_of(steps, name).ws_index
            if name.endswith(_FIXED) or layers not in ("auto", "all", groups[row]):
                continue
            parameter.requires_grad_(True)
            self.rows.setdefault(row, []).append(parameter)
            self.names.append(name)
        if not self.names:
            raise TextModelError(f"{model.name} has no {layers} layers; choose others.")
        self.scores = torch.zeros(model.num_ws)

    @property
    def parameters(self) -> list[Parameter]:
        """All that may change."""
        return [parameter for each in self.rows.values() for parameter in each]

    def choose(self, gradient: Tensor) -> None:
        """Keep the gradients of the rows that matter most, given that of ws [N, num_ws, w_dim]."""
        if not self._adaptive:
            return
        now = gradient.abs().mean((0, 2)).cpu()
        self.scores = MEMORY * self.scores + (1 - MEMORY) * now / now.sum().clamp(min=1e-20)
        count = round(SHARE * len(self.rows))
        order = sorted(self.rows, key=lambda row: -self.scores[row].item())
        for row in order[count:]:
            for parameter in self.rows[row]:
                parameter.grad = None
