"""The trainings on this machine: a folder each, with all that one goes on from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

STATE = "state.pt"


class Asked(Protocol):
    """What a panel asks for."""

    file: ClassVar[str]  # where it stands, in the folder of a training

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Self:
        """The opposite. Raises ValueError, KeyError and TypeError."""


A = TypeVar("A", bound=Asked)


@dataclass(frozen=True)
class Training(Generic[A]):
    """One training on disk."""

    folder: Path
    asked: A

    @property
    def name(self) -> str:
        """What it is called."""
        return self.folder.name

    @property
    def state(self) -> Path:
        """What it goes on from; there may be none yet."""
        return self.folder / STATE

    def write(self) -> None:
        """Keep what was asked for. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.asked.to_dict(), indent=1, ensure_ascii=False)
        with replacing(self.folder / self.asked.file) as temporary:
            temporary.write_text(text, encoding="utf-8")

    @property
    def worked_on(self) -> float:
        """When it was begun, or worked on last, in seconds of the system's clock."""
        paths = (self.folder / self.asked.file, self.state)
        return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


def find_trainings(root: Path, kind: type[A]) -> list[Training[A]]:
    """Those in a folder, the one that was worked on last first; what is damaged is left out."""
    found = []
    for path in root.glob(f"*/{kind.file}"):
        try:
            asked = kind.from_dict(json.loads(path.read_text(encoding="utf-8")))
            training = Training(path.parent, asked)
            found.append((training.worked_on, training))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [training for _, training in sorted(found, key=lambda each: each[0], reverse=True)]
