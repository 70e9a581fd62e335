"""Banks that grew by a learned style: each takes the place of the one that it grew from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stylestudio.files import is_reachable

if TYPE_CHECKING:
    from stylestudio.app.core.settings import Settings

KEY = "learned styles"  # of the settings


@dataclass(frozen=True)
class LearnedBank:
    """A file with all styles of another bank and a learned one."""

    path: str
    name: str  # of the bank that the first of them grew from
    sha256: str
    base: str  # the place of the bank that it grew from: a path, or a built-in name


class LearnedBanks:
    """Remembers the files that learning wrote. All stay, since recipes know banks by content."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self) -> list[LearnedBank]:
        """Those whose files are there, the earliest first."""
        try:
            entries = [LearnedBank(**entry) for entry in json.loads(self._settings.text(KEY, "[]"))]
            return [entry for entry in entries if is_reachable(entry.path)]
        except (ValueError, TypeError, RecursionError):
            return []  # a settings file edited by hand costs only the list

    def add(self, bank: LearnedBank) -> None:
        """Remember one more."""

        def added() -> list[Any]:
            others = [other for other in self.all() if other.path != bank.path]
            return [asdict(each) for each in [*others, bank]]

        self._settings.change_list(KEY, added)

    def newest(self, place: str) -> str:
        """The place of what a bank has grown to, which is its own where nothing was added."""
        for bank in self.all():  # a base comes before what grew from it
            if bank.base == place:
                place = bank.path
        return place

    def bases(self, place: str) -> list[str]:
        """The places of the banks that a bank grew from, the latest first."""
        found = []
        for bank in reversed(self.all()):  # what grew comes after its base
            if bank.path == place:
                place = bank.base
                found.append(place)
        return found
