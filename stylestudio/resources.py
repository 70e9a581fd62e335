"""Where the files that ship with the program lie: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")  # the wheel, the checkout


def resource_path(*parts: str) -> Path:
    """Return the path of `resources/parts[0]/parts[1]/...`, which need not exist.

    Raises FileNotFoundError where the installation has no resources at all.
    """
    for place in _PLACES:
        if place.is_dir():
            return place.joinpath(*parts)
    raise FileNotFoundError(
        f"StyleStudio's resources are missing beside {_PACKAGE}; install StyleStudio again."
    )
