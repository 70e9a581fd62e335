"""What a training of translators begins with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.trainings import Training


@dataclass(frozen=True)
class Side:
    """One of two kinds of pictures: those of a folder, or a look on many seeds of its model."""

    name: str
    folder: str = ""
    model: str = ""  # where that lies, or the name of a built-in one
    recipe: str = ""  # the look, as JSON


@dataclass(frozen=True)
class Asked:
    """What the panel asks for."""

    file: ClassVar[str] = "translator.json"

    a: Side
    b: Side
    resolution: int = 64
    steps: int = 8000

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Asked:
        """The opposite. Raises ValueError, KeyError and TypeError."""
        rest = dict(said)
        return cls(Side(**rest.pop("a")), Side(**rest.pop("b")), **rest)


def result_of(training: Training[Asked], step: int, side: str) -> Path:
    """Where the translator from a side, "A" or "B", is written after a step."""
    return training.folder / f"{training.name}-{step:06d}_net_G_{side}.safetensors"


def is_finished(training: Training[Asked]) -> bool:
    """Whether all its steps were made."""
    return result_of(training, training.asked.steps, "A").exists()
