"""What a training on a folder begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from stylestudio.training.adversarial.starting import Start


@dataclass(frozen=True)
class Asked:
    """What the panel asks for."""

    file: ClassVar[str] = "training.json"

    pictures: Path
    init: str = ""  # a model file or the name of a built-in one; "" to begin with nothing
    start: Start = field(default_factory=Start)

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "pictures": str(self.pictures),
            "init": self.init,
            "start": self.start.to_dict(),
        }

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Asked:
        """The opposite. Raises ValueError, KeyError and TypeError."""
        return cls(Path(said["pictures"]), str(said["init"]), Start(**said["start"]))
