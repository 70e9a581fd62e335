"""Where the models that were opened on this machine are found again, by content."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.app.core.settings import RecentFile
from stylestudio.files import is_reachable
from stylestudio.recipe.session import sha256_of
from stylestudio.render import builtin_models
from stylestudio.resources import resource_path

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
        return built_in(sha256)


def built_in(sha256: str) -> str:
    """Return the name of the built-in model of this content, "" where there is none."""
    return _built_in_models().get(sha256, "")


@cache
def _built_in_models() -> dict[str, str]:
    """Names by content. The files are read, a tenth of a second, only once one is asked for."""
    files = {name: resource_path("models", f"{name}.safetensors") for name in builtin_models()}
    return {sha256_of(file): name for name, file in files.items()}


def is_there(path: str) -> bool:
    """Whether a model can still be opened from there."""
    return path in builtin_models() or (is_reachable(path) and Path(path).is_file())
