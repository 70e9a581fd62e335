"""The trainings on this machine: a folder each, with all that one goes on from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from stylestudio.files import replacing
from stylestudio.training.adversarial.starting import Start

ASKED, STATE = "training.json", "state.pt"
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^[. ]|[. ]$')  # in names of folders, on some system


@dataclass(frozen=True)
class Asked:
    """What the panel asks for."""

    pictures: Path
    init: str = ""  # a model file or the name of a built-in one; "" to begin with nothing
    start: Start = field(default_factory=Start)


@dataclass(frozen=True)
class Training:
    """One training on disk."""

    folder: Path
    asked: Asked

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
        said = {
            "pictures": str(self.asked.pictures),
            "init": self.asked.init,
            "start": self.asked.start.to_dict(),
        }
        with replacing(self.folder / ASKED) as temporary:
            temporary.write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")


def find_trainings(root: Path) -> list[Training]:
    """Those in a folder, the one that was worked on last first; what is damaged is left out."""
    found = []
    for path in root.glob(f"*/{ASKED}"):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            asked = Asked(Path(said["pictures"]), str(said["init"]), Start(**said["start"]))
            found.append((_time(path), Training(path.parent, asked)))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [training for _, training in sorted(found, key=lambda each: each[0], reverse=True)]


def unfit_name(name: str) -> str:
    """Why this can't be the name of a training, in a sentence; "" where it can."""
    if not name.strip():
        return "Give the model a name"
    return "A name can't have these: < > : \" / \\ | ? *" if _UNFIT.search(name) else ""


def _time(asked: Path) -> float:
    times = [asked.stat().st_mtime]
    state = asked.with_name(STATE)
    if state.exists():
        times.append(state.stat().st_mtime)
    return max(times)
