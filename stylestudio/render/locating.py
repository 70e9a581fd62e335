"""Where locators find their things on feature maps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.recipe import Locator

UNSURE = 0.1  # likelihoods below it count as 0, and those as near to 1 as 1


def located(x: Tensor, locator: Locator, uploads: Uploads | None = None) -> Tensor:
    """How likely a locator's thing is on maps x [N, C, H, W], float32: [N, 1, H, W] in 0..1.

    Where it is unlikely it is exactly 0, so that nothing is touched there.
    """
    uploads = uploads or Uploads(x.device)
    weights = uploads.get(locator.weights, partial(torch.tensor, locator.weights))
    sums = torch.einsum("nchw,c->nhw", x, weights)[:, None] + locator.bias
    return ((torch.sigmoid(sums) - UNSURE) / (1 - 2 * UNSURE)).clamp(0, 1)
