"""Keeps what the program keeps for itself in a folder of the tests, on every system."""

import sys

VARIABLES = (
    "XDG_DATA_HOME",  # Linux; on Macs, too, platformdirs looks here
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",  # of Qt's file dialogs
    "WIN_PD_OVERRIDE_LOCAL_APPDATA",  # Windows would be asked otherwise, and no variable
)


def in_folder(folder, system: str = sys.platform) -> dict[str, str]:
    """Variables of the environment with which a program keeps its files in `folder`."""
    of_macs = ("HOME",) if system == "darwin" else ()  # for logs
    return dict.fromkeys((*VARIABLES, *of_macs), str(folder))
