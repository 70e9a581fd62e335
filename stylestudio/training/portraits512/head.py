"""Where the head is: from pixels to coordinates on the face, and how far inside its outline.

Lengths are fractions of the picture's side; x grows to the right, y and q down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import smoothstep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

CENTRE = (0.5, 0.445)  # of the average head
NECK = 0.27  # below the centre; the head leans about this point
WIDTH, CROWN, CHIN = 0.186, 0.25, 0.262  # half width, and heights above and below the centre
ROUND = 2.35  # exponent of the outline below the eyes: 2 is an ellipse, more a fuller jaw


class Head:
    """Coordinates of one batch of heads, each [N, R, R].

    `p`, `q` lie in the plane of the picture and lean with the head; `u`, `v` are wrapped round
    it and turn with it, so features stand at fixed places in them. `yaw` is the sine of the turn,
    `height` how far the wrapped surface stands out towards the viewer, `side` whether light
    comes from the left (-1) or the right (1).
    """

    def __init__(self, a: Mapping[str, Tensor], x: Tensor, y: Tensor) -> None:
        size = 1.15 * torch.exp(0.055 * a["head_size"])
        self.centre_x = CENTRE[0] + 0.020 * a["head_x"]
        across = (x - self.centre_x) / size
        down = (y - CENTRE[1]) / size - NECK
        cos, sin = torch.cos(0.070 * a["roll"]), torch.sin(0.070 * a["roll"])
        self.p = cos * across + sin * down
        self.q = cos * down - sin * across + NECK
        self.size = size
        self.side = torch.tanh(0.9 * a["light"])
        self.yaw = torch.sin(0.17 * a["yaw"])
        self.half_width = WIDTH * (1 + 0.065 * a["face_width"])
        self.chin = CHIN * (1 + 0.075 * a["chin"])
        self._wrap(a)
        self._outline(a)

    def _wrap(self, a: Mapping[str, Tensor]) -> None:
        """Turn the front of an ellipsoid back by yaw and pitch."""
        across, down = self.p / self.half_width, self.q / CROWN
        height = (1.12 - across.square() - down.square()).clamp(min=0.04).sqrt()
        nod = torch.sin(0.085 * a["pitch"])
        self.height = height
        self.u = WIDTH * (across * torch.cos(0.17 * a["yaw"]) - height * self.yaw)
        self.v = CROWN * (down - height * nod)

    def _outline(self, a: Mapping[str, Tensor]) -> None:
        """`inside`: about the distance to the face's edge, above 0 inside."""
        down = torch.where(self.q < 0, self.q / CROWN, self.q / self.chin)
        below = down.clamp(min=0)
        narrowing = (0.245 - 0.115 * a["jaw"]) * below * smoothstep(0.05, 0.95, below)
        across = (self.p - 0.085 * self.yaw * below) / (self.half_width * (1 - narrowing))
        power = 2 + (ROUND - 2) * smoothstep(-0.1, 0.5, down)
        reach = (across.abs() + 1e-4) ** power + (down.abs() + 1e-4) ** power
        self.inside = 0.21 * (1 - reach ** (1 / power))

    def lit(self) -> tuple[Tensor, Tensor]:
        """Shadow and highlight 0..1 on a ball under a lamp from above, left or right."""
        across, down = self.p / self.half_width, self.q / CROWN
        facing = 0.62 * self.height + 0.52 * self.side * across - 0.25 * down
        return 1 - smoothstep(-0.15, 0.74, facing), smoothstep(0.50, 1.10, facing)
