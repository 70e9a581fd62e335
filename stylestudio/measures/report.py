"""What a measuring ends in: figures, with all that they depend on."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from stylestudio.measures.interval import METHOD, Estimate

TITLES = {
    "fid": "FID",
    "kid": "KID",
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
    "coverage": "Coverage",
    "ppl-zfull": "PPL in z, full",
    "ppl-wfull": "PPL in w, full",
    "ppl-zend": "PPL in z, ends",
    "ppl-wend": "PPL in w, ends",
    "separability-z": "Separability in z",
    "separability-w": "Separability in w",
}
_SHARES = ("precision", "recall", "coverage")


@dataclass(frozen=True)
class Figure:
    """One number about a model or a folder."""

    name: str  # "fid", "precision", "ppl-wend" ...
    value: float
    low: float  # between which and `high` it lies in 95 of 100 cases
    high: float
    count: int  # of pictures, or pairs of them
    reference_count: int = 0  # of what they are compared with; 0 where that is nothing
    settings: str = ""  # what the figure depends on, in words

    @property
    def title(self) -> str:
        """What people call it."""
        return TITLES[self.name]

    def __str__(self) -> str:
        return f"{self.title} {number(self.value)} ({number(self.low)} to {number(self.high)})"


@dataclass(frozen=True)
class Measurement:
    """Figures, what they are of, and what was left out; `print` writes them as a table."""

    subject: str
    reference: str  # "" where there is none
    figures: tuple[Figure, ...]
    features: str  # the network that looked at the pictures
    interval: str = METHOD
    skipped: tuple[str, ...] = ()  # a sentence for each file that holds no picture
    settings: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Figure:
        """The figure of this name. Raises KeyError."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(f"{name} was not measured; there are {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the figures."""
        return tuple(figure.name for figure in self.figures)

    def __repr__(self) -> str:
        return f"<Measurement of {self.subject}: {', '.join(map(str, self.figures))}>"

    def __str__(self) -> str:
        against = f" against {self.reference}" if self.reference else ""
        lines = [f"{self.subject}{against}"]
        for f in self.figures:
            counts = f"{f.count} : {f.reference_count}" if f.reference_count else f"{f.count}"
            between = f"{number(f.low)} to {number(f.high)}"
            row = f"  {f.title:<18}{number(f.value):>10}  {between:<22}{counts:>12}  {f.settings}"
            lines.append(row.rstrip())
        lines.append(f"  {self.interval}. {self.features}.")
        if self.skipped:
            lines.append(f"  Skipped {len(self.skipped)} that are no pictures:")
            lines += [f"    {sentence}" for sentence in self.skipped]
        return "\n".join(lines)

    def to_json(self) -> str:
        """All of it as JSON."""
        return json.dumps(asdict(self), indent=2)


def within(name: str, estimate: Estimate) -> Estimate:
    """An estimate whose interval keeps to what the figure can be; KID alone can be below 0."""
    most = 1.0 if name in _SHARES else math.inf
    least = -math.inf if name == "kid" else 1.0 if name.startswith("separability") else 0.0
    return Estimate(estimate.value, max(estimate.low, least), min(estimate.high, most))


def number(value: float) -> str:
    """Four figures, and never an exponent where zeros do."""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    return f"{value:.{digits}f}" if size >= 1e-3 or value == 0 else f"{value:.5f}"
