"""What every generator offers, whatever its family, so that no caller asks which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2.synthesis import State, Step


class Chain(Protocol):
    """A synthesis network as steps that a renderer can stop and restart at any of them."""

    steps: tuple[Step, ...]

    def initial_state(self, batch: int = 1, transform: Tensor | None = None) -> State:
        """Return what the first step starts from.

        `transform` [3, 3] places the scene, as `stylegan3.placement` makes it; families whose
        scene cannot be placed leave it out of account.
        """
        ...

    def run_step(self, step: Step, state: State, w: Tensor, noise: Tensor | None) -> State:
        """Run one step with its row of ws [N, w_dim] and its noise [r, r] or [N, 1, r, r]."""
        ...

    def __call__(self, ws: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] with one noise a step -> [N, img_channels, R, R]."""
        ...
