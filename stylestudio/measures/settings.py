"""What can be measured, and everything that figures depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylestudio.measures import path_length
from stylestudio.measures.distances import MeasureError
from stylestudio.measures.interval import GROUPS
from stylestudio.measures.readers import BUILT_IN

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.recipe import Recipe

PATHS = tuple(f"ppl-{path}" for path in path_length.PATHS)
COMPARED = {  # what needs a reference, and the figures that each gives
    "fid": ("fid",),
    "kid": ("kid",),
    "pr": ("precision", "recall"),
    "dc": ("density", "coverage"),
}
WHAT = (*COMPARED, "ppl", *PATHS, "separability")
PPL = "ppl-wend"  # which "ppl" stands for, as NVIDIA's later programs have it
LEAST = 2 * GROUPS  # pictures


@dataclass(frozen=True, kw_only=True)
class MeasureSettings:
    """Everything that figures depend on, besides what is measured and against what."""

    what: tuple[str, ...] = ("fid", "kid", "pr")
    count: int = 1000  # pictures of each side at most, and pairs of PPL
    features: str = BUILT_IN  # or the file of a network
    look: Recipe | None = None  # of the model's pictures
    truncation_psi: float | None = None  # in place of the look's
    mixed: int = 1  # sources of a picture, 1 to 4, whose layers begin at random ones
    cropped: bool = False  # PPL looks at the middle alone
    regressors: Path | None = None  # that read attributes, for separability
    labels: Path | None = None  # a CSV file of attributes by seed, likewise

    def __post_init__(self) -> None:
        """Raise MeasureError for what cannot be measured."""
        unknown = [name for name in self.what if name not in WHAT]
        if unknown or not self.what:
            raise MeasureError(
                f"{unknown[0] if unknown else 'Nothing'} can't be measured; "
                f"there are {', '.join(WHAT)}."
            )
        if type(self.count) is not int or self.count < LEAST:
            raise MeasureError(f"count is {self.count}; it must be at least {LEAST}.")
        if "separability" in self.what and not (self.regressors or self.labels):
            raise MeasureError("Separability needs a file of regressors, or one of labels.")
