"""Which system libraries Qt needs on Linux, and which of them are missing here.

Needs nothing but Python's own library: the set-up of a fresh machine runs it as
`python -m stylestudio.cli.system_libraries --packages GROUP...` before anything is installed.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import NamedTuple

from stylestudio.resources import resource_path

ANY_FONT = "any-font"
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/run/current-system/sw/share/X11/fonts",
)


class Library(NamedTuple):
    """A line of resources/system-libraries.txt."""

    group: str  # "qt", "font", "xcb" or "wayland"
    name: str  # what the dynamic loader looks for, or `ANY_FONT`
    package: str  # the Debian and Ubuntu package that brings it


def known_libraries() -> tuple[Library, ...]:
    """Read the list that ships with the program."""
    lines = resource_path("system-libraries.txt").read_text("utf-8").splitlines()
    return tuple(Library(*line.split()) for line in lines if line and not line.startswith("#"))


def missing_libraries(*groups: str) -> tuple[Library, ...]:
    """Return what these groups need and this Linux lacks; other systems lack nothing."""
    if sys.platform != "linux":
        return ()
    return tuple(
        library
        for library in known_libraries()
        if library.group in groups and not _is_present(library.name)
    )


def install_command(missing: tuple[Library, ...]) -> str:
    """Say in one line what to type, or what to look for where there is no apt."""
    if Path("/usr/bin/apt-get").exists():
        packages = " ".join(dict.fromkeys(library.package for library in missing))
        return f"sudo apt-get install -y --no-install-recommends {packages}"
    return f"install what brings {', '.join(library.name for library in missing)}"


def _is_present(name: str) -> bool:
    if name == ANY_FONT:
        return any(_holds_font(Path(folder).expanduser()) for folder in _FONT_FOLDERS)
    try:
        ctypes.CDLL(name)  # asks the loader itself, so every distribution is served
    except OSError:
        return False
    return True


def _holds_font(folder: Path) -> bool:
    return any(next(folder.rglob(f"*.{kind}"), None) for kind in ("ttf", "otf", "ttc", "pfb"))


def _main(arguments: list[str]) -> None:
    form, *groups = arguments
    missing = missing_libraries(*groups)
    words = [library.package if form == "--packages" else library.name for library in missing]
    sys.stdout.write(" ".join(dict.fromkeys(words)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
