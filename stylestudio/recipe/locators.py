"""Where a thing is in any picture of a model, as its own feature maps say."""

from __future__ import annotations

from stylestudio.recipe.errors import RecipeError, check_range
from stylestudio.recipe.parts import Part

MOST_UNITS = 4096  # of a step
FARTHEST = 1e6


class Locator(Part, frozen=True):
    """Finds a thing on the maps after a step: it is where the weighted sum of all units is above 0.

    Unlike a mask, it follows the picture. Raises RecipeError for weights that are no such numbers.
    """

    weights: tuple[float, ...]  # one for each unit of the step
    bias: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < len(self.weights) <= MOST_UNITS:
            raise RecipeError(
                f"a locator has {len(self.weights)} weights; it needs one for each unit of its "
                f"step, 1 to {MOST_UNITS}."
            )
        for value in (*self.weights, self.bias):
            check_range("a weight of a locator", value, -FARTHEST, FARTHEST)

    def __repr__(self) -> str:
        return f"<Locator by {len(self.weights)} units>"
