"""Muon, the optimiser that steps equally far in every direction of a weight matrix.

Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024); size of the steps
as in Liu et al., "Muon is scalable for LLM training" (2025), section 2.2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

MOMENTUM = 0.9
STEP_SIZE = 0.2  # root mean square of a step's entries at learning rate 1, about that of Adam's
ITERATIONS = 5
# Of x -> a x + b x^3 + c x^5, which carries singular values of 0.003 to 1 to 0.7 to 1.2 in so many
# iterations; that they end at 1 exactly does not matter.
A, B, C = 3.4445, -4.7750, 2.0315


class Muon(Optimizer):
    """For weights of two or more dimensions, taken as matrices with a row for each output.

    As with torch's own optimisers, the rate may be a number or a tensor.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Move every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    weight.sub_(self._direction(weight) * (STEP_SIZE * group["lr"]))

    def _direction(self, weight: nn.Parameter) -> Tensor:
        """As large as the weight; entries of root mean square near 1."""
        assert weight.grad is not None
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum: Tensor = state["momentum"]
        momentum.lerp_(weight.grad, 1 - MOMENTUM)
        ahead = weight.grad.lerp(momentum, MOMENTUM).flatten(1)
        direction: Tensor = orthogonalized(ahead).view_as(weight) * math.sqrt(max(ahead.shape))
        return direction


def orthogonalized(matrix: Tensor) -> Tensor:
    """A matrix [m, n] with the same singular vectors and all singular values near 1.

    By Newton-Schulz iterations. Directions weaker than 0.003 of the matrix's norm stay weak.
    """
    x: Tensor = matrix / matrix.norm().clamp(min=1e-12)
    if x.shape[0] > x.shape[1]:
        x = x.T
    gram = x @ x.T
    # Every iteration multiplies by a polynomial of the same small square; all of them together
    # multiply the long side once.
    factor = _polynomial(gram)
    product = factor
    for _ in range(ITERATIONS - 1):
        gram = factor @ gram @ factor
        factor = _polynomial(gram)
        product = factor @ product
    x = product @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


def _polynomial(gram: Tensor) -> Tensor:
    """a + b gram + c gram^2."""
    result = torch.addmm(gram, gram, gram, beta=B, alpha=C)
    result.diagonal().add_(A)
    return result
