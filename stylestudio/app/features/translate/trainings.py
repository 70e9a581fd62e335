"""The trainings of translators on this machine: a folder each, with all that one goes on from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stylestudio.app.core.training_run import STATE, time_of
from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

ASKED = "translator.json"


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

    a: Side
    b: Side
    resolution: int = 64
    steps: int = 8000


@dataclass(frozen=True)
class Training:
    """One training on disk."""

    folder: Path
    asked: Asked

    @property
    def name(self) -> str:
        """What it is called."""
        return self.folder.name

    def result(self, step: int, side: str) -> Path:
        """Where the translator from a side, "A" or "B", is written after a step."""
        return self.folder / f"{self.name}-{step:06d}_net_G_{side}.safetensors"

    @property
    def is_finished(self) -> bool:
        """Whether all its steps were made."""
        return self.result(self.asked.steps, "A").exists()

    def write(self) -> None:
        """Keep what was asked for. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.folder / ASKED) as temporary:
            text = json.dumps(asdict(self.asked), indent=1, ensure_ascii=False)
            temporary.write_text(text, encoding="utf-8")


def find_trainings(root: Path) -> list[Training]:
    """Those in a folder, the one that was worked on last first; what is damaged is left out."""
    found = []
    for path in root.glob(f"*/{ASKED}"):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            asked = Asked(Side(**said.pop("a")), Side(**said.pop("b")), **said)
            found.append((time_of(path, path.with_name(STATE)), Training(path.parent, asked)))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [training for _, training in sorted(found, key=lambda each: each[0], reverse=True)]
