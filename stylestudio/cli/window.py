"""Opens the window, or says why none can open here."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.system_libraries import install_command, missing_libraries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def open_window(files: Sequence[Path]) -> int:
    """Open the window on `files`, wait until it closes, and return the exit status."""
    obstacle = window_obstacle()
    if obstacle:
        raise click.ClickException(obstacle)
    import torch  # noqa: F401 - on Windows torch cannot load its libraries after Qt's

    from stylestudio.app.shell.main import run

    return run(list(files))


def window_obstacle() -> str | None:
    """Say in one sentence why no window can open here; None where one can, as far as seen.

    Qt itself would end the process without a word that helps.
    """
    if sys.platform != "linux":
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("DISPLAY")
    if not (platform or wayland or x11):
        return (
            "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "`stylestudio render` and `stylestudio tour` do without one."
        )
    missing = missing_libraries("qt")
    if not platform:
        # With both displays, Qt falls back on the one it has the libraries for.
        possible = [group for group, there in (("wayland", wayland), ("xcb", x11)) if there]
        missing += min((missing_libraries(group) for group in possible), key=len)
    if missing:
        return f"Qt needs system libraries that are missing; {install_command(missing)}"
    if not platform and not wayland and not _x11_answers():
        return f"the display {x11} does not answer; check that DISPLAY is set correctly."
    return None


def _x11_answers() -> bool:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display:
        x11.XCloseDisplay(ctypes.c_void_p(display))
    return bool(display)
