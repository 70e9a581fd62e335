"""How strongly to augment: just so that the discriminator cannot learn its pictures by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

INTERVAL = 4  # batches between adjustments


class AdaptiveAugmentation:
    """Adjusts the augmentation probability p by the overfitting heuristic r_t (ADA paper, 3.1).

    r_t is the mean sign of what the discriminator says of real pictures: near 0 while it guesses,
    1 where it is sure of all of them. p rises while r_t exceeds the target and falls otherwise.
    """

    def __init__(self, *, target: float, pictures_to_full: float) -> None:
        self.target = target
        self.pictures_to_full = pictures_to_full  # real pictures seen while p goes from 0 to 1
        self.p = 0.0
        self.r_t = 0.0  # as of the last adjustment
        self._signs = 0.0
        self._seen = 0
        self._batches = 0

    def observe(self, logits: Tensor) -> None:
        """Take in the discriminator's output [N, 1] for a batch of augmented real pictures."""
        self._signs += float(logits.detach().sign().sum())
        self._seen += logits.shape[0]
        self._batches += 1
        if self._batches == INTERVAL:
            self._adjust()

    def _adjust(self) -> None:
        self.r_t = self._signs / self._seen
        direction = (self.r_t > self.target) - (self.r_t < self.target)
        self.p = min(1.0, max(0.0, self.p + direction * self._seen / self.pictures_to_full))
        self._signs, self._seen, self._batches = 0.0, 0, 0

    def state_dict(self) -> dict[str, float]:
        """All that `load_state_dict` needs."""
        return {
            "p": self.p,
            "r_t": self.r_t,
            "signs": self._signs,
            "seen": self._seen,
            "batches": self._batches,
        }

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from a saved state."""
        self.p, self.r_t, self._signs = state["p"], state["r_t"], state["signs"]
        self._seen, self._batches = int(state["seen"]), int(state["batches"])
