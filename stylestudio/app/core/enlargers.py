"""Networks that enlarge pictures, which were opened before: saving and exporting offer them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from stylestudio.files import is_reachable
from stylestudio.recipe import Stage
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.app.core.settings import Settings

KEY = "enlargers"  # of the settings
MOST = 10
BUILT_IN, BUILT_IN_SCALE = "enlarger.safetensors", 4


class Enlarger(NamedTuple):
    """One of them."""

    path: str
    name: str
    sha256: str
    scale: int

    @property
    def attributes(self) -> tuple[str, ...]:
        """None, as of any enlarger."""
        return ()

    @property
    def title(self) -> str:
        """Its name, and how much larger pictures become."""
        return f"{self.name} ({self.scale} ×)"

    def stage(self) -> Stage:
        """What a picture goes through that is enlarged by it."""
        return Stage.of(self)


def known_enlargers(settings: Settings) -> list[Enlarger]:
    """Those whose files are there, the latest opened first; the built-in one last."""
    return [*_opened_before(settings), *_built_in()]


def _opened_before(settings: Settings) -> list[Enlarger]:
    try:
        entries = [Enlarger(*entry) for entry in json.loads(settings.text(KEY, "[]"))]
        return [entry for entry in entries if is_reachable(entry.path)]
    except (ValueError, TypeError, RecursionError):
        return []  # a settings file edited by hand costs only the list


@cache
def _built_in() -> tuple[Enlarger, ...]:
    path = resource_path("stages", BUILT_IN)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return (Enlarger(str(path), path.stem, digest, BUILT_IN_SCALE),)


def remember_enlarger(settings: Settings, enlarger: Enlarger) -> None:
    """Put one at the head of the list."""
    if enlarger in _built_in():
        return

    def added() -> list[Enlarger]:
        others = [other for other in _opened_before(settings) if other.path != enlarger.path]
        return [enlarger, *others][:MOST]

    settings.change_list(KEY, added)
