"""Where the models that were opened on this machine are found again, by content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.app.core.settings import RecentFile
from stylestudio.files import is_reachable
from stylestudio.render import builtin_models, builtin_of

if TYPE_CHECKING:
    from stylestudio.app.core.settings import Settings
    from stylestudio.render import Model


class ModelPaths:
    """Remembers paths in the settings; they never leave this machine with a recipe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._paths: dict[str, str] = {}  # of this run, however many

    def note(self, model: Model, path: str) -> None:
        """Remember where a model was opened from: a file, or a built-in one's name."""
        if path not in builtin_models():
            path = str(Path(path).resolve())
            self._settings.add_recent(RecentFile(path, model.name, model.sha256))
        self._paths[model.sha256] = path

    def remember(self, sha256: str, name: str, path: str) -> None:
        """Remember where a model was found that is not open."""
        self._settings.add_recent(RecentFile(str(Path(path).resolve()), name, sha256))

    def all(self) -> dict[str, str]:
        """Where every model was opened from or found, by content."""
        known = {each.sha256: each.path for each in self._settings.known() if each.sha256}
        return {**known, **self._paths}

    def opened(self, sha256: str) -> str:
        """Return where a model of this run was opened from, "" for any other."""
        return self._paths.get(sha256, "")

    def find(self, sha256: str) -> str:
        """Return where a model is, "" where this machine does not know it."""
        if sha256 in self._paths:
            return self._paths[sha256]
        for known in self._settings.known():
            if known.sha256 == sha256:
                return known.path
        return builtin_of(sha256)


def is_there(path: str) -> bool:
    """Whether a model can still be opened from there."""
    return path in builtin_models() or (is_reachable(path) and Path(path).is_file())
